#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include "base64_regular.h"
#include "charset.h"
#include "mime_content.h"
#include "mime_gmime.h"
#include "mime_judge.h"
#include "mime_text.h"
#include "mime_tree.h"
#include "uu.h"

/* Bytes that may be gone through altogether: what nesting needs, not what a puzzle takes. */
#define WORK_FACTOR 100
#define WORK_FLOOR ((size_t)16 << 20)

static const char plain_type[] = "text/plain";

/* A piece of the message that is still to be read: a header section and a body. */
struct entity {
	const unsigned char *s;
	size_t n;
	struct mime_place at;
	enum header_way way;
	bool other_way; /* a second reading of a part, as the way says */
	const char *default_type;
};

struct walk {
	struct mime_tree t;
	struct entity *todo; /* a stack; owned */
	size_t ntodo, cap;
	size_t work, max_work;
};

/* One entity while it is read. */
struct part {
	struct walk *w;
	unsigned index;
	const struct entity *e;
	struct content *c;
	const unsigned char *body;
	size_t len;
	int doubts[CONTENT_DOUBTS_MAX]; /* those of the content, as they are in the tree */
	uint32_t first;			/* the bit of the likeliest reading, kept for later */
	bool beside;			/* what is read now is not the likeliest reading */
	bool harmless_uu; /* uuencoded as it should be, and of no danger: who does not decode it
			     sees a text */
};

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

/* ---- what is to be read ---- */

static void
push(struct walk *w, const struct entity *e)
{
	if (e->at.depth > w->t.limits->depth) {
		tree_limit(&w->t, "parts nested too deeply");
		return;
	}
	if (w->ntodo == w->cap) {
		size_t cap = w->cap != 0 ? 2 * w->cap : 16;
		struct entity *v = reallocarray(w->todo, cap, sizeof(*v));

		if (v == NULL) {
			w->t.out->no_memory = true;
			return;
		}
		w->todo = v;
		w->cap = cap;
	}
	w->todo[w->ntodo++] = *e;
}

static void
push_within(struct part *p, const unsigned char *s, size_t n, uint32_t in, const char *default_type)
{
	struct entity e = {.s = s,
	    .n = n,
	    .at = {.parent = (int)p->index,
		.owner = (int)p->index,
		.in = in,
		.depth = p->e->at.depth + 1},
	    .default_type = default_type};

	push(p->w, &e);
}

/* False where going through n more bytes would be too much. */
static bool
may_work(struct walk *w, size_t n)
{
	if (n > w->max_work - w->work) {
		tree_limit(&w->t, "too many ways of reading it");
		return false;
	}
	w->work += n;
	return true;
}

static int
doubt(struct part *p, enum mime_doubt_kind kind, bool matters, const char *detail)
{
	return tree_doubt(&p->w->t, kind, p->index, matters, detail);
}

/* The doubt of the tree that a reading of the content points to. */
static int
reason(const struct part *p, int content_doubt)
{
	return content_doubt == NO_DOUBT ? -1 : p->doubts[content_doubt];
}

/* Keeps the number of the likeliest reading while others are looked at before. */
static void
keep_first(struct part *p)
{
	if (p->w->t.nodes[p->index].nreadings == 0)
		p->first = tree_reading(&p->w->t, p->index, -1);
}

/* A reading of the part; the first one asked for is the likeliest. */
static uint32_t
reading(struct part *p, int why)
{
	uint32_t bit = p->first;

	if (bit == 0 || p->beside)
		return tree_reading(&p->w->t, p->index, why);
	p->first = 0;
	return bit;
}

static struct mime_part *
tree_part(struct part *p)
{
	return &p->w->t.out->parts[p->index];
}

/* ---- leaves ---- */

static bool
is_text_type(const struct mime_part *m)
{
	return m->ntypes == 0 || strncmp(m->types[0], "text", 4) == 0 ||
	       content_is_shown(m->types[0]) || content_kind(m->types[0]) != MIME_LEAF;
}

