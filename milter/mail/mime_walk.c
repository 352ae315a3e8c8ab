#include "mime_walk.h"

#include <stdlib.h>

void
walk_push(struct mime_walk *w, const struct mime_entity *e)
{
	if (e->at.depth > w->t.limits->depth) {
		tree_limit(&w->t, "parts nested too deeply");
		return;
	}
	if (w->ntodo == w->cap) {
		size_t cap = w->cap != 0 ? 2 * w->cap : 16;
		struct mime_entity *v = reallocarray(w->todo, cap, sizeof(*v));

		if (v == NULL) {
			w->t.out->no_memory = true;
			return;
		}
		w->todo = v;
		w->cap = cap;
	}
	w->todo[w->ntodo++] = *e;
}

void
part_push(
    struct mime_piece *p, const unsigned char *s, size_t n, uint32_t in, const char *default_type)
{
	struct mime_entity e = {.s = s,
	    .n = n,
	    .at = {.parent = (int)p->index,
		.owner = (int)p->index,
		.in = in,
		.depth = p->e->at.depth + 1},
	    .default_type = default_type};

	walk_push(p->w, &e);
}

/* False where going through n more bytes would be too much. */
bool
walk_may(struct mime_walk *w, size_t n)
{
	if (n > w->max_work - w->work) {
		tree_limit(&w->t, "too many ways of reading it");
		return false;
	}
	w->work += n;
	return true;
}

int
part_doubt(struct mime_piece *p, enum mime_doubt_kind kind, bool matters, const char *detail)
{
	return tree_doubt(&p->w->t, kind, p->index, matters, detail);
}

/* The doubt of the tree that a reading of the content points to. */
int
part_reason(const struct mime_piece *p, int content_doubt)
{
	return content_doubt == NO_DOUBT ? -1 : p->doubts[content_doubt];
}

/* Keeps the number of the likeliest reading while others are looked at before. */
void
part_keep_first(struct mime_piece *p)
{
	if (p->w->t.nodes[p->index].nreadings == 0)
		p->first = tree_reading(&p->w->t, p->index, -1);
}

/* A reading of the part; the first one asked for is the likeliest. */
uint32_t
part_reading(struct mime_piece *p, int why)
{
	uint32_t bit = p->first;

	if (bit == 0 || p->beside)
		return tree_reading(&p->w->t, p->index, why);
	p->first = 0;
	return bit;
}

struct mime_part *
part_in_tree(struct mime_piece *p)
{
	return &p->w->t.out->parts[p->index];
}

/* The body with the part's transfer encoding undone, which a multipart may not have; or NULL. */
unsigned char *
part_decode(struct mime_piece *p, enum transfer how, size_t *len)
{
	unsigned char *out;

	if ((how != TRANSFER_BASE64 && how != TRANSFER_QP) || !walk_may(p->w, p->len) ||
	    (out = tree_block(&p->w->t, p->len + 3)) == NULL)
		return NULL;
	*len = how == TRANSFER_BASE64 ? base64_read(BASE64_TO_PADDING, p->body, p->len, out)
				      : qp_read(QP_LINES, p->body, p->len, out);
	tree_trim_block(&p->w->t, *len);
	return *len > 0 ? out : NULL;
}
