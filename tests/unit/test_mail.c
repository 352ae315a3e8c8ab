/* mail/: header fields and addresses; base/domain, which addresses are made of. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "mail/address.h"
#include "mail/header.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- domains ---- */

#define LABEL63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static void
domains(void **state)
{
	static const struct {
		const char *in, *out; /* out is NULL for what is no domain name */
	} t[] = {
	    {"example.com", "example.com"}, {"Example.COM.", "example.com"},
	    {"localhost", "localhost"}, {"s1._domainkey.example.com", "s1._domainkey.example.com"},
	    {"20230601._domainkey", "20230601._domainkey"},
	    {"r3---sn-x.example", "r3---sn-x.example"}, {LABEL63 ".example", LABEL63 ".example"},
	    /* B10: both spellings of one name */
	    {"b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example"},
	    {"B\xc3\x9c"
	     "CHER.example",
		"xn--bcher-kva.example"},
	    {"bu\xcc\x88"
	     "cher.example",
		"xn--bcher-kva.example"}, /* u and a combining diaeresis */
	    {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
	    {"stra\xc3\x9f"
	     "e.example",
		"xn--strae-oqa.example"},	       /* not strasse: non-transitional */
	    {"\xef\xbd\x85xample.com", "example.com"}, /* full width e */
	    {"", NULL}, {".", NULL}, {"example.com..", NULL}, {".example.com", NULL},
	    {"a..b", NULL}, {"a" LABEL63 ".example", NULL},
	    {LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, NULL}, /* 255 octets */
	    {"-a.example", NULL}, {"a-.example", NULL}, {"exa mple.com", NULL},
	    {"example.com\r\n", NULL}, {"ex\tample.com", NULL}, {"ex%61mple.com", NULL},
	    {"a,b.example", NULL}, {"*.example.com", NULL}, {"user@example.com", NULL},
	    {"[192.0.2.1]", NULL}, {"192.0.2.1", NULL}, {"2001:db8::1", NULL},
	    {"b\xfc"
	     "cher.example",
		NULL}, /* Latin-1 */
	    {"a\xc0\xae"
	     "b.example",
		NULL}, /* overlong dot */
	    {"a\xe3\x80\x82"
	     "b.example",
		NULL}, /* U+3002 */
	    {"a\xef\xbc\x8e"
	     "b.example",
		NULL}, /* U+FF0E */
	    {"a\xef\xbd\xa1"
	     "b.example",
		NULL}, /* U+FF61 */
	    {"a\xe2\x80\xa4"
	     "b.example",
		NULL}, /* U+2024 */
	    {"a\xef\xbc\x8f"
	     "b.example",
		NULL},			     /* U+FF0F, a slash by its width */
	    {"i\xe2\x9d\xa4.example", NULL}, /* a symbol */
	    {"xn--.example", NULL}, {"xn--a.example", NULL}, {"xn--example-.com", NULL},
	    {"xn--99999999999.example", NULL},
	    {"\xd7\x90"
	     "a.example",
		NULL}, /* RFC 5893: both directions in one label */
	};
	char out[DOMAIN_BUF];
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		if (domain_canonical(t[i].in, strlen(t[i].in), out) != (t[i].out != NULL))
			fail_msg("%s gives %s", t[i].in, out);
		assert_string_equal(out, t[i].out != NULL ? t[i].out : "");
	}
	assert_false(domain_canonical("a\0b", 3, out));
	assert_true(domain_canonical("example.com", 7, out));
	assert_string_equal(out, "example");
}

