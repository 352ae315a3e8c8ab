#include "base64.h"

#define PAD 64
#define SPACE 65
#define BAD 66

static unsigned
letter_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	if (c == '=')
		return PAD;
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' ? SPACE : BAD;
}

bool
base64_decode(const char *s, size_t n, uint8_t *out, size_t *len)
{
	unsigned bits = 0, v;
	size_t i, letters = 0, pads = 0;

	*len = 0;
	for (i = 0; i < n; i++) {
		v = letter_value(s[i]);
		if (v == SPACE)
			continue;
		if (v == BAD || (v != PAD && pads > 0))
			return false;
		pads += v == PAD;
		bits = bits << 6 | (v & 63);
		if (++letters % 4 != 0)
			continue;
		if (pads > 2 || (bits & ((1U << (8 * pads)) - 1)) != 0)
			return false;
		out[(*len)++] = (uint8_t)(bits >> 16);
		if (pads < 2)
			out[(*len)++] = (uint8_t)(bits >> 8);
		if (pads < 1)
			out[(*len)++] = (uint8_t)bits;
		bits = 0;
	}
	/* A second quartet of padding would have been refused by pads > 2. */
	return letters % 4 == 0;
}
