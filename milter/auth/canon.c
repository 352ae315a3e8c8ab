#include "canon.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ascii.h"

/* Runs at least this long go to the sink as they are. */
#define RUN_DIRECT 256

/* ---- the stage before the sink ---- */

static void
stage_flush(struct canon_stage *s)
{
	if (s->n > 0)
		s->sink(s->ctx, s->bytes, s->n);
	s->n = 0;
}

static void
stage_add(struct canon_stage *s, const char *p, size_t n)
{
	if (n > sizeof(s->bytes) - s->n || n >= RUN_DIRECT)
		stage_flush(s);
	if (n >= RUN_DIRECT) {
		s->sink(s->ctx, p, n);
		return;
	}
	memcpy(s->bytes + s->n, p, n);
	s->n += n;
}

/* ---- header fields ---- */

/* True where a fold is at s: CRLF, and white space after it. */
static bool
is_fold(const char *s, size_t n)
{
	return n >= 3 && s[0] == '\r' && s[1] == '\n' && ascii_is_wsp(s[2]);
}

/* How many bytes of white space and folds s begins with. */
static size_t
span_fws(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if (ascii_is_wsp(s[i]))
			i++;
		else if (is_fold(s + i, n - i))
			i += 3;
		else
			break;
	}
	return i;
}

/* Unfolds, squeezes and trims, in one pass (§3.4.2). */
static void
relaxed_value(const char *s, size_t n, struct canon_stage *out)
{
	size_t i = span_fws(s, n), begin;

	while (i < n) {
		begin = i;
		while (i < n && !ascii_is_wsp(s[i]) && !is_fold(s + i, n - i))
			i++;
		stage_add(out, s + begin, i - begin);
		i += span_fws(s + i, n - i);
		if (i < n)
			stage_add(out, " ", 1);
	}
}

static void
relaxed_name(const char *s, size_t n, struct canon_stage *out)
{
	char c;
	size_t i;

	while (n > 0 && ascii_is_wsp(s[n - 1]))
		n--;
	for (i = 0; i < n; i++) {
		c = ascii_lower(s[i]);
		stage_add(out, &c, 1);
	}
}

static void
stage_header(enum canon mode, const struct header_field *f, struct canon_stage *out)
{
	if (mode == CANON_RELAXED) {
		relaxed_name(f->name, f->name_len, out);
		stage_add(out, ":", 1);
		relaxed_value(f->value, f->value_len, out);
		return;
	}
	stage_add(out, f->name, f->name_len);
	stage_add(out, ":", 1);
	stage_add(out, f->value, f->value_len);
}

void
canon_header(enum canon mode, const struct header_field *f, canon_sink *sink, void *ctx)
{
	struct canon_stage out;

	out.sink = sink;
	out.ctx = ctx;
	out.n = 0;
	stage_header(mode, f, &out);
	stage_add(&out, "\r\n", 2);
	stage_flush(&out);
}

void
canon_header_no_crlf(enum canon mode, const struct header_field *f, canon_sink *sink, void *ctx)
{
	struct canon_stage out;

	out.sink = sink;
	out.ctx = ctx;
	out.n = 0;
	stage_header(mode, f, &out);
	stage_flush(&out);
}

/* ---- bodies ---- */

void
canon_body_init(struct canon_body *b, enum canon mode, uint64_t limit, canon_sink *sink, void *ctx)
{
	b->mode = mode;
	b->stage.sink = sink;
	b->stage.ctx = ctx;
	b->stage.n = 0;
	b->out = b->lines = 0;
	b->limit = limit;
	b->wsp = b->cr = false;
}

/* Canonical bytes; what lies beyond the limit is only counted. */
static void
emit(struct canon_body *b, const char *p, size_t n)
{
	uint64_t left = b->out < b->limit ? b->limit - b->out : 0;

	b->out += n;
	if (left > 0)
		stage_add(&b->stage, p, n < left ? n : (size_t)left);
}

static void
emit_lines(struct canon_body *b)
{
	static const char crlfs[] =
	    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	const uint64_t most = (sizeof(crlfs) - 1) / 2;
	uint64_t n;

	for (; b->lines > 0; b->lines -= n) {
		n = b->lines < most ? b->lines : most;
		emit(b, crlfs, (size_t)n * 2);
	}
}

