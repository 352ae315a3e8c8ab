/* dns/: the stand-in zone, answers kept, look-ups joined, objects parsed once. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "dns/dns.h"
#include "dns/resolvconf.h"
#include "dns/siphash.h"
#include "dns/source.h"
#include "dns/wire.h"
#include "dns/zone.h"

#define SOON (dns_now() + 10000)

static const char zone_text[] = "; a comment\n"
				"a.example.  A 192.0.2.1\n"
				"            300 IN A 192.0.2.2   ; blank owner\n"
				"a.example   IN 60 AAAA 2001:db8::1\n"
				"A.Example.  TXT \"v=DKIM1; k=rsa;\" \" p=MII\" B\\066\\\"x\n"
				"mx.example  MX 10 Mail.Example.\n"
				"mx.example  MX 0 .\n"
				"deep.ent.example. 1h30m TXT \"below\"\n"
				"1.2.0.192.in-addr.arpa. PTR Host.Example.\n"
				"c1.example. 5 CNAME c2.example.\n"
				"c2.example. CNAME a.example.\n"
				"loop1.example. CNAME loop2.example.\n"
				"loop2.example. CNAME loop1.example.\n"
				"nowhere.example. CNAME gone.example.\n"
				"d.example.  DNAME target.example.\n"
				"s1.target.example. TXT (\n"
				"    \"one\" ; in parentheses\n"
				"    \"two\" )\n"
				"slow.example. TIMEOUT\n"
				"broken.example. SERVFAIL TXT\n"
				"broken.example. A 192.0.2.3\n"
				"*.wild.example. TXT \"star\"\n"
				"x.wild.example. A 192.0.2.4\n"
				"soa.example. SOA ns.example. root.example. ( 1 2 3 4 5 )\n"
				"$TTL 1d\n"
				"$ORIGIN sub.example.\n"
				"@ A 192.0.2.5\n"
				"www CNAME @\n"
				"far.example. MX 5 in\n";

static struct dns_source *
new_zone(const char *text)
{
	struct dns_source *s;
	struct buf error;

	buf_init(&error, 0);
	s = dns_zone_new(text, strlen(text), &error);
	if (s == NULL)
		fail_msg("%s", buf_str(&error));
	buf_free(&error);
	return s;
}

/* "status ttl record record ... (reason)" */
static void
print_answer(const struct dns_answer *a, struct buf *out)
{
	size_t i, k;

	buf_addf(out, "%s", dns_status_name(a->status));
	for (i = 0; i < a->n; i++) {
		buf_addc(out, ' ');
		if (a->records[i].name != NULL)
			buf_addf(out, "%u:%s", a->records[i].preference, a->records[i].name);
		for (k = 0; k < a->records[i].len; k++)
			buf_addf(out, a->n == 1 && a->records[i].len > 16 ? "%c" : "%02x",
			    a->records[i].data[k]);
	}
	if (*a->reason != '\0')
		buf_addf(out, " (%s)", a->reason);
}

static void
expect(struct dns_source *s, const char *name, enum dns_type type, const char *want)
{
	const struct dns_answer *a = dns_lookup(s, name, type, SOON);
	struct buf out;

	buf_init(&out, 0);
	assert_non_null(a);
	print_answer(a, &out);
	if (strcmp(buf_str(&out), want) != 0)
		fail_msg("%s %s: %s, not %s", name, dns_type_name(type), buf_str(&out), want);
	dns_answer_unref(a);
	buf_free(&out);
}

