#include "mime_multipart.h"

#include <stdlib.h>
#include <string.h>

#include "mime_judge.h"
#include "mime_text.h"

/* The parts that the readings come to, each with the readings that have it. */
struct spans {
	struct one {
		struct span at;
		uint32_t in;
	} * v;
	size_t n, cap;
	size_t max;
};

static bool
add_span(struct mime_piece *p, struct spans *s, struct span at, uint32_t in)
{
	if (s->n == s->cap) {
		size_t cap = s->cap != 0 ? 2 * s->cap : 16;
		struct one *v = s->n < s->max ? reallocarray(s->v, cap, sizeof(*v)) : NULL;

		if (v == NULL) {
			tree_limit(&p->w->t, "too many parts");
			return false;
		}
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = (struct one){at, in};
	return true;
}

static int
compare_spans(const void *pa, const void *pb)
{
	const struct one *a = pa, *b = pb;

	if (a->at.start != b->at.start)
		return a->at.start < b->at.start ? -1 : 1;
	return a->at.end > b->at.end ? -1 : a->at.end < b->at.end;
}

static void
merge_spans(struct spans *s)
{
	size_t i, n = 0;

	if (s->n == 0)
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare_spans);
	for (i = 1; i < s->n; i++) {
		if (compare_spans(&s->v[n], &s->v[i]) == 0)
			s->v[n].in |= s->v[i].in;
		else
			s->v[++n] = s->v[i];
	}
	s->n = n + 1;
}

/* A body that is split: the part's own, or one that was decoded for the purpose. */
struct splitter {
	struct mime_piece *p;
	const unsigned char *body;
	size_t len;
	struct spans spans;
	const struct boundary *boundaries;
	const int *reasons; /* for each boundary */
	size_t n;
	struct delimiters d;
	bool any;	       /* some reading has parts */
	struct boundary guess; /* where nothing declared is found */
	int guess_reason;
};

/* What the ways of splitting differ in, for one boundary: the doubts. */
static void
doubt_delimiters(const struct splitter *s, unsigned which, int why[SPLIT_GENEROUS + 1])
{
	bool closed = false;
	size_t i;

	for (i = 0; i < s->d.n; i++) {
		const struct delimiter *d = &s->d.v[i];

		if (d->which != which)
			continue;
		if (closed && (d->odd & ~(unsigned)DELIMITER_SPACE) == 0 && !d->close)
			why[SPLIT_GENEROUS] = part_doubt(
			    s->p, DOUBT_OUTSIDE, false, "a part behind the closing boundary");
		if ((d->odd & DELIMITER_LONGER) != 0)
			why[SPLIT_LONGER] = part_doubt(
			    s->p, DOUBT_BOUNDARY, false, "a line that begins with a boundary");
		if ((d->odd & DELIMITER_BARE_CR) != 0)
			why[SPLIT_GENEROUS] =
			    part_doubt(s->p, DOUBT_LINE_END, false, "a bare CR at a boundary");
		else if ((d->odd & (DELIMITER_CASE | DELIMITER_INDENT)) != 0)
			why[SPLIT_GENEROUS] = part_doubt(
			    s->p, DOUBT_BOUNDARY, false, "a line that is almost a boundary");
		closed |= d->close && delimiter_counts(d, which, SPLIT_STRICT);
	}
}

/* Collects the parts of one reading. */
static bool
split_once(struct splitter *s, unsigned which, enum split how, uint32_t in, struct splitting *at)
{
	struct span one;

	splitting_begin(at, &s->d, s->len, which, how);
	while (splitting_next(at, &one))
		if (!add_span(s->p, &s->spans, one, in))
			return false;
	s->any |= at->any;
	return at->any;
}

/* One that says where it begins, or that is all there is. */
static bool
has_file(const unsigned char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == '\r' || s[i] == '\n'))
		i++;
	return text_has_file(s, n) || judge_coding(s + i, n - i) != TRANSFER_UNKNOWN;
}

/* Preamble and epilogue: nothing, unless there is a part-like thing or a file in it. */
static void
look_outside(struct splitter *s, size_t start, size_t end)
{
	size_t at;
	int why;

	if (start >= end || !walk_may(s->p->w, end - start))
		return;
	at = text_content_line(s->body + start, end - start);
	if (at == end - start && !has_file(s->body + start, end - start))
		return;
	if (at == end - start)
		at = 0;
	why = part_doubt(s->p, DOUBT_OUTSIDE, false, "a part outside the boundaries");
	add_span(s->p, &s->spans, (struct span){start + at, end}, part_reading(s->p, why));
}

static bool
has_delimiter(const struct splitter *s, unsigned which)
{
	size_t i;

	for (i = 0; i < s->d.n && !delimiter_counts(&s->d.v[i], which, SPLIT_STRICT); i++)
		;
	return i < s->d.n;
}

