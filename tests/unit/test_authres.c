/* auth/authres: what is written can be read back as it was meant, and who a field is from. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/authres_own.h"
#include "auth/authres_read.h"
#include "auth/authres_write.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- writing ---- */

/* No line over 77 columns (a HTAB counts 8) unless one word alone is longer. */
static void
assert_folded(const char *value)
{
	size_t column = strlen("Authentication-Results:"), words = 0;

	assert_int_equal(value[0], ' ');
	assert_true(value[1] != ' ' && value[1] != '\t');
	for (; *value != '\0'; value++) {
		if (value[0] == '\r') {
			assert_true(value[1] == '\n' && (value[2] == ' ' || value[2] == '\t'));
			assert_true(value[3] != '\r' && value[3] != '\0');
			value++;
			column = words = 0;
			continue;
		}
		column += *value == '\t' ? 8 : 1;
		words += *value == ' ' && column > 8;
		assert_true(column < 78 || words <= 1);
	}
}

static struct authres_property
property(const char *ptype, const char *name, const char *value)
{
	return (struct authres_property){ptype, name, value, strlen(value)};
}

/* Writes one result with one property and reads it again, strictly. */
static void
round_trip(const char *id, const struct authres_property *p, const char *reason,
    enum authres_charset charset, const char *read_id, const char *read_value,
    const char *read_reason)
{
	const struct authres_result results[] = {
	    {"dkim", "pass", reason, p, 1},
	    {"spf", "none", NULL, NULL, 0},
	};
	struct authres a;
	struct arena mem;
	struct buf out;

	arena_init(&mem, 0);
	buf_init(&out, 0);
	assert_int_equal(authres_write(&out, id, results, LEN(results), charset), 0);
	assert_folded(buf_str(&out));
	if (authres_parse(out.data, out.len, &mem, &a) != AUTHRES_OK || !a.strict)
		fail_msg("cannot be read: %s", buf_str(&out));
	assert_string_equal(a.authserv_id, read_id);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.results[0].n, 1);
	assert_string_equal(a.results[0].properties[0].value, read_value);
	if (read_reason != NULL)
		assert_string_equal(a.results[0].reason, read_reason);
	assert_string_equal(a.results[1].method, "spf");
	assert_string_equal(a.results[1].result, "none");
	buf_free(&out);
	arena_free(&mem);
}

static void
values_survive_B65(void **state)
{
	static const struct {
		const char *value;
		size_t len;
		const char *ascii, *utf8;
	} cases[] = {
#define V(v) v, sizeof(v) - 1
	    {V("example.com"), "example.com", "example.com"},
	    {V("user@example.com"), "user@example.com", "user@example.com"},
	    {V("@example.com"), "@example.com", "@example.com"},
	    {V("a;b@example.com"), "a;b@example.com", "a;b@example.com"},
	    {V("a\"; dkim=pass@example.com"), "a\"; dkim=pass@example.com",
		"a\"; dkim=pass@example.com"},
	    {V("a@b@example.com"), "a@b@example.com", "a@b@example.com"},
	    {V("a\\@example.com"), "a\\@example.com", "a\\@example.com"},
	    {V(".a..b@example.com"), ".a..b@example.com", ".a..b@example.com"},
	    {V("user@[192.0.2.1]"), "user@[192.0.2.1]", "user@[192.0.2.1]"},
	    {V("user@example.com; spf=pass"), "user@example.com; spf=pass",
		"user@example.com; spf=pass"},
	    {V("user@exa\r\n mple.com"), "user@exa?? mple.com", "user@exa?? mple.com"},
	    {V("x(comment"), "x(comment", "x(comment"},
	    {V("a\0b"), "a?b", "a?b"},
	    {V("a\x7f"
	       "b"),
		"a?b", "a?b"},
	    {V(" "), " ", " "},
	    {V("\""), "\"", "\""},
	    {V("\\"), "\\", "\\"},
	    {V("ab/cd+e="), "ab/cd+e=", "ab/cd+e="},
	    {V("2001:db8::1"), "2001:db8::1", "2001:db8::1"},
	    {V("gr\xc3\xbc"
	       "n@example.com"),
		"gr?n@example.com",
		"gr\xc3\xbc"
		"n@example.com"},
	    {V("a@b\xc3\xbc"
	       "cher.example"),
		"a@b?cher.example",
		"a@b\xc3\xbc"
		"cher.example"},
	    {V("a\xff"
	       "b"),
		"a?b", "a?b"},
	    {V("a\xc2\x85"
	       "b"),
		"a?b", "a?b"},
#undef V
	};
	struct authres_property p;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		p = (struct authres_property){"smtp", "mailfrom", cases[i].value, cases[i].len};
		round_trip("mx.example.com", &p, "x", AUTHRES_ASCII, "mx.example.com",
		    cases[i].ascii, "x");
		round_trip("mx.example.com", &p, NULL, AUTHRES_UTF8, "mx.example.com",
		    cases[i].utf8, NULL);
	}
}

