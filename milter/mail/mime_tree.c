#include "mime_tree.h"

#include <stdlib.h>
#include <string.h>

/* Told at the end are fewer; those that involve an attachment come first. */
#define DOUBTS_KEPT 4096

struct block {
	struct block *next;
	size_t size;
	unsigned char bytes[];
};

void
tree_init(struct mime_tree *t, struct mime_reading *out, const struct mime_limits *limits,
    struct arena *mem)
{
	*out = (struct mime_reading){0};
	*t = (struct mime_tree){.out = out, .limits = limits, .mem = mem};
}

void
tree_done(struct mime_tree *t)
{
	free(t->nodes);
	free(t->reasons);
	free(t->matters);
}

static bool
grow(struct mime_tree *t, void *array, size_t cap, size_t size)
{
	void **v = array, *grown = reallocarray(*v, cap, size);

	if (grown == NULL) {
		t->out->no_memory = true;
		return false;
	}
	*v = grown;
	return true;
}

void
tree_limit(struct mime_tree *t, const char *what)
{
	if (t->out->limit == NULL)
		t->out->limit = what;
}

int
tree_add(struct mime_tree *t, const struct mime_place *at)
{
	struct mime_reading *out = t->out;
	size_t cap;

	if (out->nparts >= t->limits->parts) {
		tree_limit(t, "too many parts");
		return -1;
	}
	if (out->nparts == t->cap) {
		cap = t->cap != 0 ? 2 * t->cap : 8;
		if (!grow(t, &out->parts, cap, sizeof(*out->parts)) ||
		    !grow(t, &t->nodes, cap, sizeof(*t->nodes)))
			return -1;
		t->cap = cap;
	}
	out->parts[out->nparts] = (struct mime_part){
	    .parent = at->parent, .depth = at->depth, .bytes = (const unsigned char *)""};
	t->nodes[out->nparts] = (struct mime_node){.owner = at->owner, .in = at->in};
	return (int)out->nparts++;
}

uint32_t
tree_reading(struct mime_tree *t, unsigned part, int doubt)
{
	struct mime_node *n = &t->nodes[part];

	if (n->nreadings == READINGS_MAX) {
		tree_limit(t, "a part that can be read in too many ways");
		return 1U << (READINGS_MAX - 1);
	}
	if (t->nreasons == t->reasons_cap) {
		size_t cap = t->reasons_cap != 0 ? 2 * t->reasons_cap : 16;

		if (!grow(t, &t->reasons, cap, sizeof(*t->reasons)))
			return 1;
		t->reasons_cap = cap;
	}
	if (n->nreadings == 0)
		n->readings = t->nreasons;
	t->reasons[t->nreasons++] = doubt;
	return 1U << n->nreadings++;
}

/* The same doubt about the same part, among the newest. */
static int
find_doubt(
    const struct mime_reading *out, enum mime_doubt_kind kind, unsigned part, const char *detail)
{
	size_t i;

	for (i = out->ndoubts; i > 0 && out->ndoubts - i < 32; i--)
		if (out->doubts[i - 1].part == part && out->doubts[i - 1].kind == kind &&
		    strcmp(out->doubts[i - 1].detail, detail) == 0)
			return (int)(i - 1);
	return -1;
}

int
tree_doubt(
    struct mime_tree *t, enum mime_doubt_kind kind, unsigned part, bool matters, const char *detail)
{
	struct mime_reading *out = t->out;
	int known = find_doubt(out, kind, part, detail);
	size_t cap;

	if (known >= 0) {
		t->matters[known] |= matters;
		return known;
	}
	if (out->ndoubts == DOUBTS_KEPT) {
		tree_limit(t, "too many doubts");
		return -1;
	}
	if (out->ndoubts == t->doubts_cap) {
		cap = t->doubts_cap != 0 ? 2 * t->doubts_cap : 8;
		if (!grow(t, &out->doubts, cap, sizeof(*out->doubts)) ||
		    !grow(t, &t->matters, cap, sizeof(*t->matters)))
			return -1;
		t->doubts_cap = cap;
	}
	t->matters[out->ndoubts] = matters;
	out->doubts[out->ndoubts] =
	    (struct mime_doubt){.kind = kind, .part = part, .detail = detail};
	return (int)out->ndoubts++;
}

unsigned char *
tree_block(struct mime_tree *t, size_t n)
{
	struct block *b;

	if (n > t->limits->decoded - t->decoded) {
		tree_limit(t, "too much when decoded");
		return NULL;
	}
	if ((b = malloc(sizeof(*b) + n)) == NULL) {
		t->out->no_memory = true;
		return NULL;
	}
	b->next = t->out->blocks;
	b->size = n;
	t->out->blocks = b;
	t->decoded += n;
	return b->bytes;
}

void
tree_trim_block(struct mime_tree *t, size_t keep)
{
	struct block *b = t->out->blocks;

	t->decoded -= b->size - keep;
	b->size = keep;
	if (keep == 0) {
		t->out->blocks = b->next;
		free(b);
	}
}

void
mime_reading_free(struct mime_reading *r)
{
	struct block *b, *next;

	for (b = r->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(r->parts);
	free(r->doubts);
	*r = (struct mime_reading){0};
}
