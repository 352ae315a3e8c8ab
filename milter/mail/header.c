#include "header.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

void
header_init(struct header *h, struct arena *mem, size_t max_bytes, size_t max_fields)
{
	*h = (struct header){
	    .mem = mem,
	    .max_bytes = max_bytes != 0 ? max_bytes : SIZE_MAX / 4,
	    .max_fields = max_fields != 0 ? max_fields : SIZE_MAX / 4 / sizeof(*h->fields),
	};
}

void
header_free(struct header *h)
{
	free(h->fields);
	*h = (struct header){.mem = h->mem, .max_bytes = h->max_bytes, .max_fields = h->max_fields};
}

static bool
reserve_field(struct header *h)
{
	struct header_field *fields;
	size_t cap;

	if (h->n == h->max_fields)
		return false;
	if (h->n < h->cap)
		return true;
	cap = h->cap != 0 ? h->cap * 2 : 32;
	fields = realloc(h->fields, cap * sizeof(*fields));
	h->no_memory = fields == NULL;
	if (h->no_memory)
		return false;
	h->fields = fields;
	h->cap = cap;
	return true;
}

/* How many LFs of s have no CR before them. */
static size_t
count_bare_lf(const char *s, size_t n)
{
	const char *end = s + n, *p = s;
	size_t count = 0;

	for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		count += p == s || p[-1] != '\r';
	return count;
}

static void
copy_with_crlf(char *to, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\n' && (i == 0 || s[i - 1] != '\r'))
			*to++ = '\r';
		*to++ = s[i];
	}
}

bool
header_add(struct header *h, const char *name, size_t name_len, const char *value, size_t value_len)
{
	size_t bare, left = h->max_bytes - h->bytes, size;
	char *copy;

	if (h->overflow)
		return false;
	h->overflow = true;
	if (left < 3 || name_len > left - 3 || value_len > left - 3 - name_len || !reserve_field(h))
		return false;
	bare = count_bare_lf(value, value_len);
	size = name_len + value_len + bare;
	if (size > left - 3)
		return false;
	copy = arena_alloc(h->mem, size);
	h->no_memory = copy == NULL;
	if (h->no_memory)
		return false;
	memcpy(copy, name, name_len);
	if (bare == 0)
		memcpy(copy + name_len, value, value_len);
	else
		copy_with_crlf(copy + name_len, value, value_len);
	h->fields[h->n++] = (struct header_field){
	    .name = copy,
	    .name_len = name_len,
	    .value = copy + name_len,
	    .value_len = value_len + bare,
	};
	h->bytes += size + 3;
	h->overflow = false;
	return true;
}

/* A line of the message: its bytes without the line end, and where the next one begins. */
struct line {
	const char *s;
	size_t len;
	size_t next;
};

static struct line
line_at(const char *message, size_t len, size_t at)
{
	const char *s = message + at;
	const char *lf = memchr(s, '\n', len - at);
	size_t n = lf != NULL ? (size_t)(lf - s) : len - at;

	return (struct line){
	    .s = s,
	    .len = lf != NULL && n > 0 && s[n - 1] == '\r' ? n - 1 : n,
	    .next = lf != NULL ? at + n + 1 : len,
	};
}

/*
 * The length of the name a line begins with, or 0 if it is no field (RFC 5322
 * §2.2: printable US-ASCII but the colon; §4.5.8: white space before it).
 */
static size_t
field_name(const struct line *l)
{
	const char *colon = memchr(l->s, ':', l->len);
	size_t n = colon != NULL ? (size_t)(colon - l->s) : 0, i = 0;

	while (i < n && l->s[i] > 32 && l->s[i] < 127)
		i++;
	if (i == 0)
		return 0;
	while (i < n && ascii_is_wsp(l->s[i]))
		i++;
	return i == n ? n : 0;
}

/* The first field's offset: past an mbox "From " line, if there is one. */
static size_t
skip_mbox_line(const char *message, size_t len)
{
	struct line l;

	if (len < 5 || memcmp(message, "From ", 5) != 0)
		return 0;
	l = line_at(message, len, 0);
	return field_name(&l) == 0 ? l.next : 0;
}

bool
header_parse(struct header *h, const char *message, size_t len, size_t *body)
{
	size_t at = skip_mbox_line(message, len), name_len, value;
	struct line first, last;

	for (; at < len; at = last.next) {
		first = last = line_at(message, len, at);
		if (first.len == 0) {
			*body = first.next;
			return true;
		}
		if ((name_len = field_name(&first)) == 0)
			break;
		while (last.next < len && ascii_is_wsp(message[last.next]))
			last = line_at(message, len, last.next);
		value = at + name_len + 1;
		if (!header_add(h, first.s, name_len, message + value,
			(size_t)(last.s + last.len - message) - value))
			break;
	}
	*body = at;
	return !h->overflow;
}

bool
header_is(const struct header_field *f, const char *name)
{
	size_t n = f->name_len;

	while (n > 0 && ascii_is_wsp(f->name[n - 1]))
		n--;
	return strlen(name) == n && strncasecmp(f->name, name, n) == 0;
}

size_t
header_count(const struct header *h, const char *name)
{
	size_t i, count = 0;

	for (i = 0; i < h->n; i++)
		count += header_is(&h->fields[i], name);
	return count;
}

const struct header_field *
header_first(const struct header *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (header_is(&h->fields[i], name))
			return &h->fields[i];
	return NULL;
}

const struct header_field *
header_last(const struct header *h, const char *name)
{
	size_t i;

	for (i = h->n; i > 0; i--)
		if (header_is(&h->fields[i - 1], name))
			return &h->fields[i - 1];
	return NULL;
}

char *
header_unfold(const struct header_field *f, struct arena *mem, size_t *len)
{
	const char *v = f->value;
	size_t i, begin = 0, n = 0;
	char *out = arena_alloc(mem, f->value_len + 1);

	if (out == NULL)
		return NULL;
	for (i = 0; i < f->value_len; i++) {
		if (i + 2 < f->value_len && v[i] == '\r' && v[i + 1] == '\n' &&
		    ascii_is_wsp(v[i + 2])) {
			i++;
			continue;
		}
		out[n++] = v[i];
	}
	while (n > 0 && ascii_is_wsp(out[n - 1]))
		n--;
	while (begin < n && ascii_is_wsp(out[begin]))
		begin++;
	out[n] = '\0';
	*len = n - begin;
	return out + begin;
}
