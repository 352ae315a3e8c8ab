/*
 * The rules of the attachment filter: each has a name, what it is in words,
 * and what is done about it unless the configuration says otherwise.
 */
#ifndef GATEPOST_FILTER_RULE_H
#define GATEPOST_FILTER_RULE_H

/* In the order of strength. */
enum scan_action { SCAN_OFF, SCAN_MARK, SCAN_HOLD, SCAN_TEMPFAIL, SCAN_REJECT, SCAN_DISCARD };

enum scan_rule {
	/* by content or name */
	RULE_EXECUTABLE,
	RULE_SCRIPT,
	RULE_SHORTCUT,
	RULE_INSTALLER,
	RULE_DISK_IMAGE,
	RULE_ONENOTE,
	RULE_HTML_APPLICATION,
	RULE_BLOCKED_NAME,
	RULE_TYPE_MISMATCH,
	/* by name */
	RULE_DOUBLE_EXTENSION,
	RULE_BIDI_NAME,
	RULE_LOOKALIKE_NAME,
	RULE_PADDED_NAME,
	RULE_UNREADABLE_NAME,
	/* archives */
	RULE_ENCRYPTED_ARCHIVE,
	RULE_ARCHIVE_BOMB,
	RULE_ARCHIVE_AMBIGUOUS,
	RULE_CANNOT_INSPECT,
	/* documents */
	RULE_MACRO,
	RULE_MACRO_AUTORUN,
	RULE_MACRO_XLM,
	RULE_REMOTE_TEMPLATE,
	RULE_EXTERNAL_LINK,
	RULE_EMBEDDED_OBJECT,
	RULE_DDE,
	RULE_ACTIVEX,
	RULE_ENCRYPTED_DOCUMENT,
	RULE_FORMULA,
	RULE_RTF_OBJECT,
	RULE_PDF_JAVASCRIPT,
	RULE_PDF_LAUNCH,
	RULE_PDF_EMBEDDED_FILE,
	RULE_SVG_SCRIPT,
	RULE_HTML_SCRIPT,
	RULE_HTML_SMUGGLING,
	/* the message as a whole */
	RULE_MIME_AMBIGUITY,
	RULE_LIMIT,
	RULE_VIRUS,
	RULE_SCAN_FAILURE,
	RULE_COUNT
};

/* In configuration ("on_" before it), log and JSON: "macro_autorun". */
const char *scan_rule_name(enum scan_rule);
/* RULE_COUNT where there is none of that name. */
enum scan_rule scan_rule_find(const char *name);
/* What it is, in words for the sender and the admin: "a program". */
const char *scan_rule_text(enum scan_rule);
enum scan_action scan_rule_default(enum scan_rule);
const char *scan_action_name(enum scan_action);

#endif
