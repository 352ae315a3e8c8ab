#include "shown.h"

#include <string.h>

#include "base/utf8.h"
#include "utf16.h"

/* C1 control characters, and marks that turn the order of writing. */
static bool
is_unfit(const char *s, size_t n)
{
	unsigned char a = (unsigned char)s[0], b = n > 1 ? (unsigned char)s[1] : 0,
		      c = n > 2 ? (unsigned char)s[2] : 0;

	return (n == 1 && (a < 0x20 || a == 0x7f)) || (a == 0xc2 && b < 0xa0) ||
	       (a == 0xe2 && b == 0x80 && ((c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae))) ||
	       (a == 0xe2 && b == 0x81 && c >= 0xa0) || (a == 0xef && b == 0xbb && c == 0xbf);
}

const char *
shown(char out[SHOWN_MAX], const char *s, size_t n)
{
	size_t at = 0, len;

	out[at++] = '"';
	while (n > 0 && at < SHOWN_MAX - 10) {
		len = utf8_length(s, n);
		if (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n') {
			if (out[at - 1] != ' ')
				out[at++] = ' ';
			len = 1;
		} else if (len == 0 || is_unfit(s, len)) {
			out[at++] = '?';
			len = len == 0 ? 1 : len;
		} else {
			memcpy(out + at, s, len);
			at += len;
		}
		s += len;
		n -= len;
	}
	memcpy(out + at, n > 0 ? "...\"" : "\"", n > 0 ? 5 : 2);
	return out;
}

const char *
shown_str(char out[SHOWN_MAX], const char *s)
{
	return shown(out, s, strlen(s));
}

void
utf8_from_bytes(struct buf *b, const char *s, size_t n)
{
	size_t i;

	if (utf8_valid(s, n)) {
		buf_add(b, s, n);
		return;
	}
	for (i = 0; i < n; i++)
		utf8_add(b, (unsigned char)s[i]);
}
