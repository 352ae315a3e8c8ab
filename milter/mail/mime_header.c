#include "mime_header.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "search.h"

struct line {
	size_t start, len; /* without the line end */
	size_t next;
	bool bare_lf, stray_cr; /* it ends with LF alone; there is a CR in it */
};

struct reader {
	const unsigned char *s;
	size_t n;
	enum header_way way;
	struct mime_header *h;
	struct content_field *last; /* that a continuation belongs to; NULL: to no Content- field */
	bool any_crlf;
};

/* ---- lines ---- */

static size_t
end_of_line(const struct reader *r, size_t at)
{
	const unsigned char *p = r->s + at, *end = r->s + r->n, *lf;

	if (r->way == HEADER_CRLF_ONLY) {
		lf = search_bytes(p, end, "\r\n", 2);
		return lf != NULL ? (size_t)(lf - r->s) + 1 : r->n;
	}
	if (r->way == HEADER_CR_LINES) {
		while (p < end && *p != '\r' && *p != '\n')
			p++;
		if (p + 1 < end && *p == '\r' && p[1] == '\n')
			p++;
		return (size_t)(p - r->s);
	}
	lf = memchr(p, '\n', (size_t)(end - p));
	return lf != NULL ? (size_t)(lf - r->s) : r->n;
}

static struct line
line_at(const struct reader *r, size_t at)
{
	size_t end = end_of_line(r, at);
	struct line l = {.start = at, .next = end < r->n ? end + 1 : r->n};

	l.bare_lf = end < r->n && r->s[end] == '\n' && (end == at || r->s[end - 1] != '\r');
	if (end > at && end < r->n && r->s[end] == '\n' && r->s[end - 1] == '\r')
		end--;
	l.len = end - at;
	l.stray_cr = memchr(r->s + at, '\r', l.len) != NULL;
	return l;
}

static bool
is_blank(const struct reader *r, const struct line *l)
{
	size_t i;

	for (i = 0; i < l->len; i++)
		if (!ascii_is_wsp((char)r->s[l->start + i]) && r->s[l->start + i] != '\r')
			return false;
	return true;
}

/* ---- names ---- */

/* The Content- field whose name these bytes are, when all signs and what is in brackets are left
 * out. */
static enum content_which
which_field(const unsigned char *s, size_t n)
{
	static const char *const names[] = {[CONTENT_TYPE] = "contenttype",
	    [CONTENT_ENCODING] = "contenttransferencoding",
	    [CONTENT_DISPOSITION] = "contentdisposition"};
	char plain[32];
	size_t i, len = 0;

	for (i = 0; i < n && s[i] != '(' && len < sizeof(plain) - 1; i++)
		if (ascii_is_alpha((char)s[i]))
			plain[len++] = ascii_lower((char)s[i]);
	plain[len] = '\0';
	for (i = 0; i < CONTENT_WHICH && strcmp(plain, names[i]) != 0; i++)
		;
	return (enum content_which)i;
}

static bool
is_by_the_letter(const unsigned char *s, size_t n)
{
	static const char *const names[] = {
	    "content-type", "content-transfer-encoding", "content-disposition"};
	size_t i;

	for (i = 0; i < CONTENT_WHICH; i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], (const char *)s, n) == 0)
			return true;
	return false;
}

/* The length of the name up to the colon; 0 where the line is no field (RFC 5322 §2.2, §4.5). */
static size_t
name_length(const unsigned char *s, size_t n)
{
	const unsigned char *colon = memchr(s, ':', n);
	size_t len = colon != NULL ? (size_t)(colon - s) : 0, i = 0;

	while (i < len && s[i] > 32 && s[i] < 127)
		i++;
	if (i == 0)
		return 0;
	while (i < len && ascii_is_wsp((char)s[i]))
		i++;
	return i == len ? len : 0;
}

/* "filename=x" and its like, which a broken program left without white space before it. */
static bool
is_loose_parameter(const unsigned char *s, size_t n)
{
	static const char *const names[] = {"filename", "name", "boundary", "charset"};
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = strlen(names[i]);
		if (n <= len || strncasecmp((const char *)s, names[i], len) != 0)
			continue;
		while (len < n && (s[len] == '*' || ascii_is_digit((char)s[len]) || s[len] == ' '))
			len++;
		return len < n && s[len] == '=';
	}
	return false;
}

