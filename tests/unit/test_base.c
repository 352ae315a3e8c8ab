/* base/: buffers, arenas, networks, JSON, UTF-8. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cidr.h"
#include "base/json.h"
#include "base/utf8.h"

static void
buf_grows_and_terminates(void **state)
{
	struct buf b;
	int i;

	buf_init(&b, 0);
	assert_string_equal(buf_str(&b), "");
	for (i = 0; i < 1000; i++)
		buf_addf(&b, "%03d", i);
	assert_false(b.failed);
	assert_int_equal(b.len, 3000);
	assert_int_equal(strlen(buf_str(&b)), 3000);
	buf_free(&b);
}

static void
buf_never_exceeds_its_limit(void **state)
{
	struct buf b;

	buf_init(&b, 8);
	buf_adds(&b, "12345678");
	assert_false(b.failed);
	buf_addc(&b, '9');
	assert_true(b.failed);
	buf_adds(&b, "");
	assert_string_equal(buf_str(&b), "12345678");
	buf_clear(&b);
	buf_addf(&b, "%s", "123456789");
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
arena_keeps_its_limit(void **state)
{
	struct arena a;
	char *s;

	arena_init(&a, 100000);
	s = arena_strdup(&a, "hello");
	assert_non_null(arena_alloc(&a, 50000));
	assert_null(arena_alloc(&a, 60000));
	assert_string_equal(s, "hello");
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 60000));
	arena_free(&a);
}

static void
networks(void **state)
{
	static const struct {
		const char *net, *ip;
		bool match;
	} t[] = {
	    {"10.0.0.0/8", "10.1.2.3", true},
	    {"10.0.0.0/8", "11.1.2.3", false},
	    {"10.0.0.1/24", "10.0.0.200", true}, /* B84: host bits */
	    {"10.0.0.0/8", "::ffff:10.0.0.5", true},
	    {"::ffff:10.0.0.5", "10.0.0.5", true},
	    {"0:0:0:0:0:0:0:1", "::1", true},
	    {"fd00:db8::/32", "fd00:db8:1::1", true},
	    {"fd00:db8::/32", "fd00:db9::1", false},
	    {"0.0.0.0/0", "1.2.3.4", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "2001:db8::1", true},
	    {"[::1]", "::1", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	};
	static const char *const bad[] = {"", "10", "10.0.0.0/33", "10.0.0.0/", "::/129",
	    "10.0.0.0/-1", "10.0.0.0/ 8", "file:/etc/x", "fe80::1%eth0", "1.2.3.4.5",
	    "10.0.0.0/08x", "10.0.0/8"};
	struct cidr c;
	struct ip ip;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(cidr_parse(t[i].net, &c));
		assert_true(ip_parse(t[i].ip, &ip));
		if (cidr_match(&c, &ip) != t[i].match)
			fail_msg("%s in %s", t[i].ip, t[i].net);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cidr_parse(bad[i], &c))
			fail_msg("accepted %s", bad[i]);
}

static void
addresses_print(void **state)
{
	struct ip ip;
	char out[IP_STRLEN];

	assert_true(ip_parse("::ffff:192.0.2.1", &ip));
	assert_string_equal(ip_print(&ip, out), "192.0.2.1");
	assert_false(ip_is_loopback(&ip));
	assert_true(ip_parse("2001:0DB8::0:1", &ip));
	assert_string_equal(ip_print(&ip, out), "2001:db8::1");
	assert_true(ip_parse("127.9.9.9", &ip));
	assert_true(ip_is_loopback(&ip));
}

static void
json_escapes(void **state)
{
	struct buf b;
	struct json j;

	buf_init(&b, 0);
	json_init(&j, &b);
	json_open_object(&j, NULL);
	json_strn(&j, "a", "x\"\\\n\xc3\xbc\xff\0y", 9);
	json_int(&j, "n", -5);
	json_open_array(&j, "l");
	json_bool(&j, NULL, true);
	json_str(&j, NULL, NULL);
	json_close_array(&j);
	json_close_object(&j);
	assert_string_equal(buf_str(&b),
	    "{\"a\":\"x\\\"\\\\\\u000a\xc3\xbc\xef\xbf\xbd\\u0000y\",\"n\":-5,\"l\":[true,null]}");
	buf_free(&b);
}

static void
utf8(void **state)
{
	assert_true(utf8_valid("gr\xc3\xbc\xc3\x9f\x65", 7));
	assert_true(utf8_valid("\xf0\x9f\x93\xa7", 4));
	assert_false(utf8_valid("\xc0\xaf", 2));	 /* overlong */
	assert_false(utf8_valid("\xed\xa0\x80", 3));	 /* surrogate */
	assert_false(utf8_valid("\xf4\x90\x80\x80", 4)); /* over U+10FFFF */
	assert_false(utf8_valid("\xe2\x82", 2));	 /* cut short */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buf_grows_and_terminates),
	    cmocka_unit_test(buf_never_exceeds_its_limit),
	    cmocka_unit_test(arena_keeps_its_limit),
	    cmocka_unit_test(networks),
	    cmocka_unit_test(addresses_print),
	    cmocka_unit_test(json_escapes),
	    cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
