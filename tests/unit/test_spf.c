/* auth/spf*: the record's grammar, macros, evaluation, limits, what is told of a result. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/received_spf.h"
#include "auth/spf.h"
#include "auth/spf_macro.h"
#include "auth/spf_prefetch.h"
#include "auth/spf_record.h"
#include "base/buf.h"
#include "dns/zone.h"
#include "kept_zone.h"

#define DEADLINE 10000

static struct dns_source *
zone_of(const char *text, size_t len)
{
	struct buf error;
	struct dns_source *zone;

	buf_init(&error, 1000);
	zone = dns_zone_new(text, len, &error);
	if (zone == NULL)
		fail_msg("zone: %s", buf_str(&error));
	buf_free(&error);
	return zone;
}

static struct spf_request
request_of(const char *ip, const char *helo, const char *local, const char *domain)
{
	struct spf_request r = {.helo = helo,
	    .local = local,
	    .domain = domain,
	    .receiver = "mx.receiver.example",
	    .limits = SPF_LIMITS_DEFAULT,
	    .deadline = dns_now() + DEADLINE};

	assert_true(ip_parse(ip, &r.ip));
	return r;
}

/* ---- the grammar ---- */

static const struct spf_policy *
parse(const char *text, size_t len, struct spf_policy **owned)
{
	struct dns_record record = {.data = (const uint8_t *)text, .len = len};
	struct dns_answer answer = {.status = DNS_OK, .records = &record, .n = 1};

	*owned = spf_policy_parse(&answer);
	assert_non_null(*owned);
	return *owned;
}

static void
record_grammar(void **state)
{
	static const struct {
		const char *text;
		enum spf_policy_status status;
	} t[] = {
	    {"v=spf1", SPF_POLICY_OK},
	    {"V=SPF1   -ALL  ", SPF_POLICY_OK},
	    {"v=spf10 -all", SPF_POLICY_NONE},
	    {"v=spf1\t-all", SPF_POLICY_NONE},
	    {" v=spf1 -all", SPF_POLICY_NONE},
	    {"", SPF_POLICY_NONE},
	    {"spf2.0/pra -all", SPF_POLICY_NONE},
	    {"v=spf1 +a ~mx ?ptr -exists:%{i}.x.example", SPF_POLICY_OK},
	    {"v=spf1 a/0 a//0 a/32//128 a:x.example/1//1", SPF_POLICY_OK},
	    {"v=spf1 a/33", SPF_POLICY_ERROR},
	    {"v=spf1 a//129", SPF_POLICY_ERROR},
	    {"v=spf1 a/24/64", SPF_POLICY_ERROR},
	    {"v=spf1 a/024", SPF_POLICY_ERROR},
	    {"v=spf1 a/", SPF_POLICY_ERROR},
	    {"v=spf1 a///64", SPF_POLICY_ERROR},
	    {"v=spf1 a/99999999999999999999", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d}/24//64", SPF_POLICY_OK},
	    {"v=spf1 a:x.example/24x", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.0/24 ip4:0.0.0.0/0", SPF_POLICY_OK},
	    {"v=spf1 ip4:192.0.2", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.256", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.01", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.1/33", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.1//24", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:192.0.2.1:25", SPF_POLICY_ERROR},
	    {"v=spf1 ip4:", SPF_POLICY_ERROR},
	    {"v=spf1 ip4", SPF_POLICY_ERROR},
	    {"v=spf1 ip4/24", SPF_POLICY_ERROR},
	    {"v=spf1 ip6:2001:db8:1111:2222:3333:4444:5555:6666/128", SPF_POLICY_OK},
	    {"v=spf1 ip6:::ffff:192.0.2.1", SPF_POLICY_OK},
	    {"v=spf1 ip6:2001:db8::/129", SPF_POLICY_ERROR},
	    {"v=spf1 ip6:2001:db8", SPF_POLICY_ERROR},
	    {"v=spf1 ip6:fe80::1%eth0", SPF_POLICY_ERROR},
	    {"v=spf1 ip6:192.0.2.1", SPF_POLICY_ERROR},
	    {"v=spf1 ipv4:192.0.2.0/24 -all", SPF_POLICY_ERROR}, /* B41 */
	    {"v=spf1 ip4:192.0.2.1\b -all", SPF_POLICY_ERROR},	 /* B41 */
	    {"v=spf1 -all \xc3\xbc", SPF_POLICY_ERROR},
	    {"v=spf1 -all x=\xc3\xbc", SPF_POLICY_ERROR},
	    {"v=spf1 -all\tptr", SPF_POLICY_ERROR},
	    {"v=spf1 all:x.example", SPF_POLICY_ERROR},
	    {"v=spf1 all/8", SPF_POLICY_ERROR},
	    {"v=spf1 all.", SPF_POLICY_ERROR},
	    {"v=spf1 include", SPF_POLICY_ERROR},
	    {"v=spf1 include:", SPF_POLICY_ERROR},
	    {"v=spf1 include:x.example/24", SPF_POLICY_ERROR},
	    {"v=spf1 include=x.example", SPF_POLICY_OK}, /* an unknown modifier */
	    {"v=spf1 exists", SPF_POLICY_ERROR},
	    {"v=spf1 ptr:", SPF_POLICY_ERROR},
	    {"v=spf1 ptr/24", SPF_POLICY_ERROR},
	    {"v=spf1 a:museum", SPF_POLICY_ERROR},
	    {"v=spf1 a:museum.", SPF_POLICY_ERROR},
	    {"v=spf1 a:x.123", SPF_POLICY_ERROR},
	    {"v=spf1 a:x.1-2", SPF_POLICY_OK},
	    {"v=spf1 a:x.-com", SPF_POLICY_ERROR},
	    {"v=spf1 a:x.com-", SPF_POLICY_ERROR},
	    {"v=spf1 a:x.com..", SPF_POLICY_ERROR},
	    {"v=spf1 a:x.com.", SPF_POLICY_OK},
	    {"v=spf1 a:%{d}com", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d}.com", SPF_POLICY_OK},
	    {"v=spf1 a:x%%", SPF_POLICY_OK},
	    {"v=spf1 a:%", SPF_POLICY_ERROR},
	    {"v=spf1 a:%(d)", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{x}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d0}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d99999999999999999999R.-+,/_=}", SPF_POLICY_OK},
	    {"v=spf1 a:%{dr2}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{d|}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{c}", SPF_POLICY_ERROR},
	    {"v=spf1 a:%{r}.x.example", SPF_POLICY_ERROR},
	    {"v=spf1 exp=%{t}.x.example", SPF_POLICY_ERROR},
	    {"v=spf1 x=%{t}%{c} y= z.1-_=/:=", SPF_POLICY_OK},
	    {"v=spf1 x=%", SPF_POLICY_ERROR},
	    {"v=spf1 1x=y", SPF_POLICY_ERROR},
	    {"v=spf1 =y", SPF_POLICY_ERROR},
	    {"v=spf1 -x=y", SPF_POLICY_ERROR},
	    {"v=spf1 -redirect=x.example", SPF_POLICY_ERROR},
	    {"v=spf1 redirect:x.example", SPF_POLICY_ERROR},
	    {"v=spf1 redirect=", SPF_POLICY_ERROR},
	    {"v=spf1 redirect=x.example REDIRECT=x.example", SPF_POLICY_ERROR},
	    {"v=spf1 exp=x.example exp=x.example", SPF_POLICY_ERROR},
	    {"v=spf1 redirect=x.example exp=x.example all x=y x=y", SPF_POLICY_OK},
	    {"v=spf1 --all", SPF_POLICY_ERROR},
	    {"v=spf1 - all", SPF_POLICY_ERROR},
	    {"v=spf1 +", SPF_POLICY_ERROR},
	};
	struct spf_policy *p;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		parse(t[i].text, strlen(t[i].text), &p);
		if (p->status != t[i].status)
			fail_msg("%s: %d (%s)", t[i].text, p->status, p->reason);
		assert_true((p->reason[0] != '\0') == (p->status == SPF_POLICY_ERROR));
		spf_policy_free(p);
	}
}

