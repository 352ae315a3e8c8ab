#include "yenc.h"

#include <string.h>

#include "search.h"

static const unsigned char *
line_end(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf != NULL ? lf + 1 : end;
}

/* The first place at or behind p that begins a line with the word. */
static const unsigned char *
find_line(
    const unsigned char *text, const unsigned char *p, const unsigned char *end, const char *word)
{
	size_t n = strlen(word);

	for (; p < end && (p = search_bytes(p, end, word, n)) != NULL; p += n)
		if (p == text || p[-1] == '\n' || p[-1] == '\r')
			return p;
	return NULL;
}

/* All behind "name=", which comes last on the line. */
static void
find_name(const unsigned char *line, const unsigned char *end, struct yenc_file *f)
{
	const unsigned char *p = memmem(line, (size_t)(end - line), "name=", 5);

	f->name = p != NULL ? p + 5 : end;
	while (end > f->name && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
		end--;
	f->name_len = (size_t)(end - f->name);
}

bool
yenc_find(const unsigned char *text, size_t n, size_t from, struct yenc_file *f)
{
	const unsigned char *end = text + n, *p, *stop;

	if ((p = find_line(text, text + from, end, "=ybegin ")) == NULL)
		return false;
	f->data = line_end(p, end);
	find_name(p, f->data, f);
	if (end - f->data > 7 && memcmp(f->data, "=ypart ", 7) == 0)
		f->data = line_end(f->data, end);
	stop = find_line(text, f->data, end, "=yend");
	f->data_len = (size_t)((stop != NULL ? stop : end) - f->data);
	f->next = (size_t)(f->data - text) + f->data_len;
	return true;
}

size_t
yenc_read(const struct yenc_file *f, unsigned char *out)
{
	const unsigned char *p = f->data, *end = p + f->data_len;
	unsigned char *to = out;

	while (p < end) {
		unsigned char c = *p++;

		if (c == '\r' || c == '\n')
			continue;
		if (c == '=' && p < end)
			c = (unsigned char)(*p++ - 64);
		*to++ = (unsigned char)(c - 42);
	}
	return (size_t)(to - out);
}
