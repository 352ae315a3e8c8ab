/* auth/taglist: tag=value lists, RFC 6376 §3.2. */
#include "unit.h"

#include <string.h>

#include "auth/taglist.h"
#include "base/buf.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
lists(void **state)
{
	static const struct {
		const char *text;
		enum taglist_error error;
		const char *tags; /* name=value| for each that was read */
	} t[] = {
	    {"v=1", TAGLIST_OK, "v=1|"},
	    {"v=1;", TAGLIST_OK, "v=1|"},
	    {"v=1; \r\n\t", TAGLIST_OK, "v=1|"},
	    {" v = 1 ; a\r\n\t=\r\n rsa-sha256 \r\n ", TAGLIST_OK, "v=1|a=rsa-sha256|"},
	    {"b=ab\r\n\tcd  ef ;c=", TAGLIST_OK, "b=ab\r\n\tcd  ef|c=|"},
	    {"p=", TAGLIST_OK, "p=|"},
	    {"p= ;v=", TAGLIST_OK, "p=|v=|"},
	    {"p=a==", TAGLIST_OK, "p=a==|"},
	    {"v=1;V=2;x_9Z=3", TAGLIST_OK, "v=1|V=2|x_9Z=3|"}, /* names have case */
	    {"i=gr\xc3\xbcn@example.com", TAGLIST_OK, "i=gr\xc3\xbcn@example.com|"}, /* B11 */
	    {"n=!\"#:<>~|", TAGLIST_OK, "n=!\"#:<>~||"},
	    {"", TAGLIST_SYNTAX, ""},
	    {" \r\n ", TAGLIST_SYNTAX, ""},
	    {";", TAGLIST_SYNTAX, ""},
	    {"v=1;;a=2", TAGLIST_SYNTAX, "v=1|"},
	    {"v=1; ;a=2", TAGLIST_SYNTAX, "v=1|"},
	    {"v=1;;", TAGLIST_SYNTAX, "v=1|"},
	    {";v=1", TAGLIST_SYNTAX, ""},
	    {"v", TAGLIST_SYNTAX, ""},
	    {"v=1; a", TAGLIST_SYNTAX, "v=1|"},
	    {"v=1; a;b=2", TAGLIST_SYNTAX, "v=1|"},
	    {"=1", TAGLIST_SYNTAX, ""},
	    {"1v=1", TAGLIST_SYNTAX, ""},
	    {"_v=1", TAGLIST_SYNTAX, ""},
	    {"v-w=1", TAGLIST_SYNTAX, ""},
	    {"v w=1", TAGLIST_SYNTAX, ""},
	    {"\xc3\xbc=1", TAGLIST_SYNTAX, ""}, /* B11 */
	    {"v=1\r\n", TAGLIST_SYNTAX, ""},
	    {"v=1\r\na=2", TAGLIST_SYNTAX, ""},
	    {"v=1\n a=2", TAGLIST_SYNTAX, ""},
	    {"v=1\r a=2", TAGLIST_SYNTAX, ""},
	    {"v=\x01", TAGLIST_SYNTAX, ""},
	    {"v=\x7f", TAGLIST_SYNTAX, ""},
	    {"v=\xfc", TAGLIST_SYNTAX, ""},
	    {"v=1; a=2; v=1", TAGLIST_DUPLICATE, "v=1|a=2|"},
	    /* B23: a signature in an encoded word */
	    {"=?UTF-8?Q?v=3D1;_a=3Drsa-sha256?=", TAGLIST_SYNTAX, ""},
	    /* B51 has this for DMARC, where it is no error */
	    {"v=DMARC1; rf=afrfruf=mailto:a@example.com", TAGLIST_OK,
		"v=DMARC1|rf=afrfruf=mailto:a@example.com|"},
	};
	struct taglist l;
	struct buf got;
	size_t i, k;

	buf_init(&got, 0);
	for (i = 0; i < LEN(t); i++) {
		if (taglist_parse(t[i].text, strlen(t[i].text), &l) != t[i].error)
			fail_msg("%s", t[i].text);
		buf_clear(&got);
		for (k = 0; k < l.n; k++) {
			buf_add(&got, l.v[k].name, l.v[k].name_len);
			buf_addc(&got, '=');
			buf_add(&got, l.v[k].value, l.v[k].value_len);
			buf_addc(&got, '|');
		}
		assert_string_equal(buf_str(&got), t[i].tags);
	}
	assert_int_equal(taglist_parse("v=\0", 3, &l), TAGLIST_SYNTAX);
	buf_free(&got);
}

