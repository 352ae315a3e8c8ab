#include "held.h"

#include <stdlib.h>
#include <string.h>

#include "mail/header.h"

#define FIELD_NAME "X-Gatepost-Policy"

void
held_list_init(struct held_list *l)
{
	*l = (struct held_list){0};
	arena_init(&l->mem, 0);
}

void
held_list_free(struct held_list *l)
{
	arena_free(&l->mem);
	free(l->v);
	*l = (struct held_list){0};
}

const char *
held_copy(struct held_list *l, const char *s, size_t n)
{
	const char *copy = arena_strndup(&l->mem, s, n);

	if (copy != NULL)
		return copy;
	l->failed = true;
	return "";
}

struct held *
held_list_add(struct held_list *l, const char *id, size_t n)
{
	size_t cap = l->cap > 0 ? 2 * l->cap : 256;
	struct held *v = l->v;

	if (l->n == l->cap) {
		v = reallocarray(l->v, cap, sizeof(*v));
		if (v == NULL) {
			l->failed = true;
			return NULL;
		}
		l->v = v;
		l->cap = cap;
	}
	v += l->n++;
	*v = (struct held){
	    .id = held_copy(l, id, n), .sender = "", .rule = "", .reason = "", .mta_reason = ""};
	return v;
}

static int
by_arrival(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->arrived != y->arrived)
		return x->arrived < y->arrived ? -1 : 1;
	return strcmp(x->id, y->id);
}

void
held_list_sort(struct held_list *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_arrival);
}

struct held *
held_find(const struct held_list *l, const char *id)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i].id, id) == 0)
			return &l->v[i];
	return NULL;
}

/* ---- the header ---- */

/* "hold; rule=NAME; why" */
static void
read_policy(struct held_list *l, struct held *h, const char *s)
{
	const char *semicolon = strchrnul(s, ';');

	h->action = held_copy(l, s, (size_t)(semicolon - s));
	s = semicolon + (*semicolon == ';');
	s += strspn(s, " \t");
	if (strncmp(s, "rule=", 5) == 0) {
		semicolon = strchrnul(s, ';');
		h->rule = held_copy(l, s + 5, (size_t)(semicolon - s - 5));
		s = semicolon + (*semicolon == ';');
		s += strspn(s, " \t");
	}
	h->reason = held_copy(l, s, strlen(s));
}

static const char *
value_of(struct held_list *l, const struct header *fields, const char *name)
{
	const struct header_field *f = header_first(fields, name);
	const char *value;
	size_t len;

	if (f == NULL)
		return NULL;
	value = header_unfold(f, &l->mem, &len);
	if (value == NULL)
		l->failed = true;
	return value;
}

void
held_read_header(struct held_list *l, struct held *h, const struct buf *text)
{
	struct header fields;
	struct arena mem;
	const char *policy;
	size_t body;

	arena_init(&mem, 0);
	header_init(&fields, &mem, 0, 0);
	header_parse(&fields, text->data != NULL ? text->data : "", text->len, &body);
	h->subject = value_of(l, &fields, "Subject");
	policy = value_of(l, &fields, FIELD_NAME);
	if (policy != NULL)
		read_policy(l, h, policy);
	header_free(&fields);
	arena_free(&mem);
}

const char *
held_reason(const struct held *h)
{
	bool is_ours = h->action != NULL && strcmp(h->action, "hold") == 0;

	return is_ours && h->reason[0] != '\0' ? h->reason : h->mta_reason;
}
