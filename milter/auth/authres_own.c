#include "authres_own.h"

#include <string.h>
#include <strings.h>

#include "authres_words.h"
#include "base/ascii.h"
#include "base/domain.h"

#define NAME "Authentication-Results"

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

/* Passes over a comment or quoted-string, or one byte; to the end where it does not end. */
static void
skip_piece(struct words *r, struct buf *scratch)
{
	bool ended = true;

	if (*r->p == '(')
		ended = words_skip_comment(r);
	else if (*r->p == '"')
		ended = words_read_quoted(r, scratch);
	else
		r->p++;
	if (!ended)
		r->p = r->end;
}

/* Where the first ";" is, for those who know comments and quotes and for those who do not. */
static const char *
furthest_semicolon(struct words r, struct buf *scratch)
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
squeeze(struct words r, struct buf *out)
{
	for (; r.p < r.end; r.p++)
		if (*r.p != ' ' && !words_is_control(*r.p) && *r.p != '"' && *r.p != '\\')
			buf_addc(out, *r.p);
}

/* From a comment that does not end, all is text: looking for its end again and again takes long. */
static void
drop_comments(struct words r, struct buf *out)
{
	const char *begin;
	bool ended = true;

	while (r.p < r.end) {
		begin = r.p;
		if (*r.p == '(' && ended && (ended = words_skip_comment(&r)))
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
		if (!words_is_8bit(in->data[i]))
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
		    !(p[n] == '.' && words_is_alnum(p[n + 1])))
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
could_be_read_as_ours(struct words r, const char *const *ids, size_t n)
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
is_leniently_ours(struct words r, const char *const *ids, size_t n)
{
	struct buf scratch, bare;
	bool ours;

	buf_init(&scratch, 0);
	buf_init(&bare, 0);
	r.end = furthest_semicolon(r, &scratch);
	drop_comments(r, &bare);
	ours = scratch.failed || bare.failed || could_be_read_as_ours(r, ids, n) ||
	       could_be_read_as_ours(
		   (struct words){.p = buf_str(&bare), .end = buf_str(&bare) + bare.len}, ids, n);
	buf_free(&scratch);
	buf_free(&bare);
	return ours;
}

bool
authres_is_ours(const struct header_field *f, const char *const *ids, size_t n)
{
	struct words r = {.p = f->value, .end = f->value + f->value_len};
	struct buf id;
	enum words_head head;
	bool ours;

	if (!header_is(f, NAME))
		return false;
	buf_init(&id, 0);
	head = words_read_head(&r, &id);
	ours = id.failed || same_as_any(&id, ids, n);
	buf_free(&id);
	if (ours || head != HEAD_UNCLEAR)
		return ours;
	r.p = f->value;
	return is_leniently_ours(r, ids, n);
}
