/* daemon/judge: from what the checks have found out to the verdict; every case and exemption. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../conf/option.h"
#include "auth/arc_trust.h"
#include "daemon/judge.h"
#include "daemon/judge_rules.h"
#include "dns/zone.h"
#include "mail/line_ends.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- configuration and cases ---- */

/* Each case has one option: on_CASE, in the order of policy/verdict.h, or one of the two others. */
static void
every_case_has_an_option(void **state)
{
	enum policy_case c, last = 0;
	const struct option *o;
	bool seen[CASE_COUNT] = {[CASE_OUT_UNSIGNED] = true, [CASE_OUT_LOGIN] = true};
	char name[64];
	size_t i;

	for (i = 0; i < CONF_CASES; i++) {
		c = judge_case((enum conf_case)i);
		assert_true(i == 0 || c > last);
		last = c;
		assert_false(seen[c]);
		seen[c] = true;
		snprintf(name, sizeof(name), "on_%s", policy_case_name(c));
		o = option_find(name, strlen(name));
		assert_non_null(o);
		assert_int_equal(
		    o->field, offsetof(struct conf, on) + i * sizeof(((struct conf *)NULL)->on[0]));
		assert_string_equal(o->defaults[0], policy_action_name(policy_default_action(c)));
	}
	for (c = 0; c < CASE_COUNT; c++)
		assert_true(seen[c]);
}

/* ---- a message, as it comes from outside ---- */

static const char zone[] = "192.0.2.1.unused. 300 IN A 192.0.2.1\n"
			   "reject.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
			   "_dmarc.reject.example. 300 IN TXT \"v=DMARC1; p=reject\"\n"
			   "_dmarc.testing.example. 300 IN TXT \"v=DMARC1; p=reject; t=y; pct=0\"\n"
			   "_dmarc.quarantine.example. 300 IN TXT \"v=DMARC1; p=quarantine\"\n"
			   "_dmarc.none.example. 300 IN TXT \"v=DMARC1; p=none\"\n"
			   "_dmarc.sub.example. 300 IN TXT \"v=DMARC1; p=none; sp=reject\"\n"
			   "good.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
			   "soft.example. 300 IN TXT \"v=spf1 ~all\"\n"
			   "told.example. 300 IN TXT \"v=spf1 -all exp=why.told.example\"\n"
			   "why.told.example. 300 IN TXT \"ask the postmaster\"\n"
			   "own.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
			   "news.own.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
			   "slow.own.example. TIMEOUT\n"
			   "ownnone.example. 300 IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
			   "_dmarc.ownnone.example. 300 IN TXT \"v=DMARC1; p=none\"\n"
			   "slow.example. TIMEOUT\n"
			   "_dmarc.slowpolicy.example. TIMEOUT\n"
			   "there.example. 300 IN A 192.0.2.9\n";

#define OURS "local_domains = {\"own.example\", \"ownnone.example\"}\n"
#define TO_US "<bob@own.example>"
#define FROM(address) "From: " address "\r\nDate: x\r\n"

struct row {
	const char *name, *conf, *header, *sender, *rcpt;
	enum policy_action action;
	enum policy_case rule;	/* CASE_COUNT for none */
	enum policy_case would; /* likewise */
	enum policy_exemption exempt;
	const char *begin; /* of code, enhanced code and text; NULL: not looked at */
};

