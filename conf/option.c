#include "conf/option.h"

#include <string.h>

#include "conf/value.h"

/* ---- the table ---- */

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})
#define FIELD(f) .field = offsetof(struct conf, f)
#define LIST(f) .field = offsetof(struct conf, f), .count = offsetof(struct conf, f.n)

/* What is done with a message of that kind. */
#define ON(option, number, usual)                                                                  \
	{                                                                                          \
		.name = option, .field = offsetof(struct conf, on[number]), .set = value_set_word, \
		.print = value_print_word,                                                         \
		.words = VALUES("accept", "mark", "hold", "tempfail", "reject"),                   \
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
    {.name = "sign_required",
	.flags = OPTION_LIST,
	LIST(sign_required),
	.set = value_set_domain,
	.print = value_print_list,
	.defaults = NOTHING},
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

    {.name = "local_domains",
	.group = "Policy",
	.flags = OPTION_LIST,
	LIST(local_domains),
	.set = value_set_domain,
	.print = value_print_list,
	.defaults = NOTHING},
    ON("on_dmarc_reject", CONF_ON_DMARC_REJECT, "reject"),
    ON("on_dmarc_quarantine", CONF_ON_DMARC_QUARANTINE, "mark"),
    ON("on_own_domain", CONF_ON_OWN_DOMAIN, "reject"),
    ON("on_own_display_name", CONF_ON_OWN_DISPLAY_NAME, "mark"),
    ON("on_spf_fail", CONF_ON_SPF_FAIL, "accept"),
    ON("on_spf_softfail", CONF_ON_SPF_SOFTFAIL, "accept"),
    ON("on_several_from", CONF_ON_SEVERAL_FROM, "reject"),
    ON("on_malformed_from", CONF_ON_MALFORMED_FROM, "reject"),
    ON("on_author_nxdomain", CONF_ON_AUTHOR_NXDOMAIN, "accept"),
    ON("on_dns_temperror", CONF_ON_DNS_TEMPERROR, "accept"),
    ON("on_relay", CONF_ON_RELAY, "reject"),
    ON("on_out_several_from", CONF_ON_OUT_SEVERAL_FROM, "reject"),
    ON("on_out_malformed_from", CONF_ON_OUT_MALFORMED_FROM, "reject"),
    ON("on_bare_cr", CONF_ON_BARE_CR, "accept"),
    ON("on_bare_lf", CONF_ON_BARE_LF, "accept"),
    ON("on_nul", CONF_ON_NUL, "mark"),
    ON("on_control", CONF_ON_CONTROL, "mark"),
    ON("on_raw_8bit", CONF_ON_RAW_8BIT, "accept"),
    ON("on_nameless_field", CONF_ON_NAMELESS_FIELD, "mark"),
    ON("on_missing_field", CONF_ON_MISSING_FIELD, "accept"),
    ON("on_doubled_field", CONF_ON_DOUBLED_FIELD, "mark"),
    ON("on_header_limit", CONF_ON_HEADER_LIMIT, "reject"),
    {.name = "dry_run",
	.flags = OPTION_LIST,
	LIST(dry_run),
	.set = value_set_case,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "policy_link",
	FIELD(policy_link),
	.set = value_set_link,
	.print = value_print_string,
	.defaults = VALUES("")},
    {.name = "exempt_networks",
	.flags = OPTION_LIST,
	FIELD(exempt_networks),
	.count = offsetof(struct conf, nexempt_networks),
	.set = value_set_network,
	.print = value_print_networks,
	.defaults = NOTHING},
    {.name = "exempt_authors",
	.flags = OPTION_LIST,
	LIST(exempt_authors),
	.set = value_set_domain,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "exempt_dkim_domains",
	.flags = OPTION_LIST,
	LIST(exempt_dkim_domains),
	.set = value_set_domain,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "exempt_recipients",
	.flags = OPTION_LIST,
	LIST(exempt_recipients),
	.set = value_set_recipients,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "trusted_arc_sealers",
	.flags = OPTION_LIST,
	LIST(trusted_arc_sealers),
	.set = value_set_domain,
	.print = value_print_list,
	.defaults = NOTHING},

    {.name = "arc_seal_domain",
	.group = "Sealing",
	FIELD(arc_seal_domain),
	.set = value_set_seal_domain,
	.print = value_print_string,
	.at = offsetof(struct conf, arc_seal_domain_at),
	.defaults = VALUES("")},
    {.name = "arc_seal_selector",
	FIELD(arc_seal_selector),
	.set = value_set_selector,
	.print = value_print_string,
	.at = offsetof(struct conf, arc_seal_selector_at),
	.defaults = VALUES("")},
    {.name = "arc_seal_for",
	.flags = OPTION_LIST | OPTION_FILLED,
	LIST(arc_seal_for),
	.set = value_set_recipients,
	.print = value_print_list,
	.given = offsetof(struct conf, arc_seal_for_set),
	.defaults = VALUES("*")},
    {.name = "arc_list_daemons",
	.flags = OPTION_LIST,
	LIST(arc_list_daemons),
	.set = value_set_name,
	.print = value_print_list,
	.defaults = NOTHING},
    {.name = "on_seal_failure",
	FIELD(on_seal_failure),
	.set = value_set_word,
	.print = value_print_word,
	.words = VALUES("tempfail", "reject", "accept"),
	.defaults = VALUES("tempfail")},

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