/* ---- fields ---- */

static void
add_field(struct reader *r, const struct line *l, size_t name_len)
{
	const unsigned char *name = r->s + l->start;
	enum content_which which = which_field(name, name_len);
	struct mime_header *h = r->h;

	r->last = NULL;
	if (which == CONTENT_WHICH)
		return;
	if (h->n == CONTENT_FIELDS_MAX) {
		h->more = true;
		return;
	}
	r->last = &h->fields[h->n++];
	*r->last = (struct content_field){.which = which,
	    .value = name + name_len + 1,
	    .len = l->len - name_len - 1,
	    .odd_name = !is_by_the_letter(name, name_len)};
}

static void
continue_field(struct reader *r, const struct line *l)
{
	if (r->last != NULL)
		r->last->len = (size_t)(r->s + l->start + l->len - r->last->value);
}

/* A name with signs that none may have: a field all the same, for who leaves them out. */
static bool
add_odd_field(struct reader *r, const struct line *l)
{
	const unsigned char *s = r->s + l->start;
	const unsigned char *colon = memchr(s, ':', l->len);

	if (colon == NULL || which_field(s, (size_t)(colon - s)) == CONTENT_WHICH || colon - s > 64)
		return false;
	add_field(r, l, (size_t)(colon - s));
	return true;
}

/* False where the section ends before this line. */
static bool
take_line(struct reader *r, const struct line *l)
{
	const unsigned char *s = r->s + l->start;
	size_t name_len;

	if (ascii_is_wsp((char)s[0]) && l->start > 0) {
		continue_field(r, l);
		return true;
	}
	if (r->last != NULL && is_loose_parameter(s, l->len)) {
		r->h->other_ways |= 1U << HEADER_HARD;
		if (r->way == HEADER_HARD)
			return false;
		r->last->loose_lines = true;
		continue_field(r, l);
		return true;
	}
	if ((name_len = name_length(s, l->len)) > 0) {
		add_field(r, l, name_len);
		return true;
	}
	if (add_odd_field(r, l))
		return true;
	if (l->start == 0 && l->len > 5 &&
	    (memcmp(s, "From ", 5) == 0 || memcmp(s, ">From", 5) == 0))
		return true;
	r->h->other_ways |= 1U << HEADER_GOES_ON;
	r->last = NULL;
	return r->way == HEADER_GOES_ON;
}

static void
note(struct reader *r, const struct line *l)
{
	struct mime_header *h = r->h;

	r->any_crlf |= !l->bare_lf;
	if (l->bare_lf && r->any_crlf)
		h->other_ways |= 1U << HEADER_CRLF_ONLY;
	if (l->stray_cr) {
		h->bare_cr = true;
		h->other_ways |= 1U << HEADER_CR_LINES;
	}
	if (memchr(r->s + l->start, '\0', l->len) != NULL)
		h->nul = true;
}

void
mime_header_read(const unsigned char *s, size_t n, enum header_way way, struct mime_header *h)
{
	struct reader r = {.s = s, .n = n, .way = way, .h = h};
	struct line l;
	size_t at;

	*h = (struct mime_header){.body = n, .bytes = n};
	for (at = 0; at < n; at = l.next) {
		l = line_at(&r, at);
		note(&r, &l);
		if (l.len > 0 && is_blank(&r, &l))
			h->other_ways |= 1U << HEADER_BLANK;
		if (l.len == 0 || (way == HEADER_BLANK && is_blank(&r, &l))) {
			h->ended = true;
			h->body = l.next;
			h->bytes = at;
			return;
		}
		if (!take_line(&r, &l)) {
			h->body = h->bytes = at;
			return;
		}
	}
}

bool
mime_header_differ(const struct mime_header *a, const struct mime_header *b)
{
	size_t i;

	if (a->n != b->n)
		return true;
	for (i = 0; i < a->n; i++)
		if (a->fields[i].value != b->fields[i].value ||
		    a->fields[i].len != b->fields[i].len)
			return true;
	return a->n > 0 && a->body != b->body;
}