static void
zone_answers(void **state)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *want;
	} t[] = {
	    {"a.example", DNS_A, "OK c0000201 c0000202"},
	    {"A.EXAMPLE.", DNS_AAAA, "OK 20010db8000000000000000000000001"},
	    {"a.example", DNS_TXT,
		"OK v=DKIM1; k=rsa; p=MIIBB\"x"}, /* B27: joined with nothing between */
	    {"a.example", DNS_MX, "NODATA (no such record)"},
	    {"ent.example", DNS_A, "NODATA (no such record)"},
	    {"example", DNS_A, "NODATA (no such record)"},
	    {"b.example", DNS_A, "NXDOMAIN (no such name)"},
	    {"soa.example", DNS_A, "NODATA (no such record)"},
	    {"mx.example", DNS_MX, "OK 10:mail.example 0:"},
	    {"1.2.0.192.in-addr.arpa", DNS_PTR, "OK 0:host.example"},
	    {"c1.example", DNS_A, "OK c0000201 c0000202"}, /* B28 */
	    {"c1.example", DNS_CNAME, "OK 0:c2.example"},
	    {"c1.example", DNS_MX, "NODATA (no such record)"},
	    {"nowhere.example", DNS_A, "NXDOMAIN (no such name)"},
	    {"loop1.example", DNS_TXT, "TEMPFAIL (CNAME loop)"}, /* B28 */
	    {"s1.d.example", DNS_TXT, "OK 6f6e6574776f"},	 /* B28: DNAME */
	    {"s2.d.example", DNS_TXT, "NXDOMAIN (no such name)"},
	    {"slow.example", DNS_TXT, "TEMPFAIL (timed out)"},
	    {"slow.example", DNS_A, "TEMPFAIL (timed out)"},
	    {"broken.example", DNS_TXT, "TEMPFAIL (SERVFAIL)"},
	    {"broken.example", DNS_A, "OK c0000203"},
	    {"a.b.wild.example", DNS_TXT, "OK 73746172"},
	    {"x.wild.example", DNS_TXT, "NODATA (no such record)"},
	    {"y.x.wild.example", DNS_TXT, "NXDOMAIN (no such name)"},
	    {"www.sub.example", DNS_A, "OK c0000205"},
	    {"far.example", DNS_MX, "OK 5:in.sub.example"},
	    {"", DNS_A, "BADNAME (not a domain name)"},
	    {".", DNS_A, "BADNAME (not a domain name)"},
	    {"a..example", DNS_A, "BADNAME (not a domain name)"},
	    {".example", DNS_A, "BADNAME (not a domain name)"},
	    {"a.example..", DNS_A, "BADNAME (not a domain name)"},
	};
	struct dns_source *s = new_zone(zone_text);
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		expect(s, t[i].name, t[i].type, t[i].want);
	dns_source_free(s);
}

static void
ttl_is_the_least_of_the_chain(void **state)
{
	struct dns_source *s = new_zone(zone_text);
	const struct dns_answer *a = dns_lookup(s, "c1.example", DNS_A, SOON);

	assert_int_equal(a->ttl, 5);
	dns_answer_unref(a);
	a = dns_lookup(s, "deep.ent.example", DNS_TXT, SOON);
	assert_int_equal(a->ttl, 5400);
	dns_answer_unref(a);
	a = dns_lookup(s, "sub.example", DNS_A, SOON);
	assert_int_equal(a->ttl, 86400);
	dns_answer_unref(a);
	dns_source_free(s);
}

static void
names_have_limits(void **state)
{
	struct dns_source *s = new_zone(zone_text);
	char name[300];

	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	expect(s, name, DNS_A, "NXDOMAIN (no such name)");
	name[63] = 'a';
	name[64] = '\0';
	expect(s, name, DNS_A, "BADNAME (not a domain name)");
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = '\0';
	expect(s, name, DNS_A, "NXDOMAIN (no such name)");
	name[253] = '.';
	name[254] = '\0';
	expect(s, name, DNS_A, "NXDOMAIN (no such name)");
	name[253] = 'a';
	expect(s, name, DNS_A, "BADNAME (not a domain name)");
	dns_source_free(s);
}

static void
zone_errors_name_the_line(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
	    {"a.example. A 1.2.3\n", "line 1: not an IPv4 address: 1.2.3"},
	    {"\n\na.example. FOO x\n", "line 3: not a type: FOO"},
	    {"a.example. TXT (\n\"x\"\n", "line 3: unbalanced parentheses"},
	    {"a.example. TXT \"x\n", "line 2: string without its closing quote"},
	    {"a.example. TXT\n", "line 1: TXT without a string"},
	    {"a.example. TXT \"\\25\"\n", "line 1: a number after a backslash has three digits"},
	    {"a.example. TXT \"\\256\"\n", "line 1: a number after a backslash is at most 255"},
	    {"; c\n  A 192.0.2.1\n", "line 2: the first record has no name"},
	    {"a.example. A 192.0.2.1 192.0.2.2\n", "line 1: more than the record needs: 192.0.2.2"},
	    {"a..example. A 192.0.2.1\n", "line 1: not a domain name: a..example."},
	    {"a.example. MX mail.example.\n", "line 1: MX needs a preference and a name"},
	    {"a.example. MX 65536 mail.example.\n", "line 1: MX needs a preference and a name"},
	    {"a.example. MX 1\n", "line 1: a name is missing"},
	    {"@ A 192.0.2.1\n", "line 1: @ without $ORIGIN"},
	    {"$INCLUDE x\n", "line 1: not understood: $INCLUDE"},
	    {"a.example. CH A 192.0.2.1\n", "line 1: not a type: CH"},
	    {"a\\.b.example. A 192.0.2.1\n",
		"line 1: name with an escaped dot or NUL: a.b.example."},
	    {"a.example. AAAA 192.0.2.1\n", "line 1: not an IPv6 address: 192.0.2.1"},
	    {"a.example. )\n", "line 1: unbalanced parentheses"},
	    {"a.example. TIMEOUT FOO\n", "line 1: not a type: FOO"},
	};
	struct buf error;
	size_t i;

	buf_init(&error, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_clear(&error);
		assert_null(dns_zone_new(t[i].text, strlen(t[i].text), &error));
		assert_string_equal(buf_str(&error), t[i].error);
	}
	buf_clear(&error);
	assert_null(dns_zone_load("/nonexistent/zone", &error));
	assert_string_equal(buf_str(&error), "/nonexistent/zone: No such file or directory");
	buf_free(&error);
}

