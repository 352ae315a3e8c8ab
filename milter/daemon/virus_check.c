#include "virus_check.h"

#include "process.h"

#define PARTS_BYTES (256u << 20)

void
virus_check_want_parts(struct scan_request *q)
{
	q->hand_parts = SCAN_HANDED_MAX;
	q->hand_bytes = PARTS_BYTES;
}

static void
add(struct virus_check *v, enum scan_rule rule, const struct scan_handed *about, const char *reason,
    struct arena *mem)
{
	const char *kept = arena_strdup(mem, reason);

	if (v->nfindings == VIRUS_FINDINGS)
		return;
	v->findings[v->nfindings++] = (struct scan_finding){.rule = rule,
	    .part = (unsigned)about->part,
	    .name = about->name,
	    .reason = kept != NULL ? kept : ""};
}

static const char *
keep(const char *error, struct arena *mem)
{
	error = arena_strdup(mem, error);
	return error != NULL ? error : "out of memory";
}

/* What was said of one thing; false where there is no sense in going on. */
static bool
take(struct virus_check *v, struct clamd_question *q, const struct scan_handed *about,
    struct arena *mem)
{
	const char *error = clamd_end(q, v->deadline);

	if (error != NULL) {
		v->error = keep(error, mem);
		return false;
	}
	if (q->reply.said == CLAMD_INFECTED)
		add(v, RULE_VIRUS, about, q->reply.text, mem);
	if (q->reply.said == CLAMD_TOO_LARGE)
		add(v, RULE_LIMIT, about, "too large for the virus scanner", mem);
	return true;
}

void
virus_check_begin(
    struct virus_check *v, const char *where, unsigned seconds, const struct scan_handed *message)
{
	*v = (struct virus_check){.where = where, .ms = seconds * 1000LL, .message = *message};
	if (message->size > 0)
		clamd_begin(&v->whole, where, message->fd, message->size, process_now() + v->ms);
}

static void
check_parts(struct virus_check *v, const struct scan_answer *a, struct arena *mem)
{
	struct clamd_question q;
	size_t i;

	for (i = 0; i < a->nparts && v->error == NULL; i++) {
		clamd_begin(&q, v->where, a->parts[i].fd, a->parts[i].size, v->deadline);
		take(v, &q, &a->parts[i], mem);
	}
}

bool
virus_check_has_virus(const struct virus_check *v)
{
	size_t i;

	for (i = 0; i < v->nfindings && v->findings[i].rule != RULE_VIRUS; i++)
		;
	return i < v->nfindings;
}

void
virus_check_end(struct virus_check *v, const struct scan_answer *a, struct arena *mem)
{
	size_t named;

	v->deadline = process_now() + v->ms;
	check_parts(v, a, mem);
	if (v->message.size == 0)
		return;
	named = virus_check_has_virus(v) ? v->nfindings : VIRUS_FINDINGS;
	take(v, &v->whole, &v->message, mem);
	if (v->nfindings > named)
		v->nfindings = named; /* a part's name tells where the virus is */
}