static void
b91_tags_are_bounded(void **state)
{
	struct taglist l;
	struct buf text;
	int i;

	buf_init(&text, 0);
	for (i = 0; i < 100; i++)
		buf_addf(&text, "t%d=%d;", i, i);
	assert_int_equal(taglist_parse(text.data, text.len, &l), TAGLIST_OK);
	assert_true(tag_is(taglist_find(&l, "t99"), "99"));
	for (; i < 100000; i++)
		buf_addf(&text, "t%d=%d;", i, i);
	assert_int_equal(taglist_parse(text.data, text.len, &l), TAGLIST_TOO_MANY);
	assert_int_equal(l.n, TAGLIST_MAX);
	buf_free(&text);
}

static void
tags_are_found_with_their_raw_text(void **state)
{
	static const char text[] = " v=1; b= \r\n\tab\r\n\tcd \r\n ; bh=x";
	struct taglist l;
	const struct tag *b;

	assert_int_equal(taglist_parse(text, sizeof(text) - 1, &l), TAGLIST_OK);
	b = taglist_find(&l, "b");
	assert_non_null(b);
	assert_ptr_equal(b->raw, text + 8);
	assert_memory_equal(b->raw + b->raw_len, "; bh", 4);
	assert_int_equal(b->value_len, 7);
	assert_null(taglist_find(&l, "B"));
	assert_null(taglist_find(&l, ""));
	assert_true(tag_is(taglist_find(&l, "v"), "1"));
	assert_false(tag_is(taglist_find(&l, "v"), "10"));
	assert_true(tag_is_ascii(b));
	assert_int_equal(taglist_parse("i=\xc3\xbc", 4, &l), TAGLIST_OK);
	assert_false(tag_is_ascii(&l.v[0]));
}

static void
b32_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool ok;
	} t[] = {
	    {"l=0", 10, 0, true},
	    {"l=000", 10, 0, true},
	    {"l=10", 10, 10, true},
	    {"l=11", 10, 0, false},
	    {"l=9", 5, 0, false},
	    {"l=18446744073709551615", UINT64_MAX, UINT64_MAX, true},
	    {"l=18446744073709551616", UINT64_MAX, 0, false},
	    {"l=99999999999999999999", UINT64_MAX, 0, false},
	    {"l=", 10, 0, false},
	    {"l=-1", 10, 0, false},
	    {"l=+1", 10, 0, false},
	    {"l=1 0", 10, 0, false},
	    {"l=0x1", 10, 0, false},
	    {"l=1.0", 10, 0, false},
	};
	struct taglist l;
	uint64_t n;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		assert_int_equal(taglist_parse(t[i].text, strlen(t[i].text), &l), TAGLIST_OK);
		n = 0;
		if (tag_number(&l.v[0], t[i].max, &n) != t[i].ok || n != t[i].value)
			fail_msg("%s", t[i].text);
	}
}

static void
items(void **state)
{
	static const struct {
		const char *text, *items;
	} t[] = {
	    {"h=from:to", "from|to|"},
	    {"h=from : to\r\n\t: \r\n date", "from|to|date|"},
	    {"h=", "|"},
	    {"h=a::b:", "a||b||"},
	    {"h=a b:c", "a b|c|"},
	};
	struct taglist l;
	struct tag_items it;
	struct buf got;
	const char *item;
	size_t i, n;

	buf_init(&got, 0);
	for (i = 0; i < LEN(t); i++) {
		assert_int_equal(taglist_parse(t[i].text, strlen(t[i].text), &l), TAGLIST_OK);
		buf_clear(&got);
		for (tag_items_begin(&it, &l.v[0]); tag_items_next(&it, &item, &n);) {
			buf_add(&got, item, n);
			buf_addc(&got, '|');
		}
		assert_string_equal(buf_str(&got), t[i].items);
	}
	buf_free(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists),
	    cmocka_unit_test(b91_tags_are_bounded),
	    cmocka_unit_test(tags_are_found_with_their_raw_text),
	    cmocka_unit_test(b32_numbers),
	    cmocka_unit_test(items),
	};

	return cmocka_run_group_tests_name("taglist", tests, NULL, NULL);
}
