/* daemon/judge: from what the checks have found out to the verdict, offline, every case by table.
 */
#include "unit.h"

#include <string.h>

#include "../conf/option.h"
#include "daemon/judge_rules.h"

/* ---- configuration and cases ---- */

/* Each case has one option: on_CASE, in the order of policy/verdict.h, or one of the two others. */
static void
every_case_has_an_option(void **state)
{
	enum policy_case c, last = 0;
	const struct option *o;
	bool seen[CASE_COUNT] = {[CASE_OUT_UNSIGNED] = true, [CASE_OUT_LOGIN] = true};
	char name[64];
	size_t i;

	for (i = 0; i < CONF_CASES; i++) {
		c = judge_case((enum conf_case)i);
		assert_true(i == 0 || c > last);
		last = c;
		assert_false(seen[c]);
		seen[c] = true;
		snprintf(name, sizeof(name), "on_%s", policy_case_name(c));
		o = option_find(name, strlen(name));
		assert_non_null(o);
		assert_int_equal(
		    o->field, offsetof(struct conf, on) + i * sizeof(((struct conf *)NULL)->on[0]));
		assert_string_equal(o->defaults[0], policy_action_name(policy_default_action(c)));
	}
	for (c = 0; c < CASE_COUNT; c++)
		assert_true(seen[c]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case_has_an_option),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