static void
record_is_taken_apart(void **state)
{
	static const char text[] =
	    "v=spf1 -a:x.example/24//64 ip4:192.0.2.77/24 redirect=r.example exp=%{d}.e.example";
	struct spf_policy *p;
	const struct spf_record *r;

	parse(text, sizeof(text) - 1, &p);
	r = &p->record;
	assert_int_equal(p->status, SPF_POLICY_OK);
	assert_int_equal(r->n, 2);
	assert_int_equal(r->terms[0].mechanism, SPF_A);
	assert_int_equal(r->terms[0].qualifier, '-');
	assert_int_equal(r->terms[0].cidr4, 24);
	assert_int_equal(r->terms[0].cidr6, 64);
	assert_int_equal(r->terms[0].len, strlen("-a:x.example/24//64"));
	assert_memory_equal(r->terms[0].text, "-a:x.example/24//64", r->terms[0].len);
	assert_int_equal(r->terms[1].mechanism, SPF_IP4);
	assert_int_equal(r->terms[1].qualifier, '+');
	assert_int_equal(r->terms[1].net.bits, 120);
	assert_int_equal(r->terms[1].net.addr.b[15], 0);
	assert_int_equal(r->redirect.n, 1);
	assert_int_equal(r->exp.n, 2);
	spf_policy_free(p);
}

/* NUL within; the reason never carries what a terminal or a log would act on. */
static void
record_reason_is_printable(void **state)
{
	static const char text[] = "v=spf1 a:x.example\0\033[31m\" -all";
	struct spf_policy *p;

	parse(text, sizeof(text) - 1, &p);
	assert_int_equal(p->status, SPF_POLICY_ERROR);
	assert_string_equal(
	    p->reason, "character outside of printable US-ASCII in \"a:x.example??[31m?\"");
	spf_policy_free(p);
}

/* ---- macros: RFC 7208 §7.4 and what it does not show ---- */

static void
macros(void **state)
{
	static const char helo[] = "mail.example.com";
	static const struct {
		const char *text, *result;
	} t[] = {
	    {"%{s}", "strong-bad@email.example.com"}, {"%{o}", "email.example.com"},
	    {"%{d}", "email.example.com"}, {"%{d4}", "email.example.com"},
	    {"%{d3}", "email.example.com"}, {"%{d2}", "example.com"}, {"%{d1}", "com"},
	    {"%{dr}", "com.example.email"}, {"%{d2r}", "example.email"}, {"%{l}", "strong-bad"},
	    {"%{l-}", "strong.bad"}, {"%{lr}", "strong-bad"}, {"%{lr-}", "bad.strong"},
	    {"%{l1r-}", "strong"}, {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
	    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
	    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
	    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
	    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
	    {"%%%_%-", "% %20"}, {"%{S}", "strong-bad%40email.example.com"}, {"%{s.@}", NULL},
	    {"%{s-=}", "strong.bad@email.example.com"}, {"%{p}x", "x"}, /* not set */
	};
	struct spf_macro_values v = {{NULL}};
	struct spf_macro_string m;
	struct spf_part parts[16];
	struct buf out;
	size_t i;

	v.value['s' - 'a'] = "strong-bad@email.example.com";
	v.value['o' - 'a'] = v.value['d' - 'a'] = "email.example.com";
	v.value['l' - 'a'] = "strong-bad";
	v.value['i' - 'a'] = "192.0.2.3";
	v.value['v' - 'a'] = "in-addr";
	v.value['h' - 'a'] = helo;
	buf_init(&out, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(spf_macro_bound(t[i].text, strlen(t[i].text)) <= 16);
		if (spf_macro_parse(t[i].text, strlen(t[i].text), SPF_MACRO_EXPLAIN, parts, &m) !=
		    NULL) {
			assert_null(t[i].result);
			continue;
		}
		buf_clear(&out);
		assert_true(spf_macro_expand(&m, &v, &out));
		assert_string_equal(buf_str(&out), t[i].result);
	}
	buf_free(&out);
}

/* Leading, trailing and repeated delimiters make empty parts (§7.3). */
static void
macros_keep_empty_parts(void **state)
{
	static const struct {
		const char *text, *value, *result;
	} t[] = {
	    {"%{l-}", "-a--b-", ".a..b."},
	    {"%{lr-}", "-a--b-", ".b..a."},
	    {"%{l2-}", "-a--b-", "b."},
	    {"%{l2r-}", "-a--b-", "a."},
	    {"%{l1r-}", "", ""},
	    {"%{l9r-}", "a", "a"},
	    {"%{l1-}", "---", ""},
	    {"%{L-+}", "a b-c+d", "a%20b.c.d"},
	};
	struct spf_macro_values v = {{NULL}};
	struct spf_macro_string m;
	struct spf_part parts[16];
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		v.value['l' - 'a'] = t[i].value;
		assert_null(
		    spf_macro_parse(t[i].text, strlen(t[i].text), SPF_MACRO_DOMAIN, parts, &m));
		buf_clear(&out);
		assert_true(spf_macro_expand(&m, &v, &out));
		assert_string_equal(buf_str(&out), t[i].result);
	}
	buf_free(&out);
}

