#include "authres.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/domain.h"
#include "base/utf8.h"

#define NAME "Authentication-Results"
#define COLUMNS 77 /* a line stays below 78 */

static bool
is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_alpha(c);
}

static bool
is_8bit(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* token of RFC 2045 §5.1, which "value" is made of. */
static bool
is_token_char(char c)
{
	return !is_8bit(c) && !is_control(c) && strchr(" ()<>@,;:\\\"/[]?=", c) == NULL;
}

/* atext of RFC 5322 §3.2.3 */
static bool
is_atext(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_token(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_token_char(s[i]))
			return false;
	return n > 0;
}

/* Words of one sort of characters with single dots between them. */
static bool
is_dotted(const char *s, size_t n, bool (*is_char)(char))
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_char(s[i]) && (s[i] != '.' || i == 0 || s[i - 1] == '.'))
			return false;
	return n > 0 && s[n - 1] != '.';
}

static bool
is_domain_char(char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

/* Keyword of RFC 5321 §4.1.2: letters, digits, and hyphens within. */
static bool
is_keyword(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	return n > 0 && s[n - 1] != '-';
}

/* What stands in a keyword's place: some write "_" in it. */
static bool
is_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_domain_char(s[i]))
			return false;
	return n > 0;
}

/* The last "@", or NULL. */
static const char *
find_at(const char *s, size_t n)
{
	return memrchr(s, '@', n);
}

/* ---- writing ---- */

struct writer {
	struct buf *out;
	struct buf word; /* what comes next, in one piece */
	size_t column;	 /* where the next byte goes */
	bool blank;	 /* the line has nothing but white space */
	enum authres_charset charset;
	bool failed; /* a keyword was none */
};

static void
fold(struct writer *w)
{
	buf_adds(w->out, "\r\n\t");
	w->column = 8;
	w->blank = true;
}

/* Adds the word after a space or a fold. */
static void
put_word(struct writer *w)
{
	if (w->column + 1 + w->word.len > COLUMNS && !w->blank)
		fold(w);
	else if (!w->blank) {
		buf_addc(w->out, ' ');
		w->column++;
	}
	buf_add(w->out, w->word.data, w->word.len);
	w->column += w->word.len;
	w->blank = false;
	w->out->failed |= w->word.failed;
	buf_clear(&w->word);
}

/*
 * One character of s as it may stand in a field: the bytes taken are returned,
 * *out is what to write of them.
 */
static size_t
safe_char(enum authres_charset charset, const char *s, size_t n, const char **out, size_t *len)
{
	size_t u = utf8_length(s, n);
	bool c1 = u == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;

	*out = s;
	*len = u;
	if (u == 0 || c1 || is_control(s[0]) || (u > 1 && charset == AUTHRES_ASCII)) {
		*out = "?";
		*len = 1;
	}
	return u != 0 ? u : 1;
}

/* What can be said of a text of n bytes, with the end cut off where it is too long. */
static void
safe_text(enum authres_charset charset, const char *s, size_t n, struct buf *text)
{
	const char *c;
	size_t i, len;

	for (i = 0; i < n;) {
		i += safe_char(charset, s + i, n - i, &c, &len);
		if (text->len + len > AUTHRES_TEXT_MAX) {
			buf_adds(text, "...");
			return;
		}
		buf_add(text, c, len);
	}
}

static void
add_quoted(struct buf *b, const char *s, size_t n)
{
	size_t i;

	buf_addc(b, '"');
	for (i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, s[i]);
	}
	buf_addc(b, '"');
}

/* local-part "@" domain-name, if the text can be written as that. */
static bool
add_address(struct buf *b, const char *s, size_t n)
{
	const char *at = find_at(s, n);
	size_t local = at != NULL ? (size_t)(at - s) : 0;

	if (at == NULL || !is_dotted(at + 1, n - local - 1, is_domain_char))
		return false;
	if (local == 0 || is_dotted(s, local, is_atext))
		buf_add(b, s, local);
	else
		add_quoted(b, s, local);
	buf_add(b, at, n - local);
	return true;
}

