#include "authres_write.h"

#include <string.h>

#include "authres_words.h"
#include "base/domain.h"
#include "base/utf8.h"

#define COLUMNS 77 /* a line stays below 78 */

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
	if (u == 0 || c1 || words_is_control(s[0]) || (u > 1 && charset == AUTHRES_ASCII)) {
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
	const char *at = words_find_at(s, n);
	size_t local = at != NULL ? (size_t)(at - s) : 0;

	if (at == NULL || !words_is_dotted(at + 1, n - local - 1, words_is_domain_char))
		return false;
	if (local == 0 || words_is_dotted(s, local, words_is_atext))
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
	if (words_is_token(text.data, text.len))
		buf_add(&w->word, text.data, text.len);
	else if (!add_address(&w->word, buf_str(&text), text.len))
		add_quoted(&w->word, buf_str(&text), text.len);
	w->word.failed |= text.failed;
	buf_free(&text);
}

static void
add_keyword(struct writer *w, const char *s)
{
	if (!words_is_keyword(s, strlen(s)))
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
	if (words_is_token(text.data, text.len))
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