/* ---- evaluation ---- */

static const char zone_text[] =
    "plain.example TXT \"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:1:2:3:4:5:0/112 -all\"\n"
    "everyone.example TXT \"v=spf1 ip4:0.0.0.0/0 ip6:::/0 -all\"\n"
    "local.example TXT \"v=spf1 -all\"\n"
    /* B37 */
    "v6macro.example TXT \"v=spf1 exists:%{ir}.%{v}._spf.example.com -all\"\n"
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com "
    "A 127.0.0.2\n"
    /* B38 */
    "hmacro.example TXT \"v=spf1 include:%{i}._ip.%{h}._ehlo.%{d}._spf.example.net -all\"\n"
    "192.0.2.9._ip.mail.example.org._ehlo.hmacro.example._spf.example.net TXT \"v=spf1 "
    "exists:%{o}.%{d1}.ok.example -all\"\n"
    "hmacro.example.net.ok.example A 127.0.0.2\n"
    "a.example TXT \"v=spf1 include:b.example -all\"\n"
    "b.example TXT \"v=spf1 include:%{d}.x.example.net -all\"\n"
    "b.example.x.example.net TXT \"v=spf1 exists:%{d}.%{o}.%{s}.z.example -all\"\n"
    "b.example.x.example.net.a.example.user@a.example.z.example A 127.0.0.1\n"
    /* B39 */
    "mx6.example TXT \"v=spf1 mx ip6:2001:db8::/32 -all\"\n"
    "mx6.example MX 10 m1.example\n"
    "mx6.example MX 10 m2.example\n"
    "mx6.example MX 10 m3.example\n"
    "m1.example A 192.0.2.1\n"
    "m2.example A 192.0.2.2\n"
    "m3.example A 192.0.2.3\n"
    "mx666.example TXT \"v=spf1 mx mx mx ip6:2001:db8::/32 -all\"\n"
    "mx666.example MX 10 m1.example\n"
    "voids.example TXT \"v=spf1 a:1.nx.example a:2.nx.example a:3.nx.example a:4.nx.example "
    "a:5.nx.example a:6.nx.example ip4:192.0.2.9 -all\"\n"
    "twovoids.example TXT \"v=spf1 a:1.nx.example exists:2.nx.example ip4:192.0.2.9 -all\"\n"
    "null.example MX 0 .\n"
    "nullmx.example TXT \"v=spf1 mx:null.example mx:null.example mx:null.example -all\"\n"
    "manymx.example TXT \"v=spf1 mx -all\"\n"
    "manymx.example MX 1 x1.example\nmanymx.example MX 1 x2.example\n"
    "manymx.example MX 1 x3.example\nmanymx.example MX 1 x4.example\n"
    "manymx.example MX 1 x5.example\nmanymx.example MX 1 x6.example\n"
    "manymx.example MX 1 x7.example\nmanymx.example MX 1 x8.example\n"
    "manymx.example MX 1 x9.example\nmanymx.example MX 1 x10.example\n"
    "manymx.example MX 1 m1.example\n"
    "mxerror.example TXT \"v=spf1 mx -all\"\n"
    "mxerror.example MX 1 broken.example\n"
    "mxerror.example MX 2 m1.example\n"
    /* B41 */
    "bs.example TXT \"v=spf1 ip4:192.0.2.9\\008 -all\"\n"
    "ipv4.example TXT \"v=spf1 ipv4:192.0.2.0/24 -all\"\n"
    "binary.example TXT \"\\195\\188v=spf1 +all\"\n"
    "binary.example TXT \"v=spf1 ip4:192.0.2.9 -all\"\n"
    "late.example TXT \"v=spf1 ip4:192.0.2.9 -all foo:bar\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "two.example TXT \"v=spf1 +all\"\n"
    /* B42 */
    "broken.example SERVFAIL\n"
    "nospf.example TXT \"nothing\"\n"
    "neutral.example TXT \"v=spf1 ?all\"\n"
    "inc1.example TXT \"v=spf1 include:broken.example -all\"\n"
    "inc2.example TXT \"v=spf1 include:nospf.example -all\"\n"
    "inc3.example TXT \"v=spf1 include:neutral.example ip4:192.0.2.9 -all\"\n"
    "inc4.example TXT \"v=spf1 include:nx.example -all\"\n"
    "inc5.example TXT \"v=spf1 include:ipv4.example -all\"\n"
    "inc6.example TXT \"v=spf1 ~include:plain.example -all\"\n"
    "red1.example TXT \"v=spf1 redirect=nospf.example\"\n"
    "red2.example TXT \"v=spf1 redirect=broken.example\"\n"
    "red3.example TXT \"v=spf1 redirect=nx.example ?all\"\n"
    "red4.example TXT \"v=spf1 redirect=nx.example ip4:192.0.2.9\"\n"
    "red5.example TXT \"v=spf1 redirect=inc6.example\"\n"
    "red6.example TXT \"v=spf1 redirect=%{h}\"\n"
    /* B44 */
    "mail.example TXT \"v=spf1 ip4:192.0.2.9 exists:%{l}.%{o}.l.example -all\"\n"
    "postmaster.mail.example.l.example A 127.0.0.2\n"
    /* ptr */
    "9.2.0.192.in-addr.arpa PTR host.ptr.example\n"
    "host.ptr.example A 192.0.2.9\n"
    "8.2.0.192.in-addr.arpa PTR forged.ptr.example\n"
    "forged.ptr.example A 192.0.2.1\n"
    "7.2.0.192.in-addr.arpa SERVFAIL\n"
    "ptr.example TXT \"v=spf1 ptr -all\"\n"
    "xptr.example TXT \"v=spf1 ptr -all\"\n"
    "pmacro.example TXT \"v=spf1 exists:%{p}.p.example -all\"\n"
    "host.ptr.example.p.example A 127.0.0.1\n"
    "unknown.p.example A 127.0.0.1\n"
    /* CNAMEs: B28 */
    "alias.example CNAME plain.example\n"
    "inc7.example TXT \"v=spf1 include:alias.example include:plain.example -all\"\n"
    /* explanations */
    "exp.example TXT \"v=spf1 exp=e.exp.example -all\"\n"
    "e.exp.example TXT \"%{l} at %{i} (%{c}) said %{h} to %{r}; see http://x/?%{L}\"\n"
    "exp2.example TXT \"v=spf1 exp=e.exp2.example -all\"\n"
    "e.exp2.example TXT \"one\"\n"
    "e.exp2.example TXT \"two\"\n"
    "exp3.example TXT \"v=spf1 include:exp.example exp=e.exp3.example -all\"\n"
    "e.exp3.example TXT \"mine\"\n"
    "exp4.example TXT \"v=spf1 exp=e.exp3.example redirect=exp.example\"\n"
    "self.example TXT \"v=spf1 include:self.example -all\"\n"
    "exp5.example TXT \"v=spf1 exp=broken.example -all\"\n";