/* A message that is sent as a file is opened by mail programs all the same. */
static bool
is_message_file(const struct mime_part *m)
{
	static const char *const extensions[] = {"eml", "mht", "mhtml", "nws"};
	char ext[9];
	size_t i, k;

	for (i = 0; i < m->nnames; i++)
		for (k = 0; k < sizeof(extensions) / sizeof(extensions[0]); k++)
			if (mime_name_extension(m->names[i], ext) &&
			    strcmp(ext, extensions[k]) == 0)
				return true;
	return m->ntypes > 0 && strncmp(m->types[0], "message/", 8) == 0 &&
	       !content_is_shown(m->types[0]);
}

/* What is within the decoded bytes of a leaf. */
static void
finish_leaf(struct walk *w, unsigned index)
{
	struct mime_part *m = &w->t.out->parts[index];
	const unsigned char *bytes = m->bytes;
	size_t len = m->len;
	struct entity e = {.s = bytes,
	    .n = len,
	    .at = {.parent = (int)index,
		.owner = (int)index,
		.in = MIME_IN_BYTES,
		.depth = m->depth + 1},
	    .default_type = plain_type};
	bool message = is_message_file(m);

	m->plain_text = judge_is_plain(m, w->t.nodes[index].attachment);
	if (message && len > 0)
		push(w, &e);
	if (!message && may_work(w, len))
		text_find_files(&w->t, index, is_text_type(m));
}

/* The bytes of one reading of the leaf: those of an earlier one, or a part of its own. */
static void
add_leaf_reading(struct part *p, const unsigned char *bytes, size_t len, bool block, int why)
{
	struct mime_tree *t = &p->w->t;
	struct mime_node *node = &t->nodes[p->index];
	struct mime_place at = p->e->at;
	uint32_t bit = reading(p, why);
	struct mime_part copy;
	unsigned i;
	int index;

	if (len == 0)
		bytes = (const unsigned char *)"";
	for (i = p->index; i < t->out->nparts; i++) {
		const struct mime_part *m = &t->out->parts[i];

		if (i == p->index ? node->own == 0 : t->nodes[i].owner != (int)p->index)
			continue;
		if (m->kind != MIME_LEAF || m->len != len || memcmp(m->bytes, bytes, len) != 0)
			continue;
		*(i == p->index ? &node->own : &t->nodes[i].in) |= bit;
		if (block)
			tree_trim_block(t, 0);
		return;
	}
	copy = *tree_part(p);
	if (node->own == 0 && copy.kind == MIME_LEAF) {
		index = (int)p->index;
		node->own = bit;
	} else {
		at.parent = at.parent < 0 ? (int)p->index : at.parent;
		at.owner = (int)p->index;
		at.in = bit;
		if ((index = tree_add(t, &at)) < 0)
			return;
		copy.parent = at.parent;
		copy.kind = MIME_LEAF;
		t->out->parts[index] = copy;
		t->nodes[index].attachment = t->nodes[p->index].attachment;
	}
	t->out->parts[index].bytes = bytes;
	t->out->parts[index].len = len;
	finish_leaf(p->w, (unsigned)index);
}

/* What GMime need not decode again: this body is the same for all who find it. */
static void
mark_regular(struct part *p, enum transfer transfer)
{
	struct mime_node *n = &p->w->t.nodes[p->index];

	n->sent = p->body;
	n->sent_len = p->len;
	n->transfer = transfer;
}

/* Base64 that can be read in one way alone; false where it could be read otherwise. */
static bool
add_regular_base64(struct part *p, int why)
{
	unsigned char *out;
	size_t len;

	if (!may_work(p->w, p->len) || (out = tree_block(&p->w->t, TRANSFER_ROOM(p->len))) == NULL)
		return true;
	if (!base64_read_regular(p->body, p->len, out, &len)) {
		tree_trim_block(&p->w->t, 0);
		return false;
	}
	tree_trim_block(&p->w->t, len);
	mark_regular(p, TRANSFER_BASE64);
	add_leaf_reading(p, out, len, len > 0, why);
	return true;
}

/* The length without the last line where that is an OpenPGP checksum (RFC 4880 §6.1): "=", four
 * letters. */
