/*
 * What is done about what was found: each finding asks for the action of its
 * rule, the strongest one wins, and the finding that asked for it is the one
 * that reply, log and header name.
 */
#ifndef GATEPOST_FILTER_OUTCOME_H
#define GATEPOST_FILTER_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"
#include "rule.h"

struct outcome_rules {
	enum scan_action action[RULE_COUNT];
	bool dry_run[RULE_COUNT]; /* say what would have been done, and do not */
	/* Content that is known to be good, with all that lies within it. */
	const unsigned char (*exempt)[RESULT_HASH];
	size_t nexempt;
};

struct outcome {
	enum scan_action action;
	struct scan_finding finding; /* that decided; of a rule that is off for SCAN_OFF */
	enum scan_action would;	     /* of rules in dry_run, where stronger than action */
	struct scan_finding would_finding;
	unsigned exempt; /* findings that do not count, since what they are about is known */
};

/* Every rule with its default, nothing exempt. */
void outcome_rules_default(struct outcome_rules *);
/* Nothing found yet. */
void outcome_begin(struct outcome *);
/* One more finding; its texts are borrowed. */
void outcome_add(struct outcome *, const struct outcome_rules *, const struct scan_finding *);
/* All of a result's, but those about exempt content; a result that is not whole is one itself. */
void outcome_add_result(struct outcome *, const struct outcome_rules *, const struct scan_result *);

/* Whether a finding about that part does not count: it, or what it lies within, is known. */
bool outcome_is_exempt(const struct outcome_rules *, const struct scan_result *, unsigned part);

#endif
