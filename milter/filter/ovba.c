#include "ovba.h"

#include <string.h>

#include "base/bytes.h"
#include "shown.h"
#include "utf16.h"

#define CHUNK 4096

/* ---- compression (2.4.1) ---- */

/* How a copy token is divided depends on where in the chunk it stands (2.4.1.3.19.1). */
static unsigned
offset_bits(size_t at)
{
	unsigned bits = 4;

	while (((size_t)1 << bits) < at)
		bits++;
	return bits;
}

static bool
copy(uint16_t token, size_t begin, struct buf *out)
{
	size_t at = out->len - begin;
	unsigned bits = offset_bits(at);
	size_t length = (token & (0xffffu >> bits)) + 3u;
	size_t back = (size_t)(token >> (16 - bits)) + 1;

	if (back > at || at + length > CHUNK)
		return false;
	for (; length > 0 && !out->failed; length--)
		buf_addc(out, out->data[out->len - back]);
	return !out->failed;
}

/* One chunk's tokens: a flag byte tells which of the next eight are letters. */
static void
read_tokens(const uint8_t *p, const uint8_t *end, struct buf *out)
{
	size_t begin = out->len;
	unsigned flags, i;

	while (p < end) {
		flags = *p++;
		for (i = 0; i < 8 && p < end; i++, flags >>= 1) {
			if (!(flags & 1)) {
				if (out->len - begin >= CHUNK)
					return;
				buf_addc(out, (char)*p++);
				continue;
			}
			if (end - p < 2 || !copy(le16(p), begin, out))
				return;
			p += 2;
		}
	}
}

bool
ovba_decompress(const uint8_t *s, size_t len, struct buf *out)
{
	const uint8_t *p = s + 1, *end = s + len;
	size_t before = out->len, size;
	uint16_t header;

	if (len < 3 || s[0] != 1)
		return false;
	while (end - p >= 2 && !out->failed) {
		header = le16(p);
		size = (header & 0x0fffu) + 3u;
		if ((header >> 12 & 7) != 3)
			break;
		if (size > (size_t)(end - p))
			size = (size_t)(end - p);
		if (header & 0x8000)
			read_tokens(p + 2, p + size, out);
		else
			buf_add(out, p + 2, size - 2);
		p += size;
	}
	return out->len > before && !out->failed;
}

size_t
ovba_find_source(const uint8_t *s, size_t len)
{
	const uint8_t *at = bytes_find(s, s + len, "\0Attribut", 9);

	return at != NULL && at - s >= 3 ? (size_t)(at - s) - 3 : len;
}

/* ---- the dir stream (2.3.4.2) ---- */

enum {
	PROJECT_VERSION = 0x09,
	MODULE_NAME = 0x19,
	MODULE_STREAM = 0x1a,
	MODULE_STREAM_UNICODE = 0x32,
	MODULE_OFFSET = 0x31
};

static void
set_name(struct ovba_module *m, const uint8_t *s, size_t n, bool wide)
{
	struct buf b;

	buf_init(&b, sizeof(m->stream) - 1);
	if (wide)
		utf16le_add(&b, s, n);
	else
		utf8_from_bytes(&b, (const char *)s, n);
	memset(m->stream, 0, sizeof(m->stream));
	memcpy(m->stream, buf_str(&b), b.len);
	buf_free(&b);
}

size_t
ovba_modules(const uint8_t *dir, size_t len, struct ovba_module *modules, size_t max)
{
	struct ovba_module *m = NULL;
	size_t n = 0, at, size;
	unsigned id;

	for (at = 0; len - at >= 6; at += 6 + size) {
		id = le16(dir + at);
		/* its size does not count the minor version */
		size = id == PROJECT_VERSION ? 6 : le32(dir + at + 2);
		if (size > len - at - 6)
			break;
		if (id == MODULE_NAME) {
			if (n == max)
				break;
			m = &modules[n++];
			*m = (struct ovba_module){.offset = UINT32_MAX};
		}
		if (m == NULL)
			continue;
		if (id == MODULE_STREAM || (id == MODULE_STREAM_UNICODE && size > 0))
			set_name(m, dir + at + 6, size, id == MODULE_STREAM_UNICODE);
		else if (id == MODULE_OFFSET && size >= 4)
			m->offset = le32(dir + at + 6);
	}
	return n;
}

/* ---- compiled code ---- */

/* A table of lines, twelve bytes each, whose header begins with 0xcafe. */
static size_t
read_lines(const uint8_t *s, const uint8_t *end)
{
	size_t lines, i, bytes = 0;

	if (end - s < 6 || le16(s + 2) > 0x00ff)
		return 0;
	lines = le16(s + 4);
	if ((size_t)(end - s) - 6 < lines * 12)
		return 0;
	for (i = 0; i < lines; i++)
		bytes += le16(s + 6 + 12 * i + 4);
	return bytes < (size_t)(end - s) ? bytes : 0;
}

size_t
ovba_pcode(const uint8_t *s, size_t len)
{
	const uint8_t *at, *end = s + len;
	size_t n;

	for (at = s; (at = bytes_find(at, end, "\xfe\xca", 2)) != NULL; at += 2) {
		n = read_lines(at, end);
		if (n > 0)
			return n;
	}
	return 0;
}