static size_t
without_checksum(const unsigned char *s, size_t n)
{
	size_t end = n;

	while (end > 0 && (s[end - 1] == '\r' || s[end - 1] == '\n'))
		end--;
	if (end < 6 || s[end - 5] != '=' || s[end - 6] != '\n' ||
	    (base64_oddities(s + end - 4, 4) & ~(unsigned)BASE64_BAD_PADDING) != 0)
		return n;
	return end - 5;
}

static void
add_odd_base64(struct part *p, int why)
{
	unsigned odd = base64_oddities(p->body, p->len), ways = base64_ways(odd), way;
	bool first = true;
	unsigned char *out;
	size_t len;
	int more = why;

	p->w->t.nodes[p->index].loose_end |= (odd & BASE64_BAD_PADDING) != 0;
	odd = base64_oddities(p->body, without_checksum(p->body, p->len));
	if ((odd & ~(unsigned)BASE64_LONG_LINE) != 0)
		more = doubt(p, DOUBT_BASE64, false, "base64 outside its grammar");
	for (way = 0; way < BASE64_WAYS; way++) {
		if ((ways & 1U << way) == 0 || !may_work(p->w, p->len))
			continue;
		if ((out = tree_block(&p->w->t, TRANSFER_ROOM(p->len))) == NULL)
			return;
		len = base64_read((enum base64_way)way, p->body, p->len, out);
		tree_trim_block(&p->w->t, len);
		/* damaged mail has uneven lines: that alone is no reason to suspect a file */
		add_leaf_reading(p, out, len, len > 0,
		    first		    ? why
		    : way == BASE64_BY_LINE ? -1
					    : more);
		first = false;
	}
}

static void
add_base64(struct part *p, int why)
{
	if (!add_regular_base64(p, why))
		add_odd_base64(p, why);
}

static void
add_qp(struct part *p, int why)
{
	unsigned odd = qp_oddities(p->body, p->len), ways = qp_ways(odd), way;
	unsigned char *out;
	size_t len;
	int more = why;

	if ((odd & (QP_BAD_ESCAPE | QP_SPACED_BREAK)) != 0)
		more =
		    doubt(p, DOUBT_QUOTED_PRINTABLE, false, "quoted-printable outside its grammar");
	for (way = 0; way < QP_WAYS; way++) {
		if ((ways & 1U << way) == 0 || !may_work(p->w, p->len))
			continue;
		if ((out = tree_block(&p->w->t, p->len)) == NULL)
			return;
		len = qp_read((enum qp_way)way, p->body, p->len, out);
		tree_trim_block(&p->w->t, len);
		add_leaf_reading(p, out, len, len > 0, way == QP_KEEP ? why : more);
	}
}

/* The body is one uuencoded file, or text with files in it. */
static void
add_uu(struct part *p, int why)
{
	struct uu_file f;
	unsigned char *out;
	size_t len;

	if (!uu_find_encoded(p->body, p->len, &f) ||
	    (out = tree_block(&p->w->t, UU_ROOM(f.data_len))) == NULL)
		return;
	len = uu_read(&f, out);
	tree_trim_block(&p->w->t, len);
	p->harmless_uu = f.sound && judge_is_harmless(out, len);
	add_leaf_reading(p, out, len, len > 0, why);
}

/* A message that is but a text, without any doubt: nobody looks for another encoding in it. */
static bool
is_bare_text(const struct part *p)
{
	return p->e->at.parent < 0 && p->c->ndoubts == 0 && p->c->names.n == 0 &&
	       !p->c->attachment && content_is_shown(p->c->types[0].name);
}

