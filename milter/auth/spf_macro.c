#include "spf_macro.h"

#include <string.h>

#define DELIMITERS ".-+,/_="

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t
spf_macro_bound(const char *text, size_t len)
{
	size_t i, n = 1;

	for (i = 0; i < len; i++)
		if (text[i] == '%')
			n += 2;
	return n;
}

/* What is being parsed. */
struct scan {
	const char *p, *end;
	enum spf_macro_use use;
	struct spf_part *part; /* the next to fill */
};

static void
add_literal(struct scan *s, const char *literal, size_t len)
{
	*s->part++ = (struct spf_part){.literal = literal, .len = (uint16_t)len};
}

/* transformers = *DIGIT [ "r" ]; a number given must not be zero, and over 127 means all (§7.3). */
static const char *
parse_transformers(struct scan *s, struct spf_part *part)
{
	unsigned keep = 0;
	const char *start = s->p;

	for (; s->p < s->end && is_digit(*s->p); s->p++)
		if (keep < 1000)
			keep = keep * 10 + (unsigned)(*s->p - '0');
	if (s->p > start && keep == 0)
		return "number of parts is zero";
	part->keep = keep > 127 ? 0 : (uint8_t)keep;
	if (s->p < s->end && lower(*s->p) == 'r') {
		part->reverse = true;
		s->p++;
	}
	return NULL;
}

static const char *
parse_delimiters(struct scan *s, struct spf_part *part)
{
	const char *d;

	for (; s->p < s->end && *s->p != '}'; s->p++) {
		d = *s->p != '\0' ? strchr(DELIMITERS, *s->p) : NULL;
		if (d == NULL)
			return "bad character in a macro";
		part->delimiters |= (uint8_t)(1U << (d - DELIMITERS));
	}
	if (s->p == s->end)
		return "macro without closing brace";
	s->p++;
	return NULL;
}

/* p is after "%{". */
static const char *
parse_letter(struct scan *s)
{
	struct spf_part part = {0};
	const char *error;

	if (s->p == s->end || !is_alpha(*s->p))
		return "macro without a letter";
	part.letter = lower(*s->p);
	part.escape = part.letter != *s->p;
	s->p++;
	if (strchr("slodiphcrtv", part.letter) == NULL)
		return "unknown macro letter";
	if (s->use == SPF_MACRO_DOMAIN && strchr("crt", part.letter) != NULL)
		return "macro letter allowed only in an explanation";
	if ((error = parse_transformers(s, &part)) != NULL ||
	    (error = parse_delimiters(s, &part)) != NULL)
		return error;
	*s->part++ = part;
	return NULL;
}

/* macro-expand; p is after the "%". */
static const char *
parse_expand(struct scan *s)
{
	if (s->p == s->end)
		return "lone % sign";
	switch (*s->p++) {
	case '{':
		return parse_letter(s);
	case '%':
		add_literal(s, "%", 1);
		return NULL;
	case '_':
		add_literal(s, " ", 1);
		return NULL;
	case '-':
		add_literal(s, "%20", 3);
		return NULL;
	default:
		return "lone % sign";
	}
}

static const char *
parse_literal(struct scan *s)
{
	const char *start = s->p;

	for (; s->p < s->end && *s->p != '%'; s->p++) {
		if (*s->p == ' ' && s->use == SPF_MACRO_EXPLAIN)
			continue;
		if (*s->p < 0x21 || *s->p > 0x7e)
			return "character outside of printable US-ASCII";
	}
	add_literal(s, start, (size_t)(s->p - start));
	return NULL;
}

/* toplabel: letters, digits, hyphens; no hyphen at an end, and not digits alone (§7.1). */
static bool
is_toplabel(const char *s, size_t len)
{
	bool other = false;
	size_t i;

	if (len == 0 || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++) {
		if (is_alpha(s[i]) || s[i] == '-')
			other = true;
		else if (!is_digit(s[i]))
			return false;
	}
	return other;
}

/* domain-end = ( "." toplabel [ "." ] ) / macro-expand; literal is what follows the last macro. */
static const char *
check_domain_end(const char *literal, const char *end)
{
	const char *dot;

	if (literal == end)
		return NULL;
	if (end[-1] == '.')
		end--;
	for (dot = end; dot > literal && dot[-1] != '.'; dot--)
		;
	if (dot == literal)
		return "domain name of one label";
	if (!is_toplabel(dot, (size_t)(end - dot)))
		return "domain name without a valid top label";
	return NULL;
}

