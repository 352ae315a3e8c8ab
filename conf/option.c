#include "conf/option.h"

#include <string.h>

#include "conf/value.h"

/* ---- the table ---- */

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})
#define FIELD(f) .field = offsetof(struct conf, f)
#define LIST(f) .field = offsetof(struct conf, f), .count = offsetof(struct conf, f.n)

/* What is done about something that was found in a message. */
#define RULE(option, number, usual)                                                                \
	{                                                                                          \
		.name = option, .field = offsetof(struct conf, on_rule[number]),                   \
		.set = value_set_word, .print = value_print_word,                                  \
		.words = VALUES("off", "mark", "hold", "reject", "discard"),                       \
		.defaults = VALUES(usual)                                                          \
	}

/* What large receivers expect to find signed, and what lists and mail readers go by. */
static const char *const sign_headers[] = {"from", "sender", "reply-to", "to", "cc", "subject",
    "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
    "content-transfer-encoding", "content-id", "content-description", "content-disposition",
    "resent-date", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-message-id",
    "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe",
    "list-post", "list-owner", "list-archive", "feedback-id", "autocrypt", "openpgp",
    "auto-submitted", NULL};

/*
 * RFC 6376 §8.15: the fields that change what a reader sees, or whom he
 * answers, when one is added on the way. Others come and go in good mail
 * (a list adds its List-Id, a resender Resent-*), so they are not here.
 */
static const char *const oversign_headers[] = {"from", "sender", "reply-to", "to", "cc", "subject",
    "date", "message-id", "in-reply-to", "references", "mime-version", "content-type",
    "content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post", NULL};

