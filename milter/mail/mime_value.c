#include "mime_value.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

struct reader {
	const char *p, *end;
	struct arena *mem;
	struct mime_value *v;
	size_t cap;
};

/* ---- unfolding ---- */

/* Folds go, and NUL and bare CR with them; a line end that is no fold becomes a space. */
static size_t
unfold(const unsigned char *s, size_t n, char *out, unsigned *odd)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '\0') {
			*odd |= VALUE_NUL;
		} else if (s[i] == '\n') {
			if (i + 1 < n && !ascii_is_wsp((char)s[i + 1])) {
				*odd |= VALUE_LINE;
				out[len++] = ' ';
			}
		} else if (s[i] == '\r') {
			if (i + 1 >= n || s[i + 1] != '\n')
				*odd |= VALUE_CR;
		} else {
			out[len++] = (char)s[i];
		}
	}
	return len;
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && ascii_is_wsp((*s)[0])) {
		(*s)++;
		(*n)--;
	}
	while (*n > 0 && ascii_is_wsp((*s)[*n - 1]))
		(*n)--;
}

/* ---- the pieces ---- */

/* Behind the comment that begins here; comments nest (RFC 5322 §3.2.2). */
static const char *
skip_comment(const char *p, const char *end)
{
	unsigned depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return end;
}

/* Behind the quoted string that begins here. */
static const char *
skip_quoted(const char *p, const char *end, bool *terminated)
{
	*terminated = false;
	for (p++; p < end; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
		} else if (*p == '"') {
			*terminated = true;
			return p + 1;
		}
	}
	return end;
}

/* ";" that is neither in a quoted string nor, while with_comments, in a comment. */
static const char *
find_semicolon(const char *p, const char *end, bool with_comments)
{
	bool terminated;

	while (p < end && *p != ';') {
		if (*p == '"')
			p = skip_quoted(p, end, &terminated);
		else if (*p == '(' && with_comments)
			p = skip_comment(p, end);
		else
			p++;
	}
	return p;
}

static char *
lower(struct arena *mem, const char *s, size_t n)
{
	char *out = arena_strndup(mem, s, n);
	size_t i;

	for (i = 0; out != NULL && i < n; i++)
		out[i] = ascii_lower(out[i]);
	return out;
}

/* ---- the token ---- */

/* Copies a token to out, which has room, without comments, quotes and white space around "/". */
static size_t
plain_token(const char *s, size_t n, char *out, unsigned *odd)
{
	const char *p = s, *end = s + n;
	size_t len = 0;
	bool gap = false;

	while (p < end) {
		if (*p == '(') {
			p = skip_comment(p, end);
			*odd |= VALUE_COMMENT;
			continue;
		}
		if (ascii_is_wsp(*p) || *p == '"') {
			*odd |= *p == '"' ? VALUE_TOKEN : 0;
			gap = gap || (len > 0 && ascii_is_wsp(*p));
			p++;
			continue;
		}
		/* "text / plain" is one token, "text/plain charset=x" is not */
		if (gap && *p != '/' && out[len - 1] != '/') {
			*odd |= VALUE_TOKEN;
			break;
		}
		gap = false;
		out[len++] = ascii_lower(*p++);
	}
	return len;
}

static bool
read_token(struct reader *r)
{
	struct mime_value *v = r->v;
	const char *semicolon = find_semicolon(r->p, r->end, true);
	const char *s = r->p;
	size_t n = (size_t)(semicolon - s);
	char *token = arena_alloc(r->mem, n + 1);

	if (token == NULL)
		return false;
	trim(&s, &n);
	v->token_len = plain_token(s, n, token, &v->odd);
	token[v->token_len] = '\0';
	v->token = token;
	if (n > 3 && memmem(s, n, "=?", 2) != NULL)
		v->odd |= VALUE_ENCODED;
	v->as_is_len = n;
	v->sent = s;
	v->as_is = lower(r->mem, s, n);
	r->p = semicolon;
	return v->as_is != NULL;
}

/* ---- parameters ---- */

