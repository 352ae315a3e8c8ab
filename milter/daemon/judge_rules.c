#include "judge_rules.h"

#include <string.h>

static const enum policy_case cases[CONF_CASES] = {
    [CONF_ON_DMARC_REJECT] = CASE_DMARC_REJECT,
    [CONF_ON_DMARC_QUARANTINE] = CASE_DMARC_QUARANTINE,
    [CONF_ON_OWN_DOMAIN] = CASE_OWN_DOMAIN,
    [CONF_ON_OWN_DISPLAY_NAME] = CASE_OWN_DISPLAY_NAME,
    [CONF_ON_SPF_FAIL] = CASE_SPF_FAIL,
    [CONF_ON_SPF_SOFTFAIL] = CASE_SPF_SOFTFAIL,
    [CONF_ON_SEVERAL_FROM] = CASE_SEVERAL_FROM,
    [CONF_ON_MALFORMED_FROM] = CASE_MALFORMED_FROM,
    [CONF_ON_AUTHOR_NXDOMAIN] = CASE_AUTHOR_NXDOMAIN,
    [CONF_ON_DNS_TEMPERROR] = CASE_DNS_TEMPERROR,
    [CONF_ON_RELAY] = CASE_RELAY,
    [CONF_ON_OUT_SEVERAL_FROM] = CASE_OUT_SEVERAL_FROM,
    [CONF_ON_OUT_MALFORMED_FROM] = CASE_OUT_MALFORMED_FROM,
    [CONF_ON_BARE_CR] = CASE_BARE_CR,
    [CONF_ON_BARE_LF] = CASE_BARE_LF,
    [CONF_ON_NUL] = CASE_NUL,
    [CONF_ON_CONTROL] = CASE_CONTROL,
    [CONF_ON_RAW_8BIT] = CASE_RAW_8BIT,
    [CONF_ON_NAMELESS_FIELD] = CASE_NAMELESS_FIELD,
    [CONF_ON_MISSING_FIELD] = CASE_MISSING_FIELD,
    [CONF_ON_DOUBLED_FIELD] = CASE_DOUBLED_FIELD,
    [CONF_ON_HEADER_LIMIT] = CASE_HEADER_LIMIT,
};

static const enum policy_action actions[] = {
    [CONF_ACCEPT] = POLICY_ACCEPT,
    [CONF_MARK] = POLICY_MARK,
    [CONF_HOLD] = POLICY_HOLD,
    [CONF_TEMPFAIL] = POLICY_TEMPFAIL,
    [CONF_REJECT] = POLICY_REJECT,
};

enum policy_case
judge_case(enum conf_case c)
{
	return cases[c];
}

static enum policy_action
without_signature(enum conf_failure f)
{
	switch (f) {
	case FAILURE_TEMPFAIL:
		return POLICY_TEMPFAIL;
	case FAILURE_REJECT:
		return POLICY_REJECT;
	case FAILURE_ACCEPT:
		break;
	}
	return POLICY_ACCEPT;
}

static void
set_dry_run(const struct conf_list *names, struct policy_rules *out)
{
	enum policy_case c;
	size_t i, j;

	for (i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], "all") == 0)
			for (j = 0; j < CONF_CASES; j++)
				out->dry_run[cases[j]] = true;
		c = policy_case_find(names->v[i]);
		if (c != CASE_COUNT)
			out->dry_run[c] = true;
	}
}

void
judge_rules(const struct conf *conf, struct policy_rules *out)
{
	size_t i;

	policy_rules_default(out);
	for (i = 0; i < CONF_CASES; i++)
		out->action[cases[i]] = actions[conf->on[i]];
	out->action[CASE_OUT_UNSIGNED] = without_signature(conf->on_sign_failure);
	out->action[CASE_OUT_LOGIN] =
	    conf->login_domains == LOGIN_REFUSE ? POLICY_REJECT : POLICY_ACCEPT;
	set_dry_run(&conf->dry_run, out);
	out->link = conf->policy_link;
}