struct evaluation {
	const char *ip, *helo, *local, *domain;
	enum spf_result result;
	const char *mechanism, *reason;
};

static void
check_all(struct dns_source *zone, const struct evaluation *t, size_t n)
{
	struct spf_request r;
	struct spf_outcome o;
	struct arena mem;
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < n; i++) {
		r = request_of(t[i].ip, t[i].helo, t[i].local, t[i].domain);
		spf_check(zone, &r, &mem, &o);
		if (o.result != t[i].result)
			fail_msg("%zu: %s@%s: %s (%s)", i, t[i].local, t[i].domain,
			    spf_result_name(o.result), o.reason);
		assert_string_equal(o.mechanism, t[i].mechanism);
		assert_string_equal(o.reason, t[i].reason);
		arena_reset(&mem);
	}
	arena_free(&mem);
}

#define CHECK_ALL(zone, t) check_all(zone, t, sizeof(t) / sizeof((t)[0]))

static void
evaluation(void **state)
{
	static const char m[] = "mail.example.org";
	static const struct evaluation t[] = {
	    {"192.0.2.9", m, "user", "plain.example", SPF_PASS, "ip4:192.0.2.0/24", ""},
	    {"::ffff:192.0.2.9", m, "user", "plain.example", SPF_PASS, "ip4:192.0.2.0/24", ""},
	    {"192.0.3.9", m, "user", "plain.example", SPF_FAIL, "-all", ""},
	    {"2001:db8:1:2:3:4:5:6", m, "user", "PLAIN.example.", SPF_PASS,
		"ip6:2001:db8:1:2:3:4:5:0/112", ""},
	    {"2001:db8:1:2:3:4:6:6", m, "user", "plain.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.9", m, "user", "everyone.example", SPF_PASS, "ip4:0.0.0.0/0", ""},
	    {"2001:db8::9", m, "user", "everyone.example", SPF_PASS, "ip6:::/0", ""},
	    /* loopback gets no free ride */
	    {"127.0.0.1", m, "user", "local.example", SPF_FAIL, "-all", ""},
	    {"::1", m, "user", "local.example", SPF_FAIL, "-all", ""},
	    /* B37 */
	    {"2001:db8::1", m, "user", "v6macro.example", SPF_PASS,
		"exists:%{ir}.%{v}._spf.example.com", ""},
	    {"2001:db8::2", m, "user", "v6macro.example", SPF_FAIL, "-all", ""},
	    /* B38 */
	    {"192.0.2.9", m, "user", "hmacro.example", SPF_PASS,
		"include:%{i}._ip.%{h}._ehlo.%{d}._spf.example.net", ""},
	    {"192.0.2.9", m, "user", "a.example", SPF_PASS, "include:b.example", ""},
	    {"192.0.2.9", m, "other", "a.example", SPF_FAIL, "-all", ""},
	    /* B39 */
	    {"2001:db8::5", m, "user", "mx6.example", SPF_PASS, "ip6:2001:db8::/32", ""},
	    {"2001:db8::5", m, "user", "mx666.example", SPF_PERMERROR, "",
		"2 void look-ups allowed, found 3"},
	    {"192.0.2.9", m, "user", "voids.example", SPF_PERMERROR, "",
		"2 void look-ups allowed, found 3"},
	    {"192.0.2.9", m, "user", "twovoids.example", SPF_PASS, "ip4:192.0.2.9", ""},
	    {"192.0.2.9", m, "user", "nullmx.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.1", m, "user", "manymx.example", SPF_PERMERROR, "",
		"more than 10 MX records at manymx.example"},
	    {"192.0.2.1", m, "user", "mxerror.example", SPF_PASS, "mx", ""},
	    {"192.0.2.9", m, "user", "mxerror.example", SPF_TEMPERROR, "",
		"DNS look-up of broken.example: SERVFAIL"},
	    /* B41 */
	    {"192.0.2.9", m, "user", "bs.example", SPF_PERMERROR, "",
		"bad IPv4 address in \"ip4:192.0.2.9?\" at bs.example"},
	    {"192.0.2.9", m, "user", "ipv4.example", SPF_PERMERROR, "",
		"unknown mechanism in \"ipv4:192.0.2.0/24\" at ipv4.example"},
	    {"192.0.2.9", m, "user", "binary.example", SPF_PASS, "ip4:192.0.2.9", ""},
	    {"192.0.2.9", m, "user", "late.example", SPF_PERMERROR, "",
		"unknown mechanism in \"foo:bar\" at late.example"},
	    {"192.0.2.9", m, "user", "two.example", SPF_PERMERROR, "",
		"2 SPF records at two.example"},
	    /* B42 */
	    {"192.0.2.9", m, "user", "broken.example", SPF_TEMPERROR, "",
		"DNS look-up of broken.example: SERVFAIL"},
	    {"192.0.2.9", m, "user", "nospf.example", SPF_NONE, "",
		"no SPF record at nospf.example"},
	    {"192.0.2.9", m, "user", "nx.example", SPF_NONE, "", "nx.example does not exist"},
	    {"192.0.2.9", m, "user", "inc1.example", SPF_TEMPERROR, "",
		"DNS look-up of broken.example: SERVFAIL"},
	    {"192.0.2.9", m, "user", "inc2.example", SPF_PERMERROR, "",
		"no SPF record at nospf.example, to which include of inc2.example leads"},
	    {"192.0.2.9", m, "user", "inc3.example", SPF_PASS, "ip4:192.0.2.9", ""},
	    {"192.0.2.9", m, "user", "inc4.example", SPF_PERMERROR, "",
		"nx.example does not exist, to which include of inc4.example leads"},
	    {"192.0.2.9", m, "user", "inc5.example", SPF_PERMERROR, "",
		"unknown mechanism in \"ipv4:192.0.2.0/24\" at ipv4.example"},
	    {"192.0.2.9", m, "user", "inc6.example", SPF_SOFTFAIL, "~include:plain.example", ""},
	    {"192.0.2.9", m, "user", "inc7.example", SPF_PASS, "include:alias.example", ""},
	    {"192.0.3.9", m, "user", "inc7.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.9", m, "user", "red1.example", SPF_PERMERROR, "",
		"no SPF record at nospf.example, to which redirect of red1.example leads"},
	    {"192.0.2.9", m, "user", "red2.example", SPF_TEMPERROR, "",
		"DNS look-up of broken.example: SERVFAIL"},
	    {"192.0.2.9", m, "user", "red3.example", SPF_NEUTRAL, "?all", ""},
	    {"192.0.2.9", m, "user", "red4.example", SPF_PASS, "ip4:192.0.2.9", ""},
	    {"192.0.2.9", m, "user", "red5.example", SPF_SOFTFAIL, "~include:plain.example", ""},
	    {"192.0.2.9", "localhost", "user", "red6.example", SPF_PERMERROR, "",
		"\"localhost\" is no domain name of several labels, to which redirect of "
		"red6.example leads"},
	    {"192.0.2.9", "", "user", "red6.example", SPF_PERMERROR, "",
		"\"\" is no domain name of several labels, to which redirect of red6.example "
		"leads"},
	    /* B44 */
	    {"192.0.2.9", "mail.example", "", "", SPF_PASS, "ip4:192.0.2.9", ""},
	    {"192.0.2.8", "mail.example", "", "", SPF_PASS, "exists:%{l}.%{o}.l.example", ""},
	    {"192.0.2.8", "x.example", "", "mail.example", SPF_PASS, "exists:%{l}.%{o}.l.example",
		""},
	    {"192.0.2.8", "mail.example", "x", "mail.example", SPF_FAIL, "-all", ""},
	    /* ptr: errors of the client's DNS match nothing */
	    {"192.0.2.9", m, "user", "ptr.example", SPF_PASS, "ptr", ""},
	    {"192.0.2.9", m, "user", "xptr.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.8", m, "user", "ptr.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.7", m, "user", "ptr.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.9", m, "user", "pmacro.example", SPF_PASS, "exists:%{p}.p.example", ""},
	    {"192.0.2.8", m, "user", "pmacro.example", SPF_PASS, "exists:%{p}.p.example", ""},
	};
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);

	CHECK_ALL(zone, t);
	dns_source_free(zone);
}