static struct mime_param *
add_param(struct reader *r)
{
	struct mime_value *v = r->v;
	struct mime_param *grown;
	size_t cap;

	if (v->n == MIME_PARAMS_MAX) {
		v->odd |= VALUE_TOO_MUCH;
		return NULL;
	}
	if (v->n == r->cap) {
		cap = r->cap != 0 ? 2 * r->cap : 8;
		if ((grown = arena_alloc(r->mem, cap * sizeof(*grown))) == NULL)
			return NULL;
		if (v->n > 0)
			memcpy(grown, v->params, v->n * sizeof(*grown));
		v->params = grown;
		r->cap = cap;
	}
	v->params[v->n] = (struct mime_param){.section = -1};
	return &v->params[v->n];
}

/* Splits "name*1*" (RFC 2231 §3, §4.1). */
static void
read_name(struct mime_param *p, const char *s, size_t n)
{
	size_t i;
	int section = 0;

	for (; n > 0 && s[n - 1] == '*'; n--)
		p->extended = true;
	for (i = n; i > 0 && ascii_is_digit(s[i - 1]); i--)
		;
	if (i > 0 && i < n && s[i - 1] == '*' && n - i <= 5) {
		p->section = 0;
		n = i - 1;
		for (; ascii_is_digit(s[i]); i++)
			section = 10 * section + (s[i] - '0');
		p->section = section;
	}
	while (n > 0 && ascii_is_wsp(s[n - 1]))
		n--;
	p->name_len = n;
}

/* Without quoted pairs. */
static bool
unquote(struct reader *r, const char *s, size_t n, struct mime_param *p)
{
	char *out = arena_alloc(r->mem, n + 1);
	size_t i, len = 0;

	if (out == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n)
			i++;
		out[len++] = s[i];
	}
	out[len] = '\0';
	p->value = out;
	p->len = len;
	return true;
}

static bool
read_quoted(struct reader *r, struct mime_param *p)
{
	bool terminated;
	const char *s = r->p + 1, *close = skip_quoted(r->p, r->end, &terminated);
	const char *text = close;
	size_t n = (size_t)((terminated ? close - 1 : close) - s), behind;

	p->quoted = true;
	p->raw = s;
	p->raw_len = n;
	if (!terminated)
		r->v->odd |= VALUE_UNTERMINATED;
	r->p = find_semicolon(close, r->end, true);
	behind = (size_t)(r->p - close);
	trim(&text, &behind);
	if (behind > 0 && *text != '(') {
		r->v->odd |= VALUE_BEHIND_QUOTE;
		p->raw_len = (size_t)(text + behind - s);
	}
	return unquote(r, s, n, p);
}

/* RFC 2045 §5.1: up to white space or a sign that no token has. */
static size_t
token_length(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && !ascii_is_wsp(s[i]) && strchr("(<>@,;\"", s[i]) == NULL; i++)
		;
	return i;
}

static void
read_bare(struct reader *r, struct mime_param *p)
{
	const char *s = r->p;
	size_t n;

	r->p = find_semicolon(r->p, r->end, false);
	n = (size_t)(r->p - s);
	trim(&s, &n);
	p->raw = s;
	p->raw_len = n;
	p->value = s;
	p->len = token_length(s, n);
}

static bool
is_space(char c)
{
	return ascii_is_wsp(c) || c == '\v' || c == '\f';
}

/* At "=": the value behind it. */
static bool
read_value(struct reader *r, struct mime_param *p)
{
	const char *start = ++r->p;

	while (r->p < r->end) {
		if (is_space(*r->p))
			r->p++;
		else if (*r->p == '(')
			r->p = skip_comment(r->p, r->end);
		else
			break;
	}
	/* a comment without end: for who knows no comments, a value */
	if (r->p == r->end)
		r->p = start;
	if (r->p < r->end && *r->p == '"')
		return read_quoted(r, p);
	read_bare(r, p);
	return true;
}

static void
skip_space_and_comments(struct reader *r)
{
	while (r->p < r->end) {
		if (is_space(*r->p) || *r->p == ';')
			r->p++;
		else if (*r->p == '(')
			r->p = skip_comment(r->p, r->end);
		else
			break;
	}
}

