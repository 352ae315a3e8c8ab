#include "transfer.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#define LINE_LIMIT 76

enum transfer
transfer_find(const char *s, size_t n)
{
	static const struct {
		const char *name;
		enum transfer transfer;
	} names[] = {
	    {"7bit", TRANSFER_IDENTITY},
	    {"8bit", TRANSFER_IDENTITY},
	    {"binary", TRANSFER_IDENTITY},
	    {"base64", TRANSFER_BASE64},
	    {"quoted-printable", TRANSFER_QP},
	    {"x-uuencode", TRANSFER_UU},
	    {"x-uue", TRANSFER_UU},
	    {"x-uu", TRANSFER_UU},
	    {"uuencode", TRANSFER_UU},
	    {"uue", TRANSFER_UU},
	    {"x-yenc", TRANSFER_YENC},
	    {"yenc", TRANSFER_YENC},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n && strncasecmp(names[i].name, s, n) == 0)
			return names[i].transfer;
	return TRANSFER_UNKNOWN;
}

/* ---- base64 ---- */

enum { PAD = 64, SPACE = 65, LINE = 66, URL62 = 67, URL63 = 68, JUNK = 69 };

/* Filled once; each thread that fills it again writes the same. */
static unsigned char letters[256];
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

__attribute__((constructor)) static void
fill_letters(void)
{
	int i;

	memset(letters, JUNK, sizeof(letters));
	for (i = 0; i < 64; i++)
		letters[(unsigned char)alphabet[i]] = (unsigned char)i;
	letters['='] = PAD;
	letters[' '] = letters['\t'] = letters['\r'] = SPACE;
	letters['\n'] = LINE;
	letters['-'] = URL62;
	letters['_'] = URL63;
}

static unsigned
line_oddities(size_t in_line, size_t *uneven)
{
	/* An uneven line is odd only when another one with letters follows. */
	unsigned odd = *uneven != 0 && in_line != 0 ? BASE64_UNEVEN_LINE : 0;

	if (in_line != 0)
		*uneven = in_line % 4;
	return odd | (in_line > LINE_LIMIT ? BASE64_LONG_LINE : 0);
}

unsigned
base64_oddities(const unsigned char *s, size_t n)
{
	size_t i, total = 0, in_line = 0, uneven = 0, pads = 0;
	unsigned odd = 0;

	for (i = 0; i < n; i++) {
		unsigned v = letters[s[i]];

		if (v < 64) {
			if (pads != 0)
				odd |= BASE64_BEHIND_PADDING;
			total++;
			in_line++;
		} else if (v == PAD) {
			pads++;
			in_line++;
		} else if (v == LINE) {
			odd |= line_oddities(in_line, &uneven);
			in_line = 0;
		} else if (v == URL62 || v == URL63) {
			odd |= BASE64_URL_LETTERS | BASE64_JUNK;
		} else if (v == JUNK) {
			odd |= BASE64_JUNK;
		}
	}
	odd |= line_oddities(in_line, &uneven);
	if ((total + pads) % 4 != 0 || pads > 2)
		odd |= BASE64_BAD_PADDING;
	return odd;
}

unsigned
base64_ways(unsigned odd)
{
	unsigned ways = 1U << BASE64_TO_PADDING;

	if ((odd & BASE64_JUNK) != 0)
		ways |= 1U << BASE64_TO_JUNK;
	if ((odd & BASE64_BEHIND_PADDING) != 0)
		ways |= 1U << BASE64_PAST_PADDING | 1U << BASE64_NO_PADDING;
	if ((odd & BASE64_URL_LETTERS) != 0)
		ways |= 1U << BASE64_URL;
	if ((odd & BASE64_UNEVEN_LINE) != 0)
		ways |= 1U << BASE64_BY_LINE;
	return ways;
}

/* The letters of one quartet so far. */
struct quartet {
	unsigned bits, n;
	unsigned char *out;
};

static void
quartet_add(struct quartet *q, unsigned six)
{
	q->bits = q->bits << 6 | six;
	if (++q->n < 4)
		return;
	*q->out++ = (unsigned char)(q->bits >> 16);
	*q->out++ = (unsigned char)(q->bits >> 8);
	*q->out++ = (unsigned char)q->bits;
	q->n = 0;
}

/* What whole bytes there are in an unfinished one. */
static void
quartet_end(struct quartet *q)
{
	if (q->n >= 2)
		*q->out++ = (unsigned char)(q->bits >> (q->n == 2 ? 4 : 10));
	if (q->n == 3)
		*q->out++ = (unsigned char)(q->bits >> 2);
	q->n = 0;
}