static void
strings_over_255_octets_are_refused(void **state)
{
	char text[400];
	struct buf error;

	buf_init(&error, 0);
	snprintf(text, sizeof(text), "a.example. TXT \"%0255d\"\n", 1);
	dns_source_free(new_zone(text));
	snprintf(text, sizeof(text), "a.example. TXT \"%0256d\"\n", 1);
	assert_null(dns_zone_new(text, strlen(text), &error)); /* B27 */
	buf_free(&error);
}

static void
zone_counts_what_it_is_asked(void **state)
{
	struct dns_source *s = new_zone(zone_text);

	expect(s, "c1.example", DNS_MX, "NODATA (no such record)");
	expect(s, "C1.example", DNS_MX, "NODATA (no such record)");
	expect(s, "c1.example", DNS_AAAA, "OK 20010db8000000000000000000000001");
	expect(s, "b.example", DNS_A, "NXDOMAIN (no such name)");
	assert_int_equal(dns_zone_queries(s, "c1.example", DNS_MX), 2);
	assert_int_equal(dns_zone_queries(s, "c1.example", 0), 3);
	assert_int_equal(dns_zone_queries(s, "a.example", 0), 0);
	assert_int_equal(dns_zone_queries(s, NULL, DNS_A), 1);
	assert_int_equal(dns_zone_queries(s, NULL, 0), 4);
	dns_zone_forget_queries(s);
	assert_int_equal(dns_zone_queries(s, NULL, 0), 0);
	dns_source_free(s);
}

static void
deadlines_pass_and_delays_end(void **state)
{
	struct dns_source *s = new_zone(zone_text);
	int64_t begun = dns_now();
	struct dns_query *q[2];
	const struct dns_answer *a;

	dns_zone_delay(s, 100);
	q[0] = dns_ask(s, "broken.example", DNS_A);
	q[1] = dns_ask(s, "Broken.example", DNS_A);
	a = dns_wait(q[0], begun);
	assert_int_equal(a->status, DNS_TEMPFAIL);
	assert_string_equal(a->reason, "timed out");
	dns_answer_unref(a);
	a = dns_wait(q[1], begun + 10000);
	assert_int_equal(a->status, DNS_OK);
	assert_true(dns_now() - begun >= 100);
	dns_answer_unref(a);
	assert_int_equal(dns_zone_queries(s, NULL, 0), 1); /* joined */
	dns_zone_delay(s, 1000000);
	q[0] = dns_ask(s, "a.example", DNS_A);
	dns_cancel(dns_ask(s, "a.example", DNS_AAAA));
	dns_source_free(s);
	a = dns_wait(q[0], SOON);
	assert_int_equal(a->status, DNS_TEMPFAIL);
	assert_string_equal(a->reason, "shutting down");
	dns_answer_unref(a);
}

/* ---- objects parsed from answers ---- */

static atomic_int parses, frees;

static void *
parse_length(const struct dns_answer *a)
{
	size_t *n = malloc(sizeof(*n));

	atomic_fetch_add(&parses, 1);
	if (a->n == 0) {
		free(n);
		return NULL;
	}
	*n = a->records[0].len;
	return n;
}

static void
free_length(void *p)
{
	atomic_fetch_add(&frees, 1);
	free(p);
}

