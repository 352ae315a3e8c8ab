#include "authres_words.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

bool
words_is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_alpha(c);
}

bool
words_is_8bit(char c)
{
	return (unsigned char)c >= 0x80;
}

bool
words_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* token of RFC 2045 §5.1, which "value" is made of. */
static bool
is_token_char(char c)
{
	return !words_is_8bit(c) && !words_is_control(c) && strchr(" ()<>@,;:\\\"/[]?=", c) == NULL;
}

/* atext of RFC 5322 §3.2.3 */
bool
words_is_atext(char c)
{
	return words_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool
words_is_token(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_token_char(s[i]))
			return false;
	return n > 0;
}

/* Words of one sort of characters with single dots between them. */
bool
words_is_dotted(const char *s, size_t n, bool (*is_char)(char))
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_char(s[i]) && (s[i] != '.' || i == 0 || s[i - 1] == '.'))
			return false;
	return n > 0 && s[n - 1] != '.';
}

bool
words_is_domain_char(char c)
{
	return words_is_alnum(c) || c == '-' || c == '_';
}

/* Keyword of RFC 5321 §4.1.2: letters, digits, and hyphens within. */
bool
words_is_keyword(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!words_is_alnum(s[i]) && s[i] != '-')
			return false;
	return n > 0 && s[n - 1] != '-';
}

/* What stands in a keyword's place: some write "_" in it. */
static bool
is_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!words_is_domain_char(s[i]))
			return false;
	return n > 0;
}

/* The last "@", or NULL. */
const char *
words_find_at(const char *s, size_t n)
{
	return memrchr(s, '@', n);
}

static bool
at_fold(const struct words *r)
{
	return r->end - r->p >= 3 && r->p[0] == '\r' && r->p[1] == '\n' && ascii_is_wsp(r->p[2]);
}

/*
 * Passes over one comment, nested as deep as it likes (RFC 5322 §3.2.2).
 * False where it does not end or holds control characters.
 */
bool
words_skip_comment(struct words *r)
{
	size_t depth = 0;

	for (; r->p < r->end; r->p++) {
		if (at_fold(r)) {
			r->p += 2;
			continue;
		}
		if (words_is_control(*r->p) && *r->p != '\t')
			return false;
		if (*r->p == '\\' && r->end - r->p > 1 && !words_is_control(r->p[1]))
			r->p++;
		else if (*r->p == '(')
			depth++;
		else if (*r->p == ')' && --depth == 0) {
			r->p++;
			return true;
		}
	}
	return false;
}

/* Passes over [CFWS]. False where a comment is malformed. */
bool
words_skip_cfws(struct words *r)
{
	while (r->p < r->end) {
		if (ascii_is_wsp(*r->p))
			r->p++;
		else if (at_fold(r))
			r->p += 3;
		else if (*r->p != '(')
			break;
		else if (!words_skip_comment(r))
			return false;
	}
	return true;
}

/* Takes that sign after [CFWS], and the [CFWS] after it. */
bool
words_take(struct words *r, char sign)
{
	if (!words_skip_cfws(r) || r->p == r->end || *r->p != sign)
		return false;
	r->p++;
	return words_skip_cfws(r);
}

/* The next byte, or NUL at the end. */
char
words_peek(const struct words *r)
{
	return r->p < r->end ? *r->p : '\0';
}

/*
 * Reads a quoted-string's meaning into text (RFC 5322 §3.2.4). False where it
 * does not end, or holds control characters or what is no UTF-8.
 */
bool
words_read_quoted(struct words *r, struct buf *text)
{
	size_t u;

	for (r->p++; r->p < r->end && *r->p != '"'; r->p += u) {
		if (at_fold(r))
			r->p += 2;
		if (*r->p == '\\' && r->end - r->p > 1)
			r->p++;
		u = utf8_length(r->p, (size_t)(r->end - r->p));
		if (u == 0 || (words_is_control(*r->p) && *r->p != '\t'))
			return false;
		buf_add(text, r->p, u);
	}
	return r->p++ < r->end;
}

/* Reads bytes up to one that separates words. */
size_t
words_span(const struct words *r)
{
	const char *p = r->p;

	while (p < r->end && *p != ' ' && !words_is_control(*p) && strchr(";()\"\\", *p) == NULL)
		p++;
	return (size_t)(p - r->p);
}

static size_t
span_token(const struct words *r)
{
	const char *p = r->p;

	while (p < r->end && (is_token_char(*p) || words_is_8bit(*p)))
		p++;
	return (size_t)(p - r->p);
}

/* "value": a token, here also one in UTF-8, or a quoted-string. False where there is none. */
bool
words_read_value(struct words *r, struct buf *text)
{
	size_t n;

	if (words_peek(r) == '"')
		return words_read_quoted(r, text);
	n = span_token(r);
	buf_add(text, r->p, n);
	r->p += n;
	return n > 0 && utf8_valid(r->p - n, n);
}

void
words_skip_digits(struct words *r)
{
	while (ascii_is_digit(words_peek(r)))
		r->p++;
}

/* "=" or "/" version "=" after the name of a method. */
static bool
is_method(struct words r)
{
	if (words_peek(&r) == '/') {
		if (!words_take(&r, '/'))
			return false;
		words_skip_digits(&r);
	}
	return words_skip_cfws(&r) && words_peek(&r) == '=';
}

/* Reads the beginning of a field up to the first ";", and its first word into id. */
enum words_head
words_read_head(struct words *r, struct buf *id)
{
	bool quoted;

	if (!words_skip_cfws(r))
		return HEAD_UNCLEAR;
	quoted = words_peek(r) == '"';
	if (!words_read_value(r, id) || !words_skip_cfws(r))
		return HEAD_UNCLEAR;
	if (!quoted && is_name(id->data, id->len) && is_method(*r))
		return HEAD_METHOD;
	words_skip_digits(r);
	if (!words_skip_cfws(r))
		return HEAD_UNCLEAR;
	return r->p == r->end || *r->p == ';' ? HEAD_ID : HEAD_UNCLEAR;
}
