/* dns/: the stand-in zone, answers kept, look-ups joined, objects parsed once. */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/dns.h"
#include "dns/source.h"
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
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