static const struct dns_parser length_parser = {parse_length, free_length};
static const struct dns_parser other_parser = {parse_length, free_length};

static void
objects_are_parsed_once(void **state)
{
	struct dns_source *s = new_zone(zone_text);
	const struct dns_answer *a = dns_lookup(s, "a.example", DNS_TXT, SOON);
	const void *first = dns_answer_parsed(a, &length_parser);

	assert_int_equal(*(const size_t *)first, 25);
	assert_ptr_equal(dns_answer_parsed(a, &length_parser), first);
	assert_int_equal(parses, 1);
	assert_ptr_not_equal(dns_answer_parsed(a, &other_parser), first);
	assert_ptr_equal(dns_answer_parsed(a, &length_parser), first);
	assert_int_equal(parses, 2);
	dns_answer_unref(dns_answer_ref(a));
	assert_int_equal(frees, 0);
	dns_answer_unref(a);
	assert_int_equal(frees, 2);
	a = dns_lookup(s, "b.example", DNS_TXT, SOON);
	assert_null(dns_answer_parsed(a, &length_parser));
	dns_answer_unref(a);
	dns_source_free(s);
}

/* ---- a source that answers when it is told to ---- */

struct fake {
	struct dns_source source; /* first */
	struct dns_pending *pending[100];
	size_t n;
};

static void
fake_start(struct dns_source *s, struct dns_pending *p)
{
	struct fake *f = (struct fake *)s;

	assert_true(f->n < 100);
	f->pending[f->n++] = p;
}

static void
fake_stop(struct dns_source *s)
{
	struct fake *f = (struct fake *)s;

	while (f->n > 0)
		dns_pending_fail(f->pending[--f->n], "shutting down", 0);
}

static void
fake_free(struct dns_source *s)
{
	free(s);
}

static struct fake *
new_fake(int64_t timeout, size_t bytes)
{
	static const struct dns_source_ops ops = {fake_start, fake_stop, fake_free};
	const struct dns_limits limits = {.bytes = bytes,
	    .ttl_floor = 10,
	    .ttl_ceiling = 100,
	    .negative_ceiling = 50,
	    .tempfail_ceiling = 5,
	    .timeout = timeout};
	struct fake *f = calloc(1, sizeof(*f));

	assert_true(dns_source_init(&f->source, &ops, &limits));
	return f;
}

/* Answers the newest look-up with one string. */
static void
fake_answer(struct fake *f, const char *text)
{
	uint8_t rdata[256];
	struct dns_draft d;

	rdata[0] = (uint8_t)strlen(text);
	memcpy(rdata + 1, text, rdata[0]);
	dns_draft_init(&d, DNS_TXT);
	d.ttl = 60;
	dns_draft_add(&d, rdata, rdata[0] + 1U);
	dns_pending_done(f->pending[--f->n], dns_draft_finish(&d));
}

static void
lookups_are_joined(void **state)
{
	struct fake *f = new_fake(0, 100000);
	struct dns_query *q[3] = {dns_ask(&f->source, "a.example", DNS_TXT),
	    dns_ask(&f->source, "A.example.", DNS_TXT), dns_ask(&f->source, "a.example", DNS_A)};
	const struct dns_answer *a[2];

	assert_int_equal(f->n, 2);
	dns_cancel(q[2]);
	f->n--;
	dns_pending_fail(f->pending[1], "no reason", 5);
	fake_answer(f, "once");
	a[0] = dns_wait(q[0], 0);
	a[1] = dns_wait(q[1], 0);
	assert_int_equal(a[0]->status, DNS_OK);
	assert_ptr_equal(a[0], a[1]);
	dns_answer_unref(a[0]);
	dns_answer_unref(a[1]);
	expect(&f->source, "a.EXAMPLE", DNS_TXT, "OK 6f6e6365");
	expect(&f->source, "a.example", DNS_A, "TEMPFAIL (no reason)");
	assert_int_equal(f->n, 0); /* nothing was asked again */
	dns_source_free(&f->source);
}

static void
a_late_answer_is_kept(void **state)
{
	struct fake *f = new_fake(10, 100000);

	expect(&f->source, "a.example", DNS_TXT, "TEMPFAIL (timed out)");
	expect(&f->source, "a.example", DNS_TXT, "TEMPFAIL (timed out)");
	assert_int_equal(f->n, 1);
	fake_answer(f, "late");
	expect(&f->source, "a.example", DNS_TXT, "OK 6c617465");
	dns_source_free(&f->source);
}

