#include "taglist.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* How many bytes of white space and folds the text begins with. */
static size_t
span_fws(const char *s, const char *end)
{
	const char *p = s;

	while (p < end) {
		if (ascii_is_wsp(*p))
			p++;
		else if (end - p > 2 && p[0] == '\r' && p[1] == '\n' && ascii_is_wsp(p[2]))
			p += 3;
		else
			break;
	}
	return (size_t)(p - s);
}

/* Takes white space and folds off both ends; valid folds only stand before a WSP. */
static void
trim(const char **s, size_t *n)
{
	size_t skip = span_fws(*s, *s + *n);

	*s += skip;
	*n -= skip;
	while (
	    *n > 0 && (ascii_is_wsp((*s)[*n - 1]) || (*s)[*n - 1] == '\n' || (*s)[*n - 1] == '\r'))
		--*n;
}

/* tag-value with the white space around it: VALCHARs, FWS, and UTF-8. */
static bool
is_value(const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	size_t len;

	while (p < end) {
		if (*p > ' ' && *p < 0x7f) { /* nearly all of them */
			p++;
			continue;
		}
		if ((len = span_fws(p, end)) == 0) {
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				return false;
			len = utf8_length(p, (size_t)(end - p));
		}
		if (len == 0)
			return false;
		p += len;
	}
	return true;
}

/* "name FWS =" at *p, which is moved behind it. */
static bool
read_name(const char **p, const char *end, struct tag *t)
{
	const char *s = *p;

	t->name = s;
	if (s == end || !ascii_is_alpha(*s))
		return false;
	while (s < end && (ascii_is_alpha(*s) || ascii_is_digit(*s) || *s == '_'))
		s++;
	t->name_len = (size_t)(s - t->name);
	s += span_fws(s, end);
	if (s == end || *s != '=')
		return false;
	*p = s + 1;
	return true;
}

static bool
read_value(const char **p, const char *end, struct tag *t)
{
	const char *semicolon = memchr(*p, ';', (size_t)(end - *p));

	t->raw = *p;
	t->raw_len = (size_t)((semicolon != NULL ? semicolon : end) - *p);
	t->value = t->raw;
	t->value_len = t->raw_len;
	trim(&t->value, &t->value_len);
	*p = semicolon != NULL ? semicolon + 1 : end;
	return is_value(t->raw, t->raw_len);
}

static const struct tag *
find(const struct taglist *l, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].name_len == n && memcmp(l->v[i].name, name, n) == 0)
			return &l->v[i];
	return NULL;
}

enum taglist_error
taglist_parse(const char *text, size_t len, struct taglist *l)
{
	const char *p = text, *end = text + len;
	struct tag t;

	l->n = 0;
	for (;;) {
		p += span_fws(p, end);
		if (p == end)
			return l->n > 0 ? TAGLIST_OK : TAGLIST_SYNTAX;
		if (!read_name(&p, end, &t) || !read_value(&p, end, &t))
			return TAGLIST_SYNTAX;
		if (find(l, t.name, t.name_len) != NULL)
			return TAGLIST_DUPLICATE;
		if (l->n == TAGLIST_MAX)
			return TAGLIST_TOO_MANY;
		l->v[l->n++] = t;
	}
}

const char *
taglist_error_text(enum taglist_error e)
{
	static const char *const text[] = {
	    [TAGLIST_OK] = "valid",
	    [TAGLIST_SYNTAX] = "syntax error in tag list",
	    [TAGLIST_DUPLICATE] = "duplicate tag",
	    [TAGLIST_TOO_MANY] = "too many tags",
	};

	return text[e];
}

const struct tag *
taglist_find(const struct taglist *l, const char *name)
{
	return find(l, name, strlen(name));
}

bool
tag_is(const struct tag *t, const char *value)
{
	return strlen(value) == t->value_len && memcmp(value, t->value, t->value_len) == 0;
}

bool
tag_is_ascii(const struct tag *t)
{
	size_t i;

	for (i = 0; i < t->value_len; i++)
		if ((unsigned char)t->value[i] >= 0x80)
			return false;
	return true;
}

bool
tag_number(const struct tag *t, uint64_t max, uint64_t *out)
{
	uint64_t n = 0, digit;
	size_t i;

	if (t->value_len == 0)
		return false;
	for (i = 0; i < t->value_len; i++) {
		if (!ascii_is_digit(t->value[i]))
			return false;
		digit = (uint64_t)(t->value[i] - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

void
tag_items_begin(struct tag_items *it, const struct tag *t)
{
	*it = (struct tag_items){.p = t->value, .end = t->value + t->value_len};
}

bool
tag_items_next(struct tag_items *it, const char **item, size_t *len)
{
	const char *colon;

	if (it->done)
		return false;
	colon = memchr(it->p, ':', (size_t)(it->end - it->p));
	*item = it->p;
	*len = (size_t)((colon != NULL ? colon : it->end) - it->p);
	trim(item, len);
	it->done = colon == NULL;
	it->p = colon != NULL ? colon + 1 : it->end;
	return true;
}
