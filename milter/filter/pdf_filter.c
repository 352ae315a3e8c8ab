#include "pdf_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "inflate.h"

/* ---- ASCIIHexDecode, ASCII85Decode: what comes out is less than what goes in ---- */

static void
from_hex(const struct buf *in, struct buf *out)
{
	int high = -1, v;
	size_t i;
	char c;

	for (i = 0; i < in->len && in->data[i] != '>'; i++) {
		c = ascii_lower(in->data[i]);
		v = ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
		if (v < 0)
			continue;
		if (high < 0) {
			high = v;
			continue;
		}
		buf_addc(out, (char)(high * 16 + v));
		high = -1;
	}
	if (high >= 0)
		buf_addc(out, (char)(high * 16));
}

static void
put_base85(struct buf *out, const uint32_t digits[5], size_t n)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < 5; i++)
		v = v * 85 + (i < n ? digits[i] : 84);
	for (i = 0; i + 1 < n; i++)
		buf_addc(out, (char)(v >> (24 - 8 * i)));
}

static void
from_base85(const struct buf *in, struct buf *out)
{
	uint32_t digits[5];
	size_t i, n = 0;
	char c;

	for (i = 0; i < in->len && in->data[i] != '~'; i++) {
		c = in->data[i];
		if (c == 'z' && n == 0)
			buf_add(out, "\0\0\0\0", 4);
		if (c < '!' || c > 'u')
			continue;
		digits[n++] = (uint32_t)(c - '!');
		if (n == 5) {
			put_base85(out, digits, n);
			n = 0;
		}
	}
	if (n > 1)
		put_base85(out, digits, n);
}

/* ---- RunLengthDecode and LZWDecode ---- */

static bool
from_runs(struct scan *s, const struct object *o, const struct buf *in, struct buf *out)
{
	size_t i, n;
	uint8_t c;

	for (i = 0; i < in->len; i += n) {
		c = (uint8_t)in->data[i++];
		if (c == 128)
			break;
		if (!scan_may_unpack(s, o, 128))
			return false;
		n = c < 128 ? c + 1u : 1;
		if (n > in->len - i)
			n = in->len - i;
		if (c < 128)
			buf_add(out, in->data + i, n);
		else
			for (unsigned k = 0; n == 1 && k < 257u - c; k++)
				buf_addc(out, in->data[i]);
	}
	return true;
}

struct lzw {
	uint16_t prefix[4096], length[4096];
	uint8_t last[4096], first[4096];
	unsigned next, bits, before; /* next free code, its width, the code before */
};

#define LZW_CLEAR 256
#define LZW_END 257

static void
lzw_clear(struct lzw *z)
{
	unsigned i;

	for (i = 0; i < 256; i++) {
		z->last[i] = z->first[i] = (uint8_t)i;
		z->length[i] = 1;
	}
	z->next = 258;
	z->bits = 9;
	z->before = LZW_CLEAR;
}

/* Adds the string of the code, which is written from its end. */
static bool
lzw_put(const struct lzw *z, unsigned code, struct buf *out)
{
	size_t n = z->length[code];

	if (!buf_reserve(out, n))
		return false;
	out->len += n;
	for (size_t i = 1; i <= n; i++, code = z->prefix[code])
		out->data[out->len - i] = (char)z->last[code];
	return true;
}

/* False at the end or where the code is none. */
static bool
lzw_take(struct scan *s, const struct object *o, struct lzw *z, unsigned code, struct buf *out)
{
	unsigned now = code;

	if (code == LZW_CLEAR) {
		lzw_clear(z);
		return true;
	}
	if (code == LZW_END || code > z->next || (code == z->next && z->before == LZW_CLEAR))
		return false;
	if (z->before != LZW_CLEAR && z->next < 4096) {
		z->prefix[z->next] = (uint16_t)z->before;
		z->length[z->next] = (uint16_t)(z->length[z->before] + 1);
		z->first[z->next] = z->first[z->before];
		z->last[z->next] = code == z->next ? z->first[z->before] : z->first[code];
		z->next++;
	}
	if (now >= z->next || !scan_may_unpack(s, o, z->length[now]))
		return false;
	z->before = now;
	if (z->next + 1 >= 1u << z->bits && z->bits < 12)
		z->bits++;
	return lzw_put(z, now, out);
}

static bool
from_lzw(struct scan *s, const struct object *o, const struct buf *in, struct buf *out)
{
	struct lzw *z = calloc(1, sizeof(*z));
	uint32_t window = 0;
	unsigned have = 0;
	size_t i = 0;

	if (z == NULL)
		return false;
	lzw_clear(z);
	for (;;) {
		while (have < z->bits && i < in->len) {
			window = window << 8 | (uint8_t)in->data[i++];
			have += 8;
		}
		if (have < z->bits)
			break;
		have -= z->bits;
		if (!lzw_take(s, o, z, window >> have & ((1u << z->bits) - 1), out))
			break;
	}
	free(z);
	return !s->exhausted;
}

/* ---- all ---- */

static bool
is(const char *name, const char *full, const char *brief)
{
	return strcmp(name, full) == 0 || strcmp(name, brief) == 0;
}

bool
pdf_filter(struct scan *s, const struct object *o, const char *name, struct buf *data)
{
	struct buf out;
	bool done = true;

	buf_init(&out, s->limits.object_max);
	if (is(name, "FlateDecode", "Fl"))
		done = inflate_zlib(s, o, (const uint8_t *)data->data, data->len, &out);
	else if (is(name, "ASCIIHexDecode", "AHx"))
		from_hex(data, &out);
	else if (is(name, "ASCII85Decode", "A85"))
		from_base85(data, &out);
	else if (is(name, "RunLengthDecode", "RL"))
		done = from_runs(s, o, data, &out);
	else if (is(name, "LZWDecode", "LZW"))
		done = from_lzw(s, o, data, &out);
	else if (strcmp(name, "Crypt") == 0) {
		buf_free(&out);
		return true;
	} else
		done = false;
	buf_free(data);
	*data = out;
	return done && data->len > 0 && !data->failed;
}

static uint8_t
paeth(int a, int b, int c)
{
	int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

static uint8_t
predicted(uint8_t kind, uint8_t left, uint8_t up, uint8_t corner)
{
	switch (kind) {
	case 1:
		return left;
	case 2:
		return up;
	case 3:
		return (uint8_t)((left + up) / 2);
	case 4:
		return paeth(left, up, corner);
	default:
		return 0;
	}
}

void
pdf_unpredict(struct buf *data, size_t columns)
{
	uint8_t *in = (uint8_t *)data->data, *out = in, kind;
	size_t lines, i, k;

	if (columns == 0 || columns > 65536 || data->len < columns + 1)
		return;
	lines = data->len / (columns + 1);
	for (i = 0; i < lines; i++) {
		kind = *in++;
		for (k = 0; k < columns; k++, out++)
			*out = (uint8_t)(*in++ +
					 predicted(kind, k > 0 ? out[-1] : 0,
					     i > 0 ? out[-(ptrdiff_t)columns] : 0,
					     i > 0 && k > 0 ? out[-(ptrdiff_t)columns - 1] : 0));
	}
	data->len = lines * columns;
}