static void
domain_of_253_octets(void **state)
{
	char in[260], out[DOMAIN_BUF];
	size_t i;

	for (i = 0; i < 255; i++)
		in[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(domain_canonical(in, 253, out));
	assert_int_equal(strlen(out), 253);
	assert_true(domain_canonical(in, 254, out));
	assert_int_equal(domain_labels(out), 127);
	assert_false(domain_canonical(in, 255, out));
}

static void
domains_below_each_other(void **state)
{
	assert_true(domain_is_below("a.example.com", "example.com"));
	assert_false(domain_is_below("example.com", "example.com"));
	assert_false(domain_is_below("badexample.com", "example.com"));
	assert_false(domain_is_below("example.com", "a.example.com"));
	assert_false(domain_is_below("example.com", ""));
	assert_string_equal(domain_parent("a.example.com"), "example.com");
	assert_null(domain_parent("com"));
	assert_int_equal(domain_labels("a.example.com"), 3);
	assert_int_equal(domain_labels("com"), 1);
	assert_int_equal(domain_labels(""), 0);
}

/* ---- header fields ---- */

static void
header_keeps_bytes(void **state)
{
	struct arena mem;
	struct header h;
	size_t n;
	char *s;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	assert_true(header_add(&h, "Subject", 7, " a\n\tb\r\n c\rd", 11));
	assert_true(header_add(&h, "FROM ", 5, "x", 1));
	assert_true(header_add(&h, "from", 4, " \t", 2));
	assert_true(header_add(&h, "Z", 1, "a\0b", 3));
	assert_int_equal(h.n, 4);
	assert_int_equal(h.fields[0].value_len, 12);
	assert_memory_equal(h.fields[0].value, " a\r\n\tb\r\n c\rd", 12);
	assert_int_equal(h.bytes, 7 + 12 + 3 + 5 + 1 + 3 + 4 + 2 + 3 + 1 + 3 + 3);
	assert_int_equal(header_count(&h, "From"), 2);
	assert_ptr_equal(header_first(&h, "From"), &h.fields[1]);
	assert_ptr_equal(header_last(&h, "From"), &h.fields[2]);
	assert_null(header_first(&h, "Fro"));
	assert_null(header_last(&h, "From "));
	assert_string_equal(header_unfold(&h.fields[0], &mem, &n), "a\tb c\rd");
	assert_int_equal(n, 7);
	assert_string_equal(header_unfold(&h.fields[2], &mem, &n), "");
	assert_int_equal(n, 0);
	s = header_unfold(&h.fields[3], &mem, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(s, "a\0b", 4);
	header_free(&h);
	arena_free(&mem);
}

static void
header_limits(void **state)
{
	struct arena mem;
	struct header h;
	int i;

	arena_init(&mem, 0);
	header_init(&h, &mem, 20, 0);
	assert_true(header_add(&h, "A", 1, "12345678", 8)); /* 12 bytes */
	assert_false(header_add(&h, "A", 1, "1\n2\n", 4));  /* 8 bytes as LF, 10 as CRLF */
	assert_true(h.overflow);
	assert_false(header_add(&h, "A", 1, "", 0)); /* later ones are missing, too */
	assert_int_equal(h.n, 1);
	header_free(&h);

	header_init(&h, &mem, 0, 100);
	for (i = 0; i < 100; i++)
		assert_true(header_add(&h, "A", 1, "", 0));
	assert_false(header_add(&h, "A", 1, "", 0));
	assert_true(h.overflow);
	header_free(&h);
	arena_free(&mem);
}

static void
header_runs_out_of_memory(void **state)
{
	struct arena mem;
	struct header h;

	arena_init(&mem, 32);
	header_init(&h, &mem, 0, 0);
	assert_true(header_add(&h, "A", 1, "b", 1));
	assert_false(header_add(&h, "A", 1, "0123456789012345678901234567890123456789", 40));
	assert_true(h.overflow);
	header_free(&h);
	arena_free(&mem);
}

static void
messages_are_split(void **state)
{
	static const struct {
		const char *message;
		const char *fields; /* name=value| for each */
		const char *body;
	} t[] = {
	    {"A: 1\r\nB:2\r\n\r\nbody", "A= 1|B=2|", "body"},
	    {"A: 1\nB:2\n\nbody", "A= 1|B=2|", "body"},
	    {"A: 1\r\n x\n\ty\r\n\r\n", "A= 1\r\n x\r\n\ty|", ""},
	    {"A: 1\r\n \r\n\r\nbody", "A= 1\r\n |", "body"},
	    {"A: 1", "A= 1|", ""},
	    {"A: 1\r\n", "A= 1|", ""},
	    {"", "", ""},
	    {"\r\nbody", "", "body"},
	    {"\nbody", "", "body"},
	    {"A : 1\r\n\r\n", "A = 1|", ""},
	    {"A\t :1\r\n\r\n", "A\t =1|", ""},
	    {"A:\r\n\r\n", "A=|", ""},
	    {"A::b\r\n\r\n", "A=:b|", ""},
	    {"A: 1\r\nno field\r\nB: 2\r\n\r\nx", "A= 1|", "no field\r\nB: 2\r\n\r\nx"},
	    {"A: 1\r\n: 2\r\n\r\nx", "A= 1|", ": 2\r\n\r\nx"},
	    {"A: 1\r\nb c: 2\r\n", "A= 1|", "b c: 2\r\n"},
	    {"A: 1\r\nb\xc3\xbc: 2\r\n", "A= 1|", "b\xc3\xbc: 2\r\n"},
	    {" A: 1\r\n", "", " A: 1\r\n"},
	    {"A: 1\rB: 2\r\n\r\nx", "A= 1\rB: 2|", "x"},
	    {"A: 1\r\r\n\r\nx", "A= 1\r|", "x"},
	    {"From a@b Thu Jan  1 00:00:00 1970\nFrom: c@d\n\nx", "From= c@d|", "x"},
	    {"From : c@d\n\nx", "From = c@d|", "x"},
	    {"A: 1\nFrom a@b Thu Jan  1\n", "A= 1|", "From a@b Thu Jan  1\n"},
	};
	struct arena mem;
	struct header h;
	struct buf got;
	size_t i, k, body;

	arena_init(&mem, 0);
	buf_init(&got, 0);
	for (i = 0; i < LEN(t); i++) {
		buf_clear(&got);
		header_init(&h, &mem, 0, 0);
		assert_true(header_parse(&h, t[i].message, strlen(t[i].message), &body));
		for (k = 0; k < h.n; k++) {
			buf_add(&got, h.fields[k].name, h.fields[k].name_len);
			buf_addc(&got, '=');
			buf_add(&got, h.fields[k].value, h.fields[k].value_len);
			buf_addc(&got, '|');
		}
		assert_string_equal(buf_str(&got), t[i].fields);
		assert_string_equal(t[i].message + body, t[i].body);
		header_free(&h);
	}
	header_init(&h, &mem, 10, 0);
	assert_false(header_parse(&h, "A: 1\nB: 2345678\n\n", 17, &body));
	assert_int_equal(body, 5);
	header_free(&h);
	buf_free(&got);
	arena_free(&mem);
}

/* ---- addresses ---- */

struct address_case {
	const char *value;
	enum address_error error;
	const char *mailboxes; /* display<local@domain> for each that was read */
};

/* Mailboxes as text: one string to compare. */
static const char *
mailboxes_text(const struct address_list *l, struct buf *out)
{
	const struct mailbox *m;

	buf_clear(out);
	for (m = l->v; m < l->v + l->n; m++)
		buf_addf(out, "%s<%s@%s>", m->display, m->local,
		    m->domain[0] != '\0' ? m->domain : m->domain_raw);
	return buf_str(out);
}

static void
check_addresses(const struct address_case *t, size_t n)
{
	struct address_list l;
	struct arena mem;
	struct buf text;
	size_t i;

	arena_init(&mem, 0);
	buf_init(&text, 0);
	for (i = 0; i < n; i++) {
		if (address_parse(t[i].value, strlen(t[i].value), &mem, &l) != t[i].error ||
		    l.error != t[i].error)
			fail_msg("%s: %s (%s)", t[i].value, address_error_text(l.error), l.reason);
		assert_true((l.reason != NULL) == (l.error != ADDRESS_OK));
		if (strcmp(mailboxes_text(&l, &text), t[i].mailboxes) != 0)
			fail_msg("%s: %s", t[i].value, buf_str(&text));
		arena_reset(&mem);
	}
	buf_free(&text);
	arena_free(&mem);
}

static void
good_addresses(void **state)
{
	static const struct address_case t[] = {
	    {"user@example.com", ADDRESS_OK, "<user@example.com>"},
	    {" \t user@example.com ", ADDRESS_OK, "<user@example.com>"},
	    {"\r\n user@example.com", ADDRESS_OK, "<user@example.com>"},
	    {"<user@example.com>", ADDRESS_OK, "<user@example.com>"},
	    {"User Name <user@example.com>", ADDRESS_OK, "User Name<user@example.com>"},
	    {"User\t\r\n Name<user@EXAMPLE.com>", ADDRESS_OK, "User Name<user@example.com>"},
	    {"\"User Name\" <user@example.com>", ADDRESS_OK, "User Name<user@example.com>"},
	    {"\"User\r\n  Name\" <user@example.com>", ADDRESS_OK, "User  Name<user@example.com>"},
	    {"\"a\" \"b\" c <user@example.com>", ADDRESS_OK, "a b c<user@example.com>"},
	    {"John Q. Public <q@example.com>", ADDRESS_OK, "John Q. Public<q@example.com>"},
	    {"\"\" <q@example.com>", ADDRESS_OK, "<q@example.com>"},
	    /* B12: commas and escaped quotes within a display name */
	    {"\"\\\"Widgets, Inc.\\\"\" <orders@example.com>", ADDRESS_OK,
		"\"Widgets, Inc.\"<orders@example.com>"},
	    {"\"'B, A' via List\" <list@example.org>", ADDRESS_OK,
		"'B, A' via List<list@example.org>"},
	    /* B92: a quoted pair */
	    {"\"a \\\" b\" <user@example.net>", ADDRESS_OK, "a \" b<user@example.net>"},
	    {"\"a\\\\\" <user@example.net>", ADDRESS_OK, "a\\<user@example.net>"},
	    {"\"ceo@example.org\" <user@example.net>", ADDRESS_OK,
		"ceo@example.org<user@example.net>"},
	    {"\"<ceo@example.org>\" <user@example.net>", ADDRESS_OK,
		"<ceo@example.org><user@example.net>"},
	    {"\"\\a\\b\"@example.com", ADDRESS_OK, "<ab@example.com>"},
	    {"\"a b\"@example.com", ADDRESS_OK, "<a b@example.com>"},
	    {"\"a@example.org\"@example.com", ADDRESS_OK, "<a@example.org@example.com>"},
	    {"\"\"@example.com", ADDRESS_OK, "<@example.com>"},
	    {"a.b.c@example.com", ADDRESS_OK, "<a.b.c@example.com>"},
	    {"!#$%&'*+-/=?^_`{|}~@example.com", ADDRESS_OK, "<!#$%&'*+-/=?^_`{|}~@example.com>"},
	    {"a@localhost", ADDRESS_OK, "<a@localhost>"},
	    {"a@_spf.example.com", ADDRESS_OK, "<a@_spf.example.com>"},
	    /* lists */
	    {"a@b.example,c@d.example", ADDRESS_OK, "<a@b.example><c@d.example>"},
	    {"A <a@b.example> , \r\n C <c@d.example>", ADDRESS_OK, "A<a@b.example>C<c@d.example>"},
	    {",, a@b.example,,c@d.example, (x) ,", ADDRESS_OK, "<a@b.example><c@d.example>"},
	    /* comments */
	    {"(c)a(c)@(c)b.example(c)", ADDRESS_OK, "<a@b.example>"},
	    {"a@b.example (User Name)", ADDRESS_OK, "<a@b.example>"},
	    {"a@b.example (c, d@e.example)", ADDRESS_OK, "<a@b.example>"},
	    {"a@b.example (a (b (c)) d)", ADDRESS_OK, "<a@b.example>"},
	    {"a@b.example (\\) <x@y.example>, \\()", ADDRESS_OK, "<a@b.example>"},
	    {"a@b.example (\")", ADDRESS_OK, "<a@b.example>"},
	    {"User(c)Name <(c)a@b.example(c)>(c)", ADDRESS_OK, "User Name<a@b.example>"},
	    {"\"(not a comment\" <a@b.example>", ADDRESS_OK, "(not a comment<a@b.example>"},
	    /* literals */
	    {"a@[192.0.2.1]", ADDRESS_OK, "<a@[192.0.2.1]>"},
	    {"a@[ IPv6:2001:db8::1\r\n ]", ADDRESS_OK, "<a@[IPv6:2001:db8::1]>"},
	    {"A <a@[192.0.2.1]>", ADDRESS_OK, "A<a@[192.0.2.1]>"},
	    /* groups */
	    {"undisclosed-recipients:;", ADDRESS_OK, ""},
	    {"undisclosed recipients : (none) ;", ADDRESS_OK, ""},
	    {"\"a:b\": c@d.example;", ADDRESS_OK, "<c@d.example>"},
	    {"g: a@b.example, C <c@d.example>;", ADDRESS_OK, "<a@b.example>C<c@d.example>"},
	    {"g: ,, a@b.example ,;, e@f.example", ADDRESS_OK, "<a@b.example><e@f.example>"},
	    {"a@b.example, g:;, h: c@d.example;", ADDRESS_OK, "<a@b.example><c@d.example>"},
	    /* obsolete forms */
	    {"a . b @ c . example", ADDRESS_OK, "<a.b@c.example>"},
	    {"\"a\".b.\"c d\"@e.example", ADDRESS_OK, "<a.b.c d@e.example>"},
	    {"<@x.example:a@b.example>", ADDRESS_OK, "<a@b.example>"},
	    {"A <@x.example,@y.example:a@b.example>", ADDRESS_OK, "A<a@b.example>"},
	    {"A < , @x.example , , @[192.0.2.1] , : a@b.example >", ADDRESS_OK, "A<a@b.example>"},
	    /* RFC 6532, RFC 8616 */
	    {"Gr\xc3\xbc\xc3\x9f"
	     "e <gr\xc3\xbcn@b\xc3\xbc"
	     "cher.example>",
		ADDRESS_OK,
		"Gr\xc3\xbc\xc3\x9f"
		"e<gr\xc3\xbcn@xn--bcher-kva.example>"},
	    {"\"\xf0\x9f\x93\xa7\" <a@XN--BCHER-KVA.example>", ADDRESS_OK,
		"\xf0\x9f\x93\xa7<a@xn--bcher-kva.example>"},
	    {"a@b.example (\xc3\xbc)", ADDRESS_OK, "<a@b.example>"},
	    /* encoded words are atoms, and stay as they are */
	    {"=?UTF-8?Q?a=2C_b?= <a@b.example>", ADDRESS_OK, "=?UTF-8?Q?a=2C_b?=<a@b.example>"},
	    {"=?UTF-8?Q?a?=@b.example", ADDRESS_OK, "<=?UTF-8?Q?a?=@b.example>"},
	};

	check_addresses(t, LEN(t));
}

static void
bad_addresses(void **state)
{
	static const struct address_case t[] = {
	    {"", ADDRESS_EMPTY, ""},
	    {" \t\r\n ", ADDRESS_EMPTY, ""},
	    {"(a@b.example)", ADDRESS_EMPTY, ""},
	    {",", ADDRESS_SYNTAX, ""},
	    {"(c),(d)", ADDRESS_SYNTAX, ""},
	    /* B92: a stray bracket */
	    {"user@example.net>", ADDRESS_SYNTAX, "<user@example.net>"},
	    {"<user@example.net", ADDRESS_SYNTAX, ""},
	    {"<user@example.net>>", ADDRESS_SYNTAX, "<user@example.net>"},
	    {"<<user@example.net>>", ADDRESS_SYNTAX, ""},
	    {"<user@example.net> x", ADDRESS_SYNTAX, "<user@example.net>"},
	    {"<user@example.net> <x@y.example>", ADDRESS_SYNTAX, "<user@example.net>"},
	    {"a@b.example c@d.example", ADDRESS_SYNTAX, "<a@b.example>"},
	    {"a@b.example <c@d.example>", ADDRESS_SYNTAX, "<a@b.example>"},
	    {"ceo@b.example, <c@d.example", ADDRESS_SYNTAX, "<ceo@b.example>"},
	    {"a@b.example; c@d.example", ADDRESS_SYNTAX, "<a@b.example>"},
	    {"a@b@c.example", ADDRESS_SYNTAX, "<a@b>"},
	    {"<a@b@c.example>", ADDRESS_SYNTAX, ""},
	    {"A <a@b.example,c@d.example>", ADDRESS_SYNTAX, ""},
	    {"<>", ADDRESS_SYNTAX, ""},
	    {"A <>", ADDRESS_SYNTAX, ""},
	    {"A < >", ADDRESS_SYNTAX, ""},
	    {"<a>", ADDRESS_SYNTAX, ""},
	    {"root", ADDRESS_SYNTAX, ""},
	    {"John Doe", ADDRESS_SYNTAX, ""},
	    {"@example.com", ADDRESS_SYNTAX, ""},
	    {"<@example.com>", ADDRESS_SYNTAX, ""},
	    {"A B@example.com", ADDRESS_SYNTAX, ""},
	    {"\"A\"b@example.com", ADDRESS_SYNTAX, ""},
	    {".a@example.com", ADDRESS_SYNTAX, ""},
	    {"a.@example.com", ADDRESS_SYNTAX, ""},
	    {"a..b@example.com", ADDRESS_SYNTAX, ""},
	    {".A <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"a\\b@example.com", ADDRESS_SYNTAX, ""},
	    {"a[b]@example.com", ADDRESS_SYNTAX, ""},
	    {"\\\"a\\\" <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"A, B <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"ceo@b.example (x) via list <a@b.example>", ADDRESS_SYNTAX, "<ceo@b.example>"},
	    /* what has no end */
	    {"\"a <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"\"a\\\" <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"\"a\\", ADDRESS_SYNTAX, ""},
	    {"(a@b.example", ADDRESS_SYNTAX, ""},
	    {"(a\\) a@b.example", ADDRESS_SYNTAX, ""},
	    {"(a\\", ADDRESS_SYNTAX, ""},
	    {"a@b.example (c", ADDRESS_SYNTAX, ""},
	    {"a@b.example)", ADDRESS_SYNTAX, "<a@b.example>"},
	    {"a@[192.0.2.1", ADDRESS_SYNTAX, ""},
	    {"a@[[192.0.2.1]]", ADDRESS_SYNTAX, ""},
	    {"a@[192.0.2.1]]", ADDRESS_SYNTAX, "<a@[192.0.2.1]>"},
	    {"a@[192.0.2.1].example", ADDRESS_SYNTAX, "<a@[192.0.2.1]>"},
	    {"a@[1\\]]", ADDRESS_SYNTAX, ""},
	    /* groups */
	    {"g: a@b.example", ADDRESS_SYNTAX, "<a@b.example>"},
	    {"g:", ADDRESS_SYNTAX, ""},
	    {":;", ADDRESS_SYNTAX, ""},
	    {"g: h: a@b.example;;", ADDRESS_SYNTAX, ""},
	    {"g:; a@b.example", ADDRESS_SYNTAX, ""},
	    {"g:;;", ADDRESS_SYNTAX, ""},
	    {"<g: a@b.example;>", ADDRESS_SYNTAX, ""},
	    {"mailto:a@b.example", ADDRESS_SYNTAX, "<a@b.example>"},
	    /* source routes */
	    {"<@x.example a@b.example>", ADDRESS_SYNTAX, ""},
	    {"<,:a@b.example>", ADDRESS_SYNTAX, ""},
	    {"<@:a@b.example>", ADDRESS_DOMAIN, ""},
	    {"@x.example:a@b.example", ADDRESS_SYNTAX, ""},
	    /* domains */
	    {"a@", ADDRESS_DOMAIN, ""},
	    {"<a@>", ADDRESS_DOMAIN, ""},
	    {"A <a@ (c) >", ADDRESS_DOMAIN, ""},
	    {"a@.example", ADDRESS_DOMAIN, ""},
	    {"a@b..example", ADDRESS_DOMAIN, ""},
	    {"a@b.example.", ADDRESS_DOMAIN, ""},
	    {"a@b_c!d.example", ADDRESS_DOMAIN, ""},
	    {"a@-b.example", ADDRESS_DOMAIN, ""},
	    {"a@192.0.2.1", ADDRESS_DOMAIN, ""},
	    {"a@b\xe3\x80\x82"
	     "example",
		ADDRESS_DOMAIN, ""},
	    {"a@xn--a.example", ADDRESS_DOMAIN, ""},
	    {"a@=?UTF-8?Q?b.example?=", ADDRESS_DOMAIN, ""},
	    {"a@b.example, c@d..example, e@f.example", ADDRESS_DOMAIN, "<a@b.example>"},
	    {"=?UTF-8?Q?a=40b.example?=", ADDRESS_SYNTAX, ""},
	    /* bytes that have no place in a header */
	    {"a\x01@b.example", ADDRESS_SYNTAX, ""},
	    {"a@b.example\r\n", ADDRESS_SYNTAX, ""},
	    {"a@b.example\r\nBcc: x@y.example", ADDRESS_SYNTAX, ""},
	    {"a\n@b.example", ADDRESS_SYNTAX, ""},
	    {"a\r@b.example", ADDRESS_SYNTAX, ""},
	    {"\"a\\\r\n b\" <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"\"a\x7f\" <a@b.example>", ADDRESS_SYNTAX, ""},
	    {"(\x08) a@b.example", ADDRESS_SYNTAX, ""},
	    {"\xc2\x85"
	     "a@b.example",
		ADDRESS_SYNTAX, ""},
	    {"J\xfcrgen <a@b.example>, <c@b.example>", ADDRESS_SYNTAX, ""},
	    {"\"a\xc0\xa2 <a@b.example>", ADDRESS_SYNTAX, ""},
	};
	struct address_list l;
	struct arena mem;

	check_addresses(t, LEN(t));
	arena_init(&mem, 0);
	assert_int_equal(address_parse("a@b.example\0", 12, &mem, &l), ADDRESS_SYNTAX);
	arena_free(&mem);
}

static void
address_groups_show(void **state)
{
	struct address_list l;
	struct arena mem;

	arena_init(&mem, 0);
	address_parse("g:;", 3, &mem, &l);
	assert_true(l.group);
	address_parse("a@b", 3, &mem, &l);
	assert_false(l.group);
	arena_free(&mem);
}

/* prefix, n times piece, suffix */
static enum address_error
parse_repeated(const char *piece, size_t n, const char *suffix, size_t *mailboxes)
{
	struct address_list l;
	struct arena mem;
	struct buf value;

	arena_init(&mem, 0);
	buf_init(&value, 0);
	while (n-- > 0)
		buf_adds(&value, piece);
	buf_adds(&value, suffix);
	address_parse(buf_str(&value), value.len, &mem, &l);
	*mailboxes = l.n;
	buf_free(&value);
	arena_free(&mem);
	return l.error;
}

static void
b95_addresses_have_limits(void **state)
{
	size_t n;

	assert_int_equal(parse_repeated("(", 10000, "a@b.example", &n), ADDRESS_TOO_MANY);
	assert_int_equal(parse_repeated("(", 64, "x", &n), ADDRESS_SYNTAX);
	assert_int_equal(parse_repeated("(", 65, "x", &n), ADDRESS_TOO_MANY);
	assert_int_equal(parse_repeated("()", 100000, "a@b.example", &n), ADDRESS_OK);
	assert_int_equal(parse_repeated("<", 10000, "a@b.example", &n), ADDRESS_SYNTAX);
	assert_int_equal(parse_repeated("g:", 10000, "a@b.example", &n), ADDRESS_SYNTAX);
	assert_int_equal(parse_repeated("a@b.example,", 999, "a@b.example", &n), ADDRESS_OK);
	assert_int_equal(n, 1000);
	assert_int_equal(parse_repeated("a@b.example,", 1000, "a@b.example", &n), ADDRESS_TOO_MANY);
	assert_int_equal(n, 1000);
	assert_int_equal(parse_repeated(",", 1000000, "a@b.example", &n), ADDRESS_OK);
	assert_int_equal(parse_repeated("a", 1000000, "@b.example", &n), ADDRESS_OK);
	assert_int_equal(parse_repeated("a ", 1000000, "<a@b.example>", &n), ADDRESS_OK);
	assert_int_equal(parse_repeated("a.", 1000000, "b@c.example", &n), ADDRESS_OK);
}

static void
addresses_without_memory(void **state)
{
	struct address_list l;
	struct arena mem;
	size_t max;
	enum address_error e = ADDRESS_NO_MEMORY;

	for (max = 16; e != ADDRESS_OK; max += 16) {
		arena_init(&mem, max);
		e = address_parse("A <a@b.example>", 15, &mem, &l);
		assert_true(e == ADDRESS_OK || e == ADDRESS_NO_MEMORY);
		arena_free(&mem);
	}
	assert_true(max > 64);
}

static void
envelope_paths(void **state)
{
	static const struct {
		const char *path;
		enum address_error error;
		const char *local, *domain_raw, *domain;
	} t[] = {
	    {"<user@Example.com>", ADDRESS_OK, "user", "Example.com", "example.com"},
	    {"user@example.com", ADDRESS_OK, "user", "example.com", "example.com"},
	    {"<>", ADDRESS_OK, "", "", ""},
	    {"", ADDRESS_OK, "", "", ""},
	    {"<@a.example,@b.example:u@c.example>", ADDRESS_OK, "u", "c.example", "c.example"},
	    {"<\"a;b\"@example.com>", ADDRESS_OK, "a;b", "example.com", "example.com"},
	    {"<\"a\\\"@b\"@example.com>", ADDRESS_OK, "a\"@b", "example.com", "example.com"},
	    {"<a..b.@example.com>", ADDRESS_OK, "a..b.", "example.com", "example.com"},
	    {"<a@[192.0.2.1]>", ADDRESS_OK, "a", "[192.0.2.1]", ""},
	    {"<gr\xc3\xbcn@b\xc3\xbc"
	     "cher.example>",
		ADDRESS_OK, "gr\xc3\xbcn",
		"b\xc3\xbc"
		"cher.example",
		"xn--bcher-kva.example"},
	    {"<root>", ADDRESS_DOMAIN, "root", "", ""},
	    {"<a@>", ADDRESS_DOMAIN, "a", "", ""},
	    {"<a@b..c>", ADDRESS_DOMAIN, "a", "b..c", ""},
	    {"<a@[192.0.2.1>", ADDRESS_DOMAIN, "a", "[192.0.2.1", ""},
	    {"<a@b c>", ADDRESS_DOMAIN, "a", "b c", ""},
	    {"<a@b@c.example>", ADDRESS_DOMAIN, "a", "b@c.example", ""},
	    {"<a@b", ADDRESS_SYNTAX, "", "", ""},
	    {"a@b>", ADDRESS_SYNTAX, "", "", ""},
	    {"<", ADDRESS_SYNTAX, "", "", ""},
	    {"<@a.example:>", ADDRESS_SYNTAX, "", "", ""},
	    {"<@a.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<@>", ADDRESS_SYNTAX, "", "", ""},
	    {"<a b@c.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<\"a@c.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<\"a\"b@c.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<a\r\n b@c.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<a\x7f@c.example>", ADDRESS_SYNTAX, "", "", ""},
	    {"<a\xff@c.example>", ADDRESS_SYNTAX, "", "", ""},
	};
	struct mailbox m;
	struct arena mem;
	size_t i;

	arena_init(&mem, 0);
	for (i = 0; i < LEN(t); i++) {
		if (address_parse_path(t[i].path, &mem, &m) != t[i].error)
			fail_msg("%s", t[i].path);
		assert_string_equal(m.display, "");
		assert_string_equal(m.local, t[i].local);
		assert_string_equal(m.domain_raw, t[i].domain_raw);
		assert_string_equal(m.domain, t[i].domain);
	}
	arena_free(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(domains),
	    cmocka_unit_test(domain_of_253_octets),
	    cmocka_unit_test(domains_below_each_other),
	    cmocka_unit_test(header_keeps_bytes),
	    cmocka_unit_test(header_limits),
	    cmocka_unit_test(header_runs_out_of_memory),
	    cmocka_unit_test(messages_are_split),
	    cmocka_unit_test(good_addresses),
	    cmocka_unit_test(bad_addresses),
	    cmocka_unit_test(address_groups_show),
	    cmocka_unit_test(b95_addresses_have_limits),
	    cmocka_unit_test(addresses_without_memory),
	    cmocka_unit_test(envelope_paths),
	};

	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