static const struct row rows[] = {
    /* DMARC */
    {"B86 forged, p=reject", "", FROM("a@reject.example"), "<x@good.example>", TO_US, POLICY_REJECT,
	CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE,
	"550 5.7.26 Mail from reject.example is not authenticated, and its DMARC policy is to "
	"reject it (no aligned SPF or DKIM pass: SPF passed for good.example)"},
    {"B86 aligned SPF", "", FROM("a@reject.example"), "<x@reject.example>", TO_US, POLICY_ACCEPT,
	CASE_COUNT, CASE_COUNT, EXEMPT_NONE, "250 2.0.0 "},
    {"p=quarantine", "", FROM("a@quarantine.example"), "<x@good.example>", TO_US, POLICY_MARK,
	CASE_DMARC_QUARANTINE, CASE_COUNT, EXEMPT_NONE, NULL},
    {"p=none: list mail passes", "", FROM("a@none.example"), "<list@soft.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B49 t=y takes one off, pct is ignored", "", FROM("a@testing.example"), "<x@good.example>",
	TO_US, POLICY_MARK, CASE_DMARC_QUARANTINE, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B48 sp=reject", "", FROM("a@x.y.sub.example"), "<x@good.example>", TO_US, POLICY_REJECT,
	CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, "550 5.7.26 Mail from x.y.sub.example"},
    {"policy link", "policy_link = \"https://own.example/m\"", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B30 no policy to be had", "", FROM("a@slowpolicy.example"), "<x@good.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B30 put off where it is configured", "on_dns_temperror = tempfail",
	FROM("a@slowpolicy.example"), "<x@good.example>", TO_US, POLICY_TEMPFAIL,
	CASE_DNS_TEMPERROR, CASE_COUNT, EXEMPT_NONE, "451 4.4.3 "},
    /* domains of ours */
    {"B87 own domain", OURS, FROM("ceo@own.example"), "<x@good.example>", TO_US, POLICY_REJECT,
	CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE,
	"550 5.7.1 Mail from outside that claims to be from own.example"},
    {"B87 own domain, any case", OURS, FROM("ceo@OWN.Example"), "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, NULL},
    {"a name below it", OURS, FROM("ceo@mail.own.example"), "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, NULL},
    {"one that only ends alike", OURS, FROM("ceo@notown.example"), "<x@good.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF proves it", OURS, FROM("ceo@own.example"), "<x@own.example>", TO_US, POLICY_ACCEPT,
	CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF of a name below proves it", OURS, FROM("ceo@own.example"), "<x@news.own.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF of another of ours does not", OURS, FROM("ceo@own.example"), "<x@ownnone.example>", TO_US,
	POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, NULL},
    {"own domain with p=none", OURS, FROM("ceo@ownnone.example"), "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, NULL},
    {"own domain with p=none, proven", OURS, FROM("ceo@ownnone.example"), "<x@ownnone.example>",
	TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B30 proof undecided", OURS, FROM("ceo@own.example"), "<x@slow.own.example>", TO_US,
	POLICY_TEMPFAIL, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, "451 4.7.1 "},
    {"a stranger's DNS is no excuse", OURS, FROM("ceo@own.example"), "<x@slow.example>", TO_US,
	POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, "550 5.7.1 "},
    {"display name", OURS, FROM("\"ceo@own.example\" <a@good.example>"), "<x@good.example>", TO_US,
	POLICY_MARK, CASE_OWN_DISPLAY_NAME, CASE_COUNT, EXEMPT_NONE, NULL},
    {"display name, encoded", OURS, FROM("=?utf-8?q?ceo=40own=2Eexample?= <a@good.example>"),
	"<x@good.example>", TO_US, POLICY_MARK, CASE_OWN_DISPLAY_NAME, CASE_COUNT, EXEMPT_NONE,
	NULL},
    {"display name of others", OURS, FROM("\"ceo@none.example\" <a@good.example>"),
	"<x@good.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"own name over own address", OURS, FROM("\"ceo@own.example\" <a@own.example>"),
	"<x@own.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    /* SPF */
    {"SPF fail", "on_spf_fail = reject", FROM("a@there.example"), "<x@told.example>", TO_US,
	POLICY_REJECT, CASE_SPF_FAIL, CASE_COUNT, EXEMPT_NONE,
	"550 5.7.23 SPF: this client may not send mail for told.example (told.example explains: "
	"ask the postmaster)"},
    {"SPF fail alone is no reason", "", FROM("a@there.example"), "<x@told.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF softfail", "on_spf_softfail = mark", FROM("a@there.example"), "<x@soft.example>", TO_US,
	POLICY_MARK, CASE_SPF_SOFTFAIL, CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF temperror matters", "on_spf_fail = reject\non_dns_temperror = tempfail",
	FROM("a@there.example"), "<x@slow.example>", TO_US, POLICY_TEMPFAIL, CASE_DNS_TEMPERROR,
	CASE_COUNT, EXEMPT_NONE, NULL},
    {"SPF temperror does not matter", "on_dns_temperror = tempfail", FROM("a@there.example"),
	"<x@slow.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    /* authors */
    {"B09 several From", "", "From: a@good.example\r\nFrom: b@none.example\r\n", "<x@good.example>",
	TO_US, POLICY_REJECT, CASE_SEVERAL_FROM, CASE_COUNT, EXEMPT_NONE, "550 5.6.0 "},
    {"several domains", "", FROM("a@good.example, b@none.example"), "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_SEVERAL_FROM, CASE_COUNT, EXEMPT_NONE, NULL},
    {"two of one domain", "", FROM("a@good.example, b@good.example"), "<x@good.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"no From", "", "Date: x\r\n", "<x@good.example>", TO_US, POLICY_REJECT, CASE_MALFORMED_FROM,
	CASE_COUNT, EXEMPT_NONE, "550 5.6.0 "},
    {"B92 stray bracket", "", FROM("user@example.net>"), "<x@good.example>", TO_US, POLICY_REJECT,
	CASE_MALFORMED_FROM, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B92 quoted pair", "", FROM("\"a \\\" b\" <user@good.example>"), "<x@good.example>", TO_US,
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B92 let in, but with its domain's policy", "on_malformed_from = accept",
	FROM("user@reject.example>"), "<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT,
	CASE_COUNT, EXEMPT_NONE, NULL},
    {"let in, and its domain proven", "on_malformed_from = accept", FROM("user@reject.example>"),
	"<x@reject.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"let in, not as one of ours", OURS "on_malformed_from = mark", FROM("<<ceo@own.example>>"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_OWN_DOMAIN, CASE_COUNT, EXEMPT_NONE, NULL},
    {"several let in: each is checked", "on_several_from = accept",
	"From: a@good.example\r\nFrom: b@reject.example\r\nDate: x\r\n", "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"dry run lets in, too", "dry_run = {\"several_from\"}",
	"From: a@good.example\r\nFrom: b@reject.example\r\nDate: x\r\n", "<x@good.example>", TO_US,
	POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"too many to check", "on_several_from = accept",
	FROM("a@a.example, a@b.example, a@c.example, a@d.example, a@e.example, a@f.example, "
	     "a@g.example, a@h.example, a@i.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"author does not exist", "on_author_nxdomain = reject", FROM("a@nx.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_AUTHOR_NXDOMAIN, CASE_COUNT, EXEMPT_NONE,
	"550 5.1.8 The author domain nx.example does not exist"},
    {"author exists", "on_author_nxdomain = reject", FROM("a@there.example"), "<x@good.example>",
	TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"B30 whether it exists is not known",
	"on_author_nxdomain = reject\non_dns_temperror = tempfail", FROM("a@slow.example"),
	"<x@good.example>", TO_US, POLICY_TEMPFAIL, CASE_DNS_TEMPERROR, CASE_COUNT, EXEMPT_NONE,
	NULL},
    /* relaying */
    {"relay", OURS, FROM("a@good.example"), "<x@good.example>", "<y@other.example>", POLICY_REJECT,
	CASE_RELAY, CASE_COUNT, EXEMPT_NONE, "550 5.7.1 Relaying"},
    {"to a name below ours", OURS, FROM("a@good.example"), "<x@good.example>",
	"<y@lists.own.example>", POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"to this host", OURS, FROM("a@good.example"), "<x@good.example>", "<postmaster>",
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"bounce to elsewhere", OURS, FROM("a@good.example"), "<>", "<y@other.example>", POLICY_REJECT,
	CASE_RELAY, CASE_COUNT, EXEMPT_NONE, NULL},
    {"from ours, proven", OURS, FROM("a@own.example"), "<x@own.example>", "<y@other.example>",
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"without local_domains", "", FROM("a@good.example"), "<x@good.example>", "<y@other.example>",
	POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"without recipients", OURS, FROM("a@good.example"), "<x@good.example>", NULL, POLICY_ACCEPT,
	CASE_COUNT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"an exemption is none from relaying", OURS "exempt_networks = {\"192.0.2.1\"}",
	FROM("a@good.example"), "<x@good.example>", "<y@other.example>", POLICY_REJECT, CASE_RELAY,
	CASE_COUNT, EXEMPT_NONE, NULL},
    /* malformed mail */
    {"control", "",
	FROM("a@good.example") "Subject: a\x01"
			       "b\r\n",
	"<x@good.example>", TO_US, POLICY_MARK, CASE_CONTROL, CASE_COUNT, EXEMPT_NONE, NULL},
    {"raw 8-bit", "on_raw_8bit = reject", FROM("a@good.example") "Subject: \xe4\r\n",
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_RAW_8BIT, CASE_COUNT, EXEMPT_NONE,
	"550 5.6.7 "},
    {"nameless", "", FROM("a@good.example") "Subject : a\r\n", "<x@good.example>", TO_US,
	POLICY_MARK, CASE_NAMELESS_FIELD, CASE_COUNT, EXEMPT_NONE, NULL},
    {"doubled", "", FROM("a@good.example") "Subject: a\r\nSubject: b\r\n", "<x@good.example>",
	TO_US, POLICY_MARK, CASE_DOUBLED_FIELD, CASE_COUNT, EXEMPT_NONE, NULL},
    {"missing", "on_missing_field = hold", "From: a@good.example\r\n", "<x@good.example>", TO_US,
	POLICY_HOLD, CASE_MISSING_FIELD, CASE_COUNT, EXEMPT_NONE, NULL},
    {"bare CR in the header", "on_bare_cr = reject", FROM("a@good.example") "X: a\rb\r\n",
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_BARE_CR, CASE_COUNT, EXEMPT_NONE, NULL},
    /* exemptions */
    {"network", "exempt_networks = {\"192.0.2.0/24\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_NETWORK, NULL},
    {"another network", "exempt_networks = {\"198.51.100.0/24\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"author", "exempt_authors = {\"reject.example\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_AUTHOR, NULL},
    {"another author", "exempt_authors = {\"example\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"no author to exempt", "exempt_authors = {\"reject.example\"}\non_malformed_from = accept",
	FROM("a@reject.example>"), "<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT,
	CASE_COUNT, EXEMPT_NONE, NULL},
    {"recipient", "exempt_recipients = {\"BOB@own.example\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_RECIPIENT, NULL},
    {"recipient's domain", "exempt_recipients = {\"own.example\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_COUNT, EXEMPT_RECIPIENT, NULL},
    {"another recipient", "exempt_recipients = {\"eve@own.example\"}", FROM("a@reject.example"),
	"<x@good.example>", TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"no recipient is no exemption", "exempt_recipients = {\"*\"}", FROM("a@reject.example"),
	"<x@good.example>", NULL, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"without exemptions", "", FROM("a@reject.example"), "<x@good.example>", TO_US, POLICY_REJECT,
	CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    /* dry run */
    {"dry run of one", "dry_run = {\"dmarc_reject\"}", FROM("a@reject.example"), "<x@good.example>",
	TO_US, POLICY_ACCEPT, CASE_COUNT, CASE_DMARC_REJECT, EXEMPT_NONE, NULL},
    {"dry run of another", "dry_run = {\"spf_fail\"}", FROM("a@reject.example"), "<x@good.example>",
	TO_US, POLICY_REJECT, CASE_DMARC_REJECT, CASE_COUNT, EXEMPT_NONE, NULL},
    {"dry run of all", OURS "dry_run = {\"all\"}", FROM("a@own.example"), "<x@good.example>",
	"<y@other.example>", POLICY_ACCEPT, CASE_COUNT, CASE_OWN_DOMAIN, EXEMPT_NONE, NULL},
};

static struct conf *
load(const char *text)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	struct conf *c;
	struct buf err;

	buf_init(&err, 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	c = conf_load_fd(fd, "t.conf", CONF_SYNTAX, &err);
	close(fd);
	if (c == NULL)
		fail_msg("%s\n%s", text, buf_str(&err));
	buf_free(&err);
	return c;
}

/* A message that a test works on; all of it is gone after finish(). */
struct mail {
	struct conf *conf;
	struct dns_source *dns;
	struct arena mem;
	struct header header;
	struct inbound in;
	struct judge judge;
};

static void
begin(struct mail *m, const char *conf, const char *header, const char *sender)
{
	struct inbound_envelope e = {.has_ip = true, .helo = "helo.example", .sender = sender};
	struct judge_tools tools;
	struct buf err;
	size_t body;

	*m = (struct mail){.conf = load(conf)};
	buf_init(&err, 0);
	m->dns = dns_zone_new(zone, sizeof(zone) - 1, &err);
	if (m->dns == NULL)
		fail_msg("%s", buf_str(&err));
	buf_free(&err);
	arena_init(&m->mem, 0);
	header_init(&m->header, &m->mem, 0, 0);
	assert_true(header_parse(&m->header, header, strlen(header), &body));
	assert_true(ip_parse("192.0.2.1", &e.ip));
	tools = (struct judge_tools){.conf = m->conf, .dns = m->dns, .mem = &m->mem};
	inbound_begin(&m->in, m->conf, m->dns, &m->mem, &e);
	judge_begin(&m->judge, &tools, sender);
}

static void
check(struct mail *m)
{
	inbound_headers(&m->in, &m->header);
	judge_headers(&m->judge, &m->header);
	judge_ask(&m->judge, &m->in);
	inbound_end(&m->in);
}

static void
finish(struct mail *m)
{
	judge_reset(&m->judge);
	inbound_reset(&m->in);
	header_free(&m->header);
	arena_free(&m->mem);
	dns_source_free(m->dns);
	conf_unref(m->conf);
}

static void
insist(const struct row *r, const struct judge *j)
{
	const struct policy_verdict *v = &j->verdict;
	char reply[POLICY_TEXT_MAX + 20];
	struct buf cases;

	buf_init(&cases, 0);
	judge_cases(j, &cases);
	if (v->action != r->action || v->rule != r->rule || v->would_rule != r->would ||
	    v->exempt != r->exempt)
		fail_msg("%s: %s by %s, would %s, exempt \"%s\", of %s: %s", r->name,
		    policy_action_name(v->action), policy_case_name(v->rule),
		    policy_case_name(v->would_rule), policy_exemption_name(v->exempt),
		    buf_str(&cases), v->text);
	buf_free(&cases);
	snprintf(reply, sizeof(reply), "%s %s %s", v->code, v->xcode, v->text);
	if (r->begin != NULL && strncmp(reply, r->begin, strlen(r->begin)) != 0)
		fail_msg("%s: %s", r->name, reply);
}

static void
mail_from_outside(void **state)
{
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(rows); i++) {
		begin(&m, rows[i].conf, rows[i].header, rows[i].sender);
		if (rows[i].rcpt != NULL)
			judge_recipient(&m.judge, rows[i].rcpt);
		check(&m);
		judge_inbound(&m.judge, &m.in);
		insist(&rows[i], &m.judge);
		finish(&m);
	}
}

/* In whatever order they are listed. */
static void
many_local_domains(void **state)
{
	static const char *const ours[] = {
	    "d0.example", "d999.example", "d500.example", "x.d77.example"};
	static const char *const others[] = {"d1000.example", "d.example", "example", "0.example"};
	struct own_domains own = {0};
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	buf_adds(&text, "local_domains = {\"z.example\"");
	for (i = 1000; i-- > 0;)
		buf_addf(&text, ", \"d%zu.example\"", i);
	buf_adds(&text, "}\n");
	own.conf = load(buf_str(&text));
	for (i = 0; i < LEN(ours); i++)
		assert_non_null(own_domain_of(&own, ours[i]));
	for (i = 0; i < LEN(others); i++)
		assert_null(own_domain_of(&own, others[i]));
	assert_string_equal(own_domain_of(&own, "x.d77.example"), "d77.example");
	conf_unref(own.conf);
	buf_free(&text);
}

/* Every case that mail from outside can be is in the table above. */
static void
the_table_has_every_case(void **state)
{
	enum policy_case c;
	size_t i;

	for (c = 0; c < CASE_COUNT; c++) {
		if ((c >= CASE_OUT_SEVERAL_FROM && c <= CASE_OUT_LOGIN) || c == CASE_BARE_LF ||
		    c == CASE_NUL || c == CASE_HEADER_LIMIT)
			continue; /* below */
		for (i = 0; i < LEN(rows) && rows[i].rule != c; i++)
			;
		if (i == LEN(rows))
			fail_msg("no row for %s", policy_case_name(c));
	}
}

static void
one_recipient_that_is_not_exempt_is_enough(void **state)
{
	static const struct row row = {"two recipients", .action = POLICY_REJECT,
	    .rule = CASE_DMARC_REJECT, .would = CASE_COUNT};
	struct mail m;

	begin(&m, "exempt_recipients = {\"bob@own.example\"}", FROM("a@reject.example"), "<x@y.z>");
	judge_recipient(&m.judge, "<bob@own.example>");
	judge_recipient(&m.judge, "<eve@own.example>");
	check(&m);
	judge_inbound(&m.judge, &m.in);
	insist(&row, &m.judge);
	finish(&m);
}

static void
one_recipient_of_ours_is_no_relay(void **state)
{
	static const struct row row = {
	    "two recipients", .action = POLICY_ACCEPT, .rule = CASE_COUNT, .would = CASE_COUNT};
	struct mail m;

	begin(&m, OURS, FROM("a@good.example"), "<x@good.example>");
	judge_recipient(&m.judge, "<eve@other.example>");
	judge_recipient(&m.judge, "<bob@own.example>");
	check(&m);
	judge_inbound(&m.judge, &m.in);
	insist(&row, &m.judge);
	finish(&m);
}

/* NUL and LF do not come through this header's parser, but through a milter's they may. */
static void
bytes_in_values(void **state)
{
	static const struct {
		const char *value;
		size_t len;
		enum policy_case c;
	} t[] = {{" a\0b", 4, CASE_NUL}, {" a\nb", 4, CASE_BARE_LF}};
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		begin(&m, "on_bare_lf = mark", FROM("a@good.example"), "<x@good.example>");
		assert_true(header_add(&m.header, "X-A", 3, t[i].value, t[i].len));
		check(&m);
		judge_inbound(&m.judge, &m.in);
		assert_int_equal(m.judge.verdict.action, POLICY_MARK);
		assert_int_equal(m.judge.verdict.rule, t[i].c);
		finish(&m);
	}
}

/* Without `verify` nothing is known of authentication, and nothing is said of it. */
static void
mail_that_is_not_verified(void **state)
{
	static const struct {
		const char *header;
		enum policy_case rule;
	} t[] = {{FROM("a@reject.example"), CASE_COUNT}, {FROM("ceo@own.example"), CASE_COUNT},
	    {FROM("user@example.net>"), CASE_MALFORMED_FROM},
	    {"From: a@b.c\r\nFrom: d@e.f\r\n", CASE_SEVERAL_FROM}};
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		begin(&m, OURS, t[i].header, "<x@good.example>");
		judge_recipient(&m.judge, TO_US);
		judge_headers(&m.judge, &m.header);
		judge_inbound(&m.judge, NULL);
		assert_int_equal(m.judge.verdict.rule, t[i].rule);
		finish(&m);
	}
}

/* B54: the disposition that is written is what was done. */
static void
B54_disposition(void **state)
{
	static const struct {
		const char *domain, *conf, *want;
	} t[] = {
	    {"none", "", "policy.published=none policy.disposition=none"},
	    {"quarantine", "on_dmarc_quarantine = accept",
		"policy.published=quarantine policy.disposition=none policy.override=local_policy"},
	    {"quarantine", "on_dmarc_quarantine = hold",
		"policy.published=quarantine policy.disposition=quarantine"},
	    {"quarantine", "", "policy.published=quarantine policy.disposition=quarantine"},
	    {"reject", "on_dmarc_reject = accept\non_dmarc_quarantine = hold",
		"policy.published=reject policy.disposition=none policy.override=local_policy"},
	    {"reject", "on_dmarc_reject = hold",
		"policy.published=reject policy.disposition=quarantine "
		"policy.override=local_policy"},
	    {"reject", "", "policy.published=reject policy.disposition=reject"},
	    {"reject", "dry_run = {\"all\"}",
		"policy.published=reject policy.disposition=none policy.override=local_policy"},
	    {"reject", "exempt_networks = {\"192.0.2.1\"}",
		"policy.published=reject policy.disposition=none policy.override=local_policy"},
	};
	struct buf field, header, flat;
	struct mail m;
	size_t i, k;

	for (i = 0; i < LEN(t); i++) {
		buf_init(&header, 0);
		buf_init(&field, 0);
		buf_init(&flat, 0);
		buf_addf(&header, "From: a@%s.example\r\n", t[i].domain);
		begin(&m, t[i].conf, buf_str(&header), "<x@good.example>");
		judge_recipient(&m.judge, TO_US);
		check(&m);
		judge_inbound(&m.judge, &m.in);
		assert_true(inbound_authentication_results(&m.in, &m.judge.verdict, &field));
		for (k = 0; k < field.len; k++)
			if (field.data[k] == '\t')
				buf_addc(&flat, ' ');
			else if (field.data[k] != '\r' && field.data[k] != '\n')
				buf_addc(&flat, field.data[k]);
		if (strstr(buf_str(&flat), t[i].want) == NULL)
			fail_msg("%s, %s: %s", t[i].domain, t[i].conf, buf_str(&flat));
		assert_true((strstr(buf_str(&flat), "override") != NULL) ==
			    (strstr(t[i].want, "override") != NULL));
		finish(&m);
		buf_free(&header);
		buf_free(&field);
		buf_free(&flat);
	}
}

/* ---- exemption by DKIM and by ARC: results as the checks would give them ---- */

static void
exempt_by_dkim(void **state)
{
	static const struct {
		const char *domain;
		enum dkim_status status;
		bool counts;
		enum policy_action action;
		enum policy_exemption exempt;
	} t[] = {
	    {"list.example", DKIM_PASS, true, POLICY_ACCEPT, EXEMPT_DKIM_DOMAIN},
	    {"list.example", DKIM_PASS, false, POLICY_REJECT, EXEMPT_NONE}, /* l=, t=y */
	    {"list.example", DKIM_FAIL, false, POLICY_REJECT, EXEMPT_NONE},
	    {"a.list.example", DKIM_PASS, true, POLICY_REJECT, EXEMPT_NONE},
	    /* B30: it might have been exempt */
	    {"list.example", DKIM_TEMPERROR, false, POLICY_TEMPFAIL, EXEMPT_NONE},
	    {"other.example", DKIM_TEMPERROR, false, POLICY_REJECT, EXEMPT_NONE},
	};
	struct dkim_result d;
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		begin(&m, "exempt_dkim_domains = {\"list.example\"}", FROM("a@reject.example"),
		    "<x@good.example>");
		check(&m);
		d = (struct dkim_result){
		    .domain = t[i].domain, .status = t[i].status, .counts = t[i].counts};
		m.in.dkim = &d;
		m.in.ndkim = 1;
		judge_inbound(&m.judge, &m.in);
		assert_int_equal(m.judge.verdict.action, t[i].action);
		assert_int_equal(m.judge.verdict.exempt, t[i].exempt);
		finish(&m);
	}
}

struct chain_row {
	const char *name;
	struct arc_result arc;		  /* status, from_signed, testing, temporary */
	const char *sealers[3], *said[3]; /* the newest first */
	enum arc_vouch want;
};

#define PASSING                                                                                    \
	{                                                                                          \
		.status = ARC_PASS, .from_signed = true                                            \
	}
#define GOOD " list.example; dmarc=pass header.from=reject.example"

static const struct chain_row chains[] = {
    {"dmarc=pass", PASSING, {"list.example"}, {GOOD}, ARC_VOUCHED},
    {"as large providers write it", PASSING, {"list.example"},
	{" mx.list.example; dkim=pass header.i=@reject.example header.s=s header.b=x; dmarc=pass "
	 "(p=REJECT sp=REJECT dis=NONE) header.from=Reject.Example"},
	ARC_VOUCHED},
    {"aligned DKIM, nothing of DMARC", PASSING, {"list.example"},
	{" list.example; dkim=pass header.d=reject.example"}, ARC_VOUCHED},
    {"aligned DKIM, DMARC had no record then", PASSING, {"list.example"},
	{" list.example; dmarc=none header.from=reject.example; dkim=pass "
	 "header.d=mail.reject.example"},
	ARC_VOUCHED},
    {"aligned SPF, nothing of DMARC", PASSING, {"list.example"},
	{" list.example; spf=pass smtp.mailfrom=bob@reject.example"}, ARC_VOUCHED},
    {"two trusted", PASSING, {"fwd.example", "list.example"}, {" fwd.example; dmarc=fail", GOOD},
	ARC_VOUCHED},
    {"status fail", {.status = ARC_FAIL, .from_signed = true}, {"list.example"}, {GOOD},
	ARC_NOT_VOUCHED},
    {"From is not signed", {.status = ARC_PASS}, {"list.example"}, {GOOD}, ARC_NOT_VOUCHED},
    {"a key in testing", {.status = ARC_PASS, .from_signed = true, .testing = true},
	{"list.example"}, {GOOD}, ARC_NOT_VOUCHED},
    {"not trusted", PASSING, {"evil.example"}, {GOOD}, ARC_NOT_VOUCHED},
    {"below a trusted one", PASSING, {"a.list.example"}, {GOOD}, ARC_NOT_VOUCHED},
    {"a stranger sealed last", PASSING, {"evil.example", "list.example"}, {GOOD, GOOD},
	ARC_NOT_VOUCHED},
    {"a stranger sealed first: the trusted one's own results count", PASSING,
	{"list.example", "evil.example"},
	{" list.example; dmarc=fail header.from=reject.example", GOOD}, ARC_NOT_VOUCHED},
    {"a stranger in between", PASSING, {"list.example", "evil.example", "fwd.example"},
	{" list.example; dmarc=fail header.from=reject.example", GOOD, GOOD}, ARC_NOT_VOUCHED},
    {"of another author", PASSING, {"list.example"},
	{" list.example; dmarc=pass header.from=other.example"}, ARC_NOT_VOUCHED},
    {"of no author", PASSING, {"list.example"}, {" list.example; dmarc=pass"}, ARC_NOT_VOUCHED},
    {"dmarc=fail in spite of DKIM", PASSING, {"list.example"},
	{" list.example; dmarc=fail header.from=reject.example; dkim=pass header.d=reject.example"},
	ARC_NOT_VOUCHED},
    {"DKIM of another domain", PASSING, {"list.example"},
	{" list.example; dkim=pass header.d=evil.example"}, ARC_NOT_VOUCHED},
    {"DKIM that failed", PASSING, {"list.example"},
	{" list.example; dkim=fail header.d=reject.example"}, ARC_NOT_VOUCHED},
    {"nothing", PASSING, {"list.example"}, {" list.example; none"}, ARC_NOT_VOUCHED},
    {"unreadable", PASSING, {"list.example"}, {" list.example; dmarc=pass (header.from"},
	ARC_NOT_VOUCHED},
    {"no answer from DNS", {.status = ARC_FAIL, .temporary = true}, {"list.example"}, {GOOD},
	ARC_VOUCH_UNKNOWN},
    {"no answer, a stranger's", {.status = ARC_FAIL, .temporary = true}, {"evil.example"}, {GOOD},
	ARC_NOT_VOUCHED},
};

static size_t
make_chain(const struct chain_row *r, struct arc_chain *chain, struct arc_set *sets,
    struct arc_sealer *sealers)
{
	size_t n, i;

	for (n = 0; n < 3 && r->sealers[n] != NULL; n++)
		;
	for (i = 0; i < n; i++) {
		sealers[i] = (struct arc_sealer){.domain = r->sealers[i], .selector = "s"};
		sets[n - 1 - i] = (struct arc_set){.payload = r->said[i],
		    .payload_len = strlen(r->said[i]),
		    .seal = {.domain = r->sealers[i]}};
	}
	*chain = (struct arc_chain){.present = true, .n = n, .v = sets};
	return n;
}

static void
exempt_by_sealer(void **state)
{
	struct arc_sealer sealers[3];
	struct arc_set sets[3];
	struct arc_chain chain;
	struct arc_result arc;
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(chains); i++) {
		begin(&m, "trusted_arc_sealers = {\"list.example\", \"fwd.example\"}",
		    FROM("a@reject.example"), "<x@good.example>");
		check(&m);
		arc = chains[i].arc;
		arc.n = make_chain(&chains[i], &chain, sets, sealers);
		arc.chain = &chain;
		arc.sealers = sealers;
		m.in.arc = &arc;
		judge_inbound(&m.judge, &m.in);
		if (m.judge.verdict.action != (chains[i].want == ARC_VOUCHED ? POLICY_ACCEPT
						  : chains[i].want == ARC_VOUCH_UNKNOWN
						      ? POLICY_TEMPFAIL
						      : POLICY_REJECT) ||
		    (m.judge.verdict.exempt == EXEMPT_SEALER) != (chains[i].want == ARC_VOUCHED))
			fail_msg(
			    "%s: %s", chains[i].name, policy_action_name(m.judge.verdict.action));
		finish(&m);
	}
}

/* ---- mail of our own ---- */

static void
mail_of_our_own(void **state)
{
	static const struct {
		const char *name, *conf, *header;
		enum outbound_result result;
		const char *domain; /* the plan's author */
		bool mismatch;
		enum policy_action action;
		enum policy_case rule;
	} t[] = {
	    {"signed", "", FROM("a@own.example"), OUTBOUND_SIGNED, "own.example", false,
		POLICY_ACCEPT, CASE_COUNT},
	    {"claims p=reject: not ours to judge", "", FROM("a@reject.example"), OUTBOUND_UNSIGNED,
		"reject.example", false, POLICY_ACCEPT, CASE_COUNT},
	    {"B09 several From", "", "From: a@own.example\r\nFrom: b@x.example\r\n",
		OUTBOUND_UNSIGNED, "", false, POLICY_REJECT, CASE_OUT_SEVERAL_FROM},
	    {"malformed From", "", FROM("user@example.net>"), OUTBOUND_UNSIGNED, "", false,
		POLICY_REJECT, CASE_OUT_MALFORMED_FROM},
	    {"malformed, let out", "on_out_malformed_from = mark", FROM("user@example.net>"),
		OUTBOUND_UNSIGNED, "", false, POLICY_MARK, CASE_OUT_MALFORMED_FROM},
	    {"cannot be signed", "", FROM("a@own.example"), OUTBOUND_FAILED, "own.example", false,
		POLICY_TEMPFAIL, CASE_OUT_UNSIGNED},
	    {"cannot be signed, reject", "on_sign_failure = reject", FROM("a@own.example"),
		OUTBOUND_FAILED, "own.example", false, POLICY_REJECT, CASE_OUT_UNSIGNED},
	    {"cannot be signed, accept", "on_sign_failure = accept", FROM("a@own.example"),
		OUTBOUND_FAILED, "own.example", false, POLICY_ACCEPT, CASE_COUNT},
	    {"no key", OURS, FROM("a@own.example"), OUTBOUND_UNSIGNED, "own.example", false,
		POLICY_ACCEPT, CASE_COUNT},
	    {"no key, but required", "sign_required = {\"own.example\"}", FROM("a@www.own.example"),
		OUTBOUND_UNSIGNED, "www.own.example", false, POLICY_TEMPFAIL, CASE_OUT_UNSIGNED},
	    {"required of others", "sign_required = {\"own.example\"}", FROM("a@notown.example"),
		OUTBOUND_UNSIGNED, "notown.example", false, POLICY_ACCEPT, CASE_COUNT},
	    {"login refused", "login_domains = refuse", FROM("a@own.example"), OUTBOUND_REFUSED,
		"own.example", true, POLICY_REJECT, CASE_OUT_LOGIN},
	    {"login logged", "login_domains = log", FROM("a@own.example"), OUTBOUND_SIGNED,
		"own.example", true, POLICY_ACCEPT, CASE_COUNT},
	    {"doubled field", "", FROM("a@own.example") "To: x\r\nTo: y\r\n", OUTBOUND_SIGNED,
		"own.example", false, POLICY_MARK, CASE_DOUBLED_FIELD},
	    {"bare CR", "on_bare_cr = reject", FROM("a@own.example") "X: a\rb\r\n", OUTBOUND_SIGNED,
		"own.example", false, POLICY_REJECT, CASE_BARE_CR},
	};
	struct outbound o;
	struct mail m;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		begin(&m, t[i].conf, t[i].header, "<x@own.example>");
		judge_recipient(&m.judge, "<y@other.example>");
		judge_headers(&m.judge, &m.header);
		o = (struct outbound){.author = author_of(&m.header, &m.mem)};
		strlcpy(o.plan.author, t[i].domain, sizeof(o.plan.author));
		o.plan.login_mismatch = t[i].mismatch;
		judge_outbound(&m.judge, &o, t[i].result, "no signer");
		if (m.judge.verdict.action != t[i].action || m.judge.verdict.rule != t[i].rule)
			fail_msg("%s: %s by %s", t[i].name,
			    policy_action_name(m.judge.verdict.action),
			    policy_case_name(m.judge.verdict.rule));
		finish(&m);
	}
}

/* ---- headers over the limits, and the field ---- */

static void
a_header_that_was_not_read(void **state)
{
	static const struct {
		const char *conf, *field;
	} t[] = {
	    {"", " reject; rule=header_limit; The message header is too large;"
		 " nothing was checked, the header is over the limits"},
	    {"on_header_limit = accept",
		" accept; nothing was checked, the header is over the limits"},
	    {"on_header_limit = hold", " hold; rule=header_limit; The message header is too large;"
				       " nothing was checked, the header is over the limits"},
	};
	struct buf field;
	struct mail m;
	size_t i, k;

	for (i = 0; i < LEN(t); i++) {
		begin(&m, t[i].conf, FROM("a@good.example"), "<x@good.example>");
		judge_header_limit(&m.judge);
		buf_init(&field, 0);
		judge_field(&m.judge, &field);
		for (k = 0; k + 2 < field.len; k++)
			if (field.data[k] == '\r') {
				memmove(field.data + k, field.data + k + 2, field.len - k - 2);
				field.data[k] = ' ';
				field.len -= 2;
			}
		assert_string_equal(buf_str(&field), t[i].field);
		buf_free(&field);
		finish(&m);
	}
}

static void
the_field(void **state)
{
	struct buf field;
	struct mail m;
	char *line, *rest;

	begin(&m, "dry_run = {\"dmarc_reject\"}", FROM("a@reject.example") "To: x\r\nTo: y\r\n",
	    "<x@good.example>");
	check(&m);
	judge_inbound(&m.judge, &m.in);
	buf_init(&field, 0);
	judge_field(&m.judge, &field);
	assert_non_null(strstr(buf_str(&field), " mark; rule=doubled_field; would=reject;"));
	assert_non_null(strstr(buf_str(&field), "would_rule=dmarc_reject (dry run)"));
	for (rest = field.data; (line = strsep(&rest, "\n")) != NULL;)
		assert_true(strlen(line) < 80);
	finish(&m);
	buf_clear(&field);
	begin(&m, "", FROM("a@good.example"), "<x@good.example>");
	check(&m);
	judge_inbound(&m.judge, &m.in);
	judge_field(&m.judge, &field);
	assert_int_equal(field.len, 0);
	finish(&m);
	buf_free(&field);
}

/* ---- line ends ---- */

static void
line_ends_cut_anywhere(void **state)
{
	static const struct {
		const char *body;
		bool cr, lf;
	} t[] = {
	    {"", false, false},
	    {"a\r\nb\r\n\r\n", false, false},
	    {"no end", false, false},
	    {"a\nb\r\n", false, true},
	    {"\n", false, true},
	    {"a\rb\r\n", true, false},
	    {"a\r\r\n", true, false},
	    {"\r", true, false},
	    {"a\r\n\r", true, false},
	    {"a\r\n\n", false, true},
	    {"\ra\n", true, true},
	    {"a\r\n.\r\r\n.\r\n", true, false},
	};
	struct line_ends l;
	size_t i, cut, second, n;

	for (i = 0; i < LEN(t); i++) {
		n = strlen(t[i].body);
		for (cut = 0; cut <= n; cut++)
			for (second = cut; second <= n; second++) {
				l = (struct line_ends){0};
				line_ends_add(&l, t[i].body, cut);
				line_ends_add(&l, t[i].body + cut, second - cut);
				line_ends_add(&l, t[i].body + second, n - second);
				line_ends_finish(&l);
				if (l.bare_cr != t[i].cr || l.bare_lf != t[i].lf)
					fail_msg("row %zu cut at %zu, %zu", i, cut, second);
			}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case_has_an_option),
	    cmocka_unit_test(mail_from_outside),
	    cmocka_unit_test(many_local_domains),
	    cmocka_unit_test(the_table_has_every_case),
	    cmocka_unit_test(one_recipient_that_is_not_exempt_is_enough),
	    cmocka_unit_test(one_recipient_of_ours_is_no_relay),
	    cmocka_unit_test(bytes_in_values),
	    cmocka_unit_test(mail_that_is_not_verified),
	    cmocka_unit_test(B54_disposition),
	    cmocka_unit_test(exempt_by_dkim),
	    cmocka_unit_test(exempt_by_sealer),
	    cmocka_unit_test(mail_of_our_own),
	    cmocka_unit_test(a_header_that_was_not_read),
	    cmocka_unit_test(the_field),
	    cmocka_unit_test(line_ends_cut_anywhere),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
