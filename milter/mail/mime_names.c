#include "mime_names.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "charset.h"
#include "encoded_word.h"

/* ---- parameters ---- */

struct list {
	struct param_reading *v;
	size_t n;
};

static void
add_reading(struct list *l, struct param_reading one)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].len == one.len && l->v[i].charset_len == one.charset_len &&
		    memcmp(l->v[i].s, one.s, one.len) == 0)
			return;
	if (l->n < PARAM_READINGS_MAX)
		l->v[l->n++] = one;
}

/* Percent signs (RFC 2231 §4) into out, which has room for n. */
static size_t
percent_decode(const char *s, size_t n, char *out)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n && ascii_hex(s[i + 1]) < 16 &&
		    ascii_hex(s[i + 2]) < 16) {
			out[len++] = (char)(ascii_hex(s[i + 1]) << 4 | ascii_hex(s[i + 2]));
			i += 2;
		} else {
			out[len++] = s[i];
		}
	}
	return len;
}

/* Takes "charset'language'" off (RFC 2231 §4); without it all is the text. */
static void
take_charset(const char **s, size_t *n, struct param_reading *r)
{
	const char *first = memchr(*s, '\'', *n), *second;

	if (first == NULL)
		return;
	second = memchr(first + 1, '\'', (size_t)(*s + *n - first) - 1);
	if (second == NULL)
		return;
	r->charset = *s;
	r->charset_len = (size_t)(first - *s);
	*n -= (size_t)(second + 1 - *s);
	*s = second + 1;
}

static bool
is_param(const struct mime_param *p, const char *name)
{
	return strlen(name) == p->name_len && memcmp(p->name, name, p->name_len) == 0;
}

static void
add_extended(struct list *l, const struct mime_param *p, struct arena *mem)
{
	struct param_reading r = {.hidden = p->hidden};
	const char *s = p->quoted ? p->value : p->raw;
	size_t n = p->quoted ? p->len : p->raw_len;
	char *out = arena_alloc(mem, n + 1);
	const char *close;

	if (out == NULL)
		return;
	take_charset(&s, &n, &r);
	r.len = percent_decode(s, n, out);
	r.s = out;
	add_reading(l, r);
	/* quotes behind the charset, which belong around all of it */
	if (r.len > 1 && out[0] == '"' && (close = memchr(out + 1, '"', r.len - 1)) != NULL) {
		r.s = out + 1;
		r.len = (size_t)(close - out) - 1;
		add_reading(l, r);
	}
}

static void
add_plain(struct list *l, const struct mime_param *p)
{
	add_reading(l, (struct param_reading){.s = p->value, .len = p->len, .hidden = p->hidden});
	if (p->raw_len != p->len)
		add_reading(
		    l, (struct param_reading){.s = p->raw, .len = p->raw_len, .hidden = p->hidden});
}

/* How the sections of one parameter are put together (RFC 2231 §3). */
enum joining {
	JOIN_BY_NUMBER,	   /* 0, 1, ... until one is missing */
	JOIN_BY_PLACE,	   /* as they come */
	JOIN_ALL_EXTENDED, /* by number, percent signs decoded also where no "*" says so */
	JOIN_ALL_TEXT,	   /* as they come, with all but the quotes */
	JOININGS
};

static size_t
append_section(
    const struct mime_param *p, bool first, enum joining how, char *out, struct param_reading *r)
{
	const char *s = p->value;
	size_t n = p->len, i, len = 0;

	if (how == JOIN_ALL_TEXT) {
		for (i = 0; i < p->raw_len; i++)
			if (p->raw[i] != '"')
				out[len++] = p->raw[i];
		return len;
	}
	if (!p->extended && how != JOIN_ALL_EXTENDED) {
		memcpy(out, s, n);
		return n;
	}
	if (first)
		take_charset(&s, &n, r);
	return percent_decode(s, n, out);
}

/* The first may have no number. */
static bool
is_section(const struct mime_param *p, const char *name)
{
	return (p->section >= 0 || p->extended) && is_param(p, name);
}