/* Pushes the answers that are kept out by newer ones. */
static void
forget(struct fake *f)
{
	char name[32];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		dns_cancel(dns_ask(&f->source, name, DNS_TXT));
		fake_answer(f, "x");
	}
}

static void
a_late_failure_replaces_nothing(void **state)
{
	struct fake *f = new_fake(10, 100000);
	struct dns_pending *first;

	expect(&f->source, "a.example", DNS_TXT, "TEMPFAIL (timed out)");
	first = f->pending[--f->n];
	forget(f);
	dns_cancel(dns_ask(&f->source, "a.example", DNS_TXT));
	fake_answer(f, "good");
	dns_pending_fail(first, "SERVFAIL", 5);
	expect(&f->source, "a.example", DNS_TXT, "OK 676f6f64");
	dns_source_free(&f->source);
}

static void
the_table_is_bounded(void **state)
{
	struct fake *f = new_fake(0, 200000);
	size_t i, bytes, answers;
	char name[32];

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%zu.example", i);
		dns_cancel(dns_ask(&f->source, name, DNS_TXT));
		fake_answer(f, "x");
		dns_cancel(dns_ask(&f->source, "n0.example", DNS_TXT));
		assert_int_equal(f->n, 0); /* what is in use stays */
	}
	dns_table_usage(f->source.table, &bytes, &answers);
	assert_true(bytes <= 200000 && bytes > 100000);
	assert_true(answers > 16 && answers < 200);
	dns_source_free(&f->source);
}

/* ---- messages ---- */

struct message {
	uint8_t bytes[1024];
	size_t len;
};

/* Hexadecimal digits, and text in quotes, with blanks between. */
static struct message
message(const char *text)
{
	struct message m = {.len = 0};
	unsigned byte;

	for (; *text != '\0'; text++) {
		if (*text == '"')
			for (text++; *text != '"'; text++)
				m.bytes[m.len++] = (uint8_t)*text;
		else if (*text != ' ') {
			assert_int_equal(sscanf(text++, "%2x", &byte), 1);
			m.bytes[m.len++] = (uint8_t)byte;
		}
	}
	return m;
}

#define QUESTION "01 \"a\" 02 \"zz\" 00 "
#define TXT_QUERY QUESTION "0010 0001 "
#define RR(type) type " 0001 0000003c "

static void
messages_become_answers(void **state)
{
	static const struct {
		const char *message;
		enum dns_type type;
		uint32_t ttl;
		const char *want;
	} t[] = {
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00c " RR("0010") "0004 01 \"x\" 01 \"y\"",
		DNS_TXT, 60, "OK 7879"},
	    /* another name's record; another class */
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00e " RR("0010") "0002 01 \"x\"", DNS_TXT,
		30, "NODATA (no such record)"},
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00c 0010 0003 0000003c 0002 01 \"x\"",
		DNS_TXT, 30, "NODATA (no such record)"},
	    /* CNAME a.zz to b.zz */
	    {"1234 8180 0001 0002 0000 0000 " TXT_QUERY
	     "c00c " RR("0005") "0004 01 \"b\" c00e c022 0010 0001 00000005 0002 01 \"x\"",
		DNS_TXT, 5, "OK 78"},
	    /* TTL with its highest bit set: RFC 2181 8 */
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00c 0010 0001 80000000 0002 01 \"x\"",
		DNS_TXT, 0, "OK 78"},
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00c " RR("0010") "0002 02 \"x\"", DNS_TXT,
		30, "TEMPFAIL (malformed record)"},
	    {"1234 8180 0001 0001 0000 0000 " TXT_QUERY "c00c " RR("0010") "0004 01 \"x\"", DNS_TXT,
		5, "TEMPFAIL (FORMERR)"},
	    {"1234 8180 0001 0001 0000 0000 " QUESTION
	     "000f 0001 c00c " RR("000f") "0007 0005 02 \"MX\" c00e",
		DNS_MX, 60, "OK 5:mx.zz"},
	    /* a name that points at itself */
	    {"1234 8180 0001 0001 0000 0000 " QUESTION
	     "000f 0001 c00c " RR("000f") "0004 0005 c024",
		DNS_MX, 30, "TEMPFAIL (malformed record)"},
	    {"1234 8180 0001 0001 0000 0000 " QUESTION "0001 0001 c00c " RR("0001") "0003 010203",
		DNS_A, 30, "TEMPFAIL (malformed record)"},
	    /* SOA of TTL 60 and minimum 9 */
	    {"1234 8183 0001 0000 0001 0000 " TXT_QUERY
	     "c00e " RR("0006") "0016 00 00 00000001 00000002 00000003 00000004 00000009",
		DNS_TXT, 9, "NXDOMAIN (no such name)"},
	    {"1234 8183 0001 0000 0000 0000 " TXT_QUERY, DNS_TXT, 30, "NXDOMAIN (no such name)"},
	    {"1234 8182 0001 0000 0000 0000 " TXT_QUERY, DNS_TXT, 5, "TEMPFAIL (SERVFAIL)"},
	    {"1234 8185 0001 0000 0000 0000 " TXT_QUERY, DNS_TXT, 5, "TEMPFAIL (REFUSED)"},
	    {"1234 8380 0001 0000 0000 0000 " TXT_QUERY, DNS_TXT, 5, "TEMPFAIL (truncated)"},
	    {"1234 8180 0000 0000 0000 0000 ", DNS_TXT, 5, "TEMPFAIL (FORMERR)"},
	    {"1234 8180", DNS_TXT, 5, "TEMPFAIL (FORMERR)"},
	};
	const struct dns_answer *a;
	struct message m;
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		m = message(t[i].message);
		a = dns_wire_answer(m.bytes, m.len, t[i].type, false);
		buf_clear(&out);
		print_answer(a, &out);
		if (strcmp(buf_str(&out), t[i].want) != 0 || a->ttl != t[i].ttl)
			fail_msg(
			    "message %zu: %s ttl %u, not %s", i, buf_str(&out), a->ttl, t[i].want);
		dns_answer_unref(a);
	}
	buf_free(&out);
}