static void
split_by(struct splitter *s, unsigned which)
{
	int why[SPLIT_GENEROUS + 1] = {-1, -1, -1};
	struct splitting strict, longer, generous;
	uint32_t in;

	doubt_delimiters(s, which, why);
	if (s->boundaries == s->p->c->boundaries && s->p->c->boundary_optional[which] &&
	    !has_delimiter(s, which))
		return;
	in = part_reading(s->p, s->reasons[which]);
	if (split_once(s, which, SPLIT_STRICT, in, &strict)) {
		if (!strict.closed)
			part_doubt(s->p, DOUBT_BOUNDARY, false, "no closing boundary");
		look_outside(s, 0, strict.first);
		if (why[SPLIT_GENEROUS] < 0)
			look_outside(s, strict.last, s->len);
	}
	if (why[SPLIT_LONGER] >= 0 &&
	    split_once(s, which, SPLIT_LONGER, part_reading(s->p, why[SPLIT_LONGER]), &longer) &&
	    !strict.any)
		look_outside(s, 0, longer.first);
	if (why[SPLIT_GENEROUS] >= 0 &&
	    split_once(
		s, which, SPLIT_GENEROUS, part_reading(s->p, why[SPLIT_GENEROUS]), &generous) &&
	    !strict.any)
		look_outside(s, 0, generous.first);
}

/* Splits by all boundaries. */
static void
split_all(struct splitter *s)
{
	unsigned i;

	if (!walk_may(s->p->w, s->len))
		return;
	delimiters_find(
	    s->body, s->len, s->boundaries, s->n, 4 * (size_t)s->p->w->t.limits->parts + 16, &s->d);
	if (s->d.overflow)
		tree_limit(&s->p->w->t, "too many boundaries");
	for (i = 0; i < s->n; i++)
		split_by(s, i);
	delimiters_free(&s->d);
}

static const char *
default_within(const struct mime_piece *p)
{
	return strcmp(p->c->types[0].name, "multipart/digest") == 0 ? "message/rfc822" : PLAIN_TYPE;
}

/* The parts are read in the order of the message: the last is put on the stack first. */
static void
push_spans(struct splitter *s)
{
	size_t i;

	merge_spans(&s->spans);
	for (i = s->spans.n; i-- > 0;)
		part_push(s->p, s->body + s->spans.v[i].at.start,
		    s->spans.v[i].at.end - s->spans.v[i].at.start, s->spans.v[i].in,
		    default_within(s->p));
	free(s->spans.v);
}

/* By a boundary that nothing declares, where those that are declared find nothing. */
static void
split_by_guess(struct splitter *s)
{
	if (!walk_may(s->p->w, s->len) || !boundary_guess(s->body, s->len, &s->guess))
		return;
	s->guess_reason =
	    part_doubt(s->p, DOUBT_BOUNDARY, false, "a boundary that is not the declared one");
	if (s->n == 0)
		part_reading(s->p, -1);
	s->boundaries = &s->guess;
	s->reasons = &s->guess_reason;
	s->n = 1;
	split_all(s);
}

/* Splits a body in all ways; false where nothing in it is a boundary. */
static bool
split_body(struct mime_piece *p, const unsigned char *body, size_t len, const int *reasons)
{
	struct splitter s = {.p = p,
	    .body = body,
	    .len = len,
	    .boundaries = p->c->boundaries,
	    .reasons = reasons,
	    .n = p->c->nboundaries,
	    .spans = {.max = 4 * (size_t)p->w->t.limits->parts + 16}};

	split_all(&s);
	if (!s.any)
		split_by_guess(&s);
	push_spans(&s);
	return s.any;
}

/* Whether anything in the body is a delimiter of one of the boundaries. */
static bool
has_delimiters(struct mime_piece *p, const unsigned char *body, size_t len)
{
	struct delimiters d;
	bool any;

	if (!walk_may(p->w, len))
		return false;
	delimiters_find(body, len, p->c->boundaries, p->c->nboundaries, 1, &d);
	any = d.n > 0;
	delimiters_free(&d);
	return any;
}

static bool
has_parts(struct mime_piece *p, const unsigned char *body, size_t len)
{
	struct boundary guess;

	return has_delimiters(p, body, len) || boundary_guess(body, len, &guess);
}

/* RFC 2045 §6.4 forbids it; some decode it nevertheless. */
static void
split_decoded(struct mime_piece *p)
{
	int reasons[BOUNDARIES_MAX];
	unsigned char *decoded;
	size_t i, k, len;

	part_keep_first(p);
	p->beside = true;
	for (i = 0; i < p->c->nencodings; i++) {
		if ((decoded = part_decode(p, p->c->encodings[i].transfer, &len)) == NULL)
			continue;
		for (k = 0; k < BOUNDARIES_MAX; k++)
			reasons[k] =
			    part_doubt(p, DOUBT_MULTIPART_ENCODED, false, "an encoded multipart");
		if (has_parts(p, decoded, len))
			split_body(p, decoded, len, reasons);
	}
	p->beside = false;
}

/* False where it is none but a leaf, as far as anything in it tells. */
bool
multipart_read(struct mime_piece *p, int why)
{
	int reasons[BOUNDARIES_MAX];
	bool any;
	size_t i;

	if (p->c->stray_boundary && !has_delimiters(p, p->body, p->len))
		return true;
	if (p->c->nboundaries == 0)
		part_doubt(p, DOUBT_BOUNDARY, false, "a multipart without a boundary");
	for (i = 0; i < p->c->nboundaries; i++) {
		reasons[i] = part_reason(p, p->c->boundary_doubts[i]);
		if (reasons[i] < 0)
			reasons[i] = why;
	}
	/* first on the stack is read last */
	if (p->c->encodings[0].transfer != TRANSFER_IDENTITY || p->c->nencodings > 1)
		split_decoded(p);
	any = split_body(p, p->body, p->len, reasons);
	if (!any)
		part_doubt(p, DOUBT_BOUNDARY, false, "a multipart without parts");
	return any;
}