/* B44: none, and the DNS is not asked. */
static void
no_domain_no_query_b44(void **state)
{
	static const struct evaluation t[] = {
	    {"192.0.2.9", "[192.0.2.9]", "", "", SPF_NONE, "", "no domain name to check"},
	    {"192.0.2.9", "localhost", "", "", SPF_NONE, "", "no domain name to check"},
	    {"192.0.2.9", "", "", "", SPF_NONE, "", "no domain name to check"},
	    {"192.0.2.9", "a b.example", "", "", SPF_NONE, "", "no domain name to check"},
	    {"192.0.2.9", "mail.example", "x", "[192.0.2.9]", SPF_NONE, "",
		"no domain name to check"},
	    {"192.0.2.9", "mail.example", "x", "a..example", SPF_NONE, "",
		"no domain name to check"},
	    {"192.0.2.9", "mail.example", "x", "", SPF_NONE, "", "no domain name to check"},
	};
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);

	CHECK_ALL(zone, t);
	assert_int_equal(dns_zone_queries(zone, NULL, 0), 0);
	dns_source_free(zone);
}

static void
helo_identity_b44(void **state)
{
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);
	struct spf_request r = request_of("192.0.2.8", "Mail.Example", "x", "plain.example");
	struct spf_outcome o;
	struct arena mem;

	arena_init(&mem, 0);
	r.identity = SPF_HELO;
	spf_check(zone, &r, &mem, &o);
	assert_int_equal(o.result, SPF_PASS);
	assert_int_equal(o.identity, SPF_HELO);
	assert_string_equal(o.domain, "mail.example");
	assert_string_equal(o.mechanism, "exists:%{l}.%{o}.l.example"); /* postmaster */
	arena_free(&mem);
	dns_source_free(zone);
}

static void
internationalized_domain(void **state)
{
	static const char text[] = "xn--bcher-kva.example TXT \"v=spf1 ip4:192.0.2.9 -all\"\n";
	struct dns_source *zone = zone_of(text, sizeof(text) - 1);
	struct spf_request r = request_of("192.0.2.9", "", "x",
	    "b\xc3\xbc"
	    "cher.example");
	struct spf_outcome o;
	struct arena mem;

	arena_init(&mem, 0);
	spf_check(zone, &r, &mem, &o);
	assert_int_equal(o.result, SPF_PASS);
	assert_string_equal(o.domain, "xn--bcher-kva.example");
	arena_free(&mem);
	dns_source_free(zone);
}