const struct option options[] = {
    {.name = "listen",
	.group = "The daemon",
	.flags = OPTION_LIST | OPTION_FILLED | OPTION_RESTART,
	FIELD(listen),
	.count = offsetof(struct conf, nlisten),
	.set = value_set_listen,
	.print = value_print_listen,
	.check = value_check_listen,
	.computed = value_computed_listen},
    {.name = "socket_mode",
	.flags = OPTION_RESTART,
	FIELD(socket_mode),
	.set = value_set_mode,
	.print = value_print_mode,
	.defaults = VALUES("0660")},
    {.name = "socket_group",
	.flags = OPTION_RESTART,
	FIELD(socket_group),
	.set = value_set_account,
	.print = value_print_string,
	.computed = value_computed_socket_group},
    {.name = "user",
	.flags = OPTION_RESTART,
	FIELD(user),
	.set = value_set_account,
	.min = 1,
	.print = value_print_string,
	.given = offsetof(struct conf, user_set),
	.defaults = VALUES("gatepost")},
    {.name = "signer_user",
	.flags = OPTION_RESTART,
	FIELD(signer_user),
	.set = value_set_account,
	.print = value_print_string,
	.defaults = VALUES("")},
    {.name = "log_format",
	FIELD(log_format),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("text", "json"),
	.defaults = VALUES("text")},
    {.name = "log_level",
	FIELD(log_level),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("error", "warning", "info", "debug"),
	.defaults = VALUES("info")},
    {.name = "stop_timeout",
	FIELD(stop_timeout),
	.set = value_set_seconds,
	.min = 1,
	.max = 3600,
	.print = value_print_unsigned,
	.defaults = VALUES("30")},
    {.name = "milter_timeout",
	.flags = OPTION_RESTART,
	FIELD(milter_timeout),
	.set = value_set_seconds,
	.min = 10,
	.max = 86400,
	.print = value_print_unsigned,
	.defaults = VALUES("7210")},

    {.name = "authserv_id",
	.group = "Who we are, and whose mail is whose",
	FIELD(authserv_id),
	.set = value_set_authserv_id,
	.print = value_print_string,
	.computed = value_computed_authserv_id},
    {.name = "internal_networks",
	.flags = OPTION_LIST,
	FIELD(internal_networks),
	.count = offsetof(struct conf, ninternal_networks),
	.set = value_set_network,
	.print = value_print_networks,
	.defaults = VALUES("127.0.0.0/8", "::1/128")},
    {.name = "outbound_daemons",
	.flags = OPTION_LIST,
	LIST(outbound_daemons),
	.set = value_set_name,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "reinjection_daemons",
	.flags = OPTION_LIST,
	LIST(reinjection_daemons),
	.set = value_set_name,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "login_domains",
	FIELD(login_domains),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("off", "log", "refuse"),
	.defaults = VALUES("refuse")},

    {.name = "keys_dir",
	.group = "Signing",
	FIELD(keys_dir),
	.set = value_set_folder,
	.print = value_print_string,
	.check = value_check_keys_dir,
	.defaults = VALUES(SYSCONFDIR "/gatepost/keys")},
    {.name = "canonicalization",
	FIELD(header_canon),
	.set = value_set_canonicalization,
	.print = value_print_canonicalization,
	.defaults = VALUES("relaxed/relaxed")},
    {.name = "sign_headers",
	.flags = OPTION_LIST,
	LIST(sign_headers),
	.set = value_set_header_name,
	.print = value_print_list,
	.defaults = sign_headers},
    {.name = "oversign_headers",
	.flags = OPTION_LIST,
	LIST(oversign_headers),
	.set = value_set_header_name,
	.print = value_print_list,
	.defaults = oversign_headers},
    {.name = "signing_domain",
	FIELD(sign_by),
	.set = value_set_signing_domain,
	.print = value_print_signing_domain,
	.defaults = VALUES("from")},
    {.name = "sign_subdomains",
	FIELD(sign_subdomains),
	.set = value_set_bool,
	.print = value_print_bool,
	.defaults = VALUES("true")},
    {.name = "sign_identity",
	FIELD(sign_identity),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("none", "domain", "author"),
	.defaults = VALUES("none")},
    {.name = "signature_lifetime",
	FIELD(signature_lifetime),
	.set = value_set_seconds,
	.max = 3650UL * 86400,
	.print = value_print_unsigned,
	.defaults = VALUES("0")},
    {.name = "on_sign_failure",
	FIELD(on_sign_failure),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("tempfail", "reject", "accept"),
	.defaults = VALUES("tempfail")},
    {.name = "signer_timeout",
	FIELD(signer_timeout),
	.set = value_set_seconds,
	.min = 1,
	.max = 60,
	.print = value_print_unsigned,
	.defaults = VALUES("5")},
    {.name = "signer_threads",
	.flags = OPTION_RESTART,
	FIELD(signer_threads),
	.set = value_set_number,
	.max = 256,
	.print = value_print_unsigned,
	.defaults = VALUES("0")},
    {.name = "key_cache",
	FIELD(key_cache),
	.set = value_set_number,
	.min = 16,
	.max = 1000000,
	.print = value_print_unsigned,
	.defaults = VALUES("4096")},

    {.name = "verify",
	.group = "Verifying",
	FIELD(verify),
	.set = value_set_bool,
	.print = value_print_bool,
	.defaults = VALUES("true")},
    {.name = "max_signatures",
	FIELD(max_signatures),
	.set = value_set_number,
	.min = 1,
	.max = 100,
	.print = value_print_unsigned,
	.defaults = VALUES("8")},
    {.name = "partial_signatures",
	FIELD(partial_signatures),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("refuse", "pass", "count"),
	.defaults = VALUES("refuse")},
    {.name = "spf_lookups",
	FIELD(spf_lookups),
	.set = value_set_number,
	.min = 1,
	.max = 15,
	.print = value_print_unsigned,
	.defaults = VALUES("10")},
    {.name = "spf_void_lookups",
	FIELD(spf_void_lookups),
	.set = value_set_number,
	.max = 15,
	.print = value_print_unsigned,
	.defaults = VALUES("2")},
    {.name = "received_spf",
	FIELD(received_spf),
	.set = value_set_bool,
	.print = value_print_bool,
	.defaults = VALUES("false")},
    {.name = "remove_authserv_ids",
	.flags = OPTION_LIST,
	LIST(remove_authserv_ids),
	.set = value_set_name,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "trusted_authserv_ids",
	.flags = OPTION_LIST,
	LIST(trusted_authserv_ids),
	.set = value_set_name,
	.print = value_print_list,
	.defaults = NOTHING},

    {.name = "resolver",
	.group = "DNS",
	.flags = OPTION_LIST | OPTION_RESTART,
	LIST(resolver),
	.set = value_set_resolver,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "trust_anchor",
	.flags = OPTION_RESTART,
	FIELD(trust_anchor),
	.set = value_set_file,
	.print = value_print_string,
	.check = value_check_file,
	.defaults = VALUES("")},
    {.name = "dns_timeout",
	.flags = OPTION_RESTART,
	FIELD(dns_timeout),
	.set = value_set_seconds,
	.min = 1,
	.max = 60,
	.print = value_print_unsigned,
	.defaults = VALUES("5")},
    {.name = "message_dns_timeout",
	FIELD(message_dns_timeout),
	.set = value_set_seconds,
	.min = 1,
	.max = 120,
	.print = value_print_unsigned,
	.defaults = VALUES("20")},
    {.name = "dns_cache",
	.flags = OPTION_RESTART,
	FIELD(dns_cache),
	.set = value_set_size,
	.min = 1024 * 1024,
	.max = 4096UL * 1024 * 1024,
	.print = value_print_size,
	.defaults = VALUES("64M")},

    {.name = "scan_timeout",
	.group = "Attachments",
	FIELD(scan_timeout),
	.set = value_set_seconds,
	.min = 1,
	.max = 600,
	.print = value_print_unsigned,
	.defaults = VALUES("60")},
    {.name = "scan_memory",
	.flags = OPTION_RESTART,
	FIELD(scan_memory),
	.set = value_set_size,
	.min = 256UL * 1024 * 1024,
	.max = 64UL * 1024 * 1024 * 1024,
	.print = value_print_size,
	.defaults = VALUES("2048M")},
    {.name = "scan_depth",
	FIELD(scan_depth),
	.set = value_set_number,
	.min = 1,
	.max = 32,
	.print = value_print_unsigned,
	.defaults = VALUES("16")},
    {.name = "scan_objects",
	FIELD(scan_objects),
	.set = value_set_number,
	.min = 10,
	.max = 1000000,
	.print = value_print_unsigned,
	.defaults = VALUES("10000")},
    {.name = "scan_unpacked",
	FIELD(scan_unpacked),
	.set = value_set_size,
	.min = 1024 * 1024,
	.max = 16UL * 1024 * 1024 * 1024,
	.print = value_print_size,
	.defaults = VALUES("512M")},
    {.name = "scan_object_size",
	FIELD(scan_object_size),
	.set = value_set_size,
	.min = 1024 * 1024,
	.max = 4UL * 1024 * 1024 * 1024,
	.print = value_print_size,
	.defaults = VALUES("128M")},
    {.name = "scan_ratio",
	FIELD(scan_ratio),
	.set = value_set_number,
	.min = 10,
	.max = 1000000,
	.print = value_print_unsigned,
	.defaults = VALUES("250")},
    {.name = "scan_mime_depth",
	FIELD(scan_mime_depth),
	.set = value_set_number,
	.min = 5,
	.max = 100,
	.print = value_print_unsigned,
	.defaults = VALUES("50")},
    {.name = "scan_mime_parts",
	FIELD(scan_mime_parts),
	.set = value_set_number,
	.min = 10,
	.max = 100000,
	.print = value_print_unsigned,
	.defaults = VALUES("2000")},
    RULE("on_executable", CONF_RULE_EXECUTABLE, "hold"),
    RULE("on_script", CONF_RULE_SCRIPT, "hold"),
    RULE("on_shortcut", CONF_RULE_SHORTCUT, "hold"),
    RULE("on_installer", CONF_RULE_INSTALLER, "hold"),
    RULE("on_disk_image", CONF_RULE_DISK_IMAGE, "hold"),
    RULE("on_onenote", CONF_RULE_ONENOTE, "hold"),
    RULE("on_html_application", CONF_RULE_HTML_APPLICATION, "hold"),
    RULE("on_blocked_name", CONF_RULE_BLOCKED_NAME, "hold"),
    RULE("on_type_mismatch", CONF_RULE_TYPE_MISMATCH, "hold"),
    RULE("on_double_extension", CONF_RULE_DOUBLE_EXTENSION, "hold"),
    RULE("on_bidi_name", CONF_RULE_BIDI_NAME, "hold"),
    RULE("on_lookalike_name", CONF_RULE_LOOKALIKE_NAME, "hold"),
    RULE("on_padded_name", CONF_RULE_PADDED_NAME, "hold"),
    RULE("on_unreadable_name", CONF_RULE_UNREADABLE_NAME, "hold"),
    RULE("on_encrypted_archive", CONF_RULE_ENCRYPTED_ARCHIVE, "hold"),
    RULE("on_archive_bomb", CONF_RULE_ARCHIVE_BOMB, "hold"),
    RULE("on_archive_ambiguous", CONF_RULE_ARCHIVE_AMBIGUOUS, "hold"),
    RULE("on_cannot_inspect", CONF_RULE_CANNOT_INSPECT, "hold"),
    RULE("on_macro", CONF_RULE_MACRO, "hold"),
    RULE("on_macro_autorun", CONF_RULE_MACRO_AUTORUN, "hold"),
    RULE("on_macro_xlm", CONF_RULE_MACRO_XLM, "hold"),
    RULE("on_remote_template", CONF_RULE_REMOTE_TEMPLATE, "hold"),
    RULE("on_external_link", CONF_RULE_EXTERNAL_LINK, "hold"),
    RULE("on_embedded_object", CONF_RULE_EMBEDDED_OBJECT, "hold"),
    RULE("on_dde", CONF_RULE_DDE, "hold"),
    RULE("on_activex", CONF_RULE_ACTIVEX, "hold"),
    RULE("on_encrypted_document", CONF_RULE_ENCRYPTED_DOCUMENT, "hold"),
    RULE("on_formula", CONF_RULE_FORMULA, "hold"),
    RULE("on_rtf_object", CONF_RULE_RTF_OBJECT, "hold"),
    RULE("on_pdf_javascript", CONF_RULE_PDF_JAVASCRIPT, "hold"),
    RULE("on_pdf_launch", CONF_RULE_PDF_LAUNCH, "hold"),
    RULE("on_pdf_embedded_file", CONF_RULE_PDF_EMBEDDED_FILE, "hold"),
    RULE("on_svg_script", CONF_RULE_SVG_SCRIPT, "hold"),
    RULE("on_html_script", CONF_RULE_HTML_SCRIPT, "hold"),
    RULE("on_html_smuggling", CONF_RULE_HTML_SMUGGLING, "hold"),
    RULE("on_mime_ambiguity", CONF_RULE_MIME_AMBIGUITY, "hold"),
    RULE("on_limit", CONF_RULE_LIMIT, "hold"),
    RULE("on_virus", CONF_RULE_VIRUS, "reject"),
    RULE("on_scan_failure", CONF_RULE_SCAN_FAILURE, "hold"),

    {.name = "max_header_bytes",
	.group = "Limits on one message",
	FIELD(max_header_bytes),
	.set = value_set_size,
	.min = 16 * 1024,
	.max = 64UL * 1024 * 1024,
	.print = value_print_size,
	.defaults = VALUES("1M")},
    {.name = "max_header_fields",
	FIELD(max_header_fields),
	.set = value_set_number,
	.min = 50,
	.max = 100000,
	.print = value_print_unsigned,
	.defaults = VALUES("5000")},
};

