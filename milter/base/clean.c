#include "clean.h"

#include <string.h>

#include "utf8.h"

static uint32_t
decode(const unsigned char *s, size_t len)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = s[0] & first[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

/* Unicode's categories Cc, Cf, Zl, Zp, Co, and what is filled with nothing. */
static bool
is_hidden(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
	    {0x600, 0x605}, {0x61c, 0x61c}, {0x6dd, 0x6dd}, {0x70f, 0x70f}, {0x180b, 0x180f},
	    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
	    {0xe000, 0xf8ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
	    {0xfff0, 0xfffb}, {0x110bd, 0x110bd}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	    {0xe0000, 0x10ffff}};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

bool
clean_is_hidden(const char *s, size_t len, uint32_t *number)
{
	*number = decode((const unsigned char *)s, len);
	return is_hidden(*number);
}

void
clean_for_terminal(struct buf *out, const char *text)
{
	size_t n = strlen(text), i, len;
	uint32_t c;

	for (i = 0; i<n; i += len> 0 ? len : 1) {
		len = utf8_length(text + i, n - i);
		if (len == 0) {
			buf_addf(out, "\\x{%02x}", (unsigned char)text[i]);
			continue;
		}
		if (clean_is_hidden(text + i, len, &c))
			buf_addf(out, "\\u{%04x}", c);
		else
			buf_add(out, text + i, len);
	}
}

void
clean_for_reply(struct buf *out, const char *text)
{
	size_t n = strlen(text), i, len;

	for (i = 0; i<n; i += len> 0 ? len : 1) {
		len = utf8_length(text + i, n - i);
		if (len == 1 && text[i] >= ' ' && text[i] <= '~' && text[i] != '%')
			buf_addc(out, text[i]);
		else
			buf_addc(out, '?');
	}
}