static void
ids_and_reasons_survive_B65(void **state)
{
	static const struct {
		const char *id, *reason, *read;
	} cases[] = {
	    {"mx.example.com/4ABCD", "body changed after signing", "body changed after signing"},
	    {"mx (a)", "x", "x"},
	    {"a\"b", "say \"x\"; spf=pass", "say \"x\"; spf=pass"},
	    {"a;b", "back\\slash)(", "back\\slash)("},
	    {"mx", "  two   spaces  ", "two spaces"},
	    {"mx", "a\r\nX-Evil: 1", "a??X-Evil: 1"},
	    {"mx",
		"this is a long reason that does not fit on one line of a header field, and goes "
		"on "
		"for more than two of them, so that it is folded \\ twice \" at least",
		"this is a long reason that does not fit on one line of a header field, and goes "
		"on "
		"for more than two of them, so that it is folded \\ twice \" at least"},
	};
	const struct authres_property p = property("header", "d", "example.com");
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		round_trip(cases[i].id, &p, cases[i].reason, AUTHRES_ASCII, cases[i].id,
		    "example.com", cases[i].read);
}

/* A fold may leave little of a reason on its last line; what follows stands apart all the same. */
static void
reasons_of_any_length_B65(void **state)
{
	const struct authres_property p = property("header", "d", "example.com");
	char reason[161] = "";
	struct authres_result r = {"dkim", "fail", reason, &p, 1};
	const char *after;
	struct buf out;
	size_t n;

	buf_init(&out, 0);
	for (n = 0; n < sizeof(reason) - 1; n++) {
		reason[n] = n % 6 == 5 ? ' ' : 'x';
		reason[n + 1] = '\0';
		assert_int_equal(authres_write(&out, "mx", &r, 1, AUTHRES_ASCII), 0);
		assert_folded(buf_str(&out));
		after = strstr(buf_str(&out), "header.d=");
		if (after[-1] != ' ' && after[-1] != '\t')
			fail_msg("nothing before the property: %s", buf_str(&out));
	}
	buf_free(&out);
}

static void
assert_written(const struct authres_result *r, size_t n, const char *expected)
{
	struct buf out;

	buf_init(&out, 0);
	assert_int_equal(authres_write(&out, "mx.example.com", r, n, AUTHRES_ASCII), 0);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

static void
form_of_a_field_B03_B65(void **state)
{
	const struct authres_property dkim[] = {
	    property("header", "d", "example.com"),
	    property("header", "s", "s1"),
	    property("header", "a", "rsa-sha256"),
	    property("header", "b", "AbCd/123"),
	};
	const struct authres_property spf[] = {property("smtp", "mailfrom", "a;b@example.com")};
	const struct authres_result r[] = {
	    {"dkim", "fail", "body changed after signing", dkim, LEN(dkim)},
	    {"spf", "pass", NULL, spf, LEN(spf)},
	};

	const struct authres_property nothing = property("smtp", "mailfrom", "");
	const struct authres_result bare = {"spf", "none", "  ", &nothing, 1};

	assert_written(NULL, 0, " mx.example.com; none");
	assert_written(&bare, 1, " mx.example.com;\r\n\tspf=none");
	assert_written(r, 2,
	    " mx.example.com;\r\n"
	    "\tdkim=fail reason=\"body changed after signing\" header.d=example.com\r\n"
	    "\theader.s=s1 header.a=rsa-sha256 header.b=\"AbCd/123\";\r\n"
	    "\tspf=pass smtp.mailfrom=\"a;b\"@example.com");
}

static void
what_is_no_keyword_is_refused(void **state)
{
	const struct authres_property bad = property("smtp", "mail from", "x");
	const struct authres_result cases[] = {
	    {"dkim; x", "pass", NULL, NULL, 0},
	    {"dkim", "pass reason", NULL, NULL, 0},
	    {"dkim", "", NULL, NULL, 0},
	    {"dkim", "pass", NULL, &bad, 1},
	};
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	for (i = 0; i < LEN(cases); i++)
		assert_int_equal(authres_write(&out, "mx", &cases[i], 1, AUTHRES_ASCII), -1);
	assert_int_equal(authres_write(&out, "", NULL, 0, AUTHRES_ASCII), -1);
	buf_free(&out);
}

static void
long_values_are_cut(void **state)
{
	char text[2000], *p;
	struct authres_property v = {"smtp", "mailfrom", text, sizeof(text)};
	const struct authres_result r = {"spf", "fail", NULL, &v, 1};
	struct buf out;

	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 4, "@b.c", 4);
	buf_init(&out, 0);
	assert_int_equal(authres_write(&out, "mx", &r, 1, AUTHRES_ASCII), 0);
	assert_true(out.len < AUTHRES_TEXT_MAX + 60);
	p = strstr(buf_str(&out), "aaa...");
	assert_non_null(p);
	buf_free(&out);
}

