#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include "charset.h"
#include "mime_gmime.h"
#include "mime_judge.h"
#include "mime_leaf.h"
#include "mime_multipart.h"

/* Bytes that may be gone through altogether: what nesting needs, not what a puzzle takes. */
#define WORK_FACTOR 100
#define WORK_FLOOR ((size_t)16 << 20)

bool
mime_prepare(struct buf *err)
{
	return charset_prepare(err) && gmime_prepare(err);
}

const char *
mime_doubt_name(enum mime_doubt_kind kind)
{
	static const char *const names[DOUBT_COUNT] = {
	    [DOUBT_DOUBLED_FIELD] = "doubled_field",
	    [DOUBT_FIELD_SYNTAX] = "field_syntax",
	    [DOUBT_FIELD_NAME] = "field_name",
	    [DOUBT_PARAMETER] = "parameter",
	    [DOUBT_ENCODED_TOKEN] = "encoded_token",
	    [DOUBT_LINE_END] = "line_end",
	    [DOUBT_BOUNDARY] = "boundary",
	    [DOUBT_OUTSIDE] = "outside",
	    [DOUBT_SEPARATOR] = "separator",
	    [DOUBT_ENCODING] = "encoding",
	    [DOUBT_BASE64] = "base64",
	    [DOUBT_QUOTED_PRINTABLE] = "quoted_printable",
	    [DOUBT_NUL] = "nul",
	    [DOUBT_IN_TEXT] = "in_text",
	    [DOUBT_NAME_CHARSET] = "name_charset",
	    [DOUBT_MULTIPART_ENCODED] = "multipart_encoded",
	    [DOUBT_DISAGREEMENT] = "disagreement",
	};

	return names[kind];
}

/* ---- messages ---- */

static void
read_message(struct mime_piece *p, int why)
{
	unsigned char *decoded;
	bool clean = judge_looks_like_base64(p->body, p->len), any = false;
	size_t i, len;

	for (i = 0; i < p->c->nencodings; i++) {
		enum transfer how = p->c->encodings[i].transfer;

		if (how == TRANSFER_IDENTITY || (decoded = part_decode(p, how, &len)) == NULL)
			continue;
		any = true;
		if (!clean)
			part_push(p, p->body, p->len, part_reading(p, why), PLAIN_TYPE);
		why = part_doubt(p, DOUBT_MULTIPART_ENCODED, false, "an encoded message");
		part_push(p, decoded, len, part_reading(p, why), PLAIN_TYPE);
	}
	if (!any)
		part_push(p, p->body, p->len, part_reading(p, why), PLAIN_TYPE);
}

/* ---- one part ---- */

static void
describe(struct mime_piece *p)
{
	struct mime_tree *t = &p->w->t;
	struct mime_part *m = part_in_tree(p);
	const struct content *c = p->c;
	const char **names = arena_alloc(t->mem, (c->names.n + 1) * sizeof(*names));
	const char **types = arena_alloc(t->mem, (c->ntypes + 1) * sizeof(*types));
	size_t i;

	if (names == NULL || types == NULL) {
		t->out->no_memory = true;
		return;
	}
	memcpy(names, c->names.v, c->names.n * sizeof(*names));
	for (i = 0; i < c->ntypes; i++)
		types[i] = c->types[i].name;
	m->names = names;
	m->nnames = c->names.n;
	m->types = types;
	m->ntypes = c->ntypes;
	m->charset = c->charset;
	t->nodes[p->index].attachment = c->attachment;
	for (i = 0; i < c->ndoubts; i++)
		p->doubts[i] =
		    part_doubt(p, c->doubts[i].kind, c->doubts[i].matters, c->doubts[i].detail);
	if (c->too_much)
		tree_limit(t, "a Content- field that is too long");
}