const char *
spf_macro_parse(const char *text, size_t len, enum spf_macro_use use, struct spf_part *parts,
    struct spf_macro_string *out)
{
	struct scan s = {.p = text, .end = text + len, .use = use, .part = parts};
	const char *error, *literal = text;

	if (len > SPF_MACRO_MAX)
		return "text too long";
	if (use == SPF_MACRO_DOMAIN && len == 0)
		return "empty domain name";
	while (s.p < s.end) {
		if (*s.p != '%') {
			error = parse_literal(&s);
		} else {
			s.p++;
			error = parse_expand(&s);
			literal = s.p;
		}
		if (error != NULL)
			return error;
	}
	out->parts = parts;
	out->n = (size_t)(s.part - parts);
	return use == SPF_MACRO_DOMAIN ? check_domain_end(literal, s.end) : NULL;
}

bool
spf_macro_uses(const struct spf_macro_string *m, char letter)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->parts[i].literal == NULL && m->parts[i].letter == letter)
			return true;
	return false;
}

static bool
is_delimiter(const struct spf_part *part, char c)
{
	const char *d;

	if (part->delimiters == 0)
		return c == '.';
	d = strchr(DELIMITERS, c);
	return d != NULL && c != '\0' && (part->delimiters & (1U << (d - DELIMITERS))) != 0;
}

/* "unreserved" of RFC 3986 §2.3. */
static bool
is_unreserved(char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* Adds one piece of a value: no delimiters within. */
static void
add_piece(struct buf *out, const struct spf_part *part, const char *s, size_t len)
{
	size_t i;

	if (!part->escape) {
		buf_add(out, s, len);
		return;
	}
	for (i = 0; i < len; i++) {
		if (is_unreserved(s[i]))
			buf_addc(out, s[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)s[i]);
	}
}

/* The pieces from s to end in their order, joined by dots. */
static void
add_forward(struct buf *out, const struct spf_part *part, const char *s, const char *end)
{
	const char *piece = s;

	for (; s < end; s++) {
		if (!is_delimiter(part, *s))
			continue;
		add_piece(out, part, piece, (size_t)(s - piece));
		buf_addc(out, '.');
		piece = s + 1;
	}
	add_piece(out, part, piece, (size_t)(end - piece));
}

static void
add_backward(struct buf *out, const struct spf_part *part, const char *s, const char *end)
{
	const char *p = end;

	while (p > s) {
		p--;
		if (!is_delimiter(part, *p))
			continue;
		add_piece(out, part, p + 1, (size_t)(end - p - 1));
		buf_addc(out, '.');
		end = p;
	}
	add_piece(out, part, s, (size_t)(end - s));
}

static size_t
count_pieces(const struct spf_part *part, const char *s)
{
	size_t n = 1;

	for (; *s != '\0'; s++)
		if (is_delimiter(part, *s))
			n++;
	return n;
}

/* What follows the first n pieces, without the delimiter between. */
static const char *
skip_pieces(const struct spf_part *part, const char *s, size_t n)
{
	for (; n > 0; s++)
		if (is_delimiter(part, *s))
			n--;
	return s;
}

/* Reversal comes first, then the right-hand pieces are kept: of a reversed value its first ones. */
static void
add_value(struct buf *out, const struct spf_part *part, const char *value)
{
	const char *end = value + strlen(value);
	size_t n = count_pieces(part, value);
	size_t keep = part->keep == 0 || part->keep > n ? n : part->keep;

	if (!part->reverse)
		add_forward(out, part, skip_pieces(part, value, n - keep), end);
	else if (keep == n)
		add_backward(out, part, value, end);
	else
		add_backward(out, part, value, skip_pieces(part, value, keep) - 1);
}

bool
spf_macro_expand(
    const struct spf_macro_string *m, const struct spf_macro_values *values, struct buf *out)
{
	const struct spf_part *part;
	const char *value;
	size_t i;

	for (i = 0; i < m->n && !out->failed; i++) {
		part = &m->parts[i];
		if (part->literal != NULL) {
			buf_add(out, part->literal, part->len);
			continue;
		}
		value = values->value[part->letter - 'a'];
		add_value(out, part, value != NULL ? value : "");
	}
	return !out->failed;
}
