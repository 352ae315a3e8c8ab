#include "virus_check.h"

#include "clamd.h"
#include "process.h"

#define PARTS_BYTES (256u << 20)

void
virus_check_want_parts(struct scan_request *q)
{
	q->hand_parts = SCAN_HANDED_MAX;
	q->hand_bytes = PARTS_BYTES;
}

static void
add(struct virus_check *v, enum scan_rule rule, const char *name, const char *reason,
    struct arena *mem)
{
	const char *kept = arena_strdup(mem, reason);

	if (v->nfindings == VIRUS_FINDINGS)
		return;
	v->findings[v->nfindings++] =
	    (struct scan_finding){.rule = rule, .name = name, .reason = kept != NULL ? kept : ""};
}

/* One thing; false where there is no sense in going on. */
static bool
check(struct virus_check *v, const char *where, const struct scan_handed *what, int64_t deadline,
    struct arena *mem)
{
	struct clamd_reply r;
	const char *error = clamd_ask(where, what->fd, what->size, deadline, &r);

	if (error != NULL) {
		error = arena_strdup(mem, error);
		v->error = error != NULL ? error : "out of memory";
		return false;
	}
	if (r.said == CLAMD_INFECTED)
		add(v, RULE_VIRUS, what->name, r.text, mem);
	if (r.said == CLAMD_TOO_LARGE)
		add(v, RULE_LIMIT, what->name, "too large for the virus scanner", mem);
	return true;
}

void
virus_check(const char *where, unsigned seconds, const struct scan_handed *message,
    const struct scan_answer *a, struct arena *mem, struct virus_check *out)
{
	const int64_t deadline = process_now() + seconds * 1000LL;
	size_t i;

	*out = (struct virus_check){0};
	/* the parts first: they have names */
	for (i = 0; i < a->nparts; i++)
		if (!check(out, where, &a->parts[i], deadline, mem))
			return;
	if (message->size > 0 && out->nfindings == 0)
		check(out, where, message, deadline, mem);
}