/* The place of each section in the value, by its number; -1 for missing. First ones win. */
static int *
sections_by_number(
    const struct mime_value *v, const char *name, struct arena *mem, size_t *count, size_t *room)
{
	int *place = arena_alloc(mem, (v->n + 1) * sizeof(*place));
	size_t i;

	*count = *room = 0;
	if (place == NULL)
		return NULL;
	memset(place, -1, (v->n + 1) * sizeof(*place));
	for (i = 0; i < v->n; i++) {
		const struct mime_param *p = &v->params[i];

		if (!is_section(p, name))
			continue;
		++*count;
		*room += p->raw_len > p->len ? p->raw_len : p->len;
		if (p->section >= 0 && (size_t)p->section < v->n && place[p->section] == -1)
			place[p->section] = (int)i;
	}
	return place;
}

static void
add_joined(struct list *l, const struct mime_value *v, const char *name, struct arena *mem,
    enum joining how)
{
	struct param_reading r = {0};
	size_t count, room, i, len = 0;
	const int *place = sections_by_number(v, name, mem, &count, &room);
	char *out;

	if (place == NULL || count == 0 || (out = arena_alloc(mem, room + 1)) == NULL)
		return;
	if (how == JOIN_BY_PLACE || how == JOIN_ALL_TEXT) {
		for (i = 0; i < v->n; i++)
			if (is_section(&v->params[i], name))
				len += append_section(&v->params[i], len == 0, how, out + len, &r);
	} else {
		for (i = 0; place[i] != -1; i++)
			len += append_section(&v->params[place[i]], i == 0, how, out + len, &r);
	}
	r.s = out;
	r.len = len;
	add_reading(l, r);
}

/* Plain values: the first few, and the last. */
static void
add_plain_ones(
    struct list *l, const struct mime_value *v, const char *name, bool hidden, bool *doubled)
{
	const struct mime_param *first = NULL, *last = NULL;
	size_t i, count = 0;

	for (i = 0; i < v->n; i++) {
		const struct mime_param *p = &v->params[i];

		if (p->section >= 0 || p->extended || p->hidden != hidden || !is_param(p, name))
			continue;
		if (first != NULL &&
		    (p->len != first->len || memcmp(p->value, first->value, p->len) != 0))
			*doubled = true;
		first = first != NULL ? first : p;
		last = p;
		if (count++ < 3)
			add_plain(l, p);
	}
	if (last != NULL)
		add_plain(l, last);
}

size_t
param_readings(const struct mime_value *v, const char *name, struct arena *mem,
    struct param_reading out[PARAM_READINGS_MAX], bool *doubled)
{
	struct list l = {.v = out};
	bool hidden_doubled = false, sections = false;
	size_t i, extended = 0;

	for (i = 0; i < v->n; i++) {
		const struct mime_param *p = &v->params[i];

		if (!is_param(p, name))
			continue;
		sections |= p->section >= 0;
		if (p->extended && p->section < 0 && extended++ < 3)
			add_extended(&l, p, mem);
	}
	for (i = 0; sections && i < JOININGS; i++)
		add_joined(&l, v, name, mem, (enum joining)i);
	add_plain_ones(&l, v, name, false, doubled);
	if ((v->odd & VALUE_HIDDEN) != 0)
		add_plain_ones(&l, v, name, true, &hidden_doubled);
	return l.n;
}

/* ---- names ---- */

static void
add_name(struct names *names, const char *s, size_t n)
{
	const char *copy;
	size_t i;

	while (n > 0 && ascii_is_wsp(s[n - 1]))
		n--;
	while (n > 0 && ascii_is_wsp(s[0])) {
		s++;
		n--;
	}
	for (i = 0; i < names->n; i++)
		if (strlen(names->v[i]) == n && memcmp(names->v[i], s, n) == 0)
			return;
	if (n == 0 || names->n == NAMES_MAX || (copy = arena_strndup(names->mem, s, n)) == NULL)
		return;
	names->v[names->n++] = copy;
}

/* Signs that are left of damaged syntax, and that some programs take off. */
static void
add_without_signs(struct names *names, const char *s, size_t n)
{
	const char *semicolon;
	size_t len = n;

	while (
	    len > 0 && ((unsigned char)s[len - 1] <= ' ' || strchr("\"'=;<", s[len - 1]) != NULL))
		len--;
	if (len != n)
		add_name(names, s, len);
	if ((semicolon = memchr(s, ';', len)) != NULL)
		add_name(names, s, (size_t)(semicolon - s));
}