static void
explanations(void **state)
{
	static const struct {
		const char *local, *domain, *helo, *text;
	} t[] = {
	    {"user", "exp.example", "h.example",
		"user at 192.0.2.9 (192.0.2.9) said h.example to mx.receiver.example; see "
		"http://x/?user"},
	    /* what the client says cannot end a line or send escapes to a terminal */
	    {"a\r\nb", "exp.example", "\033[1m\xc3\xbc",
		"a??b at 192.0.2.9 (192.0.2.9) said ?[1m?? to mx.receiver.example; see "
		"http://x/?a%0D%0Ab"},
	    {"user", "exp2.example", "h.example", ""},
	    {"user", "exp3.example", "h.example", "mine"},
	    {"user", "exp4.example", "h",
		"user at 192.0.2.9 (192.0.2.9) said h to mx.receiver.example; see "
		"http://x/?user"},
	    {"user", "exp5.example", "h.example", ""},
	};
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);
	struct spf_request r;
	struct spf_outcome o;
	struct arena mem;
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		r = request_of("192.0.2.9", t[i].helo, t[i].local, t[i].domain);
		spf_check(zone, &r, &mem, &o);
		assert_int_equal(o.result, SPF_FAIL);
		assert_string_equal(o.explanation, t[i].text);
	}
	arena_free(&mem);
	dns_source_free(zone);
}

/* ---- hostile records ---- */

static void
add_txt(struct buf *zone, const char *name, const char *text, size_t len)
{
	size_t n;

	buf_addf(zone, "%s TXT", name);
	do {
		n = len < 250 ? len : 250;
		buf_adds(zone, " \"");
		buf_add(zone, text, n);
		buf_adds(zone, "\"");
		text += n;
		len -= n;
	} while (len > 0);
	buf_adds(zone, "\n");
}

static struct spf_outcome
check_one(struct dns_source *zone, struct spf_request r, struct arena *mem)
{
	struct spf_outcome o;

	spf_check(zone, &r, mem, &o);
	return o;
}

/* Builds a record of the repeated format (with its number) and an end, and checks it. */
static struct spf_outcome
check_repeated(const char *format, unsigned n, const char *end, const char *ip, struct arena *mem)
{
	struct buf record, zone;
	struct dns_source *source;
	struct spf_outcome o;
	unsigned i;

	buf_init(&record, 0);
	buf_init(&zone, 0);
	buf_adds(&record, "v=spf1");
	for (i = 0; i < n; i++)
		buf_addf(&record, format, i / 250, i % 250);
	buf_adds(&record, end);
	add_txt(&zone, "big.example", record.data, record.len);
	buf_adds(&zone, "a.example A 192.0.2.1\n");
	source = zone_of(zone.data, zone.len);
	o = check_one(source, request_of(ip, "h.example", "user", "big.example"), mem);
	dns_source_free(source);
	buf_free(&record);
	buf_free(&zone);
	return o;
}

/* libspf2 alone refuses more than some 60 networks. */
static void
many_networks(void **state)
{
	struct arena mem;
	struct spf_outcome o;

	arena_init(&mem, 0);
	o = check_repeated(" ip4:10.1.%u.%u", 800, " -all", "10.1.3.49", &mem);
	assert_int_equal(o.result, SPF_PASS);
	assert_string_equal(o.mechanism, "ip4:10.1.3.49");
	o = check_repeated(" ip4:10.1.%u.%u", 800, " ~all", "10.1.3.50", &mem);
	assert_int_equal(o.result, SPF_SOFTFAIL);
	o = check_repeated(" ip6:2001:db8:%u:%u::/64", 500, " -all", "2001:db8:1:249::1", &mem);
	assert_int_equal(o.result, SPF_PASS);
	assert_string_equal(o.mechanism, "ip6:2001:db8:1:249::/64");
	arena_free(&mem);
}

static void
huge_records(void **state)
{
	struct arena mem;
	struct spf_outcome o;

	arena_init(&mem, 0);
	o = check_repeated(" a:x%u-%u.example", 3500, " -all", "192.0.2.9", &mem); /* 60 KB */
	assert_int_equal(o.result, SPF_PERMERROR);
	assert_string_equal(o.reason, "too long a record in \"v=spf1\" at big.example");
	o = check_repeated(" a", 10000, " -all", "192.0.2.9", &mem);
	assert_int_equal(o.result, SPF_PERMERROR);
	o = check_repeated(" a:a.example", 11, " -all", "192.0.2.9", &mem);
	assert_int_equal(o.result, SPF_PERMERROR);
	assert_string_equal(o.reason, "more than 10 DNS look-ups");
	o = check_repeated(" a:a.example", 1000, " -all", "192.0.2.1", &mem);
	assert_int_equal(o.result, SPF_PASS);
	o = check_repeated("%%{s}", 2000, ".x.example -all", "192.0.2.1", &mem); /* one bad term */
	assert_int_equal(o.result, SPF_NONE);
	arena_free(&mem);
}

/* The limits can be raised to the cap; what is written for libspf2 still fits it. */
static void
raised_limits(void **state)
{
	static const char text[] =
	    "a.example A 192.0.2.1\n"
	    "fifteen.example TXT \"v=spf1 a:a.example/24 a:a.example/24 a:a.example/24 "
	    "a:a.example/24 a:a.example/24 a:a.example/24 a:a.example/24 a:a.example/24 "
	    "a:a.example/24 a:a.example/24\" \" a:a.example/24 a:a.example/24 a:a.example/24 "
	    "a:a.example/24 a:a.example/24 ip4:10.0.0.9 -all\"\n"
	    "sixteen.example TXT \"v=spf1 exists:a.example.nx include:fifteen.example -all\"\n";
	struct dns_source *zone = zone_of(text, sizeof(text) - 1);
	struct spf_request r = request_of("10.0.0.9", "h.example", "user", "fifteen.example");
	struct spf_outcome o;
	struct arena mem;

	arena_init(&mem, 0);
	assert_int_equal(check_one(zone, r, &mem).result, SPF_PERMERROR);
	r.limits.lookups = 1000;
	assert_int_equal(check_one(zone, r, &mem).result, SPF_PASS);
	r.domain = "sixteen.example";
	o = check_one(zone, r, &mem);
	assert_int_equal(o.result, SPF_PERMERROR);
	assert_string_equal(o.reason, "more than 15 DNS look-ups");
	arena_free(&mem);
	dns_source_free(zone);
}