/* Each kind of structure that one of the types asks for; the first is the likeliest. */
static void
read_structure(struct mime_piece *p)
{
	bool done[3] = {false};
	size_t i;

	part_in_tree(p)->kind = content_kind(p->c->types[0].name);
	for (i = 0; i < p->c->ntypes; i++) {
		enum mime_kind kind = content_kind(p->c->types[i].name);
		int why = part_reason(p, p->c->types[i].doubt);

		if (done[kind])
			continue;
		done[kind] = true;
		if (kind == MIME_MESSAGE) {
			read_message(p, why);
		} else if (kind == MIME_LEAF) {
			leaf_read(p, why);
		} else if (!multipart_read(p, why) && !done[MIME_LEAF]) {
			done[MIME_LEAF] = true;
			if (i == 0)
				part_in_tree(p)->kind = MIME_LEAF;
			leaf_read(p, why);
		}
	}
}

/* What a way of reading headers is doubtful for. */
static int
header_doubt(struct mime_piece *p, enum header_way way)
{
	switch (way) {
	case HEADER_GOES_ON:
		return part_doubt(p, DOUBT_SEPARATOR, false, "a line in a header that is no field");
	case HEADER_BLANK:
		return part_doubt(p, DOUBT_SEPARATOR, false, "a line of white space in a header");
	case HEADER_CR_LINES:
		return part_doubt(p, DOUBT_LINE_END, false, "a bare CR in a header");
	case HEADER_CRLF_ONLY:
		return part_doubt(p, DOUBT_LINE_END, false, "a bare LF in a header");
	case HEADER_HARD:
	default:
		return part_doubt(p, DOUBT_FIELD_SYNTAX, false, "a parameter on a line of its own");
	}
}

/* Other ways of reading the header, where they come to something else. */
static void
push_other_headers(struct mime_piece *p, const struct mime_header *h)
{
	struct mime_header other;
	struct mime_entity e = *p->e;
	unsigned way;

	for (way = HEADER_STOPS + 1; way < HEADER_WAYS; way++) {
		if ((h->other_ways & 1U << way) == 0 || !walk_may(p->w, e.n))
			continue;
		mime_header_read(e.s, e.n, (enum header_way)way, &other);
		if (!mime_header_differ(h, &other))
			continue;
		e.way = (enum header_way)way;
		e.other_way = true;
		e.at.parent = p->e->at.parent < 0 ? (int)p->index : p->e->at.parent;
		e.at.owner = (int)p->index;
		e.at.in = part_reading(p, header_doubt(p, e.way));
		walk_push(p->w, &e);
	}
}

static void
read_entity(struct mime_walk *w, const struct mime_entity *e)
{
	struct mime_piece p = {.w = w, .e = e};
	struct mime_header h;
	struct content c;
	int index;

	if (!walk_may(w, 1) || (index = tree_add(&w->t, &e->at)) < 0)
		return;
	p.index = (unsigned)index;
	p.c = &c;
	mime_header_read(e->s, e->n, e->way, &h);
	if (!walk_may(w, h.bytes))
		return;
	if (h.bytes > w->t.limits->header_bytes)
		tree_limit(&w->t, "a header that is too long");
	p.body = e->s + h.body;
	p.len = e->n - h.body;
	if (!content_read(&h, e->default_type, w->t.mem, &c))
		w->t.out->no_memory = true;
	describe(&p);
	/* behind its own structure in the order of reading, hence pushed before it */
	if (!e->other_way && h.other_ways != 0) {
		part_keep_first(&p);
		p.beside = true;
		push_other_headers(&p, &h);
		p.beside = false;
	}
	read_structure(&p);
}

void
mime_read(const void *message, size_t len, const struct mime_limits *limits, struct arena *mem,
    struct mime_reading *out)
{
	struct mime_walk w = {.max_work = WORK_FLOOR};
	struct mime_entity e = {.s = len > 0 ? message : (const void *)"",
	    .n = len,
	    .at = {.parent = -1, .owner = -1, .in = 1},
	    .default_type = PLAIN_TYPE};

	w.max_work += len < (SIZE_MAX - WORK_FLOOR) / WORK_FACTOR ? len * WORK_FACTOR : len;
	tree_init(&w.t, out, limits, mem);
	walk_push(&w, &e);
	while (w.ntodo > 0 && !out->no_memory) {
		struct mime_entity next = w.todo[--w.ntodo];

		read_entity(&w, &next);
	}
	free(w.todo);
	gmime_compare(&w.t, e.s, e.n);
	judge(&w.t);
	tree_done(&w.t);
}
