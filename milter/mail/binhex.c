#include "binhex.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "search.h"

#define REPEAT 0x90

static const char alphabet[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/* ---- finding ---- */

static const unsigned char *
find_colon(const unsigned char *text, const unsigned char *p, const unsigned char *end)
{
	for (; (p = search_bytes(p, end, ":", 1)) != NULL; p++)
		if (p == text || p[-1] == '\n' || p[-1] == '\r')
			return p;
	return NULL;
}

bool
binhex_find(const unsigned char *text, size_t n, size_t from, bool announced, struct binhex *b)
{
	static const char words[] = "(This file must be converted";
	const unsigned char *p = text + from, *end = text + n, *stop;

	if (from >= n ||
	    (announced && (p = search_bytes(p, end, words, sizeof(words) - 1)) == NULL) ||
	    (p = find_colon(text, p, end)) == NULL)
		return false;
	b->s = p + 1;
	stop = memchr(b->s, ':', (size_t)(end - b->s));
	b->n = (size_t)((stop != NULL ? stop : end) - b->s);
	b->next = stop != NULL ? (size_t)(stop - text) + 1 : n;
	return true;
}

/* ---- decoding ---- */

/* Bytes as they come out of the letters, and runs of them. */
struct decoder {
	const unsigned char *p, *end;
	uint32_t bits;
	unsigned nbits;
	int last;	/* the byte that a run repeats, -1 before the first */
	unsigned again; /* how often it still comes */
};

static int
value_of(unsigned char c)
{
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

/* The next byte before runs are made of it, -1 at the end; what is no letter is left out. */
static int
next_packed(struct decoder *d)
{
	while (d->nbits < 8 && d->p < d->end) {
		int v = value_of(*d->p++);

		if (v < 0)
			continue;
		d->bits = d->bits << 6 | (uint32_t)v;
		d->nbits += 6;
	}
	if (d->nbits < 8)
		return -1;
	d->nbits -= 8;
	return (int)(d->bits >> d->nbits & 0xff);
}

static int
next_byte(struct decoder *d)
{
	int c, count;

	while (d->again == 0) {
		if ((c = next_packed(d)) < 0)
			return -1;
		if (c != REPEAT)
			return d->last = c;
		if ((count = next_packed(d)) < 0)
			return -1;
		if (count == 0)
			return d->last = REPEAT;
		d->again = d->last >= 0 ? (unsigned)count - 1 : 0;
	}
	d->again--;
	return d->last;
}

size_t
binhex_size(const struct binhex *b)
{
	struct decoder d = {.p = b->s, .end = b->s + b->n, .last = -1};
	size_t n = 0;

	while (next_byte(&d) >= 0) {
		n += 1 + d.again;
		d.again = 0;
	}
	return n;
}

void
binhex_read(const struct binhex *b, unsigned char *out)
{
	struct decoder d = {.p = b->s, .end = b->s + b->n, .last = -1};
	int c;

	while ((c = next_byte(&d)) >= 0)
		*out++ = (unsigned char)c;
}

/* ---- the file ---- */

/* What is there of a fork, and behind it a checksum. */
static const unsigned char *
take_fork(const unsigned char **p, const unsigned char *end, size_t *len, bool *whole)
{
	const unsigned char *fork = *p;
	size_t left = (size_t)(end - fork);

	if (*len > left || left - *len < 2) {
		*whole = false;
		*len = *len < left ? *len : left;
		*p = end;
	} else {
		*p = fork + *len + 2;
	}
	return fork;
}

bool
binhex_open(const unsigned char *bytes, size_t n, struct binhex_file *f)
{
	const unsigned char *p = bytes, *end = bytes + n;
	size_t name = n > 0 ? bytes[0] : 0;

	/* behind the name: a zero byte, type, creator, flags, two lengths, a checksum */
	if (name == 0 || n < 1 + name + 1 + 4 + 4 + 2 + 8 + 2)
		return false;
	*f = (struct binhex_file){.name = bytes + 1, .name_len = name, .whole = true};
	p += 1 + name + 1 + 4 + 4 + 2;
	f->data_len = be32(p);
	f->resource_len = be32(p + 4);
	p += 8 + 2;
	f->data = take_fork(&p, end, &f->data_len, &f->whole);
	f->resource = take_fork(&p, end, &f->resource_len, &f->whole);
	/* the last letters may have a byte too many */
	f->whole = f->whole && end - p <= 3;
	return true;
}
