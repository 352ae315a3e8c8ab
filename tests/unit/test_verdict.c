/* policy/verdict: every case alone, together, exempt, dry. */
#include "unit.h"

#include <string.h>

#include "policy/verdict.h"

#define BIT(c) (UINT64_C(1) << (c))

static struct policy_verdict
decide(uint64_t cases, enum policy_exemption exempt, const struct policy_rules *r)
{
	struct policy_facts f = {.cases = cases, .exempt = exempt};
	struct policy_verdict v;
	enum policy_case c;

	for (c = 0; c < CASE_COUNT; c++)
		f.of[c].domain = "example.com";

	policy_decide(&f, r, &v);
	return v;
}

static void
no_case_is_accepted(void **state)
{
	struct policy_rules r;
	struct policy_verdict v;

	policy_rules_default(&r);
	v = decide(0, EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_ACCEPT);
	assert_int_equal(v.rule, CASE_COUNT);
	assert_string_equal(v.code, "250");
	assert_string_equal(v.xcode, "2.0.0");
	assert_string_equal(v.text, "");
}

/* Each case with each action: the codes fit, the text is safe. */
static void
every_case_with_every_action(void **state)
{
	struct policy_rules r;
	struct policy_verdict v;
	enum policy_case c;
	int a;

	policy_rules_default(&r);
	for (c = 0; c < CASE_COUNT; c++) {
		assert_int_equal(policy_case_find(policy_case_name(c)), c);
		for (a = POLICY_ACCEPT; a <= POLICY_REJECT; a++) {
			r.action[c] = (enum policy_action)a;
			v = decide(BIT(c), EXEMPT_NONE, &r);
			assert_int_equal(v.action, a);
			assert_int_equal(v.rule, a == POLICY_ACCEPT ? CASE_COUNT : c);
			assert_string_equal(v.code, a == POLICY_TEMPFAIL     ? "451"
						    : a != POLICY_REJECT     ? "250"
						    : c == CASE_HEADER_LIMIT ? "552"
									     : "550");
			assert_int_equal(v.xcode[0], a == POLICY_REJECT	    ? '5'
						     : a == POLICY_TEMPFAIL ? '4'
									    : '2');
			assert_true(a == POLICY_ACCEPT || v.text[0] != '\0');
			assert_null(strchr(v.text, '%'));
		}
	}
	assert_int_equal(policy_case_find("nonsense"), CASE_COUNT);
}

static void
defaults(void **state)
{
	static const struct {
		enum policy_case c;
		enum policy_action action;
		const char *xcode;
	} t[] = {
	    {CASE_DMARC_REJECT, POLICY_REJECT, "5.7.26"},
	    {CASE_DMARC_QUARANTINE, POLICY_MARK, "2.0.0"},
	    {CASE_OWN_DOMAIN, POLICY_REJECT, "5.7.1"},
	    {CASE_SPF_FAIL, POLICY_ACCEPT, "2.0.0"},
	    {CASE_SEVERAL_FROM, POLICY_REJECT, "5.6.0"},
	    {CASE_OUT_UNSIGNED, POLICY_TEMPFAIL, "4.7.1"},
	    {CASE_DNS_TEMPERROR, POLICY_ACCEPT, "2.0.0"},
	    {CASE_RELAY, POLICY_REJECT, "5.7.1"},
	};
	struct policy_rules r;
	struct policy_verdict v;
	size_t i;

	policy_rules_default(&r);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		v = decide(BIT(t[i].c), EXEMPT_NONE, &r);
		assert_int_equal(v.action, t[i].action);
		assert_string_equal(v.xcode, t[i].xcode);
	}
}

static void
the_strongest_wins(void **state)
{
	struct policy_rules r;
	struct policy_verdict v;

	policy_rules_default(&r);
	r.action[CASE_SPF_FAIL] = POLICY_HOLD;
	r.action[CASE_DNS_TEMPERROR] = POLICY_TEMPFAIL;
	v = decide(BIT(CASE_DMARC_QUARANTINE) | BIT(CASE_SPF_FAIL), EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_HOLD);
	assert_int_equal(v.rule, CASE_SPF_FAIL);
	v = decide(BIT(CASE_DNS_TEMPERROR) | BIT(CASE_SPF_FAIL), EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_TEMPFAIL);
	v = decide(BIT(CASE_DNS_TEMPERROR) | BIT(CASE_DMARC_REJECT), EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_REJECT);
	assert_int_equal(v.rule, CASE_DMARC_REJECT);
}