static void
read_leaf(struct part *p, int type_reason)
{
	bool said[TRANSFER_UNKNOWN + 1] = {false};
	enum transfer coding;
	size_t i;

	for (i = 0; i < p->c->nencodings; i++) {
		const struct content_encoding *enc = &p->c->encodings[i];
		int why = enc->doubt != NO_DOUBT ? reason(p, enc->doubt) : type_reason;

		if (enc->if_fits && !judge_looks_like_base64(p->body, p->len))
			continue;
		said[enc->transfer] = true;
		if (enc->transfer == TRANSFER_BASE64)
			add_base64(p, why);
		else if (enc->transfer == TRANSFER_QP)
			add_qp(p, why);
		else if (enc->transfer == TRANSFER_UU)
			add_uu(p, why);
		else {
			mark_regular(p, TRANSFER_IDENTITY);
			add_leaf_reading(
			    p, p->body, p->len, false, p->harmless_uu ? type_reason : why);
		}
	}
	coding = is_bare_text(p) ? TRANSFER_UNKNOWN : judge_coding(p->body, p->len);
	if (coding == TRANSFER_BASE64 && !said[coding])
		add_base64(p, type_reason);
	else if (coding == TRANSFER_QP && !said[coding])
		add_qp(p, type_reason);
}

/* ---- multiparts ---- */

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
add_span(struct part *p, struct spans *s, struct span at, uint32_t in)
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
	struct part *p;
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
			why[SPLIT_GENEROUS] =
			    doubt(s->p, DOUBT_OUTSIDE, false, "a part behind the closing boundary");
		if ((d->odd & DELIMITER_LONGER) != 0)
			why[SPLIT_LONGER] = doubt(
			    s->p, DOUBT_BOUNDARY, false, "a line that begins with a boundary");
		if ((d->odd & DELIMITER_BARE_CR) != 0)
			why[SPLIT_GENEROUS] =
			    doubt(s->p, DOUBT_LINE_END, false, "a bare CR at a boundary");
		else if ((d->odd & (DELIMITER_CASE | DELIMITER_INDENT)) != 0)
			why[SPLIT_GENEROUS] =
			    doubt(s->p, DOUBT_BOUNDARY, false, "a line that is almost a boundary");
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

	if (start >= end || !may_work(s->p->w, end - start))
		return;
	at = text_content_line(s->body + start, end - start);
	if (at == end - start && !has_file(s->body + start, end - start))
		return;
	if (at == end - start)
		at = 0;
	why = doubt(s->p, DOUBT_OUTSIDE, false, "a part outside the boundaries");
	add_span(s->p, &s->spans, (struct span){start + at, end}, reading(s->p, why));
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
	in = reading(s->p, s->reasons[which]);
	if (split_once(s, which, SPLIT_STRICT, in, &strict)) {
		if (!strict.closed)
			doubt(s->p, DOUBT_BOUNDARY, false, "no closing boundary");
		look_outside(s, 0, strict.first);
		if (why[SPLIT_GENEROUS] < 0)
			look_outside(s, strict.last, s->len);
	}
	if (why[SPLIT_LONGER] >= 0 &&
	    split_once(s, which, SPLIT_LONGER, reading(s->p, why[SPLIT_LONGER]), &longer) &&
	    !strict.any)
		look_outside(s, 0, longer.first);
	if (why[SPLIT_GENEROUS] >= 0 &&
	    split_once(s, which, SPLIT_GENEROUS, reading(s->p, why[SPLIT_GENEROUS]), &generous) &&
	    !strict.any)
		look_outside(s, 0, generous.first);
}