/* ---- whose is it? ---- */

struct whose {
	const char *name, *value;
	bool ours;
};

static void
assert_whose(const struct whose *c)
{
	static const char *const ids[] = {
	    "mx.example.com", "xn--bcher-kva.example", "Mail.Example.Org."};
	const struct header_field f = {c->name, strlen(c->name), c->value, strlen(c->value)};

	if (authres_is_ours(&f, ids, LEN(ids)) != c->ours)
		fail_msg("%s:%s should be %s", c->name, c->value, c->ours ? "ours" : "another's");
}

#define AR "Authentication-Results"

static void
ours_however_written_B62_B66(void **state)
{
	static const struct whose cases[] = {
	    {AR, " mx.example.com; dkim=pass", true},
	    {"authentication-RESULTS", " mx.example.com; dkim=pass", true},
	    {AR " \t", " mx.example.com; dkim=pass", true},
	    {AR, "mx.example.com;none", true},
	    {AR, " MX.Example.COM; dkim=pass", true},
	    {AR, " mx.example.com 1; dkim=pass", true},
	    {AR, " mx.example.com 99 ; dkim=pass", true},
	    {AR, " mx.example.com.; dkim=pass", true},
	    {AR, " \"mx.example.com\"; dkim=pass", true},
	    {AR, " \"mx\\.example.com\"; dkim=pass", true},
	    {AR, " (c) mx.example.com (d) 1 (e); dkim=pass", true},
	    {AR, " (a(b(c\\))))mx.example.com; dkim=pass", true},
	    {AR, "\r\n\tmx.example.com\r\n ; dkim=pass", true},
	    {AR, " mx.example.com", true},
	    {AR, " mail.example.org; dkim=pass", true},
	    {AR, " mail.example.org.; dkim=pass", true},
	    {AR,
		" b\xc3\xbc"
		"cher.example; dkim=pass",
		true},
	    {AR, " xn--bcher-kva.example; dkim=pass", true},
	    {AR,
		" \"B\xc3\x9c"
		"CHER.example\"; dkim=pass",
		true},
	    /* malformed, but someone may read it so */
	    {AR, " mx.example.com/4ABCD; dkim=pass", true},
	    {AR, " mx.example.com=; dkim=pass", true},
	    {AR, " mx.example.com dkim=pass", true},
	    {AR, " mx.exa\r\n mple.com; dkim=pass", true},
	    {AR, " mx.(x)example.com; dkim=pass", true},
	    {AR, " mx . example . com; dkim=pass", true},
	    {AR, " (mx.example.com; dkim=pass", true},
	    {AR, " (unclosed mx.example.com; dkim=pass", true},
	    {AR, " \"mx.example.com; dkim=pass", true},
	    {AR, " mx.exam\x01ple.com; dkim=pass", true},
	    {AR, " mx.exam\xffple.com; dkim=pass", true},
	    {AR, " \xef\xbd\x8dx.example.com; dkim=pass", true}, /* full width m */
	    {AR, " =?utf-8?q?mx.example.com?=; dkim=pass", true},
	    {AR, " =?utf-8?b?bXguZXhhbXBsZS5jb20=?=; dkim=pass", true},
	    {AR, " ;mx.example.com; dkim=pass", true},
	    {AR, " ;\r\n mx.example.com; dkim=pass", true},
	    {AR, " <mx.example.com>; dkim=pass", true},
	    {AR, " @mx.example.com; dkim=pass", true},
	    {AR, " \"mx.example.com\"x; dkim=pass", true},
	    {AR, " a\"b;c\" mx.example.com; dkim=pass", true},
	    {AR, " mx.example.com,other; dkim=pass", true},
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		assert_whose(&cases[i]);
}

static void
others_stay_B66_B94(void **state)
{
	static const struct whose cases[] = {
	    {AR, " list.example.org; dkim=pass", false},
	    {AR, " example.com; dkim=pass header.d=mx.example.com", false},
	    {AR, " amx.example.com; dkim=pass", false},
	    {AR, " mx.example.com.evil.example; dkim=pass", false},
	    {AR, " x.mx.example.com; dkim=pass", false},
	    {AR, " x.mx.example.com/1; dkim=pass", false},
	    {AR, " (mx.example.com) other.example; dkim=pass", false},
	    {AR, " (mx.example.com;) other.example; dkim=pass", false},
	    {AR, " other.example; dkim=pass (mx.example.com)", false},
	    {AR, " other.example; mx.example.com; dkim=pass", false},
	    {AR, " \"other.example\"; none", false},
	    {AR, "", false},
	    {AR, " ", false},
	    {AR, " ;", false},
	    /* without an authserv-id: nobody's */
	    {AR, " dkim=pass header.d=mx.example.com; spf=pass", false},
	    {AR, " spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=mx.example.com;\r\n dkim=none",
		false},
	    {AR, " dkim/1 = pass header.d=mx.example.com", false},
	    {AR, " (mx.example.com) dkim=pass", false},
	    {AR, " x_spf=pass smtp.mailfrom=mx.example.com", false},
	    /* other fields */
	    {"ARC-Authentication-Results", " i=1; mx.example.com; dkim=pass", false},
	    {"X-Authentication-Results", " mx.example.com; dkim=pass", false},
	    {"Subject", " mx.example.com; dkim=pass", false},
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		assert_whose(&cases[i]);
}

static void
long_junk_takes_no_time(void **state)
{
	static const char *const ids[] = {"mx.example.com"};
	static const char *const pieces[] = {
	    "(", "\"", "((x)", "a\\", "mx.example.com.", "\r\n ", ";", "mx."};
	const size_t n = 2000000;
	char *text = malloc(n + 16);
	struct header_field f = {AR, strlen(AR), text, n};
	clock_t start = clock();
	size_t i, at;

	for (i = 0; i < LEN(pieces); i++) {
		for (at = 0; at < n; at += strlen(pieces[i]))
			memcpy(text + at, pieces[i], strlen(pieces[i]));
		authres_is_ours(&f, ids, 1);
	}
	free(text);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10.0);
}

/* ---- reading ---- */

static enum authres_status
parse(const char *value, struct arena *mem, struct authres *a)
{
	return authres_parse(value, strlen(value), mem, a);
}

static void
reads_a_field(void **state)
{
	const struct authres_result *r;
	struct authres a;
	struct arena mem;

	arena_init(&mem, 0);
	assert_int_equal(
	    parse(" (a) \"mx.example.com\" 1 (b;c(d));\r\n\tdkim (x) = (y) pass (z; spf=fail)"
		  " reason = \"a \\\"b\\\"; c\" header . d (;) = example.com (q)\r\n"
		  " header.i=@example.com; SPF/1=fail smtp.mailfrom=\"a;b\"@example.com"
		  " (; dmarc=pass ((nested)));dkim=none",
		&mem, &a),
	    AUTHRES_OK);
	assert_true(a.strict);
	assert_string_equal(a.authserv_id, "mx.example.com");
	assert_string_equal(a.version, "1");
	assert_int_equal(a.n, 3);
	r = authres_find(&a, "DKIM", 0);
	assert_string_equal(r->result, "pass");
	assert_string_equal(r->reason, "a \"b\"; c");
	assert_string_equal(authres_property(r, "header", "d"), "example.com");
	assert_string_equal(authres_property(r, "header", "I"), "@example.com");
	assert_null(authres_property(r, "smtp", "d"));
	r = authres_find(&a, "spf", 0);
	assert_string_equal(authres_property(r, "smtp", "mailfrom"), "a;b@example.com");
	assert_string_equal(authres_find(&a, "dkim", 1)->result, "none");
	assert_null(authres_find(&a, "dkim", 2));
	assert_null(authres_find(&a, "dmarc", 0));
	arena_free(&mem);
}

static void
judges_fields_B94(void **state)
{
	static const struct {
		const char *value;
		enum authres_status status;
		bool strict;
	} cases[] = {
	    {" mx; none", AUTHRES_OK, true},
	    {" mx ;none(x)", AUTHRES_OK, true},
	    {" mx; dkim=pass", AUTHRES_OK, true},
	    {" mx", AUTHRES_OK, false},
	    {" mx;", AUTHRES_OK, false},
	    {" mx; dkim=pass;", AUTHRES_OK, false},
	    {" mx; dkim=pass header.b=a/b=", AUTHRES_OK, false},
	    {" mx; dmarc=fail action=none header.from=example.com", AUTHRES_OK, false},
	    {" mx; dkim=pass header.d=a.example reason=\"x\"", AUTHRES_OK, false},
	    {" mx; x_y=pass", AUTHRES_OK, false},
	    {" dkim=pass header.d=a.example", AUTHRES_NO_ID, false},
	    {" spf=pass (x) smtp.mailfrom=a.example; dkim=none", AUTHRES_NO_ID, false},
	    {"", AUTHRES_SYNTAX, false},
	    {" ; dkim=pass", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass (unclosed; spf=pass", AUTHRES_SYNTAX, false},
	    {" mx (unclosed; spf=pass", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass reason=\"unclosed; spf=pass", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass)", AUTHRES_SYNTAX, false},
	    {" mx; dkim", AUTHRES_SYNTAX, false},
	    {" mx; dkim=", AUTHRES_SYNTAX, false},
	    {" mx; =pass", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass header.d", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass header.=x", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass header.d=", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass header.d=\"a\"header.s=b", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass\x01", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass header.d=\xff", AUTHRES_SYNTAX, false},
	    {" mx; dkim=pass\r\nspf=pass", AUTHRES_SYNTAX, false},
	    {" mx; none; dkim=pass", AUTHRES_SYNTAX, false},
	    {" mx/1; dkim=pass", AUTHRES_SYNTAX, false},
	    {" mx dkim=pass", AUTHRES_SYNTAX, false},
	};
	struct authres a;
	struct arena mem;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		arena_init(&mem, 0);
		if (parse(cases[i].value, &mem, &a) != cases[i].status ||
		    a.strict != cases[i].strict)
			fail_msg("%s", cases[i].value);
		if (cases[i].status != AUTHRES_OK)
			assert_int_equal(a.n, 0);
		arena_free(&mem);
	}
}

static void
reading_is_bounded(void **state)
{
	struct authres a;
	struct arena mem;
	struct buf b;
	int i;

	arena_init(&mem, 0);
	buf_init(&b, 0);
	buf_adds(&b, " mx");
	for (i = 0; i <= AUTHRES_MAX_RESULTS; i++)
		buf_adds(&b, "; dkim=pass");
	assert_int_equal(authres_parse(b.data, b.len, &mem, &a), AUTHRES_TOO_MANY);
	buf_clear(&b);
	buf_adds(&b, " mx; dkim=pass");
	for (i = 0; i <= AUTHRES_MAX_PROPERTIES; i++)
		buf_adds(&b, " header.d=a");
	assert_int_equal(authres_parse(b.data, b.len, &mem, &a), AUTHRES_TOO_MANY);
	buf_clear(&b);
	for (i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	assert_int_equal(authres_parse(b.data, b.len, &mem, &a), AUTHRES_SYNTAX);
	buf_free(&b);
	arena_free(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_survive_B65),
	    cmocka_unit_test(ids_and_reasons_survive_B65),
	    cmocka_unit_test(reasons_of_any_length_B65),
	    cmocka_unit_test(form_of_a_field_B03_B65),
	    cmocka_unit_test(what_is_no_keyword_is_refused),
	    cmocka_unit_test(long_values_are_cut),
	    cmocka_unit_test(ours_however_written_B62_B66),
	    cmocka_unit_test(others_stay_B66_B94),
	    cmocka_unit_test(long_junk_takes_no_time),
	    cmocka_unit_test(reads_a_field),
	    cmocka_unit_test(judges_fields_B94),
	    cmocka_unit_test(reading_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
