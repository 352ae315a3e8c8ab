/* auth/dmarc_record, dmarc_walk, dmarc_facts, dmarc: RFC 9989, its examples, and what others get
 * wrong. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/dmarc.h"
#include "base/buf.h"
#include "dns/zone.h"
#include "kept_zone.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define WAIT (dns_now() + 5000)

/* ---- records ---- */

static void
add_uris(struct buf *out, const char *name, const struct dmarc_uris *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		buf_addf(out, "%s%s%s", i == 0 ? name : ",", u->v[i].uri,
		    u->v[i].mailbox == NULL ? "(?)" : "");
}

/* A record in one line: status, policies, and what differs from the defaults. */
static const char *
describe(const struct dmarc_record *r, struct buf *out)
{
	static const char *const status[] = {"absent", "several", "no-policy", "bad-policy", "ok"};

	buf_clear(out);
	buf_adds(out, status[r->status]);
	if (r->status == DMARC_RECORD_ABSENT)
		return buf_str(out);
	buf_addf(out, " %s", dmarc_policy_name(r->p));
	if (r->sp != DMARC_POLICY_ABSENT)
		buf_addf(out, " sp=%s", dmarc_policy_name(r->sp));
	if (r->np != DMARC_POLICY_ABSENT)
		buf_addf(out, " np=%s", dmarc_policy_name(r->np));
	buf_adds(out, r->testing ? " t" : "");
	buf_adds(out, r->adkim == DMARC_STRICT ? " adkim" : "");
	buf_adds(out, r->aspf == DMARC_STRICT ? " aspf" : "");
	if (r->psd != DMARC_PSD_UNKNOWN)
		buf_addf(out, " psd=%c", r->psd == DMARC_PSD_YES ? 'y' : 'n');
	if (r->fo != DMARC_FO_ALL)
		buf_addf(out, " fo=%u", r->fo);
	add_uris(out, " rua ", &r->rua);
	add_uris(out, " ruf ", &r->ruf);
	return buf_str(out);
}

