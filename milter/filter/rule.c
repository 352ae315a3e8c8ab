#include "rule.h"

#include <string.h>

static const struct {
	const char *name;
	const char *text;
	enum scan_action action;
} rules[RULE_COUNT] = {
    [RULE_EXECUTABLE] = {"executable", "a program", SCAN_HOLD},
    [RULE_SCRIPT] = {"script", "a script", SCAN_HOLD},
    [RULE_SHORTCUT] = {"shortcut", "a shortcut", SCAN_HOLD},
    [RULE_INSTALLER] = {"installer", "an installer", SCAN_HOLD},
    [RULE_DISK_IMAGE] = {"disk_image", "a disk image", SCAN_HOLD},
    [RULE_ONENOTE] = {"onenote", "a OneNote notebook", SCAN_HOLD},
    [RULE_HTML_APPLICATION] = {"html_application", "an HTML application", SCAN_HOLD},
    [RULE_BLOCKED_NAME] = {"blocked_name", "a file type that mail programs refuse", SCAN_HOLD},
    [RULE_TYPE_MISMATCH] = {"type_mismatch", "content that contradicts its name or type",
	SCAN_HOLD},
    [RULE_DOUBLE_EXTENSION] = {"double_extension", "a name with a hidden extension", SCAN_HOLD},
    [RULE_BIDI_NAME] = {"bidi_name", "a name that is shown in another order", SCAN_HOLD},
    [RULE_LOOKALIKE_NAME] = {"lookalike_name", "a name with look-alike characters", SCAN_HOLD},
    [RULE_PADDED_NAME] = {"padded_name", "a name with a long run of spaces", SCAN_HOLD},
    [RULE_UNREADABLE_NAME] = {"unreadable_name", "a name that cannot be decoded", SCAN_HOLD},
    [RULE_ENCRYPTED_ARCHIVE] = {"encrypted_archive", "an encrypted archive", SCAN_HOLD},
    [RULE_ARCHIVE_BOMB] = {"archive_bomb", "an archive that unpacks beyond the limits", SCAN_HOLD},
    [RULE_ARCHIVE_AMBIGUOUS] = {"archive_ambiguous", "an archive that programs read differently",
	SCAN_HOLD},
    [RULE_CANNOT_INSPECT] = {"cannot_inspect", "a file that cannot be looked into", SCAN_HOLD},
    [RULE_MACRO] = {"macro", "a document with macros", SCAN_HOLD},
    [RULE_MACRO_AUTORUN] = {"macro_autorun", "a document with macros that run by themselves",
	SCAN_HOLD},
    [RULE_MACRO_XLM] = {"macro_xlm", "a sheet with Excel 4 macros", SCAN_HOLD},
    [RULE_REMOTE_TEMPLATE] = {"remote_template", "a document with a remote template", SCAN_HOLD},
    [RULE_EXTERNAL_LINK] = {"external_link", "a document that loads something from elsewhere",
	SCAN_HOLD},
    [RULE_EMBEDDED_OBJECT] = {"embedded_object", "a document with an embedded object", SCAN_HOLD},
    [RULE_DDE] = {"dde", "a document that starts programs (DDE)", SCAN_HOLD},
    [RULE_ACTIVEX] = {"activex", "a document with ActiveX controls", SCAN_HOLD},
    [RULE_ENCRYPTED_DOCUMENT] = {"encrypted_document", "an encrypted document", SCAN_HOLD},
    [RULE_FORMULA] = {"formula", "a sheet with formulas that start programs", SCAN_HOLD},
    [RULE_RTF_OBJECT] = {"rtf_object", "a rich text with an object", SCAN_HOLD},
    [RULE_PDF_JAVASCRIPT] = {"pdf_javascript", "a PDF with JavaScript", SCAN_HOLD},
    [RULE_PDF_LAUNCH] = {"pdf_launch", "a PDF that starts programs", SCAN_HOLD},
    [RULE_PDF_EMBEDDED_FILE] = {"pdf_embedded_file", "a PDF with embedded files", SCAN_HOLD},
    [RULE_SVG_SCRIPT] = {"svg_script", "an SVG image with a script", SCAN_HOLD},
    [RULE_HTML_SCRIPT] = {"html_script", "an HTML file with a script", SCAN_HOLD},
    [RULE_HTML_SMUGGLING] = {"html_smuggling", "an HTML file that unpacks a download", SCAN_HOLD},
    [RULE_MIME_AMBIGUITY] = {"mime_ambiguity", "a message that mail programs read differently",
	SCAN_HOLD},
    [RULE_LIMIT] = {"limit", "a message over the limits of the filter", SCAN_HOLD},
    [RULE_VIRUS] = {"virus", "a virus", SCAN_REJECT},
    [RULE_SCAN_FAILURE] = {"scan_failure", "a message that could not be looked into", SCAN_HOLD},
};

const char *
scan_rule_name(enum scan_rule r)
{
	return rules[r].name;
}

enum scan_rule
scan_rule_find(const char *name)
{
	enum scan_rule r;

	for (r = 0; r < RULE_COUNT && strcmp(rules[r].name, name) != 0; r++)
		;
	return r;
}

const char *
scan_rule_text(enum scan_rule r)
{
	return rules[r].text;
}

enum scan_action
scan_rule_default(enum scan_rule r)
{
	return rules[r].action;
}

const char *
scan_action_name(enum scan_action a)
{
	static const char *const names[] = {[SCAN_OFF] = "off",
	    [SCAN_MARK] = "mark",
	    [SCAN_HOLD] = "hold",
	    [SCAN_TEMPFAIL] = "tempfail",
	    [SCAN_REJECT] = "reject",
	    [SCAN_DISCARD] = "discard"};

	return names[a];
}