/* Takes comments, quotes and other signs out of it, as some programs do. */
static size_t
clean_name(char *s, size_t n)
{
	const char *p = s, *end = s + n;
	size_t len = 0;

	while (p < end) {
		if (*p == '(') {
			p = skip_comment(p, end);
			continue;
		}
		if (ascii_is_alpha(*p) || ascii_is_digit(*p) || *p == '*' || *p == '-' || *p == '_')
			s[len++] = *p;
		p++;
	}
	return len;
}

/* The parameter that begins here, if it is one. False without memory. */
static bool
read_param(struct reader *r, bool hidden)
{
	const char *s = r->p, *eq;
	struct mime_param *p;
	char *name;
	size_t n, len;

	for (eq = s; eq < r->end && *eq != '=' && *eq != ';'; eq++)
		;
	if (eq == r->end || *eq == ';') {
		r->p = eq;
		return true;
	}
	if ((p = add_param(r)) == NULL) {
		r->p = r->end;
		return (r->v->odd & VALUE_TOO_MUCH) != 0;
	}
	n = (size_t)(eq - s);
	trim(&s, &n);
	if ((name = lower(r->mem, s, n)) == NULL)
		return false;
	p->name = name;
	len = clean_name(name, n);
	read_name(p, name, len);
	p->hidden = hidden || len != n;
	r->v->odd |= len != n ? VALUE_HIDDEN : 0;
	r->p = eq;
	if (!read_value(r, p))
		return false;
	r->v->n++;
	return true;
}

/* ---- parameters where none belongs ---- */

/* "boundary =" and its like, with a sign before it that a search for the word accepts. */
static bool
looks_like_param(const char *text, const char *p, const char *end)
{
	static const char *const names[] = {"boundary", "filename", "name"};
	size_t i, n;
	const char *q;

	if (p > text && strchr(" \t;\"'(),\\", p[-1]) == NULL)
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if ((size_t)(end - p) <= n || strncasecmp(p, names[i], n) != 0)
			continue;
		for (q = p + n; q < end && (ascii_is_wsp(*q) || *q == '*' || ascii_is_digit(*q));
		     q++)
			;
		return q < end && *q == '=';
	}
	return false;
}

/*
 * A program that searches the value for "boundary=" finds it in a comment, in
 * a quoted string, or without ";" before it, too. `starts` tells for each
 * byte whether a parameter was read from there.
 */
static bool
find_hidden(struct reader *r, const char *text, const bool *starts)
{
	const char *p;
	unsigned left = 8;

	for (p = text; p < r->end && left > 0; p++) {
		if ((ascii_lower(*p) != 'b' && ascii_lower(*p) != 'f' && ascii_lower(*p) != 'n') ||
		    starts[p - text] || !looks_like_param(text, p, r->end))
			continue;
		r->v->odd |= VALUE_HIDDEN;
		r->p = p;
		left--;
		if (!read_param(r, true))
			return false;
	}
	return true;
}

bool
mime_value_read(const unsigned char *s, size_t n, struct arena *mem, struct mime_value *v)
{
	struct reader r = {.mem = mem, .v = v};
	bool *starts;
	char *text;
	size_t len;

	*v = (struct mime_value){.token = "", .as_is = ""};
	if (n > MIME_VALUE_MAX) {
		n = MIME_VALUE_MAX;
		v->odd |= VALUE_TOO_MUCH;
	}
	text = arena_alloc(mem, n + 1);
	starts = arena_alloc(mem, n + 1);
	if (text == NULL || starts == NULL)
		return false;
	memset(starts, 0, n + 1);
	len = unfold(s, n, text, &v->odd);
	text[len] = '\0';
	r.p = text;
	r.end = text + len;
	if (!read_token(&r))
		return false;
	for (skip_space_and_comments(&r); r.p < r.end; skip_space_and_comments(&r)) {
		starts[r.p - text] = true;
		if (!read_param(&r, false))
			return false;
	}
	return find_hidden(&r, text, starts);
}