static void
siphash_is_what_it_says(void **state)
{
	/* The key 00 01 .. 0f and the messages 00 01 .. of SipHash's own test; values for 1-3. */
	const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	const uint8_t data[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

	assert_true(siphash(key, data, 0) == 0xabac0158050fc4dc);
	assert_true(siphash(key, data, 1) == 0xc9f49bf37d57ca93);
	assert_true(siphash(key, data, 8) == 0x369095118d299a8e);
}

/* ---- resolv.conf ---- */

static void
resolv_conf_names_servers(void **state)
{
	char path[] = "/tmp/test_dns.XXXXXX";
	int fd = mkstemp(path);
	struct resolvconf r;
	FILE *f = fdopen(fd, "w");

	fputs("# nameserver 192.0.2.9\nnameserver\t192.0.2.1\nnameserver 2001:db8::1\n"
	      "nameserver fe80::1%eth0\nnameserver dns.example\noptions edns0\n",
	    f);
	fflush(f);
	assert_true(resolvconf_read(&r, path));
	assert_int_equal(r.n, 3);
	assert_string_equal(r.servers[0], "192.0.2.1");
	assert_string_equal(r.servers[1], "2001:db8::1");
	assert_string_equal(r.servers[2], "fe80::1%eth0");
	assert_false(resolvconf_changed(&r, path));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_true(resolvconf_changed(&r, path)); /* B85 */
	assert_true(resolvconf_read(&r, path));
	assert_int_equal(r.n, 1);
	assert_string_equal(r.servers[0], "127.0.0.1");
	fclose(f);
	unlink(path);
	assert_false(resolvconf_changed(&r, path));
	assert_false(resolvconf_read(&r, path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(zone_answers),
	    cmocka_unit_test(ttl_is_the_least_of_the_chain),
	    cmocka_unit_test(names_have_limits),
	    cmocka_unit_test(zone_errors_name_the_line),
	    cmocka_unit_test(strings_over_255_octets_are_refused),
	    cmocka_unit_test(zone_counts_what_it_is_asked),
	    cmocka_unit_test(deadlines_pass_and_delays_end),
	    cmocka_unit_test(objects_are_parsed_once),
	    cmocka_unit_test(lookups_are_joined),
	    cmocka_unit_test(a_late_answer_is_kept),
	    cmocka_unit_test(a_late_failure_replaces_nothing),
	    cmocka_unit_test(the_table_is_bounded),
	    cmocka_unit_test(messages_become_answers),
	    cmocka_unit_test(siphash_is_what_it_says),
	    cmocka_unit_test(resolv_conf_names_servers),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
