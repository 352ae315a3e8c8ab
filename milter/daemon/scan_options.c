#include "scan_options.h"

#include <string.h>

_Static_assert((int)CONF_RULES == (int)RULE_COUNT, "a rule has no option");
_Static_assert((int)CONF_RULE_SCAN_FAILURE == (int)RULE_SCAN_FAILURE, "rules in another order");
_Static_assert((int)CONF_RULE_MACRO == (int)RULE_MACRO, "rules in another order");
_Static_assert((int)CONF_RULE_DISCARDS == (int)SCAN_DISCARD, "actions in another order");

static unsigned char
digit(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Without memory nothing is exempt. */
static void
take_hashes(const struct conf_list *l, struct arena *mem, struct outcome_rules *r)
{
	unsigned char(*h)[RESULT_HASH];
	size_t i, j;

	h = l->n > 0 ? arena_alloc(mem, l->n * sizeof(*h)) : NULL;
	if (h == NULL)
		return;
	for (i = 0; i < l->n; i++)
		for (j = 0; j < RESULT_HASH; j++)
			h[i][j] =
			    (unsigned char)(digit(l->v[i][2 * j]) << 4 | digit(l->v[i][2 * j + 1]));
	r->exempt = (const unsigned char(*)[RESULT_HASH])h;
	r->nexempt = l->n;
}

static void
set_dry_run(const struct conf_list *names, struct outcome_rules *r)
{
	enum scan_rule rule;
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (strcmp(names->v[i], "all") == 0)
			memset(r->dry_run, true, sizeof(r->dry_run));
		rule = scan_rule_find(names->v[i]);
		if (rule != RULE_COUNT)
			r->dry_run[rule] = true;
	}
}

void
scan_options_rules(const struct conf *c, struct arena *mem, struct outcome_rules *r)
{
	unsigned i;

	*r = (struct outcome_rules){0};
	for (i = 0; i < RULE_COUNT; i++)
		r->action[i] = (enum scan_action)c->on_rule[i];
	set_dry_run(&c->dry_run, r);
	take_hashes(&c->filter_exempt_hashes, mem, r);
}

void
scan_options_request(const struct conf *c, size_t size, struct scan_request *q)
{
	const struct scan_limits limits = SCAN_LIMITS_DEFAULT;
	const struct mime_limits mime = MIME_LIMITS_DEFAULT;

	*q = (struct scan_request){
	    .cpu = c->scan_timeout, .size = size, .limits = limits, .mime = mime};
	q->limits.depth = c->scan_depth;
	q->limits.objects = c->scan_objects;
	q->limits.unpacked = c->scan_unpacked;
	q->limits.object_max = c->scan_object_size;
	q->limits.ratio = c->scan_ratio;
	/* unpacking ends by itself, with a finding, before the scanner is ended */
	q->limits.milliseconds = c->scan_timeout * 750;
	q->mime.depth = c->scan_mime_depth;
	q->mime.parts = c->scan_mime_parts;
	if (c->scan_unpacked < q->mime.decoded)
		q->mime.decoded = c->scan_unpacked;
}