const size_t noptions = sizeof(options) / sizeof(options[0]);

_Static_assert(sizeof(options) / sizeof(options[0]) <= OPTION_MAX, "OPTION_MAX is too small");
_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "enums are set as unsigned");

/* ---- the face ---- */

const struct option *
option_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < noptions; i++)
		if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0)
			return &options[i];
	return NULL;
}

bool
option_default(const struct option *o, struct conf *c, struct arena *a, struct buf *expected)
{
	char value[OPTION_COMPUTED];
	struct setting s = {
	    .option = o, .value = value, .conf = c, .arena = a, .expected = expected};
	const char *const *v;

	if (o->computed != NULL) {
		o->computed(value);
		return o->set(&s);
	}
	for (v = o->defaults; *v != NULL; v++) {
		s.value = *v;
		if (!o->set(&s))
			return false;
	}
	return true;
}

void
option_clear(const struct option *o, struct conf *c)
{
	memset((char *)c + o->count, 0, sizeof(size_t));
}

void
option_print(const struct option *o, const struct conf *c, struct buf *out)
{
	if (o->given != 0 && !*((const bool *)((const char *)c + o->given)))
		buf_adds(out, "# ");
	buf_addf(out, "%s = ", o->name);
	o->print(o, c, out);
	buf_addc(out, '\n');
}