/* Splits by all boundaries. */
static void
split_all(struct splitter *s)
{
	unsigned i;

	if (!may_work(s->p->w, s->len))
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
default_within(const struct part *p)
{
	return strcmp(p->c->types[0].name, "multipart/digest") == 0 ? "message/rfc822" : plain_type;
}

/* The parts are read in the order of the message: the last is put on the stack first. */
static void
push_spans(struct splitter *s)
{
	size_t i;

	merge_spans(&s->spans);
	for (i = s->spans.n; i-- > 0;)
		push_within(s->p, s->body + s->spans.v[i].at.start,
		    s->spans.v[i].at.end - s->spans.v[i].at.start, s->spans.v[i].in,
		    default_within(s->p));
	free(s->spans.v);
}

/* By a boundary that nothing declares, where those that are declared find nothing. */
static void
split_by_guess(struct splitter *s)
{
	if (!may_work(s->p->w, s->len) || !boundary_guess(s->body, s->len, &s->guess))
		return;
	s->guess_reason =
	    doubt(s->p, DOUBT_BOUNDARY, false, "a boundary that is not the declared one");
	if (s->n == 0)
		reading(s->p, -1);
	s->boundaries = &s->guess;
	s->reasons = &s->guess_reason;
	s->n = 1;
	split_all(s);
}

/* Splits a body in all ways; false where nothing in it is a boundary. */
static bool
split_body(struct part *p, const unsigned char *body, size_t len, const int *reasons)
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

/* The body with the part's transfer encoding undone, which a multipart may not have; or NULL. */
static unsigned char *
decode_whole(struct part *p, enum transfer how, size_t *len)
{
	unsigned char *out;

	if ((how != TRANSFER_BASE64 && how != TRANSFER_QP) || !may_work(p->w, p->len) ||
	    (out = tree_block(&p->w->t, p->len + 3)) == NULL)
		return NULL;
	*len = how == TRANSFER_BASE64 ? base64_read(BASE64_TO_PADDING, p->body, p->len, out)
				      : qp_read(QP_LINES, p->body, p->len, out);
	tree_trim_block(&p->w->t, *len);
	return *len > 0 ? out : NULL;
}

/* Whether anything in the body is a delimiter of one of the boundaries. */
static bool
has_delimiters(struct part *p, const unsigned char *body, size_t len)
{
	struct delimiters d;
	bool any;

	if (!may_work(p->w, len))
		return false;
	delimiters_find(body, len, p->c->boundaries, p->c->nboundaries, 1, &d);
	any = d.n > 0;
	delimiters_free(&d);
	return any;
}

static bool
has_parts(struct part *p, const unsigned char *body, size_t len)
{
	struct boundary guess;

	return has_delimiters(p, body, len) || boundary_guess(body, len, &guess);
}

/* RFC 2045 §6.4 forbids it; some decode it nevertheless. */
static void
split_decoded(struct part *p)
{
	int reasons[BOUNDARIES_MAX];
	unsigned char *decoded;
	size_t i, k, len;

	keep_first(p);
	p->beside = true;
	for (i = 0; i < p->c->nencodings; i++) {
		if ((decoded = decode_whole(p, p->c->encodings[i].transfer, &len)) == NULL)
			continue;
		for (k = 0; k < BOUNDARIES_MAX; k++)
			reasons[k] =
			    doubt(p, DOUBT_MULTIPART_ENCODED, false, "an encoded multipart");
		if (has_parts(p, decoded, len))
			split_body(p, decoded, len, reasons);
	}
	p->beside = false;
}

/* False where it is none but a leaf, as far as anything in it tells. */
static bool
read_multipart(struct part *p, int why)
{
	int reasons[BOUNDARIES_MAX];
	bool any;
	size_t i;

	if (p->c->stray_boundary && !has_delimiters(p, p->body, p->len))
		return true;
	if (p->c->nboundaries == 0)
		doubt(p, DOUBT_BOUNDARY, false, "a multipart without a boundary");
	for (i = 0; i < p->c->nboundaries; i++) {
		reasons[i] = reason(p, p->c->boundary_doubts[i]);
		if (reasons[i] < 0)
			reasons[i] = why;
	}
	/* first on the stack is read last */
	if (p->c->encodings[0].transfer != TRANSFER_IDENTITY || p->c->nencodings > 1)
		split_decoded(p);
	any = split_body(p, p->body, p->len, reasons);
	if (!any)
		doubt(p, DOUBT_BOUNDARY, false, "a multipart without parts");
	return any;
}

/* ---- messages ---- */

static void
read_message(struct part *p, int why)
{
	unsigned char *decoded;
	bool clean = judge_looks_like_base64(p->body, p->len), any = false;
	size_t i, len;

	for (i = 0; i < p->c->nencodings; i++) {
		enum transfer how = p->c->encodings[i].transfer;

		if (how == TRANSFER_IDENTITY || (decoded = decode_whole(p, how, &len)) == NULL)
			continue;
		any = true;
		if (!clean)
			push_within(p, p->body, p->len, reading(p, why), plain_type);
		why = doubt(p, DOUBT_MULTIPART_ENCODED, false, "an encoded message");
		push_within(p, decoded, len, reading(p, why), plain_type);
	}
	if (!any)
		push_within(p, p->body, p->len, reading(p, why), plain_type);
}

/* ---- one part ---- */

static void
describe(struct part *p)
{
	struct mime_tree *t = &p->w->t;
	struct mime_part *m = tree_part(p);
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
		    doubt(p, c->doubts[i].kind, c->doubts[i].matters, c->doubts[i].detail);
	if (c->too_much)
		tree_limit(t, "a Content- field that is too long");
}

/* Each kind of structure that one of the types asks for; the first is the likeliest. */
static void
read_structure(struct part *p)
{
	bool done[3] = {false};
	size_t i;

	tree_part(p)->kind = content_kind(p->c->types[0].name);
	for (i = 0; i < p->c->ntypes; i++) {
		enum mime_kind kind = content_kind(p->c->types[i].name);
		int why = reason(p, p->c->types[i].doubt);

		if (done[kind])
			continue;
		done[kind] = true;
		if (kind == MIME_MESSAGE) {
			read_message(p, why);
		} else if (kind == MIME_LEAF) {
			read_leaf(p, why);
		} else if (!read_multipart(p, why) && !done[MIME_LEAF]) {
			done[MIME_LEAF] = true;
			if (i == 0)
				tree_part(p)->kind = MIME_LEAF;
			read_leaf(p, why);
		}
	}
}

/* What a way of reading headers is doubtful for. */
static int
header_doubt(struct part *p, enum header_way way)
{
	switch (way) {
	case HEADER_GOES_ON:
		return doubt(p, DOUBT_SEPARATOR, false, "a line in a header that is no field");
	case HEADER_BLANK:
		return doubt(p, DOUBT_SEPARATOR, false, "a line of white space in a header");
	case HEADER_CR_LINES:
		return doubt(p, DOUBT_LINE_END, false, "a bare CR in a header");
	case HEADER_CRLF_ONLY:
		return doubt(p, DOUBT_LINE_END, false, "a bare LF in a header");
	case HEADER_HARD:
	default:
		return doubt(p, DOUBT_FIELD_SYNTAX, false, "a parameter on a line of its own");
	}
}

/* Other ways of reading the header, where they come to something else. */
static void
push_other_headers(struct part *p, const struct mime_header *h)
{
	struct mime_header other;
	struct entity e = *p->e;
	unsigned way;

	for (way = HEADER_STOPS + 1; way < HEADER_WAYS; way++) {
		if ((h->other_ways & 1U << way) == 0 || !may_work(p->w, e.n))
			continue;
		mime_header_read(e.s, e.n, (enum header_way)way, &other);
		if (!mime_header_differ(h, &other))
			continue;
		e.way = (enum header_way)way;
		e.other_way = true;
		e.at.parent = p->e->at.parent < 0 ? (int)p->index : p->e->at.parent;
		e.at.owner = (int)p->index;
		e.at.in = reading(p, header_doubt(p, e.way));
		push(p->w, &e);
	}
}

static void
read_entity(struct walk *w, const struct entity *e)
{
	struct part p = {.w = w, .e = e};
	struct mime_header h;
	struct content c;
	int index;

	if (!may_work(w, 1) || (index = tree_add(&w->t, &e->at)) < 0)
		return;
	p.index = (unsigned)index;
	p.c = &c;
	mime_header_read(e->s, e->n, e->way, &h);
	if (!may_work(w, h.bytes))
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
		keep_first(&p);
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
	struct walk w = {.max_work = WORK_FLOOR};
	struct entity e = {.s = len > 0 ? message : (const void *)"",
	    .n = len,
	    .at = {.parent = -1, .owner = -1, .in = 1},
	    .default_type = plain_type};

	w.max_work += len < (SIZE_MAX - WORK_FLOOR) / WORK_FACTOR ? len * WORK_FACTOR : len;
	tree_init(&w.t, out, limits, mem);
	push(&w, &e);
	while (w.ntodo > 0 && !out->no_memory) {
		struct entity next = w.todo[--w.ntodo];

		read_entity(&w, &next);
	}
	free(w.todo);
	gmime_compare(&w.t, e.s, e.n);
	judge(&w.t);
	tree_done(&w.t);
}