/* Up to a NUL, and without it: "run.exe%00.txt" has two names. */
static void
add_around_nul(struct names *names, const char *s, size_t n)
{
	const char *nul = memchr(s, '\0', n);
	struct buf rest;
	size_t i;

	if (nul == NULL) {
		add_name(names, s, n);
		add_without_signs(names, s, n);
		return;
	}
	add_name(names, s, (size_t)(nul - s));
	buf_init(&rest, 0);
	for (i = 0; i < n; i++)
		if (s[i] != '\0')
			buf_addc(&rest, s[i]);
	add_name(names, buf_str(&rest), rest.len);
	buf_free(&rest);
}

static void
add_bytes(struct names *names, const char *s, size_t n)
{
	struct buf text;

	if (utf8_valid(s, n)) {
		add_around_nul(names, s, n);
		return;
	}
	buf_init(&text, 0);
	charset_from_latin1(s, n, &text);
	add_around_nul(names, buf_str(&text), text.len);
	buf_free(&text);
}

static void
add_encoded_words(struct names *names, const char *s, size_t n)
{
	struct buf text;

	buf_init(&text, 0);
	if (encoded_words_to_utf8(s, n, &text, &names->misfit))
		add_bytes(names, buf_str(&text), text.len);
	buf_free(&text);
}

static void
add_percent(struct names *names, const char *s, size_t n)
{
	char *out;
	size_t len;

	if (memchr(s, '%', n) == NULL || (out = arena_alloc(names->mem, n + 1)) == NULL)
		return;
	len = percent_decode(s, n, out);
	if (len != n)
		add_bytes(names, out, len);
}

static void
add_in_charset(struct names *names, const struct param_reading *r)
{
	struct buf text;

	buf_init(&text, 0);
	if (r->len > 3 && memmem(r->s, r->len, "=?", 2) != NULL)
		add_encoded_words(names, r->s, r->len);
	if (charset_convert(r->charset, r->charset_len, r->s, r->len, &text) == CHARSET_CONVERTED) {
		add_around_nul(names, buf_str(&text), text.len);
	} else {
		names->misfit = true;
		add_bytes(names, r->s, r->len);
	}
	buf_free(&text);
}

void
names_add_raw(struct names *names, const char *s, size_t n)
{
	if (n > 3 && memmem(s, n, "=?", 2) != NULL)
		add_encoded_words(names, s, n);
	add_bytes(names, s, n);
	add_percent(names, s, n);
}

void
names_add(struct names *names, const struct mime_value *v, const char *param)
{
	struct param_reading r[PARAM_READINGS_MAX];
	size_t i, n = param_readings(v, param, names->mem, r, &names->doubled);

	for (i = 0; i < n; i++) {
		if (r[i].charset_len > 0)
			add_in_charset(names, &r[i]);
		else
			names_add_raw(names, r[i].s, r[i].len);
	}
}

/* ---- extensions ---- */

bool
mime_name_extension(const char *name, char out[9])
{
	size_t n = strlen(name), i, start;
	bool letter = false;

	while (n > 0 && (name[n - 1] == '.' || name[n - 1] == ' '))
		n--;
	for (start = n; start > 0 && n - start < 9 &&
			(ascii_is_alpha(name[start - 1]) || ascii_is_digit(name[start - 1]));
	     start--)
		letter |= ascii_is_alpha(name[start - 1]);
	if (start == 0 || name[start - 1] != '.' || start == n || n - start > 8 || !letter)
		return false;
	for (i = start; i < n; i++)
		out[i - start] = ascii_lower(name[i]);
	out[n - start] = '\0';
	return true;
}

bool
names_contradict(const char *const *names, size_t n)
{
	char first[9] = "", ext[9];
	size_t i;

	for (i = 0; i < n; i++) {
		if (!mime_name_extension(names[i], ext))
			continue;
		if (first[0] == '\0')
			memcpy(first, ext, sizeof(first));
		else if (strcmp(first, ext) != 0)
			return true;
	}
	return false;
}
