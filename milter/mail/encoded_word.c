#include "encoded_word.h"

#include <string.h>

#include "base/ascii.h"
#include "charset.h"

#define CHARSET_MAX 64

enum charset { CHARSET_BYTES, CHARSET_LATIN1 };

/* "=?charset?encoding?text?=" */
struct word {
	enum charset charset;
	const char *label; /* the charset as it is called */
	size_t label_len;
	char encoding; /* 'b' or 'q' */
	const char *text, *text_end;
	const char *end; /* behind it all */
};

/* §2; RFC 2231 §5 adds "*language". */
static enum charset
charset_of(const char *s, size_t n)
{
	static const char *const latin1[] = {
	    "iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "cp1252"};
	const char *star = memchr(s, '*', n);
	size_t i, len = star != NULL ? (size_t)(star - s) : n;

	for (i = 0; i < sizeof(latin1) / sizeof(latin1[0]); i++)
		if (strlen(latin1[i]) == len && strncasecmp(latin1[i], s, len) == 0)
			return CHARSET_LATIN1;
	return CHARSET_BYTES;
}

/* The word that begins here; one without an end takes all the rest. */
static bool
find_word(const char *p, const char *end, struct word *w)
{
	const char *charset = p + 2, *question;
	size_t room;

	if (end - p < 2 || p[0] != '=' || p[1] != '?')
		return false;
	room = (size_t)(end - charset);
	question = memchr(charset, '?', room < CHARSET_MAX ? room : CHARSET_MAX);
	if (question == NULL || end - question < 3 || question[2] != '?')
		return false;
	w->encoding = ascii_lower(question[1]);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	w->charset = charset_of(charset, (size_t)(question - charset));
	w->label = charset;
	w->label_len = (size_t)(question - charset);
	w->text = question + 3;
	w->text_end = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	w->end = w->text_end != NULL ? w->text_end + 2 : end;
	if (w->text_end == NULL)
		w->text_end = end;
	return true;
}

static void
add_byte(struct buf *out, unsigned char c, enum charset charset)
{
	if (charset == CHARSET_LATIN1 && c >= 0x80) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		c = 0x80 | (c & 0x3f);
	}
	buf_addc(out, (char)c);
}

static int
hex(char c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* §4.2 */
static void
decode_q(const struct word *w, struct buf *out)
{
	const char *p;

	for (p = w->text; p < w->text_end; p++) {
		if (*p == '_') {
			buf_addc(out, ' ');
		} else if (*p == '=' && w->text_end - p > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
			add_byte(out, (unsigned char)(hex(p[1]) << 4 | hex(p[2])), w->charset);
			p += 2;
		} else {
			add_byte(out, (unsigned char)*p, w->charset);
		}
	}
}

/* The six bits of a letter of base64, also in its form for URLs; or -1. */
static int
six_bits(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* §4.1; what is no letter is left out, and behind padding it begins anew. */
static void
decode_b(const struct word *w, struct buf *out)
{
	unsigned bits = 0, n = 0;
	const char *p;
	int six;

	for (p = w->text; p < w->text_end; p++) {
		if ((six = six_bits(*p)) < 0) {
			n = *p == '=' ? 0 : n;
			continue;
		}
		bits = bits << 6 | (unsigned)six;
		n += 6;
		if (n >= 8) {
			n -= 8;
			add_byte(out, (unsigned char)(bits >> n), w->charset);
		}
	}
}

bool
encoded_words_decode(const char *s, size_t n, struct buf *out)
{
	const char *p = s, *end = s + n;
	size_t after = 0; /* where the last word ended in out */
	bool any = false, joins = false;
	struct word w;

	while (p < end) {
		if (!find_word(p, end, &w)) {
			joins = joins && (ascii_is_wsp(*p) || *p == '\r' || *p == '\n');
			buf_addc(out, *p++);
			continue;
		}
		if (joins)
			out->len = after;
		if (w.encoding == 'q')
			decode_q(&w, out);
		else
			decode_b(&w, out);
		p = w.end;
		after = out->len;
		any = joins = true;
	}
	return any;
}

/* Bytes of neighbouring words in one charset, not yet converted. */
struct run {
	struct buf bytes;
	struct word word; /* the first of them */
	bool misfit;
};

static void
end_run(struct run *r, struct buf *out)
{
	const char *s = buf_str(&r->bytes);

	if (r->bytes.len > 0 && charset_convert(r->word.label, r->word.label_len, s, r->bytes.len,
				    out) != CHARSET_CONVERTED) {
		r->misfit = true;
		buf_add(out, s, r->bytes.len);
	}
	buf_clear(&r->bytes);
}

static void
add_to_run(struct run *r, struct word *w, struct buf *out)
{
	if (r->bytes.len > 0 && (w->label_len != r->word.label_len ||
				    strncasecmp(w->label, r->word.label, w->label_len) != 0))
		end_run(r, out);
	r->word = *w;
	w->charset = CHARSET_BYTES;
	if (w->encoding == 'q')
		decode_q(w, &r->bytes);
	else
		decode_b(w, &r->bytes);
}

bool
encoded_words_to_utf8(const char *s, size_t n, struct buf *out, bool *misfit)
{
	const char *p = s, *end = s + n, *gap;
	struct run run = {.misfit = false};
	bool any = false, joins = false;
	struct word w;

	buf_init(&run.bytes, 0);
	while (p < end) {
		/* white space between two words goes (§6.2) */
		for (gap = p;
		     joins && gap < end && (ascii_is_wsp(*gap) || *gap == '\r' || *gap == '\n');
		     gap++)
			;
		if (find_word(gap, end, &w)) {
			add_to_run(&run, &w, out);
			any = joins = true;
			p = w.end;
			continue;
		}
		joins = false;
		end_run(&run, out);
		buf_addc(out, *p++);
	}
	end_run(&run, out);
	*misfit |= run.misfit;
	buf_free(&run.bytes);
	return any;
}
