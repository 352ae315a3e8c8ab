#include "uu.h"

#include <string.h>
#include <strings.h>

#include "search.h"
#include "transfer.h"

#define LINES_BEFORE 4
#define LOST_MAX 8 /* letters at the end of a line */
#define LINE 1024  /* longer ones are cut: no line of such a file is */

struct line {
	const unsigned char *s;
	size_t whole; /* without the line end */
	size_t len;   /* nor white space before it */
	const unsigned char *next;
};

static struct line
line_at(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *lf;
	struct line l = {.s = p};

	if (end - p > LINE)
		end = p + LINE;
	lf = memchr(p, '\n', (size_t)(end - p));
	l.next = lf != NULL ? lf + 1 : end;
	l.whole = (size_t)((lf != NULL ? lf : end) - p);
	l.len = l.whole;
	while (l.len > 0 && (p[l.len - 1] == '\r' || p[l.len - 1] == ' ' || p[l.len - 1] == '\t'))
		l.len--;
	return l;
}

/* The bytes that a line says it carries, by its first letter. */
static size_t
line_bytes(const struct line *l)
{
	return l->len == 0 ? 0 : ((size_t)l->s[0] - 32) & 63;
}

/*
 * Letters from space to "`", as many as the first one says; white space at
 * the end may have been lost on the way, and a checksum may be added.
 */
static bool
is_data(const struct line *l)
{
	size_t bytes, letters, i;

	if (l->len == 0 || l->s[0] < 32 || l->s[0] > 96)
		return false;
	bytes = line_bytes(l);
	letters = (bytes + 2) / 3 * 4;
	if (l->len - 1 > letters + 2 || (bytes > 0 && l->whole < 2))
		return false;
	for (i = 1; i < l->len; i++)
		if (l->s[i] < 32 || l->s[i] > 96)
			return false;
	return l->whole - 1 + LOST_MAX >= letters || bytes == 0;
}

static bool
is_end(const struct line *l, bool base64)
{
	return base64 ? l->len == 4 && memcmp(l->s, "====", 4) == 0
		      : l->len == 3 && memcmp(l->s, "end", 3) == 0;
}

static bool
is_base64_data(const struct line *l)
{
	return l->len >= 4 && (base64_oddities(l->s, l->len) & BASE64_JUNK) == 0;
}

/* "begin 644 name"; the mode may be missing, as Outlook once took it. */
static bool
is_begin(const struct line *l, struct uu_file *f)
{
	const unsigned char *p = l->s + 5, *end = l->s + l->len;

	if (l->len < 7 || strncasecmp((const char *)l->s, "begin", 5) != 0)
		return false;
	f->base64 = l->len > 12 && memcmp(p, "-base64", 7) == 0;
	if (f->base64)
		p += 7;
	if (*p != ' ' && *p != '\t')
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	f->name = p;
	while (p < end && *p >= '0' && *p <= '7')
		p++;
	f->sound = p > f->name && (p == end || *p == ' ' || *p == '\t');
	if (f->sound && p < end) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		f->name = p;
	}
	f->name_len = (size_t)(end - f->name);
	/* in other letters than encoders use: no text has a mode by chance */
	return f->sound || memcmp(l->s, "begin", 5) == 0;
}

/* Whether the line has as many letters as it says, or lost only those that are spaces at its end.
 */
static bool
is_whole(const struct line *l)
{
	size_t letters = (line_bytes(l) + 2) / 3 * 4;

	return l->len - 1 <= letters && l->whole - 1 + 4 > letters;
}

/* Where the data ends. False where there is none. */
static bool
measure(const unsigned char *data, const unsigned char *end, struct uu_file *f)
{
	const unsigned char *p = data;
	struct line l;

	f->data = data;
	f->ended = false;
	while (p < end) {
		l = line_at(p, end);
		f->ended = is_end(&l, f->base64);
		if (f->ended || (f->base64 ? !is_base64_data(&l) : !is_data(&l)))
			break;
		f->sound = f->sound && (f->base64 || is_whole(&l));
		p = l.next;
	}
	f->sound = f->sound && f->ended;
	f->data_len = (size_t)(p - data);
	return f->data_len > 0;
}

/* Behind a line with a mode, some programs look for the data past lines that are none. */
static bool
measure_behind(
    const unsigned char *data, const unsigned char *end, bool has_mode, struct uu_file *f)
{
	unsigned i;

	for (i = 0; i < LINES_BEFORE && data < end; i++) {
		if (measure(data, end, f))
			return true;
		if (!has_mode)
			return false;
		data = line_at(data, end).next;
	}
	return false;
}

bool
uu_find(const unsigned char *text, size_t n, size_t from, struct uu_file *f)
{
	const unsigned char *end = text + n, *p = text + from;
	struct line l;

	if (p > text && p < end && p[-1] != '\n' && p[-1] != '\r')
		p = search_next_line(p, end);
	for (; p < end; p = search_next_line(p, end)) {
		if (*p != 'b' && *p != 'B')
			continue;
		l = line_at(p, end);
		if (!is_begin(&l, f) || !measure_behind(l.next, end, f->sound, f))
			continue;
		f->next = (size_t)(f->data - text) + f->data_len;
		return true;
	}
	return false;
}

bool
uu_find_encoded(const unsigned char *text, size_t n, struct uu_file *f)
{
	if (uu_find(text, n, 0, f))
		return true;
	*f = (struct uu_file){.name = text, .next = n};
	return measure_behind(text, text + n, true, f);
}

/* Four letters; those that are missing at the end of a line are spaces, hence zero. */
static size_t
read_line(const struct line *l, unsigned char *out)
{
	size_t bytes = line_bytes(l), i, done = 0;
	unsigned v[4];

	for (i = 1; done < bytes; i += 4) {
		unsigned k;

		for (k = 0; k < 4; k++)
			v[k] = i + k < l->len ? ((unsigned)l->s[i + k] - 32) & 63 : 0;
		out[done++] = (unsigned char)(v[0] << 2 | v[1] >> 4);
		if (done < bytes)
			out[done++] = (unsigned char)(v[1] << 4 | v[2] >> 2);
		if (done < bytes)
			out[done++] = (unsigned char)(v[2] << 6 | v[3]);
	}
	return done;
}

size_t
uu_read(const struct uu_file *f, unsigned char *out)
{
	const unsigned char *p = f->data, *end = f->data + f->data_len;
	size_t done = 0;
	struct line l;

	if (f->base64)
		return base64_read(BASE64_TO_PADDING, f->data, f->data_len, out);
	for (; p < end; p = l.next) {
		l = line_at(p, end);
		done += read_line(&l, out + done);
	}
	return done;
}
