#include "held.h"

#include <stdlib.h>
#include <string.h>

#include "mail/header.h"

/* What policy and the attachment filter write; what both hold, both have a reason for. */
static const char *const own_fields[] = {"X-Gatepost-Policy", "X-Gatepost-Filter"};

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

/* The next word up to a semicolon, and s behind that and the space there. */
static const char *
next_word(struct held_list *l, const char **s)
{
	size_t n = strcspn(*s, ";");
	const char *word = held_copy(l, *s, n);

	*s += n;
	*s += strspn(*s, "; ");
	return word;
}

/* "hold; rule=NAME; why", where "would=..." may stand before the why: of rules that are tried out.
 */
static void
read_own(struct held_list *l, struct held *h, const char *s)
{
	h->action = next_word(l, &s);
	if (strncmp(s, "rule=", 5) == 0)
		h->rule = next_word(l, &s) + 5;
	while (strncmp(s, "would", 5) == 0 && s[strcspn(s, "=; ")] == '=')
		next_word(l, &s);
	h->reason = held_copy(l, s, strlen(s));
}

/* Unfolded, with one space where the line was broken. */
static const char *
one_line(struct held_list *l, const struct header *fields, const char *name)
{
	const struct header_field *f = header_first(fields, name);
	char *value, *p;
	size_t len;

	if (f == NULL)
		return NULL;
	value = header_unfold(f, &l->mem, &len);
	l->failed = l->failed || value == NULL;
	for (p = value; p != NULL && *p != '\0'; p++)
		if (*p == '\t')
			*p = ' ';
	return value;
}

static bool
is_held_by_us(const struct held *h)
{
	return h->action != NULL && strcmp(h->action, "hold") == 0;
}

static const char *
joined(struct held_list *l, const char *a, const char *between, const char *b)
{
	const char *both;
	struct buf text;

	if (a[0] == '\0' || b[0] == '\0')
		return a[0] == '\0' ? b : a;
	buf_init(&text, 0);
	buf_addf(&text, "%s%s%s", a, between, b);
	l->failed = l->failed || text.failed;
	both = held_copy(l, buf_str(&text), text.len);
	buf_free(&text);
	return both;
}

/* Whoever lets go what one rule holds shall not let go what another one holds as well. */
static void
add_own(struct held_list *l, struct held *h, const char *s)
{
	struct held one = {.rule = "", .reason = ""};

	read_own(l, &one, s);
	if (!is_held_by_us(h)) {
		h->action = one.action;
		h->rule = one.rule;
		h->reason = one.reason;
	} else if (is_held_by_us(&one)) {
		h->rule = joined(l, h->rule, ",", one.rule);
		h->reason = joined(l, h->reason, "; ", one.reason);
	}
}

void
held_read_header(struct held_list *l, struct held *h, const struct buf *text)
{
	struct header fields;
	struct arena mem;
	const char *own;
	size_t body, i;

	arena_init(&mem, 0);
	header_init(&fields, &mem, 0, 0);
	header_parse(&fields, text->data != NULL ? text->data : "", text->len, &body);
	h->subject = one_line(l, &fields, "Subject");
	for (i = 0; i < 2; i++) {
		own = one_line(l, &fields, own_fields[i]);
		if (own != NULL)
			add_own(l, h, own);
	}
	header_free(&fields);
	arena_free(&mem);
}

const char *
held_reason(const struct held *h)
{
	return is_held_by_us(h) && h->reason[0] != '\0' ? h->reason : h->mta_reason;
}