static const struct {
	const char *record, *meaning;
} records[] = {
    {"v=DMARC1; p=none", "ok none"},
    {"v=DMARC1; p=quarantine", "ok quarantine"},
    {"v=DMARC1; p=reject;", "ok reject"},
    {"v=DMARC1;p=reject", "ok reject"},
    {"v=DMARC1;;; ; p=reject ;;", "ok reject"},
    /* B50 */
    {"v=DMARC1; p=quarantine ; rua=mailto:a@example.com, mailto:b@example.com",
	"ok quarantine rua mailto:a@example.com,mailto:b@example.com"},
    {"V = DMARC1 ;P=Reject", "ok reject"},
    {"v=dmarc1; p=reject", "absent"},
    {"v\t=\tDMARC1\t;\tp\t=\treject\t", "ok reject"},
    {"v=DMARC1; SP=None; P=REJECT; NP=Quarantine; ADKIM=S; ASPF=S; T=Y; PSD=N",
	"ok reject sp=none np=quarantine t adkim aspf psd=n"},
    {"v=DMARC1; p=none; rua = MAILTO:a@example.com ,mailto:b@example.com,",
	"ok none rua MAILTO:a@example.com,mailto:b@example.com"},
    /* the version (§4.7) */
    {"", "absent"},
    {"v", "absent"},
    {"v=", "absent"},
    {"=DMARC1; p=reject", "absent"},
    {"DMARC1; p=reject", "absent"},
    {"v=DMARC2; p=reject", "absent"},
    {"v=DMARC10; p=reject", "absent"},
    {"v=DMARC1 p=reject", "absent"},
    {"v=DMARC1, p=reject", "absent"},
    {"p=reject; v=DMARC1", "absent"},
    {" v=DMARC1; p=reject", "absent"},
    {";v=DMARC1; p=reject", "absent"},
    {"\"v=DMARC1; p=reject\"", "absent"},
    {"v=spf1 -all", "absent"},
    {"v=DMARC1; v=DMARC2; p=reject", "ok reject"},
    /* B51 */
    {"v=DMARC1; p=reject; rf=afrfruf=mailto:a@example.com; fo=1", "ok reject fo=2"},
    {"v=DMARC1; p=reject; rua=mailto:a@example.comrua=mailto:b@example.comrua=mailto:c@example.com"
     "rua=mailto:d@example.comrua=mailto:e@example.comrua=mailto:f@example.com"
     "rua=mailto:g@example.comrua=mailto:h@example.comrua=mailto:i@example.com"
     "rua=mailto:j@example.com",
	"ok reject"},
    {"v=DMARC1; p=rejct; rua=mailto:a@example.com", "ok none rua mailto:a@example.com"},
    {"v=DMARC1; p=rejct", "bad-policy none"},
    {"v=DMARC1; p=reject rua=mailto:a@example.com", "bad-policy none"},
    {"v=DMARC1; p=; rua=mailto:a@example.com", "ok none rua mailto:a@example.com"},
    {"v=DMARC1; p=reject; reject; =; a=; =b; p", "ok reject"},
    /* no p= (§4.7, §4.10.1) */
    {"v=DMARC1", "no-policy none"},
    {"v=DMARC1;", "no-policy none"},
    {"v=DMARC1; psd=y", "no-policy none psd=y"},
    {"v=DMARC1; sp=reject", "no-policy none"},
    {"v=DMARC1; rua=mailto:a@example.com", "ok none rua mailto:a@example.com"},
    {"v=DMARC1; sp=reject; rua=mailto:a@example.com", "ok none rua mailto:a@example.com"},
    {"v=DMARC1; rua=mailto:0", "no-policy none"},
    {"v=DMARC1; rua=nonsense", "no-policy none"},
    {"v=DMARC1; ruf=mailto:a@example.com", "no-policy none ruf mailto:a@example.com"},
    {"v=DMARC1; p=reject; sp=bad", "bad-policy none"},
    {"v=DMARC1; p=reject; np=bad", "bad-policy none"},
    {"v=DMARC1; p=reject; sp=bad; np=reject; rua=mailto:a@example.com",
	"ok none rua mailto:a@example.com"},
    {"v=DMARC1; p=reject; sp=none; np=reject", "ok reject sp=none np=reject"},
    /* values that are bad take the default */
    {"v=DMARC1; p=reject; t=yes; adkim=x; aspf=; psd=yes; fo=2", "ok reject"},
    {"v=DMARC1; p=reject; t=n; adkim=r; aspf=r; psd=u; fo=0", "ok reject"},
    {"v=DMARC1; p=reject; psd=y", "ok reject psd=y"},
    /* tags of RFC 7489, unknown tags (B49) */
    {"v=DMARC1; p=reject; pct=0; rf=afrf; ri=86400", "ok reject"},
    {"v=DMARC1; p=reject; pct=banana; x=y; _=1; foo bar=2", "ok reject"},
    /* a tag that occurs twice */
    {"v=DMARC1; p=reject; p=none", "ok reject"},
    {"v=DMARC1; p=none; P=reject", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:a@example.com; rua=mailto:b@example.com",
	"ok none rua mailto:a@example.com"},
    /* fo= (§4.8): each once, not both 0 and 1 */
    {"v=DMARC1; p=none; fo=1", "ok none fo=2"},
    {"v=DMARC1; p=none; fo=d", "ok none fo=4"},
    {"v=DMARC1; p=none; fo=S", "ok none fo=8"},
    {"v=DMARC1; p=none; fo=0:d:s", "ok none fo=13"},
    {"v=DMARC1; p=none; fo=d : 1 : s", "ok none fo=14"},
    {"v=DMARC1; p=none; fo=0:1", "ok none"},
    {"v=DMARC1; p=none; fo=1:1", "ok none"},
    {"v=DMARC1; p=none; fo=1:", "ok none"},
    {"v=DMARC1; p=none; fo=:1", "ok none"},
    {"v=DMARC1; p=none; fo=1d", "ok none"},
    {"v=DMARC1; p=none; fo=", "ok none"},
    {"v=DMARC1; p=none; fo=1,d", "ok none"},
    /* URIs; B81: the size is no part, a bad one does not spoil the others */
    {"v=DMARC1; p=none; rua=mailto:x@example.net!10m", "ok none rua mailto:x@example.net"},
    {"v=DMARC1; p=none; rua=mailto:x@example.net!10,mailto:y@example.net!5G",
	"ok none rua mailto:x@example.net,mailto:y@example.net"},
    {"v=DMARC1; p=none; rua=mailto:x@example.net!m", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:x!1@example.net!10m", "ok none"},
    {"v=DMARC1; p=none; rua=!10m,10m,m,!", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:0, mailto:ok@example.com", "ok none rua mailto:ok@example.com"},
    {"v=DMARC1; p=none; rua=a@example.com,mailto:@example.com,mailto:a@,mailto:", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:a%2Bb@example.com?subject=x",
	"ok none rua mailto:a%2Bb@example.com?subject=x"},
    {"v=DMARC1; p=none; rua=mailto:a@example.com%2Cb@example.net", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:a%00@example.com,mailto:a%0d%0ab@example.com", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:a%zz@example.com,mailto:a%4", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:%3Ca@example.com%3E,mailto:@a:b@example.com", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:a@[192.0.2.1]", "ok none"},
    {"v=DMARC1; p=none; rua=https://example.com/r;ruf=ftp:x",
	"ok none rua https://example.com/r(?) ruf ftp:x(?)"},
    {"v=DMARC1; p=none; rua=mailto:a b@example.com,9x:y,:y,x:", "ok none"},
    {"v=DMARC1; p=none; rua=mailto:\xc3\xbc@example.com,mailto:a@example.com",
	"ok none rua mailto:a@example.com"},
    {"v=DMARC1; p=none; rua=mailto:a@1.example,mailto:a@2.example,mailto:a@3.example,"
     "mailto:a@4.example,mailto:a@5.example,mailto:a@6.example,mailto:a@7.example,"
     "mailto:a@8.example,mailto:a@9.example,mailto:a@10.example,mailto:a@11.example",
	"ok none rua mailto:a@1.example,mailto:a@2.example,mailto:a@3.example,"
	"mailto:a@4.example,mailto:a@5.example,mailto:a@6.example,mailto:a@7.example,"
	"mailto:a@8.example,mailto:a@9.example,mailto:a@10.example"},
    /* RFC 9989 appendix B.2 */
    {"v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com",
	"ok none rua mailto:dmarc-feedback@example.com"},
    {"v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,"
     "mailto:tld-test@thirdparty.example.net; t=y",
	"ok quarantine t rua mailto:dmarc-feedback@example.com,"
	"mailto:tld-test@thirdparty.example.net"},
};

static void
record_meanings(void **state)
{
	struct dmarc_record r;
	struct arena mem;
	struct buf text;
	size_t i;

	(void)state;
	arena_init(&mem, 0);
	buf_init(&text, 0);
	for (i = 0; i < LEN(records); i++) {
		dmarc_record_parse(&r, records[i].record, strlen(records[i].record), &mem);
		if (strcmp(describe(&r, &text), records[i].meaning) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", records[i].record, buf_str(&text),
			    records[i].meaning);
		assert_int_equal(dmarc_record_exists(&r), r.status != DMARC_RECORD_ABSENT);
	}
	buf_free(&text);
	arena_free(&mem);
}

static void
mailboxes(void **state)
{
	static const char text[] =
	    "v=DMARC1; p=none; rua=mailto:a%2Bb@Example.com?subject=x!10m, https://example.com/";
	struct dmarc_record r;
	struct arena mem;

	(void)state;
	arena_init(&mem, 0);
	dmarc_record_parse(&r, text, strlen(text), &mem);
	assert_int_equal(r.rua.n, 2);
	assert_string_equal(r.rua.v[0].mailbox, "a+b@Example.com");
	assert_null(r.rua.v[1].mailbox);
	arena_free(&mem);
}

/* B51: long records, and records with bytes that no text has. */
static void
b51_long_records(void **state)
{
	static const char *const pieces[] = {"rua=mailto:a@example.com",
	    "rua=mailto:a@example.com,", ";", "; p=none", ",", "=", "%", "mailto:a@example.com,",
	    "\xff", "x=y;", " ", "!1"};
	struct dmarc_record r;
	struct arena mem;
	struct buf text;
	size_t i;

	(void)state;
	arena_init(&mem, 100000);
	buf_init(&text, 0);
	for (i = 0; i < LEN(pieces); i++) {
		buf_clear(&text);
		buf_adds(&text, "v=DMARC1; p=reject; rua=mailto:ok@example.com,");
		while (text.len < 70000)
			buf_adds(&text, pieces[i]);
		dmarc_record_parse(&r, text.data, text.len, &mem);
		assert_int_equal(r.status, DMARC_RECORD_OK);
		assert_int_equal(r.p, DMARC_POLICY_REJECT);
		assert_true(r.rua.n >= 1 && r.rua.n <= DMARC_URIS_MAX);
		arena_reset(&mem);
	}
	buf_clear(&text);
	buf_add(&text, "v=DMARC1; p=reject\0; sp=\0none;rua=mailto:a@example.com\0", 55);
	dmarc_record_parse(&r, text.data, text.len, &mem);
	assert_int_equal(r.status, DMARC_RECORD_BAD_POLICY);
	buf_free(&text);
	arena_free(&mem);
}

/* ---- zones ---- */

static struct dns_source *
zone_of(const char *text)
{
	struct dns_source *dns;
	struct buf error;

	buf_init(&error, 1000);
	dns = dns_zone_new(text, strlen(text), &error);
	if (dns == NULL)
		fail_msg("zone: %s", buf_str(&error));
	buf_free(&error);
	return dns;
}

/* Which of a name's TXT records is it (§4.10 step 2; B27: strings joined)? */
static void
records_of_a_name(void **state)
{
	static const struct {
		const char *name;
		enum dmarc_record_status status;
	} cases[] = {
	    {"one.example", DMARC_RECORD_OK},
	    {"two.example", DMARC_RECORD_SEVERAL},
	    {"same.example", DMARC_RECORD_OK},
	    {"other.example", DMARC_RECORD_ABSENT},
	    {"with-other.example", DMARC_RECORD_OK},
	    {"split.example", DMARC_RECORD_OK},
	    {"bad.example", DMARC_RECORD_BAD_POLICY},
	    {"nothing.example", DMARC_RECORD_ABSENT},
	    {"a.example", DMARC_RECORD_ABSENT},
	};
	struct dns_source *dns = zone_of("one.example TXT \"v=DMARC1; p=reject\"\n"
					 "two.example TXT \"v=DMARC1; p=reject\"\n"
					 "two.example TXT \"v=DMARC1; p=none\"\n"
					 "same.example TXT \"v=DMARC1; p=reject\"\n"
					 "other.example TXT \"v=spf1 -all\"\n"
					 "with-other.example TXT \"v=spf1 -all\"\n"
					 "with-other.example TXT \"v=DMARC1; p=reject\"\n"
					 "with-other.example TXT \"v=DMARC2; p=none\"\n"
					 "split.example TXT \"v=DMA\" \"RC1; p=re\" \"ject\"\n"
					 "bad.example TXT \"v=DMARC1; p=x\"\n"
					 "a.example A 192.0.2.1\n");
	const struct dmarc_record *r;
	const struct dns_answer *a;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		a = dns_lookup(dns, cases[i].name, DNS_TXT, WAIT);
		r = dmarc_record_of(a);
		if (r->status != cases[i].status)
			fail_msg("%s: %d", cases[i].name, r->status);
		assert_ptr_equal(r, dmarc_record_of(a));
		dns_answer_unref(a);
	}
	dns_source_free(dns);
}

static const char rfc_zone[] =
    /* §4.10.2, B.1, B.4 */
    "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=quarantine\"\n"
    "_dmarc.signing.example.com TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.mail.example.com TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.example.net TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.bank.example TXT \"v=DMARC1; p=none; sp=quarantine; np=reject; psd=y\"\n"
    "_dmarc.giant.bank.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.deep.tera.bank.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.mail.psdn.example TXT \"v=DMARC1; p=none; psd=n\"\n"
    "_dmarc.psdn.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.tld TXT \"v=DMARC1; p=reject; psd=y\"\n"
    "_dmarc.several.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.several.example TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.flaky.example TIMEOUT\n"
    "_dmarc.ok.flaky.example TXT \"v=DMARC1; p=reject; psd=n\"\n"
    "_dmarc.h7.example TXT \"v=DMARC1; p=none; psd=y\"\n"
    "_dmarc.1.2.3.4.5.p8.example TXT \"v=DMARC1; p=quarantine; psd=y\"\n"
    "_dmarc.x.1.2.3.4.5.p8.example TXT \"v=DMARC1; p=reject\"\n";

static void
organizational_domains(void **state)
{
	static const struct {
		const char *domain, *org; /* NULL: cannot be told */
	} cases[] = {
	    /* §4.10.2's three examples */
	    {"a.mail.example.com", "example.com"},
	    {"a.mail.psdn.example", "mail.psdn.example"},
	    {"a.mail.example.tld", "example.tld"},
	    /* B.4.1, B.4.2, B.4.3 */
	    {"example.com", "example.com"},
	    {"signing.example.com", "example.com"},
	    {"a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com"},
	    {"giant.bank.example", "giant.bank.example"},
	    {"mail.giant.bank.example", "giant.bank.example"},
	    {"mail.mega.bank.example", "mega.bank.example"},
	    {"mega.bank.example", "mega.bank.example"},
	    /* psd=y where the walk starts does not move it down */
	    {"bank.example", "bank.example"},
	    {"tld", "tld"},
	    {"mail.psdn.example", "mail.psdn.example"},
	    {"psdn.example", "psdn.example"},
	    /* no record, or none that counts: the domain itself */
	    {"x.y.nowhere.example", "x.y.nowhere.example"},
	    {"a.several.example", "a.several.example"},
	    {"localhost", "localhost"},
	    /* an unanswered query matters only before the walk's end */
	    {"a.flaky.example", NULL},
	    {"a.ok.flaky.example", "ok.flaky.example"},
	    /* one label below a psd=y, where the walk has skipped that name */
	    {"a.b.c.x.1.2.3.4.5.p8.example", "x.1.2.3.4.5.p8.example"},
	    {"x.1.2.3.4.5.p8.example", "x.1.2.3.4.5.p8.example"},
	};
	struct dns_source *dns = zone_of(rfc_zone);
	char org[DOMAIN_BUF];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		if (dmarc_organizational_domain(dns, cases[i].domain, dns_now() + 50, org) !=
			(cases[i].org != NULL) ||
		    strcmp(org, cases[i].org != NULL ? cases[i].org : "") != 0)
			fail_msg("%s: %s", cases[i].domain, org);
	}
	assert_false(dmarc_organizational_domain(dns, "", WAIT, org));
	dns_source_free(dns);
}

