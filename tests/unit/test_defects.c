/* mail/defects: what is wrong with a header section. */
#include "unit.h"

#include <string.h>

#include "mail/defects.h"

struct row {
	const char *name, *value;
	size_t len; /* of value; 0: its strlen */
	unsigned defects;
};

static void
add(struct header *h, const char *name, const char *value, size_t len)
{
	len = len != 0 ? len : strlen(value);
	assert_true(header_add(h, name, strlen(name), value, len));
}

static unsigned
defects_with(const struct row *r)
{
	struct arena mem;
	struct header h;
	unsigned found;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	add(&h, "Date", " Wed, 25 Nov 2026 00:00:00 +0000", 0);
	add(&h, "Subject",
	    " gr\xc3\xbc\xc3\x9f"
	    "e\n\tfolded",
	    0);
	add(&h, r->name, r->value, r->len);
	found = defects_of(&h);
	header_free(&h);
	arena_free(&mem);
	return found;
}

static void
one_field(void **state)
{
	static const struct row t[] = {
	    {"To", " a@example.com", 0, 0},
	    {"X-Anything", " a\x01\xff", 0, 0}, /* nobody reads it */
	    {"From", " a\x01@example.com", 0, DEFECT_CONTROL},
	    {"from", " a\x7f@example.com", 0, DEFECT_CONTROL},
	    {"To", " \xff@example.com", 0, DEFECT_RAW_8BIT},
	    {"From", " a\0@example.com", 15, DEFECT_NUL},
	    {"X-Anything", " a\0b", 4, DEFECT_NUL},
	    {"X-Anything", " a\rb", 0, DEFECT_BARE_CR},
	    {"X-Anything", " a\nb", 0, DEFECT_BARE_LF},
	    {"X-Anything", " a\n b\n\tc", 0, 0},
	    {"X-Anything", " a\n", 0, DEFECT_BARE_LF},
	    {"", " a", 0, DEFECT_NAMELESS},
	    {"From ", " a@example.com", 0, DEFECT_NAMELESS},
	    {"X Y", " a", 0, DEFECT_NAMELESS},
	    {"X\xff", " a", 0, DEFECT_NAMELESS},
	    {"subject", " again", 0, DEFECT_DOUBLED},
	    {"DATE", " again", 0, DEFECT_DOUBLED},
	    {"Received", " one of many", 0, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (defects_with(&t[i]) != t[i].defects)
			fail_msg("row %zu: %x", i, defects_with(&t[i]));
}

static void
no_date(void **state)
{
	struct arena mem;
	struct header h;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	assert_int_equal(defects_of(&h), DEFECT_NO_DATE);
	header_free(&h);
	arena_free(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_field),
	    cmocka_unit_test(no_date),
	};

	return cmocka_run_group_tests_name("defects", tests, NULL, NULL);
}
