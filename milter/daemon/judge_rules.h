/* What the configuration says of each case of policy, in the words of policy/verdict.h. */
#ifndef GATEPOST_DAEMON_JUDGE_RULES_H
#define GATEPOST_DAEMON_JUDGE_RULES_H

#include "conf/conf.h"
#include "policy/verdict.h"

/*
 * The link is borrowed from the configuration. CASE_OUT_UNSIGNED has its
 * action from on_sign_failure, CASE_OUT_LOGIN from login_domains; dry_run is
 * not for these two.
 */
void judge_rules(const struct conf *, struct policy_rules *out);
/* The case of an option on_CASE. */
enum policy_case judge_case(enum conf_case);

#endif
