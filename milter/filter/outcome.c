#include "outcome.h"

#include <string.h>

void
outcome_rules_default(struct outcome_rules *r)
{
	enum scan_rule i;

	*r = (struct outcome_rules){0};
	for (i = 0; i < RULE_COUNT; i++)
		r->action[i] = scan_rule_default(i);
}

void
outcome_begin(struct outcome *o)
{
	const struct scan_finding none = {.rule = RULE_COUNT, .name = "", .reason = ""};

	*o = (struct outcome){.finding = none, .would_finding = none};
}

void
outcome_add(struct outcome *o, const struct outcome_rules *r, const struct scan_finding *f)
{
	const enum scan_action a = r->action[f->rule];

	if (r->dry_run[f->rule]) {
		if (a > o->would && a > o->action) {
			o->would = a;
			o->would_finding = *f;
		}
		return;
	}
	if (o->finding.rule == RULE_COUNT || a > o->action) {
		o->action = a;
		o->finding = *f;
	}
	if (o->would <= o->action)
		o->would = SCAN_OFF;
}

static bool
is_listed(const struct outcome_rules *r, const unsigned char *hash)
{
	size_t i;

	for (i = 0; i < r->nexempt; i++)
		if (memcmp(r->exempt[i], hash, RESULT_HASH) == 0)
			return true;
	return false;
}

bool
outcome_is_exempt(const struct outcome_rules *r, const struct scan_result *s, unsigned part)
{
	int p;

	if (r->nexempt == 0 || s->hashes == NULL)
		return false;
	for (p = (int)part; p >= 0; p = s->report.parts[p].parent)
		if (is_listed(r, s->hashes[p]))
			return true;
	return false;
}

void
outcome_add_result(struct outcome *o, const struct outcome_rules *r, const struct scan_result *s)
{
	const struct scan_finding *f;
	size_t i;

	for (i = 0; i < s->report.nfindings; i++) {
		f = &s->report.findings[i];
		if (outcome_is_exempt(r, s, f->part))
			o->exempt++;
		else
			outcome_add(o, r, f);
	}
	if (s->report.more > 0) /* one of a stronger rule may be among them */
		outcome_add(o, r,
		    &(struct scan_finding){.rule = RULE_LIMIT,
			.name = "the message",
			.reason = "more findings than can be told"});
	if (s->incomplete)
		outcome_add(o, r,
		    &(struct scan_finding){.rule = RULE_SCAN_FAILURE,
			.name = "the message",
			.reason = "out of memory"});
}