static int
letter(enum base64_way way, unsigned v)
{
	if (v < 64)
		return (int)v;
	if (way == BASE64_URL && (v == URL62 || v == URL63))
		return v == URL62 ? 62 : 63;
	return -1;
}

/* Whole quartets without anything between them, the bulk of any data. */
static size_t
read_quartets(const unsigned char *s, size_t n, struct quartet *q)
{
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		unsigned a = letters[s[i]], b = letters[s[i + 1]], c = letters[s[i + 2]],
			 d = letters[s[i + 3]];

		if ((a | b | c | d) >= 64)
			break;
		*q->out++ = (unsigned char)(a << 2 | b >> 4);
		*q->out++ = (unsigned char)(b << 4 | c >> 2);
		*q->out++ = (unsigned char)(c << 6 | d);
	}
	return i;
}

size_t
base64_read(enum base64_way way, const unsigned char *s, size_t n, unsigned char *out)
{
	struct quartet q = {.out = out};
	size_t i = 0;
	int six;

	while (i < n) {
		unsigned v;

		if (q.n == 0 && (i += read_quartets(s + i, n - i, &q)) == n)
			break;
		v = letters[s[i++]];
		if ((six = letter(way, v)) >= 0) {
			quartet_add(&q, (unsigned)six);
		} else if (v == PAD) {
			if (way != BASE64_PAST_PADDING && way != BASE64_NO_PADDING &&
			    way != BASE64_BY_LINE)
				break;
			if (way != BASE64_NO_PADDING)
				quartet_end(&q);
		} else if (v == LINE) {
			if (way == BASE64_BY_LINE)
				quartet_end(&q);
		} else if (v != SPACE && way == BASE64_TO_JUNK) {
			break;
		}
	}
	quartet_end(&q);
	return (size_t)(q.out - out);
}

/* ---- quoted-printable ---- */

/* The length of white space and a line end that begin here, or 0; *spaced where there is white
 * space. */
static size_t
break_length(const unsigned char *s, size_t n, int *spaced)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	*spaced = i > 0;
	if (i == n)
		return n;
	if (s[i] == '\r')
		return i + 1 < n && s[i + 1] == '\n' ? i + 2 : i + 1;
	return s[i] == '\n' ? i + 1 : 0;
}

static int
is_escape(const unsigned char *s, size_t n)
{
	return n >= 3 && ascii_hex((char)s[1]) < 16 && ascii_hex((char)s[2]) < 16;
}

unsigned
qp_oddities(const unsigned char *s, size_t n)
{
	const unsigned char *p = s, *end = s + n, *line = s, *lf;
	unsigned odd = 0;
	int spaced;

	for (; (p = memchr(p, '=', (size_t)(end - p))) != NULL; p++) {
		if (is_escape(p, (size_t)(end - p)) || end - p == 1)
			continue;
		if (break_length(p + 1, (size_t)(end - p) - 1, &spaced) == 0)
			odd |= QP_BAD_ESCAPE;
		else if (spaced)
			odd |= QP_SPACED_BREAK;
	}
	for (; (lf = memchr(line, '\n', (size_t)(end - line))) != NULL; line = lf + 1)
		if (lf - line > LINE_LIMIT + 1)
			return odd | QP_LONG_LINE;
	return odd;
}

unsigned
qp_ways(unsigned odd)
{
	unsigned ways = 1U << QP_KEEP;

	if ((odd & QP_BAD_ESCAPE) != 0)
		ways |= 1U << QP_DROP;
	if ((odd & QP_SPACED_BREAK) != 0)
		ways |= 1U << QP_STRICT;
	return ways;
}

size_t
qp_read(enum qp_way way, const unsigned char *s, size_t n, unsigned char *out)
{
	const unsigned char *p = s, *end = s + n, *eq;
	unsigned char *to = out;
	size_t len;
	int spaced;

	while ((eq = memchr(p, '=', (size_t)(end - p))) != NULL) {
		memcpy(to, p, (size_t)(eq - p));
		to += eq - p;
		p = eq + 1;
		if (is_escape(eq, (size_t)(end - eq))) {
			*to++ =
			    (unsigned char)(ascii_hex((char)eq[1]) << 4 | ascii_hex((char)eq[2]));
			p = eq + 3;
		} else if (way != QP_LINES &&
			   (len = break_length(p, (size_t)(end - p), &spaced)) > 0 &&
			   (!spaced || way != QP_STRICT)) {
			p += len;
		} else if (way != QP_DROP && p < end) {
			*to++ = '=';
		}
	}
	memcpy(to, p, (size_t)(end - p));
	return (size_t)(to - out) + (size_t)(end - p);
}