static void
loops_and_depth(void **state)
{
	static const char text[] =
	    "self.example TXT \"v=spf1 include:self.example -all\"\n"
	    "selfr.example TXT \"v=spf1 redirect=selfr.example\"\n"
	    "ping.example TXT \"v=spf1 include:pong.example -all\"\n"
	    "pong.example TXT \"v=spf1 include:ping.example -all\"\n"
	    "grow.example TXT \"v=spf1 include:x.%{d} -all\"\n"
	    "*.grow.example TXT \"v=spf1 include:x.%{d} -all\"\n"
	    "wide.example TXT \"v=spf1 include:wide.example include:wide.example -all\"\n"
	    "d0.example TXT \"v=spf1 include:d1.example -all\"\n"
	    "d1.example TXT \"v=spf1 include:d2.example -all\"\n"
	    "d2.example TXT \"v=spf1 include:d3.example -all\"\n"
	    "d3.example TXT \"v=spf1 include:d4.example -all\"\n"
	    "d4.example TXT \"v=spf1 redirect=d5.example\"\n"
	    "d5.example TXT \"v=spf1 include:d6.example -all\"\n"
	    "d6.example TXT \"v=spf1 redirect=d7.example\"\n"
	    "d7.example TXT \"v=spf1 include:d8.example -all\"\n"
	    "d8.example TXT \"v=spf1 include:d9.example -all\"\n"
	    "d9.example TXT \"v=spf1 include:d10.example -all\"\n"
	    "d10.example TXT \"v=spf1 ip4:192.0.2.9 -all\"\n"
	    "e0.example TXT \"v=spf1 include:d0.example -all\"\n";
	static const char over[] = "more than 10 DNS look-ups";
	static const struct evaluation t[] = {
	    {"192.0.2.9", "h", "user", "self.example", SPF_PERMERROR, "", over},
	    {"192.0.2.9", "h", "user", "selfr.example", SPF_PERMERROR, "", over},
	    {"192.0.2.9", "h", "user", "ping.example", SPF_PERMERROR, "", over},
	    {"192.0.2.9", "h", "user", "grow.example", SPF_PERMERROR, "", over},
	    {"192.0.2.9", "h", "user", "wide.example", SPF_PERMERROR, "", over},
	    {"192.0.2.9", "h", "user", "d0.example", SPF_PASS, "include:d1.example", ""},
	    {"192.0.2.8", "h", "user", "d0.example", SPF_FAIL, "-all", ""},
	    {"192.0.2.9", "h", "user", "e0.example", SPF_PERMERROR, "", over},
	};
	struct dns_source *zone = zone_of(text, sizeof(text) - 1);

	CHECK_ALL(zone, t);
	dns_source_free(zone);
}

/* Expansions are cut to what the DNS can ask, or refused when they grow out of hand. */
static void
macro_bombs(void **state)
{
	static const char text[] =
	    "bomb.example TXT \"v=spf1 exists:%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}."
	    "%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{s}.%{S}.%{S}.%{S}.%{S}.%{S}.x.example -all\"\n"
	    "cut.example TXT \"v=spf1 exists:%{l}.%{l}.%{l}.x.example -all\"\n"
	    "*.x.example A 127.0.0.1\n";
	struct dns_source *zone = zone_of(text, sizeof(text) - 1);
	struct arena mem;
	char local[2001];
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < sizeof(local) - 1; i++)
		local[i] = i % 10 == 5 ? '.' : 'a';
	local[i] = '\0';
	assert_int_equal(
	    check_one(zone, request_of("192.0.2.9", "h", local, "bomb.example"), &mem).result,
	    SPF_PERMERROR);
	assert_int_equal(
	    check_one(zone, request_of("192.0.2.9", "h", local, "cut.example"), &mem).result,
	    SPF_PASS);
	/* no dots to cut at: not a name, no match, no void look-up */
	memset(local, 'a', sizeof(local) - 1);
	assert_int_equal(
	    check_one(zone, request_of("192.0.2.9", "h", local, "cut.example"), &mem).result,
	    SPF_FAIL);
	arena_free(&mem);
	dns_source_free(zone);
}

/* ---- time, memory, threads ---- */

/* Late is a temperror, never a pass and never a fail: also where ptr would match nothing. */
static void
deadline(void **state)
{
	static const char *const domains[] = {"plain.example", "inc7.example", "mx6.example",
	    "voids.example", "ptr.example", "pmacro.example"};
	struct dns_source *zone;
	struct spf_request r;
	struct spf_outcome o;
	struct arena mem;
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		zone = kept_zone_new(zone_text, sizeof(zone_text) - 1, KEPT_ZONE_WHEN_TOLD);
		r = request_of("192.0.2.200", "h.example", "user", domains[i]);
		if (i > 0) { /* the record is there, what follows is late */
			spf_prefetch(zone, &r, &mem);
			assert_int_equal(kept_zone_settle(zone), 1);
		}
		r.deadline = dns_now() + 20;
		o = check_one(zone, r, &mem);
		assert_int_equal(o.result, SPF_TEMPERROR);
		assert_true(o.reason[0] != '\0');
		assert_true(dns_now() - r.deadline < 1000);
		dns_source_free(zone);
	}
	arena_free(&mem);
}

static void
little_memory(void **state)
{
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);
	struct spf_request r = request_of("192.0.2.9", "mail.example.org", "user", "a.example");
	struct spf_outcome o;
	struct arena mem;
	size_t max;
	bool done = false;

	for (max = 1; !done; max += 16) {
		arena_init(&mem, max);
		o = check_one(zone, r, &mem);
		done = o.result == SPF_PASS && strcmp(o.mechanism, "include:b.example") == 0;
		if (o.result != SPF_PASS)
			assert_int_equal(o.result, SPF_TEMPERROR);
		assert_non_null(o.domain);
		assert_non_null(o.mechanism);
		assert_non_null(o.explanation);
		assert_non_null(o.reason);
		arena_free(&mem);
		assert_true(max < 100000);
	}
	dns_source_free(zone);
}