/* B54: what "enforce reject" and "hold quarantine" do, for each policy of the domain. */
static void
B54_reject_and_quarantine_are_apart(void **state)
{
	static const uint64_t failing[] = {0, BIT(CASE_DMARC_QUARANTINE), BIT(CASE_DMARC_REJECT)};
	struct policy_rules r;
	enum policy_action want;
	int enforce, hold, p;

	for (enforce = 0; enforce <= 1; enforce++)
		for (hold = 0; hold <= 1; hold++)
			for (p = 0; p < 3; p++) {
				policy_rules_default(&r);
				r.action[CASE_DMARC_REJECT] =
				    enforce ? POLICY_REJECT : POLICY_ACCEPT;
				r.action[CASE_DMARC_QUARANTINE] =
				    hold ? POLICY_HOLD : POLICY_ACCEPT;
				want = p == 2 && enforce ? POLICY_REJECT
				       : p == 1 && hold	 ? POLICY_HOLD
							 : POLICY_ACCEPT;
				assert_int_equal(decide(failing[p], EXEMPT_NONE, &r).action, want);
			}
}

static void
exemptions_are_for_authentication_only(void **state)
{
	struct policy_rules r;
	struct policy_verdict v;

	policy_rules_default(&r);
	v = decide(BIT(CASE_DMARC_REJECT), EXEMPT_SEALER, &r);
	assert_int_equal(v.action, POLICY_ACCEPT);
	assert_int_equal(v.exempt, EXEMPT_SEALER);
	v = decide(BIT(CASE_SEVERAL_FROM), EXEMPT_NETWORK, &r);
	assert_int_equal(v.action, POLICY_REJECT);
	assert_int_equal(v.exempt, EXEMPT_NONE);
	v = decide(0, EXEMPT_NETWORK, &r);
	assert_int_equal(v.exempt, EXEMPT_NONE);
}

static void
dry_run_says_and_does_not(void **state)
{
	struct policy_rules r;
	struct policy_verdict v;

	policy_rules_default(&r);
	r.dry_run[CASE_DMARC_REJECT] = true;
	v = decide(BIT(CASE_DMARC_REJECT), EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_ACCEPT);
	assert_int_equal(v.would, POLICY_REJECT);
	assert_int_equal(v.would_rule, CASE_DMARC_REJECT);
	assert_non_null(strstr(v.text, "example.com"));
	v = decide(BIT(CASE_DMARC_REJECT) | BIT(CASE_SEVERAL_FROM), EXEMPT_NONE, &r);
	assert_int_equal(v.action, POLICY_REJECT);
	assert_int_equal(v.rule, CASE_SEVERAL_FROM);
	assert_int_equal(v.would_rule, CASE_COUNT);
}

/* B30: what an unanswered query might excuse is put off, never refused. */
static void
B30_undecided_is_put_off(void **state)
{
	struct policy_facts f = {.cases = BIT(CASE_OWN_DOMAIN), .undecided = true};
	struct policy_rules r;
	struct policy_verdict v;

	policy_rules_default(&r);
	policy_decide(&f, &r, &v);
	assert_int_equal(v.action, POLICY_TEMPFAIL);
	assert_string_equal(v.code, "451");
	assert_int_equal(v.rule, CASE_OWN_DOMAIN);
	f.cases = BIT(CASE_RELAY);
	policy_decide(&f, &r, &v);
	assert_int_equal(v.action, POLICY_REJECT);
	f.cases = BIT(CASE_DMARC_QUARANTINE);
	policy_decide(&f, &r, &v);
	assert_int_equal(v.action, POLICY_MARK);
}

static void
the_reply_is_safe_and_bounded(void **state)
{
	char detail[1000];
	struct policy_facts f = {.cases = BIT(CASE_DMARC_REJECT),
	    .of = {[CASE_DMARC_REJECT] = {
		       .domain = "ex\r\n250 ok\xc3\xbc%s.example", .reason = detail}}};
	struct policy_rules r;
	struct policy_verdict v;

	memset(detail, 'x', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	policy_rules_default(&r);
	r.link = "https://example.com/help";
	policy_decide(&f, &r, &v);
	assert_non_null(strstr(v.text, "ex250 oks.example"));
	assert_true(strlen(v.text) < POLICY_TEXT_MAX);
	f.of[CASE_DMARC_REJECT].reason = "SPF fail";
	policy_decide(&f, &r, &v);
	assert_non_null(strstr(v.text, "(SPF fail); see https://example.com/help"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_case_is_accepted),
	    cmocka_unit_test(every_case_with_every_action),
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(the_strongest_wins),
	    cmocka_unit_test(B54_reject_and_quarantine_are_apart),
	    cmocka_unit_test(exemptions_are_for_authentication_only),
	    cmocka_unit_test(dry_run_says_and_does_not),
	    cmocka_unit_test(B30_undecided_is_put_off),
	    cmocka_unit_test(the_reply_is_safe_and_bounded),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
