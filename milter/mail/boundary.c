#include "boundary.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "search.h"

#define INDENT_MAX 16
#define DELIMITER_LINE 1024 /* bytes behind a boundary that are searched for a bare CR */

static bool
is_wsp(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_line_end(unsigned char c)
{
	return c == '\r' || c == '\n';
}

/* A line that could be a delimiter: "--" at or near its beginning. */
struct candidate {
	size_t before; /* the end of the line before, without its line end */
	size_t text;   /* behind "--" */
	size_t end;    /* of the line, without its line end */
	size_t next;   /* kept from one to the next: a line is searched for its end once */
	unsigned odd;
};

/* Whether the "--" at this offset begins a line, and what is odd about that. */
static bool
begins_line(const unsigned char *body, size_t at, struct candidate *c)
{
	size_t start = at;

	while (start > 0 && at - start < INDENT_MAX && is_wsp(body[start - 1]))
		start--;
	c->odd = start < at ? DELIMITER_INDENT : 0;
	c->before = start;
	if (start == 0)
		return true;
	if (!is_line_end(body[start - 1]))
		return false;
	if (body[start - 1] == '\r')
		c->odd |= DELIMITER_BARE_CR;
	c->before = start - 1;
	if (body[start - 1] == '\n' && c->before > 0 && body[c->before - 1] == '\r')
		c->before--;
	return true;
}

static void
find_line_end(const unsigned char *body, size_t n, struct candidate *c)
{
	const unsigned char *lf;

	if (c->next <= c->text) {
		lf = memchr(body + c->text, '\n', n - c->text);
		c->next = lf != NULL ? (size_t)(lf - body) + 1 : n;
	}
	c->end = c->next;
	if (c->end > c->text && body[c->end - 1] == '\n')
		c->end--;
	while (c->end > c->text && body[c->end - 1] == '\r')
		c->end--;
}

static bool
add(struct delimiters *d, struct delimiter one)
{
	if (d->n == d->cap) {
		size_t cap = d->cap != 0 ? 2 * d->cap : 16;
		struct delimiter *v = d->n < d->max ? reallocarray(d->v, cap, sizeof(*v)) : NULL;

		if (v == NULL) {
			d->overflow = true;
			return false;
		}
		d->v = v;
		d->cap = cap;
	}
	d->v[d->n++] = one;
	return true;
}

/* What follows the boundary on its line. */
static unsigned
behind(const unsigned char *s, size_t n, bool *close)
{
	unsigned odd = 0;

	*close = n >= 2 && s[0] == '-' && s[1] == '-';
	if (*close) {
		s += 2;
		n -= 2;
	}
	while (n > 0 && is_wsp(s[n - 1])) {
		n--;
		odd = DELIMITER_SPACE;
	}
	return n > 0 ? DELIMITER_LONGER : odd;
}

/* A bare CR ends the line for some: the delimiter is judged up to there. */
static size_t
line_length(const unsigned char *s, size_t n, unsigned *odd)
{
	const unsigned char *cr = memchr(s, '\r', n < DELIMITER_LINE ? n : DELIMITER_LINE);

	if (cr == NULL)
		return n;
	*odd |= DELIMITER_BARE_CR;
	return (size_t)(cr - s);
}

static bool
compare(const unsigned char *body, const struct candidate *c, const struct boundary *b,
    unsigned which, struct delimiters *d)
{
	const unsigned char *s = body + c->text;
	size_t n = c->end - c->text, next = c->next;
	struct delimiter one = {.before = c->before, .which = (unsigned char)which};
	unsigned odd = c->odd;

	if (n < b->len || strncasecmp((const char *)s, b->s, b->len) != 0)
		return true;
	if (memcmp(s, b->s, b->len) != 0)
		odd |= DELIMITER_CASE;
	s += b->len;
	n -= b->len;
	n = line_length(s, n, &odd);
	if ((odd & DELIMITER_BARE_CR) != 0 && s + n < body + c->end)
		next = (size_t)(s - body) + n + 1;
	odd |= behind(s, n, &one.close);
	one.odd = (unsigned char)odd;
	one.behind = next;
	return add(d, one);
}

void
delimiters_find(const unsigned char *body, size_t n, const struct boundary *b, size_t count,
    size_t max, struct delimiters *d)
{
	const unsigned char *p = body, *end = body + n;
	struct candidate c = {0};
	unsigned i;

	*d = (struct delimiters){.max = max};
	while (p < end && (p = search_bytes(p, end, "--", 2)) != NULL) {
		if (!begins_line(body, (size_t)(p - body), &c)) {
			while (p < end && *p == '-')
				p++;
			continue;
		}
		c.text = (size_t)(p - body) + 2;
		find_line_end(body, n, &c);
		for (i = 0; i < count; i++)
			if (!compare(body, &c, &b[i], i, d))
				return;
		/* not to the next line: a bare CR in this one may begin another delimiter */
		p += 2;
		while (p < end && *p == '-')
			p++;
	}
}

void
delimiters_free(struct delimiters *d)
{
	free(d->v);
	*d = (struct delimiters){0};
}

bool
delimiter_counts(const struct delimiter *d, unsigned which, enum split split)
{
	unsigned odd = d->odd & ~(unsigned)DELIMITER_SPACE;

	if (d->which != which)
		return false;
	if (split == SPLIT_STRICT)
		return odd == 0;
	return split == SPLIT_GENEROUS || (odd & ~(unsigned)DELIMITER_LONGER) == 0;
}

void
splitting_begin(
    struct splitting *s, const struct delimiters *d, size_t len, unsigned which, enum split split)
{
	*s = (struct splitting){
	    .d = d, .len = len, .which = which, .split = split, .first = len, .last = len};
}

/* The next delimiter that counts, or NULL. */
static const struct delimiter *
next_delimiter(struct splitting *s)
{
	while (s->at < s->d->n) {
		const struct delimiter *d = &s->d->v[s->at++];

		if (delimiter_counts(d, s->which, s->split))
			return d;
	}
	return NULL;
}

/* The delimiter that ends the part, without going past it. */
static const struct delimiter *
peek_delimiter(struct splitting *s)
{
	size_t at = s->at;
	const struct delimiter *d = next_delimiter(s);

	s->at = d != NULL ? s->at - 1 : at;
	return d;
}

bool
splitting_next(struct splitting *s, struct span *part)
{
	const struct delimiter *d, *stop;

	while (!s->over && (d = next_delimiter(s)) != NULL) {
		if (!s->any)
			s->first = d->before;
		s->any = true;
		if (d->close && s->split != SPLIT_GENEROUS) {
			s->closed = s->over = true;
			s->last = d->behind;
			return false;
		}
		s->closed |= d->close;
		stop = peek_delimiter(s);
		part->start = d->behind;
		part->end = stop != NULL ? stop->before : s->len;
		if (part->end < part->start)
			part->end = part->start;
		/* what is behind a closing delimiter, up to the end, is the epilogue */
		if (d->close && stop == NULL) {
			s->last = d->behind;
			break;
		}
		return true;
	}
	s->over = true;
	return false;
}

/* Whether a line that begins a field "Content-" is here. */
static bool
is_content_line(const unsigned char *s, size_t n)
{
	return n > 8 && strncasecmp((const char *)s, "content-", 8) == 0;
}

bool
boundary_guess(const unsigned char *body, size_t n, struct boundary *b)
{
	const unsigned char *p = body, *end = body + n;
	struct candidate c = {0};

	while (p < end && (p = search_bytes(p, end, "--", 2)) != NULL) {
		if (!begins_line(body, (size_t)(p - body), &c)) {
			while (p < end && *p == '-')
				p++;
			continue;
		}
		c.text = (size_t)(p - body) + 2;
		find_line_end(body, n, &c);
		while (c.end > c.text && is_wsp(body[c.end - 1]))
			c.end--;
		if (c.end - c.text < 200 && is_content_line(body + c.next, n - c.next)) {
			*b = (struct boundary){(const char *)body + c.text, c.end - c.text};
			return true;
		}
		p = body + c.next;
	}
	return false;
}