/* After enough rounds all is there, and the check asks nothing new. */
static void
prefetch(void **state)
{
	static const struct {
		const char *domain;
		unsigned rounds; /* until all is there */
	} t[] = {
	    {"plain.example", 1},
	    {"a.example", 4}, /* two includes, and what the second asks for */
	    {"mx6.example", 3},
	    {"inc7.example", 2},
	    {"red5.example", 3},
	    {"ptr.example", 3},
	    {"pmacro.example", 3},
	    {"v6macro.example", 2},
	    {"mail.example", 1},
	    {"self.example", 1},
	};
	struct dns_source *zone;
	struct spf_request r;
	struct arena mem;
	unsigned rounds;
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		zone = kept_zone_new(zone_text, sizeof(zone_text) - 1, KEPT_ZONE_WHEN_TOLD);
		r = request_of("192.0.2.9", "mail.example.org", "user", t[i].domain);
		for (rounds = 0; spf_prefetch(zone, &r, &mem) > 0; rounds++)
			assert_true(kept_zone_settle(zone) > 0);
		if (rounds != t[i].rounds)
			fail_msg("%s: %u rounds", t[i].domain, rounds);
		r.deadline = dns_now();
		check_one(zone, r, &mem);
		if (kept_zone_settle(zone) != (strcmp(t[i].domain, "pmacro.example") == 0))
			fail_msg("%s: the check asks for more", t[i].domain);
		arena_reset(&mem);
		dns_source_free(zone);
	}
	arena_free(&mem);
}

static void *
check_many(void *zone)
{
	struct spf_request r = request_of("192.0.2.9", "mail.example.org", "user", "a.example");
	struct arena mem;
	intptr_t wrong = 0;
	int i;

	arena_init(&mem, 0);
	for (i = 0; i < 300; i++) {
		r.local = i % 2 == 0 ? "user" : "other";
		if (check_one(zone, r, &mem).result != (i % 2 == 0 ? SPF_PASS : SPF_FAIL))
			wrong++;
		arena_reset(&mem);
	}
	arena_free(&mem);
	return (void *)wrong;
}

/* B95: the stack of libmilter's threads may be small. */
static void
threads_with_small_stacks_b95(void **state)
{
	struct dns_source *zone = zone_of(zone_text, sizeof(zone_text) - 1);
	pthread_attr_t attr;
	pthread_t threads[4];
	void *wrong;
	size_t i;

	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, 256 * 1024), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], &attr, check_many, zone), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	pthread_attr_destroy(&attr);
	dns_source_free(zone);
}

/* ---- the Received-SPF field ---- */

static void
field_value(void **state)
{
	struct spf_request r = request_of("192.0.2.9", "mail.example", "user", "plain.example");
	struct spf_outcome o = {
	    SPF_PASS, SPF_MAIL_FROM, "plain.example", "ip4:192.0.2.0/24", "", ""};
	struct buf out;

	buf_init(&out, 0);
	assert_true(received_spf(&r, &o, &out));
	assert_string_equal(buf_str(&out),
	    " pass (mx.receiver.example: domain of\r\n"
	    "\tplain.example designates as permitted sender 192.0.2.9)\r\n"
	    "\treceiver=mx.receiver.example;\r\n"
	    "\tidentity=mailfrom;\r\n"
	    "\tclient-ip=192.0.2.9;\r\n"
	    "\tenvelope-from=\"user@plain.example\";\r\n"
	    "\thelo=mail.example;\r\n"
	    "\tmechanism=\"ip4:192.0.2.0/24\";");
	buf_free(&out);
}

static void
field_value_is_safe(void **state)
{
	static const char evil[] = "a\"b\\c\r\nX-Evil: yes\r\n\r\n\xc3\xbc";
	struct spf_request r = request_of("2001:db8::1", evil, evil, "x.example");
	struct spf_outcome o = {SPF_PERMERROR, SPF_MAIL_FROM, "x.example", "", "", "broken)"};
	char longer[3000];
	struct buf out;
	size_t i, line = 0;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	buf_init(&out, 0);
	assert_true(received_spf(&r, &o, &out));
	assert_null(strstr(buf_str(&out), "\r\nX"));
	assert_non_null(strstr(out.data, "helo=\"a\\\"b\\\\c??X-Evil: yes??????\";"));
	assert_non_null(strstr(out.data, "client-ip=\"2001:db8::1\";"));
	assert_non_null(strstr(out.data, "problem=\"broken)\";"));
	buf_clear(&out);
	r.helo = r.local = r.domain = r.receiver = longer;
	assert_true(received_spf(&r, &o, &out));
	for (i = 0; i < out.len; i++) {
		line = out.data[i] == '\n' ? 0 : line + 1;
		assert_true(line < 998);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(record_grammar),
	    cmocka_unit_test(record_is_taken_apart),
	    cmocka_unit_test(record_reason_is_printable),
	    cmocka_unit_test(macros),
	    cmocka_unit_test(macros_keep_empty_parts),
	    cmocka_unit_test(evaluation),
	    cmocka_unit_test(no_domain_no_query_b44),
	    cmocka_unit_test(helo_identity_b44),
	    cmocka_unit_test(internationalized_domain),
	    cmocka_unit_test(explanations),
	    cmocka_unit_test(many_networks),
	    cmocka_unit_test(huge_records),
	    cmocka_unit_test(raised_limits),
	    cmocka_unit_test(loops_and_depth),
	    cmocka_unit_test(macro_bombs),
	    cmocka_unit_test(deadline),
	    cmocka_unit_test(little_memory),
	    cmocka_unit_test(prefetch),
	    cmocka_unit_test(threads_with_small_stacks_b95),
	    cmocka_unit_test(field_value),
	    cmocka_unit_test(field_value_is_safe),
	};

	return cmocka_run_group_tests_name("spf", tests, NULL, NULL);
}