static void
add_value(struct writer *w, const char *s, size_t n)
{
	struct buf text;

	buf_init(&text, 0);
	safe_text(w->charset, s, n, &text);
	if (is_token(text.data, text.len))
		buf_add(&w->word, text.data, text.len);
	else if (!add_address(&w->word, buf_str(&text), text.len))
		add_quoted(&w->word, buf_str(&text), text.len);
	w->word.failed |= text.failed;
	buf_free(&text);
}

static void
add_keyword(struct writer *w, const char *s)
{
	if (!is_keyword(s, strlen(s)))
		w->failed = true;
	buf_adds(&w->word, s);
}

static void
put_method(struct writer *w, const struct authres_result *r)
{
	add_keyword(w, r->method);
	buf_addc(&w->word, '=');
	add_keyword(w, r->result);
	put_word(w);
}

/* reason="...", spaces trimmed and squeezed to one. */
static void
add_sentence(struct buf *b, const struct buf *text)
{
	size_t i, n = text->len;

	buf_adds(b, "reason=\"");
	while (n > 0 && text->data[n - 1] == ' ')
		n--;
	for (i = 0; i < n; i++) {
		if (text->data[i] == ' ' && (i == 0 || text->data[i - 1] == ' '))
			continue;
		if (text->data[i] == '"' || text->data[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, text->data[i]);
	}
	buf_addc(b, '"');
}

/*
 * A reason is folded within: CRLF goes before a space, which unfolding leaves
 * as it is. Spaces stand alone, so that no line is empty.
 */
static void
put_sentence(struct writer *w, const char *s, size_t n)
{
	const char *space = memchr(s, ' ', n);
	size_t word = space != NULL ? (size_t)(space - s) : n;

	buf_add(&w->word, s, word);
	put_word(w);
	while (space != NULL) {
		n -= word + 1;
		s = space + 1;
		space = memchr(s, ' ', n);
		word = space != NULL ? (size_t)(space - s) : n;
		if (w->column + 1 + word > COLUMNS) {
			buf_adds(w->out, "\r\n");
			w->column = 0;
		}
		buf_addc(w->out, ' ');
		buf_add(w->out, s, word);
		w->column += 1 + word;
	}
}

static void
put_reason(struct writer *w, const char *reason)
{
	struct buf text, quoted;

	buf_init(&text, 0);
	buf_init(&quoted, 0);
	safe_text(w->charset, reason, strlen(reason), &text);
	add_sentence(&quoted, &text);
	if (quoted.len > sizeof("reason=\"\"") - 1)
		put_sentence(w, buf_str(&quoted), quoted.len);
	w->out->failed |= text.failed || quoted.failed;
	buf_free(&text);
	buf_free(&quoted);
}

static void
put_property(struct writer *w, const struct authres_property *p)
{
	add_keyword(w, p->ptype);
	buf_addc(&w->word, '.');
	add_keyword(w, p->name);
	buf_addc(&w->word, '=');
	add_value(w, p->value, p->len);
	put_word(w);
}

static void
put_result(struct writer *w, const struct authres_result *r)
{
	size_t i;

	buf_addc(w->out, ';');
	fold(w);
	put_method(w, r);
	if (r->reason != NULL)
		put_reason(w, r->reason);
	for (i = 0; i < r->n; i++)
		if (r->properties[i].len > 0)
			put_property(w, &r->properties[i]);
}

/* An authserv-id is a value, never an address. */
static void
put_id(struct writer *w, const char *id)
{
	struct buf text;

	buf_init(&text, 0);
	safe_text(w->charset, id, strlen(id), &text);
	buf_addc(w->out, ' ');
	if (is_token(text.data, text.len))
		buf_add(w->out, text.data, text.len);
	else
		add_quoted(w->out, buf_str(&text), text.len);
	w->out->failed |= text.failed;
	buf_free(&text);
}

int
authres_write(struct buf *out, const char *authserv_id, const struct authres_result *results,
    size_t n, enum authres_charset charset)
{
	struct writer w = {.out = out, .charset = charset};
	size_t i;

	buf_clear(out);
	if (authserv_id[0] == '\0')
		return -1;
	buf_init(&w.word, 0);
	put_id(&w, authserv_id);
	for (i = 0; i < n; i++)
		put_result(&w, &results[i]);
	if (n == 0)
		buf_adds(out, "; none");
	buf_free(&w.word);
	return w.failed || out->failed ? -1 : 0;
}

/* ---- words of a field ---- */

struct reader {
	const char *p, *end;
};

static bool
at_fold(const struct reader *r)
{
	return r->end - r->p >= 3 && r->p[0] == '\r' && r->p[1] == '\n' && ascii_is_wsp(r->p[2]);
}

/*
 * Passes over one comment, nested as deep as it likes (RFC 5322 §3.2.2).
 * False where it does not end or holds control characters.
 */
static bool
skip_comment(struct reader *r)
{
	size_t depth = 0;

	for (; r->p < r->end; r->p++) {
		if (at_fold(r)) {
			r->p += 2;
			continue;
		}
		if (is_control(*r->p) && *r->p != '\t')
			return false;
		if (*r->p == '\\' && r->end - r->p > 1 && !is_control(r->p[1]))
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
static bool
skip_cfws(struct reader *r)
{
	while (r->p < r->end) {
		if (ascii_is_wsp(*r->p))
			r->p++;
		else if (at_fold(r))
			r->p += 3;
		else if (*r->p != '(')
			break;
		else if (!skip_comment(r))
			return false;
	}
	return true;
}

/* Takes that sign after [CFWS], and the [CFWS] after it. */
static bool
take(struct reader *r, char sign)
{
	if (!skip_cfws(r) || r->p == r->end || *r->p != sign)
		return false;
	r->p++;
	return skip_cfws(r);
}

/* The next byte, or NUL at the end. */
static char
peek(const struct reader *r)
{
	return r->p < r->end ? *r->p : '\0';
}

/*
 * Reads a quoted-string's meaning into text (RFC 5322 §3.2.4). False where it
 * does not end, or holds control characters or what is no UTF-8.
 */
static bool
read_quoted(struct reader *r, struct buf *text)
{
	size_t u;

	for (r->p++; r->p < r->end && *r->p != '"'; r->p += u) {
		if (at_fold(r))
			r->p += 2;
		if (*r->p == '\\' && r->end - r->p > 1)
			r->p++;
		u = utf8_length(r->p, (size_t)(r->end - r->p));
		if (u == 0 || (is_control(*r->p) && *r->p != '\t'))
			return false;
		buf_add(text, r->p, u);
	}
	return r->p++ < r->end;
}

/* Reads bytes up to one that separates words. */
static size_t
span_word(const struct reader *r)
{
	const char *p = r->p;

	while (p < r->end && *p != ' ' && !is_control(*p) && strchr(";()\"\\", *p) == NULL)
		p++;
	return (size_t)(p - r->p);
}

static size_t
span_token(const struct reader *r)
{
	const char *p = r->p;

	while (p < r->end && (is_token_char(*p) || is_8bit(*p)))
		p++;
	return (size_t)(p - r->p);
}

/* "value": a token, here also one in UTF-8, or a quoted-string. False where there is none. */
static bool
read_value(struct reader *r, struct buf *text)
{
	size_t n;

	if (peek(r) == '"')
		return read_quoted(r, text);
	n = span_token(r);
	buf_add(text, r->p, n);
	r->p += n;
	return n > 0 && utf8_valid(r->p - n, n);
}

/* ---- is it ours? ---- */

static size_t
without_dot(const char *s, size_t n)
{
	return n > 0 && s[n - 1] == '.' ? n - 1 : n;
}

/* The same text in any case, or the same domain in any spelling. */
static bool
same_id(const char *s, size_t n, const char *id)
{
	char a[DOMAIN_BUF], b[DOMAIN_BUF];
	size_t len = without_dot(id, strlen(id));

	if (without_dot(s, n) == len && strncasecmp(s, id, len) == 0)
		return true;
	return domain_canonical(s, n, a) && domain_canonical(id, strlen(id), b) &&
	       strcmp(a, b) == 0;
}

static bool
same_as_any(const struct buf *text, const char *const *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text->len > 0 && same_id(text->data, text->len, ids[i]))
			return true;
	return false;
}

enum head {
	HEAD_ID, /* [CFWS] authserv-id [CFWS version], and the results begin or nothing follows */
	HEAD_METHOD,  /* [CFWS] method "=" or method "/" version "=" */
	HEAD_UNCLEAR, /* something else */
};

static void
skip_digits(struct reader *r)
{
	while (ascii_is_digit(peek(r)))
		r->p++;
}

/* "=" or "/" version "=" after the name of a method. */
static bool
is_method(struct reader r)
{
	if (peek(&r) == '/') {
		if (!take(&r, '/'))
			return false;
		skip_digits(&r);
	}
	return skip_cfws(&r) && peek(&r) == '=';
}

/* Reads the beginning of a field up to the first ";", and its first word into id. */
static enum head
read_head(struct reader *r, struct buf *id)
{
	bool quoted;

	if (!skip_cfws(r))
		return HEAD_UNCLEAR;
	quoted = peek(r) == '"';
	if (!read_value(r, id) || !skip_cfws(r))
		return HEAD_UNCLEAR;
	if (!quoted && is_name(id->data, id->len) && is_method(*r))
		return HEAD_METHOD;
	skip_digits(r);
	if (!skip_cfws(r))
		return HEAD_UNCLEAR;
	return r->p == r->end || *r->p == ';' ? HEAD_ID : HEAD_UNCLEAR;
}

/* Passes over a comment or quoted-string, or one byte; to the end where it does not end. */
static void
skip_piece(struct reader *r, struct buf *scratch)
{
	bool ended = true;

	if (*r->p == '(')
		ended = skip_comment(r);
	else if (*r->p == '"')
		ended = read_quoted(r, scratch);
	else
		r->p++;
	if (!ended)
		r->p = r->end;
}

/* Where the first ";" is, for those who know comments and quotes and for those who do not. */
static const char *
furthest_semicolon(struct reader r, struct buf *scratch)
{
	const char *naive;

	while (r.p < r.end && (*r.p == ';' || *r.p == '\r' || *r.p == '\n' || ascii_is_wsp(*r.p)))
		r.p++;
	naive = memchr(r.p, ';', (size_t)(r.end - r.p));
	if (naive == NULL)
		return r.end;
	while (r.p < r.end && *r.p != ';')
		skip_piece(&r, scratch);
	return r.p > naive ? r.p : naive;
}

/* What an unclear beginning may be taken for: without white space, quotes, and controls. */
static void
squeeze(struct reader r, struct buf *out)
{
	for (; r.p < r.end; r.p++)
		if (*r.p != ' ' && !is_control(*r.p) && *r.p != '"' && *r.p != '\\')
			buf_addc(out, *r.p);
}

/* From a comment that does not end, all is text: looking for its end again and again takes long. */
static void
drop_comments(struct reader r, struct buf *out)
{
	const char *begin;
	bool ended = true;

	while (r.p < r.end) {
		begin = r.p;
		if (*r.p == '(' && ended && (ended = skip_comment(&r)))
			continue;
		r.p = begin + 1;
		buf_addc(out, *begin);
	}
}

static void
drop_8bit(const struct buf *in, struct buf *out)
{
	size_t i;

	for (i = 0; i < in->len; i++)
		if (!is_8bit(in->data[i]))
			buf_addc(out, in->data[i]);
}

/* True where the text has the id, and not only as the end or beginning of a longer domain. */
static bool
has_id(struct buf *text, const char *id)
{
	const char *s = buf_str(text), *p;
	size_t n = without_dot(id, strlen(id));
	char plain[256];

	if (n == 0 || n >= sizeof(plain))
		return n > 0;
	memcpy(plain, id, n);
	plain[n] = '\0';
	for (p = s; (p = strcasestr(p, plain)) != NULL; p++)
		if ((p == s || strchr(".-_", p[-1]) == NULL) &&
		    !(p[n] == '.' && is_alnum(p[n + 1])))
			return true;
	return false;
}

static bool
has_any_id(struct buf *text, const char *const *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (has_id(text, ids[i]))
			return true;
	return text->failed || same_as_any(text, ids, n);
}

/* The text squeezed, as those see it who keep bytes beyond US-ASCII and those who do not. */
static bool
could_be_read_as_ours(struct reader r, const char *const *ids, size_t n)
{
	struct buf text, ascii;
	bool ours;

	buf_init(&text, 0);
	buf_init(&ascii, 0);
	squeeze(r, &text);
	drop_8bit(&text, &ascii);
	ours = has_any_id(&text, ids, n) || has_any_id(&ascii, ids, n) ||
	       strstr(buf_str(&ascii), "=?") != NULL; /* an encoded-word hides anything */
	buf_free(&text);
	buf_free(&ascii);
	return ours;
}

/* The beginning is malformed: it is ours if any way to mend it makes it ours. */
static bool
is_leniently_ours(struct reader r, const char *const *ids, size_t n)
{
	struct buf scratch, bare;
	bool ours;

	buf_init(&scratch, 0);
	buf_init(&bare, 0);
	r.end = furthest_semicolon(r, &scratch);
	drop_comments(r, &bare);
	ours = scratch.failed || bare.failed || could_be_read_as_ours(r, ids, n) ||
	       could_be_read_as_ours(
		   (struct reader){.p = buf_str(&bare), .end = buf_str(&bare) + bare.len}, ids, n);
	buf_free(&scratch);
	buf_free(&bare);
	return ours;
}

bool
authres_is_ours(const struct header_field *f, const char *const *ids, size_t n)
{
	struct reader r = {.p = f->value, .end = f->value + f->value_len};
	struct buf id;
	enum head head;
	bool ours;

	if (!header_is(f, NAME))
		return false;
	buf_init(&id, 0);
	head = read_head(&r, &id);
	ours = id.failed || same_as_any(&id, ids, n);
	buf_free(&id);
	if (ours || head != HEAD_UNCLEAR)
		return ours;
	r.p = f->value;
	return is_leniently_ours(r, ids, n);
}

/* ---- reading ---- */

struct parsing {
	struct reader r;
	struct arena *mem;
	struct authres_result results[AUTHRES_MAX_RESULTS];
	struct authres_property properties[AUTHRES_MAX_PROPERTIES]; /* of the present result */
	size_t n;
	bool loose; /* a liberty was taken */
	enum authres_status status;
};

static bool
stop(struct parsing *p, enum authres_status status)
{
	if (p->status == AUTHRES_OK)
		p->status = status;
	return false;
}

static char *
keep(struct parsing *p, const char *s, size_t n)
{
	char *copy = arena_strndup(p->mem, s, n);

	if (copy == NULL)
		stop(p, AUTHRES_NO_MEMORY);
	return copy;
}

/* A name: Keyword, or one with underscores. NULL where there is none. */
static const char *
read_name(struct parsing *p)
{
	const char *s = p->r.p;
	size_t n;

	while (p->r.p < p->r.end && is_domain_char(*p->r.p))
		p->r.p++;
	n = (size_t)(p->r.p - s);
	p->loose |= !is_keyword(s, n);
	if (n > 0)
		return keep(p, s, n);
	stop(p, AUTHRES_SYNTAX);
	return NULL;
}

/* What stands for a value outside quotes: is it a value or an address by the grammar? */
static bool
is_pvalue(const char *s, size_t n)
{
	const char *at = find_at(s, n);
	size_t local = at != NULL ? (size_t)(at - s) : 0;

	if (at == NULL)
		return is_token(s, n);
	return (local == 0 || is_dotted(s, local, is_atext)) &&
	       is_dotted(at + 1, n - local - 1, is_domain_char);
}

/* A word, a quoted-string, or a quoted local part and its domain. */
static bool
read_pvalue(struct parsing *p, struct buf *text)
{
	bool quoted = peek(&p->r) == '"';
	size_t n;

	if (quoted && !read_quoted(&p->r, text))
		return false;
	n = span_word(&p->r);
	if (!utf8_valid(p->r.p, n) || (!quoted && n == 0) || (quoted && n > 0 && *p->r.p != '@'))
		return false;
	if (n > 0 && !is_pvalue(p->r.p, n))
		p->loose = true;
	buf_add(text, p->r.p, n);
	p->r.p += n;
	return skip_cfws(&p->r);
}

/* Reads a value into the arena; NULL, and the status, where that fails. */
static const char *
keep_value(struct parsing *p, bool (*read)(struct parsing *, struct buf *), size_t *len)
{
	struct buf text;
	const char *copy = NULL;

	buf_init(&text, 0);
	if (!read(p, &text))
		stop(p, AUTHRES_SYNTAX);
	else if (text.failed)
		stop(p, AUTHRES_NO_MEMORY);
	else
		copy = keep(p, buf_str(&text), text.len);
	*len = text.len;
	buf_free(&text);
	return copy;
}

static bool
read_property(struct parsing *p, const char *word, struct authres_result *r)
{
	struct authres_property *to = &p->properties[r->n];

	if (r->n == AUTHRES_MAX_PROPERTIES)
		return stop(p, AUTHRES_TOO_MANY);
	*to = (struct authres_property){.ptype = "", .name = word};
	if (take(&p->r, '.')) {
		to->ptype = word;
		if ((to->name = read_name(p)) == NULL)
			return false;
	} else {
		p->loose = true;
	}
	if (!take(&p->r, '='))
		return stop(p, AUTHRES_SYNTAX);
	to->value = keep_value(p, read_pvalue, &to->len);
	r->n++;
	return to->value != NULL;
}

static bool
read_reason_or_property(struct parsing *p, struct authres_result *r)
{
	const char *word = read_name(p);
	struct reader equals = p->r;
	size_t len;

	if (word == NULL)
		return false;
	if (strcasecmp(word, "reason") != 0 || r->reason != NULL || !take(&equals, '='))
		return read_property(p, word, r);
	p->loose |= r->n > 0;
	p->r = equals;
	r->reason = keep_value(p, read_pvalue, &len);
	return r->reason != NULL;
}

/* method [ "/" version ] "=" result */
static bool
read_method(struct parsing *p, struct authres_result *r)
{
	if ((r->method = read_name(p)) == NULL)
		return false;
	if (!skip_cfws(&p->r))
		return stop(p, AUTHRES_SYNTAX);
	if (peek(&p->r) == '/') {
		if (!take(&p->r, '/') || !ascii_is_digit(peek(&p->r)))
			return stop(p, AUTHRES_SYNTAX);
		skip_digits(&p->r);
	}
	if (!take(&p->r, '='))
		return stop(p, AUTHRES_SYNTAX);
	return (r->result = read_name(p)) != NULL;
}

static bool
keep_properties(struct parsing *p, struct authres_result *r)
{
	size_t size = r->n * sizeof(*p->properties);
	struct authres_property *copy = arena_alloc(p->mem, size);

	if (copy == NULL)
		return stop(p, AUTHRES_NO_MEMORY);
	memcpy(copy, p->properties, size);
	r->properties = copy;
	return true;
}

/* True at the end of a result; CFWS must have stood before what follows otherwise. */
static bool
at_end(const struct parsing *p)
{
	return p->r.p == p->r.end || *p->r.p == ';';
}

static bool
read_result(struct parsing *p)
{
	struct authres_result *r = &p->results[p->n];
	const char *before;

	if (p->n == AUTHRES_MAX_RESULTS)
		return stop(p, AUTHRES_TOO_MANY);
	*r = (struct authres_result){0};
	if (!read_method(p, r))
		return false;
	p->n++;
	for (;;) {
		before = p->r.p;
		if (!skip_cfws(&p->r))
			return stop(p, AUTHRES_SYNTAX);
		if (at_end(p))
			return keep_properties(p, r);
		if (p->r.p == before && !ascii_is_wsp(before[-1]) && before[-1] != ')')
			return stop(p, AUTHRES_SYNTAX);
		if (!read_reason_or_property(p, r))
			return false;
	}
}

/* "none" alone says that there are no results. */
static bool
read_none(struct reader *r)
{
	struct reader at = *r;

	if (at.end - at.p < 4 || strncasecmp(at.p, "none", 4) != 0)
		return false;
	at.p += 4;
	if (!skip_cfws(&at) || at.p != at.end)
		return false;
	*r = at;
	return true;
}

static void
read_results(struct parsing *p)
{
	if (p->r.p == p->r.end)
		p->loose = true; /* neither results nor "none" */
	while (p->r.p < p->r.end) {
		if (!take(&p->r, ';')) {
			stop(p, AUTHRES_SYNTAX);
			return;
		}
		if (p->r.p == p->r.end)
			p->loose = true;
		else if ((p->n != 0 || !read_none(&p->r)) && !read_result(p))
			return;
	}
}

static bool
read_id(struct parsing *p, struct authres *a)
{
	struct reader r = p->r;
	struct buf id;
	enum head head;

	buf_init(&id, 0);
	head = read_head(&p->r, &id);
	if (id.failed)
		stop(p, AUTHRES_NO_MEMORY);
	else if (head != HEAD_ID)
		stop(p, head == HEAD_METHOD ? AUTHRES_NO_ID : AUTHRES_SYNTAX);
	else
		a->authserv_id = keep(p, buf_str(&id), id.len);
	buf_clear(&id);
	/* Once more, for the version after it. */
	if (p->status == AUTHRES_OK && skip_cfws(&r) && read_value(&r, &id) && skip_cfws(&r)) {
		p->r = r;
		skip_digits(&p->r);
		a->version = keep(p, r.p, (size_t)(p->r.p - r.p));
		skip_cfws(&p->r);
	}
	buf_free(&id);
	return p->status == AUTHRES_OK;
}

static bool
keep_results(struct parsing *p, struct authres *a)
{
	size_t size = p->n * sizeof(*p->results);
	struct authres_result *copy = arena_alloc(p->mem, size);

	if (copy == NULL)
		return stop(p, AUTHRES_NO_MEMORY);
	memcpy(copy, p->results, size);
	a->results = copy;
	a->n = p->n;
	a->strict = !p->loose;
	return true;
}

enum authres_status
authres_parse(const char *value, size_t len, struct arena *mem, struct authres *a)
{
	struct parsing *p = arena_alloc(mem, sizeof(*p));

	*a = (struct authres){.authserv_id = "", .version = ""};
	if (p == NULL)
		return AUTHRES_NO_MEMORY;
	p->r = (struct reader){.p = value, .end = value + len};
	p->mem = mem;
	p->n = 0;
	p->loose = false;
	p->status = AUTHRES_OK;
	if (read_id(p, a))
		read_results(p);
	if (p->status == AUTHRES_OK)
		keep_results(p, a);
	return p->status;
}

const struct authres_result *
authres_find(const struct authres *a, const char *method, size_t at)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcasecmp(a->results[i].method, method) == 0 && at-- == 0)
			return &a->results[i];
	return NULL;
}

const char *
authres_property(const struct authres_result *r, const char *ptype, const char *name)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcasecmp(r->properties[i].ptype, ptype) == 0 &&
		    strcasecmp(r->properties[i].name, name) == 0)
			return r->properties[i].value;
	return NULL;
}
