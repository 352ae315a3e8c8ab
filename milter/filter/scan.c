#include "scan.h"

#include <stdlib.h>

#include "mail/charset_seal.h"

bool
scan_prepare(struct buf *err)
{
	if (!inspect_prepare(err) || !mime_prepare(err))
		return false;
	charset_seal();
	return true;
}

/* ---- from parts of the message to lines of the report ---- */

struct lines {
	unsigned *of; /* by the part's index in the reading */
	size_t n;     /* parts that were entered */
};

/*
 * A part of the message stands alone: its name is told without what is around
 * it, and nesting of MIME is limited by mime_read(). Where it belongs is
 * written into the report afterwards.
 */
static void
inspect_part(struct scan *s, const struct mime_part *p, struct lines *l)
{
	struct object o = {.names = p->names,
	    .nnames = p->nnames,
	    .types = p->types,
	    .ntypes = p->ntypes,
	    .plain_text = p->plain_text};
	size_t before = s->report.nparts;

	if (p->kind == MIME_LEAF) {
		o.bytes = p->bytes;
		o.len = p->len;
	}
	inspect(s, &o);
	if (s->report.nparts == before)
		return; /* over a limit */
	if (p->parent >= 0 && (size_t)p->parent < l->n)
		s->report.parts[o.part].parent = (int)l->of[p->parent];
	l->of[l->n++] = o.part;
}

static void
inspect_parts(struct scan *s, const struct mime_reading *r, struct lines *l)
{
	size_t i;

	for (i = 0; i < r->nparts && l->n == i; i++)
		inspect_part(s, &r->parts[i], l);
}

/* ---- what is wrong with the message as a whole ---- */

static void
find_about(struct scan *s, const struct mime_part *p, unsigned line, enum scan_rule rule,
    const char *what, const char *detail)
{
	static const char *const whole = "the message";
	struct object o = {.part = line, .names = &whole, .nnames = 1};

	if (s->report.nparts == 0)
		return;
	if (p != NULL && p->nnames > 0) {
		o.names = p->names;
		o.nnames = p->nnames;
	}
	scan_find(s, &o, rule, "%s%s%s", what, detail[0] != '\0' ? ": " : "", detail);
}

static void
find_doubts(struct scan *s, const struct mime_reading *r, const struct lines *l)
{
	const struct mime_doubt *d;
	bool known;
	size_t i;

	for (i = 0; i < r->ndoubts; i++) {
		d = &r->doubts[i];
		if (!d->attachment)
			continue;
		known = d->part < l->n;
		find_about(s, known ? &r->parts[d->part] : NULL, known ? l->of[d->part] : 0,
		    RULE_MIME_AMBIGUITY, mime_doubt_name(d->kind), d->detail);
	}
}

static void
inspect_reading(struct scan *s, const struct mime_reading *r)
{
	struct lines l = {.of = calloc(r->nparts + 1, sizeof(*l.of))};

	if (l.of == NULL) {
		s->no_memory = true;
		return;
	}
	inspect_parts(s, r, &l);
	find_doubts(s, r, &l);
	if (r->limit != NULL)
		find_about(s, NULL, 0, RULE_LIMIT, r->limit, "");
	else if (l.n < r->nparts && !s->no_memory)
		find_about(s, NULL, 0, RULE_LIMIT, "too many parts and files", "");
	free(l.of);
}

void
scan_message(struct scan *s, const void *message, size_t len, const struct mime_limits *limits)
{
	struct mime_reading r;

	mime_read(message, len, limits, s->mem, &r);
	if (r.no_memory)
		s->no_memory = true;
	inspect_reading(s, &r);
	mime_reading_free(&r);
}
