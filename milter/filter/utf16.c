#include "utf16.h"

#include <stdbool.h>

static void
add(struct buf *b, unsigned a, unsigned c)
{
	buf_addc(b, (char)(a | c));
}

void
utf8_add(struct buf *b, uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		add(b, 0, c);
		return;
	}
	if (c < 0x800) {
		add(b, 0xc0, c >> 6);
	} else {
		if (c < 0x10000) {
			add(b, 0xe0, c >> 12);
		} else {
			add(b, 0xf0, c >> 18);
			add(b, 0x80, c >> 12 & 0x3f);
		}
		add(b, 0x80, c >> 6 & 0x3f);
	}
	add(b, 0x80, c & 0x3f);
}

static void
add_units(struct buf *b, const uint8_t *s, size_t len, unsigned high)
{
	size_t i;
	uint32_t c, low;

	for (i = 0; i + 1 < len; i += 2) {
		c = (uint32_t)s[i + high] << 8 | s[i + (high ^ 1)];
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
			low = (uint32_t)s[i + 2 + high] << 8 | s[i + 2 + (high ^ 1)];
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		utf8_add(b, c);
	}
}

void
utf16le_add(struct buf *b, const uint8_t *s, size_t len)
{
	add_units(b, s, len, 1);
}

void
utf16be_add(struct buf *b, const uint8_t *s, size_t len)
{
	add_units(b, s, len, 0);
}
