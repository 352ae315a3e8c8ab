#include "base64_regular.h"

#include <stdint.h>
#include <string.h>

#define LINE_LIMIT 76
#define NO_LETTER 0x80000000u

/* What a letter stands for at each place of a quartet, shifted to where it belongs. */
static uint32_t letters[4][256];

__attribute__((constructor)) static void
fill_letters(void)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned place, i;

	for (place = 0; place < 4; place++) {
		for (i = 0; i < 256; i++)
			letters[place][i] = NO_LETTER;
		for (i = 0; i < 64; i++)
			letters[place][(unsigned char)alphabet[i]] = i << (18 - 6 * place);
	}
}

static uint32_t
quartet(const unsigned char *s)
{
	return letters[0][s[0]] | letters[1][s[1]] | letters[2][s[2]] | letters[3][s[3]];
}

static unsigned char *
put(unsigned char *out, uint32_t q)
{
	out[0] = (unsigned char)(q >> 16);
	out[1] = (unsigned char)(q >> 8);
	out[2] = (unsigned char)q;
	return out + 3;
}

/* Whole quartets without padding, up to the line's limit; where they end. */
static const unsigned char *
read_quartets(const unsigned char *s, const unsigned char *end, unsigned char **out)
{
	const unsigned char *stop = end - s > LINE_LIMIT ? s + LINE_LIMIT : end;
	unsigned char *to = *out;
	uint32_t q;

	for (; stop - s >= 4 && ((q = quartet(s)) & NO_LETTER) == 0; s += 4)
		to = put(to, q);
	*out = to;
	return s;
}

/* The quartet with the padding, if one is here: its length, 4 or 0. */
static size_t
read_padded(const unsigned char *s, const unsigned char *end, unsigned char **out)
{
	uint32_t q;

	if (end - s < 4 || s[3] != '=')
		return 0;
	q = letters[0][s[0]] | letters[1][s[1]] | (s[2] != '=' ? letters[2][s[2]] : 0);
	if ((q & NO_LETTER) != 0)
		return 0;
	*(*out)++ = (unsigned char)(q >> 16);
	if (s[2] != '=')
		*(*out)++ = (unsigned char)(q >> 8);
	return 4;
}

static size_t
line_end(const unsigned char *s, const unsigned char *end)
{
	if (s < end && *s == '\n')
		return 1;
	return end - s >= 2 && s[0] == '\r' && s[1] == '\n' ? 2 : 0;
}

static bool
is_blank(const unsigned char *s, const unsigned char *end)
{
	while (s < end && (*s == '\r' || *s == '\n'))
		s++;
	return s == end;
}

bool
base64_read_regular(const unsigned char *s, size_t n, unsigned char *out, size_t *len)
{
	const unsigned char *end = s + n, *line;
	unsigned char *to = out;
	size_t ends;

	while (s < end) {
		line = s;
		s = read_quartets(s, end, &to);
		if (s - line < LINE_LIMIT && (ends = read_padded(s, end, &to)) > 0) {
			s += ends;
			if (!is_blank(s, end))
				return false;
			break;
		}
		if (s == end)
			break;
		if ((ends = line_end(s, end)) == 0)
			return false;
		s += ends;
	}
	*len = (size_t)(to - out);
	return true;
}
