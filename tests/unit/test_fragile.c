/* mail/fragile: what will not survive the way; every case fed whole and in pieces. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "mail/fragile.h"

static char *
repeat(char c, size_t n, const char *tail)
{
	char *s = malloc(n + strlen(tail) + 1);

	memset(s, c, n);
	strcpy(s + n, tail);
	return s;
}

static void
check(const char *body, size_t n, const char *want)
{
	static const size_t pieces[] = {1, 2, 7, 64, 997, 100000};
	struct fragile f;
	struct buf text;
	size_t i, at, len;

	buf_init(&text, 0);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		f = (struct fragile){0};
		for (at = 0; at < n; at += len) {
			len = pieces[i] < n - at ? pieces[i] : n - at;
			fragile_body(&f, body + at, len);
		}
		buf_clear(&text);
		assert_int_equal(fragile_text(&f, &text), want[0] != '\0');
		assert_string_equal(buf_str(&text), want);
	}
	buf_free(&text);
}

/* B07 */
static void
long_lines(void **state)
{
	static const struct {
		size_t n;
		const char *tail, *want;
	} t[] = {
	    {998, "\r\n", ""},
	    {998, "\r\nshort\r\n", ""},
	    {999, "\r\n", "line of 999 bytes"},
	    {999, "", "line of 999 bytes"},
	    {998, "", ""},
	    {1200, "\r\nshort\r\n", "line of 1200 bytes"},
	    {5000, "\r\n", "line of 5000 bytes"},
	};
	char *s;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = repeat('a', t[i].n, t[i].tail);
		check(s, strlen(s), t[i].want);
		free(s);
	}
}

/* B08 */
static void
bytes_that_are_changed(void **state)
{
	check("plain\r\ntext\r\n", 13, "");
	check("", 0, "");
	check("gr\xc3\xbc\xc3\x9f"
	      "e\r\n",
	    9, "8-bit body");
	check("nul\0byte\r\n", 10, "NUL byte");
	check("bare\rcr\r\n", 9, "bare CR");
	check("all\0of\rth\xfcm\r\n", 13, "8-bit body, NUL byte, bare CR");
}

static void
header_lines(void **state)
{
	struct arena mem;
	struct header h;
	struct fragile f = {0};
	struct buf text;
	char *s = repeat('x', 990, "\r\n folded\r\n on");

	buf_init(&text, 0);
	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	assert_true(header_add(&h, "Subject", 7, s, strlen(s)));
	fragile_header(&f, &h);
	assert_false(fragile_text(&f, &text)); /* 7 + 1 + 990 is 998 */
	assert_true(header_add(&h, "X-Subject", 9, s, strlen(s)));
	fragile_header(&f, &h);
	assert_true(fragile_text(&f, &text));
	assert_string_equal(buf_str(&text), "line of 1000 bytes");
	header_free(&h);
	arena_free(&mem);
	buf_free(&text);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(bytes_that_are_changed),
	    cmocka_unit_test(header_lines),
	};

	return cmocka_run_group_tests_name("fragile", tests, NULL, NULL);
}