static void
alignments(void **state)
{
	static const struct {
		const char *a, *b;
		enum dmarc_alignment relaxed, strict;
	} cases[] = {
	    /* table 1 */
	    {"news.example.com", "foo.example.com", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
	    {"news.example.com", "news.example.com", DMARC_ALIGNED, DMARC_ALIGNED},
	    {"news.example.com", "foo.example.net", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    /* B.1.1, B.1.2 */
	    {"example.com", "example.com", DMARC_ALIGNED, DMARC_ALIGNED},
	    {"example.com", "child.example.com", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
	    {"child.example.com", "example.com", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
	    {"child.example.com", "example.net", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    /* B.4.3; B49: a sibling, and a part, with a record of its own */
	    {"giant.bank.example", "mail.giant.bank.example", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
	    {"giant.bank.example", "mail.mega.bank.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"giant.bank.example", "bank.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"psdn.example", "mail.psdn.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"a.mail.psdn.example", "b.mail.psdn.example", DMARC_ALIGNED, DMARC_NOT_ALIGNED},
	    {"other.psdn.example", "b.mail.psdn.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    /* a name that ends alike is not below */
	    {"example.com", "badexample.com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"example.com", "com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"example.com", "other.com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"x.y.nowhere.example", "y.nowhere.example", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"a.flaky.example", "b.flaky.example", DMARC_ALIGNMENT_UNKNOWN, DMARC_NOT_ALIGNED},
	    {"a.flaky.example", "a.flaky.example", DMARC_ALIGNED, DMARC_ALIGNED},
	    {"a.flaky.example", "example.com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"", "example.com", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	    {"example.com", "", DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
	};
	struct dns_source *dns = zone_of(rfc_zone);
	const char *a, *b;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		a = cases[i].a;
		b = cases[i].b;
		if (dmarc_aligned(dns, a, b, DMARC_RELAXED, dns_now() + 50) != cases[i].relaxed ||
		    dmarc_aligned(dns, b, a, DMARC_RELAXED, dns_now() + 50) != cases[i].relaxed ||
		    dmarc_aligned(dns, a, b, DMARC_STRICT, dns_now() + 50) != cases[i].strict)
			fail_msg("%s, %s", a, b);
	}
	dns_source_free(dns);
}

/* B49: exactly eight queries for a long name, and which they are (§4.10). */
static void
b49_queries(void **state)
{
	static const char *const asked[] = {"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
	    "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
	    "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com", "_dmarc.mail.example.com",
	    "_dmarc.example.com", "_dmarc.com"};
	static const struct {
		const char *domain;
		size_t queries;
	} cases[] = {
	    {"com", 1},
	    {"example.com", 2},
	    {"7.6.5.4.3.2.1", 7},
	    {"8.7.6.5.4.3.2.1", 8},
	    {"9.8.7.6.5.4.3.2.1", 8},
	    {"13.12.11.10.9.8.7.6.5.4.3.2.1", 8},
	};
	struct dns_source *dns = zone_of("example.org A 192.0.2.1\n");
	char org[DOMAIN_BUF];
	size_t i;

	(void)state;
	assert_true(
	    dmarc_organizational_domain(dns, "a.b.c.d.e.f.g.h.i.j.mail.example.com", WAIT, org));
	assert_int_equal(dns_zone_queries(dns, NULL, 0), 8);
	for (i = 0; i < LEN(asked); i++)
		assert_int_equal(dns_zone_queries(dns, asked[i], DNS_TXT), 1);
	for (i = 0; i < LEN(cases); i++) {
		dns_zone_forget_queries(dns);
		assert_true(dmarc_organizational_domain(dns, cases[i].domain, WAIT, org));
		assert_int_equal(dns_zone_queries(dns, NULL, 0), cases[i].queries);
	}
	dns_source_free(dns);
}

/* ---- messages ---- */

/* Identifiers as "s:domain d:domain", upper case for one that is undecided; S, D. */
struct ids {
	struct dmarc_identifier dkim[40];
	struct dmarc_facts facts;
	char text[1200];
};

static void
read_ids(struct ids *ids, const char *text)
{
	char *word, *rest = ids->text;

	*ids = (struct ids){.facts = {.spf = {.domain = ""}, .dkim = ids->dkim}};
	strlcpy(ids->text, text, sizeof(ids->text));
	while ((word = strsep(&rest, " ")) != NULL) {
		struct dmarc_identifier id = {.domain = word + 2,
		    .is = word[0] == 's' || word[0] == 'd' ? DMARC_AUTHENTICATED : DMARC_UNDECIDED};

		if (word[0] == 's' || word[0] == 'S')
			ids->facts.spf = id;
		else if (word[0] == 'd' || word[0] == 'D')
			ids->dkim[ids->facts.ndkim++] = id;
		else if (word[0] == '!')
			ids->facts.incomplete = true;
	}
}

struct message {
	const char *id, *author, *ids;
	const char *result;  /* "fail reject sp example.com": result, disposition, tag, where */
	const char *aligned; /* "spf", "dkim", "spf+dkim" or "" */
};

static void
check_message(struct dns_source *dns, const struct message *m)
{
	const struct dmarc_outcome *o;
	char result[400], aligned[16];
	struct arena mem;
	struct dmarc d;
	struct ids ids;

	arena_init(&mem, 0);
	read_ids(&ids, m->ids);
	dmarc_begin(&d, dns, m->author, &mem);
	o = dmarc_end(&d, &ids.facts, dns_now() + 100);
	if (o->record != NULL)
		snprintf(result, sizeof(result), "%s %s %s %s", dmarc_result_name(o->result),
		    dmarc_policy_name(o->disposition), dmarc_policy_tag_name(o->tag),
		    o->policy_domain);
	else
		snprintf(result, sizeof(result), "%s %s", dmarc_result_name(o->result),
		    dmarc_policy_name(o->disposition));
	snprintf(aligned, sizeof(aligned), "%s%s%s", o->spf_domain[0] != '\0' ? "spf" : "",
	    o->spf_domain[0] != '\0' && o->dkim_domain[0] != '\0' ? "+" : "",
	    o->dkim_domain[0] != '\0' ? "dkim" : "");
	if (strcmp(result, m->result) != 0 || strcmp(aligned, m->aligned) != 0)
		fail_msg("%s: From %s with %s: \"%s\" aligned \"%s\" (%s)", m->id,
		    m->author != NULL ? m->author : "nobody", m->ids, result, aligned, o->reason);
	assert_true(o->reason[0] != '\0');
	assert_int_equal(o->record == NULL, o->policy_domain[0] == '\0');
	dmarc_cancel(&d);
	dmarc_cancel(&d);
	arena_free(&mem);
}

static void
check_messages(const char *zone, const struct message *m, size_t n)
{
	struct dns_source *dns = zone_of(zone);
	size_t i;

	for (i = 0; i < n; i++)
		check_message(dns, &m[i]);
	dns_source_free(dns);
}

static void
rfc_messages(void **state)
{
	static const struct message messages[] = {
	    {"B.1.1-1", "example.com", "s:example.com", "pass none p example.com", "spf"},
	    {"B.1.1-2", "example.com", "s:child.example.com", "pass none p example.com", "spf"},
	    {"B.1.1-3", "child.example.com", "s:example.net", "fail quarantine sp example.com", ""},
	    {"B.1.2-1", "example.com", "d:example.com", "pass none p example.com", "dkim"},
	    {"B.1.2-2", "child.example.com", "d:example.com", "pass none sp example.com", "dkim"},
	    {"B.1.2-3", "child.example.com", "d:example.net", "fail quarantine sp example.com", ""},
	    {"B.4.1", "example.com", "s:example.com d:signing.example.com",
		"pass none p example.com", "spf+dkim"},
	    {"B.4.1 fails", "example.com", "", "fail reject p example.com", ""},
	    {"B.4.2", "a.b.c.d.e.f.g.h.i.j.k.example.com", "s:example.com d:signing.example.com",
		"pass none sp example.com", "spf+dkim"},
	    {"B.4.3", "giant.bank.example", "s:mail.giant.bank.example d:mail.mega.bank.example",
		"pass none p giant.bank.example", "spf"},
	    {"B.4.3 DKIM", "giant.bank.example", "d:mail.mega.bank.example",
		"fail reject p giant.bank.example", ""},
	    {"B.4.3 PSD, not there", "mega.bank.example", "", "fail reject np bank.example", ""},
	    {"B.4.3 PSD passes", "mega.bank.example", "d:mail.mega.bank.example",
		"pass none np bank.example", "dkim"},
	    /* §4.10.1: the organization's record, not one between, and not the PSD's */
	    {"B48 between", "a.signing.example.com", "", "fail quarantine sp example.com", ""},
	    {"own record", "signing.example.com", "", "fail none p signing.example.com", ""},
	    {"org, not psd", "x.giant.bank.example", "", "fail reject p giant.bank.example", ""},
	    {"between, in one below psd", "x.deep.tera.bank.example", "",
		"fail reject np bank.example", ""},
	    {"between, below psd", "a.b.c.x.1.2.3.4.5.p8.example", "",
		"fail quarantine p 1.2.3.4.5.p8.example", ""},
	    {"many signatures", "example.com",
		"d:a.net d:b.net d:c.net d:d.net d:e.net d:example.com", "pass none p example.com",
		"dkim"},
	};

	(void)state;
	check_messages(rfc_zone, messages, LEN(messages));
}

static const char case_zone[] =
    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.b48.example TXT \"v=DMARC1; p=none; sp=reject\"\n"
    "_dmarc.y.b48.example TXT \"v=DMARC1; p=quarantine; sp=quarantine\"\n"
    "_dmarc.b49.example TXT \"v=DMARC1; p=reject; t=y; pct=0\"\n"
    "_dmarc.own.b49.example TXT \"v=DMARC1; p=reject; psd=n\"\n"
    "_dmarc.b50-1.example TXT \"v=DMARC1; p=quarantine ; rua=mailto:a@example.com, "
    "mailto:b@example.com\"\n"
    "_dmarc.b50-2.example TXT \"V = DMARC1 ;P=Reject\"\n"
    "_dmarc.b50-3.example TXT \"v=dmarc1; p=reject\"\n"
    "_dmarc.b51-1.example TXT \"v=DMARC1; p=reject; rf=afrfruf=mailto:a@example.com; fo=1\"\n"
    "_dmarc.b51-2.example TXT \"v=DMARC1; p=bogus; rua=mailto:a@example.com\"\n"
    "_dmarc.b51-3.example TXT \"v=DMARC1; p=bogus\"\n"
    "_dmarc.nopolicy.example TXT \"v=DMARC1; psd=n\"\n"
    "_dmarc.several.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.several.example TXT \"v=DMARC1; p=none\"\n"
    "_dmarc.strict.example TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n"
    "_dmarc.adkim.example TXT \"v=DMARC1; p=reject; adkim=s\"\n"
    "_dmarc.aspf.example TXT \"v=DMARC1; p=reject; aspf=s\"\n"
    "_dmarc.timeout.example TIMEOUT\n"
    "_dmarc.servfail.example SERVFAIL\n"
    "_dmarc.own.servfail.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.np.example TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"\n"
    "a.np.example A 192.0.2.1\n"
    "mx.np.example MX 10 a.np.example\n"
    "txt.np.example TXT \"hello\"\n"
    "below.ent.np.example A 192.0.2.1\n"
    "_dmarc.other.np.example TXT \"no DMARC\"\n"
    "_dmarc.nodata.np.example A 192.0.2.1\n"
    "slow.np.example TIMEOUT A\n"
    "*.wild.np.example A 192.0.2.1\n"
    "_dmarc.xn--bcher-kva.example TXT \"v=DMARC1; p=reject\"\n";

static void
case_messages(void **state)
{
	static const struct message messages[] = {
	    /* neither pass nor fail where it depends on an answer; else it is clear */
	    {"B30", "example.com", "D:example.com", "temperror none p example.com", ""},
	    {"B30 subdomain", "example.com", "D:mail.example.com s:example.net",
		"temperror none p example.com", ""},
	    {"B30 SPF", "example.com", "S:example.com", "temperror none p example.com", ""},
	    {"B30 all the same", "example.com", "D:example.com s:example.com",
		"pass none p example.com", "spf"},
	    {"B30 a stranger's key", "example.com", "D:example.net S:example.org",
		"fail reject p example.com", ""},
	    {"B30 lost", "example.com", "!", "temperror none p example.com", ""},
	    {"B30 strict", "strict.example", "D:mail.strict.example",
		"fail reject p strict.example", ""},
	    {"record times out", "timeout.example", "s:timeout.example", "temperror none", ""},
	    {"record fails", "servfail.example", "s:servfail.example", "temperror none", ""},
	    {"organization fails", "a.servfail.example", "", "temperror none", ""},
	    {"own record, equal", "own.servfail.example", "d:own.servfail.example",
		"pass none p own.servfail.example", "dkim"},
	    {"own record, walk fails", "own.servfail.example", "d:a.own.servfail.example",
		"temperror none p own.servfail.example", ""},
	    {"own record, stranger", "own.servfail.example", "d:example.com",
		"fail reject p own.servfail.example", ""},
	    {"B48", "x.y.b48.example", "", "fail reject sp b48.example", ""},
	    {"B48 p only", "x.y.example.com", "", "fail reject p example.com", ""},
	    {"B48 nearer one is the author's", "y.b48.example", "",
		"fail quarantine p y.b48.example", ""},
	    {"B49 t", "b49.example", "", "fail quarantine p b49.example", ""},
	    {"B49 sibling", "b49.example", "d:mail.own.b49.example",
		"fail quarantine p b49.example", ""},
	    {"B49 below", "mail.own.b49.example", "d:b49.example", "fail reject p own.b49.example",
		""},
	    {"B50-1", "b50-1.example", "", "fail quarantine p b50-1.example", ""},
	    {"B50-2", "b50-2.example", "", "fail reject p b50-2.example", ""},
	    {"B50-3", "b50-3.example", "", "none none", ""},
	    {"B51-1", "b51-1.example", "", "fail reject p b51-1.example", ""},
	    {"B51-2", "b51-2.example", "", "fail none p b51-2.example", ""},
	    {"B51-3", "b51-3.example", "", "permerror none", ""},
	    {"B51-3 pass", "b51-3.example", "s:b51-3.example", "permerror none", ""},
	    {"no p, no rua", "nopolicy.example", "", "none none", ""},
	    {"several", "several.example", "", "none none", ""},
	    {"B53", "localhost.localdomain", "s:example.net", "none none", ""},
	    {"B53 one label", "localhost", "s:localhost", "none none", ""},
	    {"B53 no author", NULL, "s:example.com", "none none", ""},
	    {"B53 empty author", "", "s:example.com", "none none", ""},
	    {"B80", "a.b48.example", "", "fail reject sp b48.example", ""},
	    {"B80 np", "nx.np.example", "", "fail reject np np.example", ""},
	    {"B93", "strict.example", "d:mail.strict.example", "fail reject p strict.example", ""},
	    {"B93 SPF", "strict.example", "s:mail.strict.example", "fail reject p strict.example",
		""},
	    {"B93 equal", "strict.example", "s:strict.example d:strict.example",
		"pass none p strict.example", "spf+dkim"},
	    {"B93 adkim", "adkim.example", "s:x.adkim.example d:x.adkim.example",
		"pass none p adkim.example", "spf"},
	    {"B93 aspf", "aspf.example", "s:x.aspf.example d:x.aspf.example",
		"pass none p aspf.example", "dkim"},
	    /* np= (§3.2.13, A.4): NXDOMAIN, and nothing else */
	    {"np A", "a.np.example", "", "fail quarantine sp np.example", ""},
	    {"np MX", "mx.np.example", "", "fail quarantine sp np.example", ""},
	    {"np TXT", "txt.np.example", "", "fail quarantine sp np.example", ""},
	    {"np empty non-terminal", "ent.np.example", "", "fail quarantine sp np.example", ""},
	    {"np below is _dmarc", "other.np.example", "", "fail quarantine sp np.example", ""},
	    {"np wildcard", "z.wild.np.example", "", "fail quarantine sp np.example", ""},
	    {"np itself", "np.example", "", "fail none p np.example", ""},
	    {"np unknown", "slow.np.example", "", "temperror none sp np.example", ""},
	    {"np unknown, passes", "slow.np.example", "d:np.example", "pass none sp np.example",
		"dkim"},
	    {"A-label", "xn--bcher-kva.example", "d:mail.xn--bcher-kva.example",
		"pass none p xn--bcher-kva.example", "dkim"},
	};

	(void)state;
	check_messages(case_zone, messages, LEN(messages));
}

/* All records with p, sp, np, t: what is asked for an own, an existing, and another name. */
static void
all_policies(void **state)
{
	static const char *const words[] = {NULL, "none", "quarantine", "reject"};
	static const char *const authors[] = {"example.com", "a.example.com", "nx.example.com"};
	enum dmarc_policy p, sp, np, policies[3], asked;
	char record[200], zone[300];
	struct dmarc_facts facts = {.spf = {.domain = ""}};
	const struct dmarc_outcome *o;
	struct dns_source *dns;
	struct arena mem;
	struct dmarc d;
	int t, i, n = 0;

	(void)state;
	arena_init(&mem, 0);
	for (p = 1; p <= 3; p++)
		for (sp = 0; sp <= 3; sp++)
			for (np = 0; np <= 3; np++)
				for (t = 0; t < 2; t++) {
					snprintf(record, sizeof(record), "v=DMARC1; p=%s%s%s%s%s%s",
					    words[p], sp != 0 ? "; sp=" : "",
					    sp != 0 ? words[sp] : "", np != 0 ? "; np=" : "",
					    np != 0 ? words[np] : "", t != 0 ? "; t=y" : "");
					snprintf(zone, sizeof(zone),
					    "_dmarc.example.com TXT \"%s\"\na.example.com A "
					    "192.0.2.1\n",
					    record);
					dns = zone_of(zone);
					policies[0] = p;
					policies[1] = sp != 0 ? sp : p;
					policies[2] = np != 0 ? np : policies[1];
					for (i = 0; i < 3; i++, n++) {
						asked = policies[i] > 1 && t != 0 ? policies[i] - 1
										  : policies[i];
						dmarc_begin(&d, dns, authors[i], &mem);
						o = dmarc_end(&d, &facts, WAIT);
						if (o->result != DMARC_FAIL ||
						    o->policy != policies[i] ||
						    o->requested != asked ||
						    o->disposition != asked)
							fail_msg("%s: %s: %s, %s", record,
							    authors[i],
							    dmarc_policy_name(o->policy),
							    dmarc_policy_name(o->disposition));
						dmarc_cancel(&d);
						arena_reset(&mem);
					}
					dns_source_free(dns);
				}
	assert_int_equal(n, 3 * 4 * 4 * 2 * 3);
	arena_free(&mem);
}

/* B45, B44: what counts of the results of SPF and DKIM. */
static void
b45_facts(void **state)
{
	static const struct {
		enum spf_result result;
		enum spf_identity identity;
		enum dmarc_identity is;
	} spf[] = {
	    {SPF_PASS, SPF_MAIL_FROM, DMARC_AUTHENTICATED},
	    {SPF_PASS, SPF_HELO, DMARC_NOT_AUTHENTICATED},
	    {SPF_TEMPERROR, SPF_HELO, DMARC_NOT_AUTHENTICATED},
	    {SPF_NONE, SPF_MAIL_FROM, DMARC_NOT_AUTHENTICATED},
	    {SPF_NEUTRAL, SPF_MAIL_FROM, DMARC_NOT_AUTHENTICATED},
	    {SPF_FAIL, SPF_MAIL_FROM, DMARC_NOT_AUTHENTICATED},
	    {SPF_SOFTFAIL, SPF_MAIL_FROM, DMARC_NOT_AUTHENTICATED},
	    {SPF_TEMPERROR, SPF_MAIL_FROM, DMARC_UNDECIDED},
	    {SPF_PERMERROR, SPF_MAIL_FROM, DMARC_NOT_AUTHENTICATED},
	};
	static const struct dkim_result dkim[] = {
	    {.status = DKIM_PASS, .domain = "partial.example"},
	    {.status = DKIM_PASS, .domain = "good.example", .counts = true},
	    {.status = DKIM_FAIL, .domain = "fail.example"},
	    {.status = DKIM_POLICY, .domain = "expired.example"},
	    {.status = DKIM_TEMPERROR, .domain = "later.example"},
	};
	struct spf_outcome o = {.domain = "example.com"};
	struct dmarc_facts f;
	struct arena mem, none;
	size_t i;

	(void)state;
	arena_init(&mem, 0);
	arena_init(&none, 1);
	for (i = 0; i < LEN(spf); i++) {
		o.result = spf[i].result;
		o.identity = spf[i].identity;
		f = dmarc_facts_of(&o, NULL, 0, &mem);
		assert_int_equal(f.spf.is, spf[i].is);
		assert_false(f.incomplete);
	}
	f = dmarc_facts_of(NULL, dkim, LEN(dkim), &mem);
	assert_int_equal(f.spf.is, DMARC_NOT_AUTHENTICATED);
	assert_int_equal(f.ndkim, 2);
	assert_string_equal(f.dkim[0].domain, "good.example");
	assert_int_equal(f.dkim[0].is, DMARC_AUTHENTICATED);
	assert_string_equal(f.dkim[1].domain, "later.example");
	assert_int_equal(f.dkim[1].is, DMARC_UNDECIDED);
	assert_true(dmarc_facts_of(&o, dkim, LEN(dkim), &none).incomplete);
	assert_true(dmarc_facts_of(&o, NULL, 3, &mem).incomplete);
	arena_free(&none);
	arena_free(&mem);
}

/* B45: the bounce of a stranger with a HELO of his own. */
static void
b45_helo(void **state)
{
	struct spf_outcome helo = {
	    .result = SPF_PASS, .identity = SPF_HELO, .domain = "example.com"};
	struct dns_source *dns = zone_of(case_zone);
	const struct dmarc_outcome *o;
	struct dmarc_facts facts;
	struct arena mem;
	struct dmarc d;

	(void)state;
	arena_init(&mem, 0);
	facts = dmarc_facts_of(&helo, NULL, 0, &mem);
	dmarc_begin(&d, dns, "example.com", &mem);
	o = dmarc_end(&d, &facts, WAIT);
	assert_int_equal(o->result, DMARC_FAIL);
	assert_int_equal(o->disposition, DMARC_POLICY_REJECT);
	dmarc_cancel(&d);
	arena_free(&mem);
	dns_source_free(dns);
}

static void
reasons(void **state)
{
	static const struct {
		const char *author, *ids, *reason;
	} cases[] = {
	    {"example.com", "", "no aligned SPF or DKIM pass"},
	    {"example.com", "s:bounce.example.net",
		"no aligned SPF or DKIM pass: SPF passed for bounce.example.net"},
	    {"example.com", "s:a.net d:b.net D:x.net d:c.net",
		"no aligned SPF or DKIM pass: SPF passed for a.net; DKIM passed for b.net, c.net"},
	    {"example.com", "d:1.net d:2.net d:3.net d:4.net d:5.net d:6.net",
		"no aligned SPF or DKIM pass: DKIM passed for 1.net, 2.net, 3.net, 4.net and "
		"others"},
	    {"example.com", "d:x.example.com", "aligned DKIM pass for x.example.com"},
	    {"example.com", "s:x.example.com", "aligned SPF pass for x.example.com"},
	    {"example.com", "D:x.example.com", "no answer from DNS about x.example.com"},
	    {"timeout.example", "", "no answer from DNS about _dmarc.timeout.example"},
	    {"nothing.example", "", "no DMARC record for nothing.example"},
	    {"several.example", "", "several DMARC records at several.example"},
	    {"b51-3.example", "", "bad policy in the DMARC record of b51-3.example"},
	    {"nopolicy.example", "", "neither p= nor rua= in the DMARC record of nopolicy.example"},
	};
	struct dns_source *dns = zone_of(case_zone);
	struct arena mem;
	struct dmarc d;
	struct ids ids;
	size_t i;

	(void)state;
	arena_init(&mem, 0);
	for (i = 0; i < LEN(cases); i++) {
		read_ids(&ids, cases[i].ids);
		dmarc_begin(&d, dns, cases[i].author, &mem);
		assert_string_equal(
		    dmarc_end(&d, &ids.facts, dns_now() + 50)->reason, cases[i].reason);
		dmarc_cancel(&d);
	}
	arena_free(&mem);
	dns_source_free(dns);
}

/* A walk's queries go out together; one message asks for nothing twice. */
static void
side_by_side(void **state)
{
	static const char zone[] = "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
				   "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"\n";
	struct dns_source *dns = zone_of(zone);
	struct arena mem;
	struct dmarc d;
	struct ids ids;
	int64_t start;

	(void)state;
	arena_init(&mem, 0);
	dns_zone_delay(dns, 100);
	start = dns_now();
	read_ids(&ids, "s:x.y.z.example.com d:d.c.b.example.com d:q.a.example.com");
	dmarc_begin(&d, dns, "f.e.d.c.b.a.example.com", &mem);
	assert_true(dns_now() - start < 80);
	assert_int_equal(dmarc_end(&d, &ids.facts, WAIT)->result, DMARC_PASS);
	assert_string_equal(d.outcome.policy_domain, "example.com");
	/* the author's walk; then those of all identifiers at once */
	assert_in_range(dns_now() - start, 190, 290);
	assert_int_equal(dns_zone_queries(dns, "_dmarc.com", 0), 1);
	assert_int_equal(dns_zone_queries(dns, "_dmarc.example.com", 0), 1);
	assert_int_equal(dns_zone_queries(dns, "_dmarc.a.example.com", 0), 1);
	assert_int_equal(dns_zone_queries(dns, NULL, 0), 8 + 3 + 3 + 1);
	dmarc_cancel(&d);
	arena_free(&mem);
	dns_source_free(dns);
}

/* What does not matter is not asked: strict alignment, strangers, domains without np=. */
static void
nothing_in_vain(void **state)
{
	static const struct {
		const char *author, *ids;
		size_t queries;
	} cases[] = {
	    {"example.com", "s:a.b.c.d.example.net d:e.f.g.org", 2},
	    {"example.com", "s:evil.com d:very.evil.com", 2},
	    {"strict.example", "s:a.strict.example d:b.strict.example", 2},
	    {"example.com", "s:example.com d:example.com", 2},
	    {"nx.example.com", "", 3},
	    {"nx.np.example", "", 4},
	    {"nodata.np.example", "", 3},
	};
	struct dns_source *dns = zone_of(case_zone);
	struct arena mem;
	struct dmarc d;
	struct ids ids;
	size_t i;

	(void)state;
	arena_init(&mem, 0);
	for (i = 0; i < LEN(cases); i++) {
		dns_zone_forget_queries(dns);
		read_ids(&ids, cases[i].ids);
		dmarc_begin(&d, dns, cases[i].author, &mem);
		dmarc_end(&d, &ids.facts, WAIT);
		dmarc_cancel(&d);
		if (dns_zone_queries(dns, NULL, 0) != cases[i].queries)
			fail_msg("%s: %zu", cases[i].author, dns_zone_queries(dns, NULL, 0));
	}
	arena_free(&mem);
	dns_source_free(dns);
}

/* Given up before the answers are there, and without memory: nothing leaks, nothing passes. */
static void
given_up(void **state)
{
	static const size_t limits[] = {1, 60, 120, 200, 300};
	struct dmarc_facts facts = {.spf = {"example.com", DMARC_AUTHENTICATED}};
	struct dns_source *dns = zone_of(case_zone);
	struct dmarc d = {.mem = NULL};
	struct arena mem;
	size_t i;

	(void)state;
	dmarc_cancel(&d);
	dns_zone_delay(dns, 1000);
	arena_init(&mem, 0);
	dmarc_begin(&d, dns, "a.b.c.example.com", &mem);
	dmarc_cancel(&d);
	dmarc_begin(&d, dns, "example.com", &mem);
	assert_int_equal(dmarc_end(&d, &facts, dns_now() + 10)->result, DMARC_TEMPERROR);
	dmarc_cancel(&d);
	arena_free(&mem);
	dns_zone_delay(dns, 0);
	for (i = 0; i < LEN(limits); i++) {
		arena_init(&mem, limits[i]);
		dmarc_begin(&d, dns, "x.y.b48.example", &mem);
		dmarc_end(&d, &facts, WAIT);
		assert_true(d.outcome.result == DMARC_TEMPERROR || d.outcome.result == DMARC_FAIL);
		assert_true(d.outcome.reason[0] != '\0');
		dmarc_cancel(&d);
		arena_free(&mem);
	}
	dns_source_free(dns);
}

/* A domain so long that "_dmarc." does not fit: it has no record there, and its parent counts. */
static void
long_names(void **state)
{
	char label[64], name[DOMAIN_BUF];
	struct dmarc_facts facts = {.spf = {.domain = ""}};
	struct dns_source *dns = zone_of(case_zone);
	struct arena mem;
	struct dmarc d;

	(void)state;
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(name, sizeof(name), "%s.%s.%s.%.49s.example.com", label, label, label, label);
	assert_int_equal(strlen(name), 253);
	arena_init(&mem, 0);
	dmarc_begin(&d, dns, name, &mem);
	assert_int_equal(dmarc_end(&d, &facts, WAIT)->result, DMARC_FAIL);
	assert_string_equal(d.outcome.policy_domain, "example.com");
	dmarc_cancel(&d);
	arena_free(&mem);
	dns_source_free(dns);
}

/* What a check costs when all answers are in memory: a few microseconds; the bound is for slow
 * machines. */
static void
warm_cost(void **state)
{
	static const struct {
		const char *author, *ids;
	} cases[] = {
	    {"example.com", "s:example.com d:example.com"},
	    {"a.example.com", "s:bounce.example.com d:example.com"},
	    {"nothing.example", "s:nothing.example"},
	    {"a.b.c.d.e.f.g.h.i.j.example.com", "d:k.l.m.n.o.p.q.r.s.t.example.com"},
	};
	struct dns_source *dns = kept_zone_new(case_zone, strlen(case_zone), KEPT_ZONE_AT_ONCE);
	struct timespec from, to;
	struct arena mem;
	struct dmarc d;
	struct ids ids;
	double us;
	size_t i;
	int n;

	(void)state;
	arena_init(&mem, 0);
	for (i = 0; i < LEN(cases); i++) {
		read_ids(&ids, cases[i].ids);
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (n = 0; n < 20000; n++) {
			dmarc_begin(&d, dns, cases[i].author, &mem);
			dmarc_end(&d, &ids.facts, INT64_MAX);
			dmarc_cancel(&d);
			arena_reset(&mem);
		}
		clock_gettime(CLOCK_MONOTONIC, &to);
		us = ((double)(to.tv_sec - from.tv_sec) * 1e9 +
			 (double)(to.tv_nsec - from.tv_nsec)) /
		     1e3 / n;
		printf("# %s: %.2f us\n", cases[i].author, us);
		assert_true(us < 1000);
	}
	arena_free(&mem);
	dns_source_free(dns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(record_meanings),
	    cmocka_unit_test(mailboxes),
	    cmocka_unit_test(b51_long_records),
	    cmocka_unit_test(records_of_a_name),
	    cmocka_unit_test(organizational_domains),
	    cmocka_unit_test(alignments),
	    cmocka_unit_test(b49_queries),
	    cmocka_unit_test(rfc_messages),
	    cmocka_unit_test(case_messages),
	    cmocka_unit_test(all_policies),
	    cmocka_unit_test(b45_facts),
	    cmocka_unit_test(b45_helo),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(side_by_side),
	    cmocka_unit_test(nothing_in_vain),
	    cmocka_unit_test(given_up),
	    cmocka_unit_test(long_names),
	    cmocka_unit_test(warm_cost),
	};

	return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
