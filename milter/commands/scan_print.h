/* What `gatepost scan` says about a message: for people, or as JSON. */
#ifndef GATEPOST_COMMANDS_SCAN_PRINT_H
#define GATEPOST_COMMANDS_SCAN_PRINT_H

#include "base/json.h"
#include "filter/outcome.h"

struct scanned {
	const char *file;
	const struct scan_result *result;
	const struct outcome_rules *rules;
	const struct outcome *outcome;
	/* beyond the result: what a virus scanner said */
	const struct scan_finding *more;
	size_t nmore;
};

/* The members verdict, findings and parts, within an object that is open. */
void scan_json(struct json *, const struct scanned *);
/* To stdout. */
void scan_print_text(const struct scanned *);
void scan_print_json(const struct scanned *);
void scan_print_json_error(const char *file, const char *error);
/* To stderr. */
void scan_print_error(const char *file, const char *error);
/* "clean" for SCAN_OFF, else the action's name. */
const char *scan_verdict_name(enum scan_action);

#endif