/* Text follows: what was pending belongs to the body. */
static void
emit_pending(struct canon_body *b)
{
	emit_lines(b);
	if (b->wsp)
		emit(b, " ", 1);
	if (b->cr)
		emit(b, "\r", 1);
	b->wsp = b->cr = false;
}

/* Bytes that may be changed at the end of a line or of the body. */
static bool
is_edge(enum canon mode, char c)
{
	return c == '\r' || c == '\n' || (mode == CANON_RELAXED && ascii_is_wsp(c));
}

static void
edge_byte(struct canon_body *b, char c)
{
	if (c == '\n' && b->cr) {
		b->lines++;
		b->wsp = b->cr = false;
		return;
	}
	if (b->cr || c == '\n')
		emit_pending(b);
	if (c == '\n')
		emit(b, "\n", 1);
	else if (c == '\r')
		b->cr = true;
	else
		b->wsp = true;
}

/*
 * Where relaxed text may have to be changed: a bit for each of the 16 bytes
 * at p that is a HTAB, or a SP before a SP, HTAB or CR. Reads 17 bytes.
 */
static unsigned
change_bits(const char *p)
{
#ifdef __SSE2__
	const __m128i sp = _mm_set1_epi8(' '), tab = _mm_set1_epi8('\t'), cr = _mm_set1_epi8('\r');
	const __m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	const __m128i edge =
	    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(next, sp), _mm_cmpeq_epi8(next, tab)),
		_mm_cmpeq_epi8(next, cr));

	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_cmpeq_epi8(here, tab), _mm_and_si128(_mm_cmpeq_epi8(here, sp), edge)));
#else
	unsigned bits = 0, i;

	for (i = 0; i < 16; i++)
		bits |= (unsigned)(p[i] == '\t' ||
				   (p[i] == ' ' && (ascii_is_wsp(p[i + 1]) || p[i + 1] == '\r')))
			<< i;
	return bits;
#endif
}

/* The offset of the first white space that may have to be changed, or n. s[n - 1] is none. */
static size_t
find_change(const char *s, size_t n)
{
	size_t i = 0;
	unsigned bits;

	for (; n - i > 16; i += 16)
		if ((bits = change_bits(s + i)) != 0)
			return i + (unsigned)__builtin_ctz(bits);
	for (; i + 1 < n; i++)
		if (s[i] == '\t' || (s[i] == ' ' && (ascii_is_wsp(s[i + 1]) || s[i + 1] == '\r')))
			return i;
	return n;
}

/* Text that begins and ends with a byte that is no edge: all white space in it can be judged. */
static void
relaxed_text(struct canon_body *b, const char *s, size_t n)
{
	size_t begin = 0, at, end;

	while ((at = begin + find_change(s + begin, n - begin)) < n) {
		for (end = at; ascii_is_wsp(s[end]);)
			end++;
		emit(b, s + begin, at - begin);
		if (s[end] != '\r' || s[end + 1] != '\n')
			emit(b, " ", 1);
		begin = end;
	}
	emit(b, s + begin, n - begin);
}

void
canon_body_update(struct canon_body *b, const void *bytes, size_t n)
{
	const char *s = bytes;
	size_t begin = 0, end = n;

	while (begin < n && is_edge(b->mode, s[begin]))
		edge_byte(b, s[begin++]);
	while (end > begin && is_edge(b->mode, s[end - 1]))
		end--;
	if (begin < end) {
		emit_pending(b);
		if (b->mode == CANON_RELAXED)
			relaxed_text(b, s + begin, end - begin);
		else
			emit(b, s + begin, end - begin);
	}
	while (end < n)
		edge_byte(b, s[end++]);
	stage_flush(&b->stage);
}

void
canon_body_final(struct canon_body *b)
{
	/* A CR without its LF is text, and so is the white space before it. */
	if (b->cr)
		emit_pending(b);
	if (b->mode == CANON_SIMPLE || b->out > 0)
		emit(b, "\r\n", 2);
	b->lines = 0;
	b->wsp = false;
	stage_flush(&b->stage);
}
