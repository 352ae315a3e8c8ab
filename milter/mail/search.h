/*
 * Looking for a word in bytes, again and again from where the last one was.
 * In place of memmem(), which under the address sanitizer goes through all the
 * rest at each call.
 */
#ifndef GATEPOST_MAIL_SEARCH_H
#define GATEPOST_MAIL_SEARCH_H

#include <stddef.h>
#include <string.h>

/* The first place from p on, before end, where the n bytes of the word are; NULL for none. */
static inline const unsigned char *
search_bytes(const unsigned char *p, const unsigned char *end, const char *word, size_t n)
{
	while (
	    (size_t)(end - p) >= n && (p = memchr(p, word[0], (size_t)(end - p) - n + 1)) != NULL) {
		if (memcmp(p, word, n) == 0)
			return p;
		p++;
	}
	return NULL;
}

/* Behind the next CR or LF. Piece by piece, so that many of the one cost no search for the other.
 */
static inline const unsigned char *
search_next_line(const unsigned char *p, const unsigned char *end)
{
	while (p < end) {
		size_t n = end - p < 256 ? (size_t)(end - p) : 256;
		const unsigned char *lf = memchr(p, '\n', n);
		const unsigned char *cr = memchr(p, '\r', lf != NULL ? (size_t)(lf - p) : n);

		if (cr != NULL || lf != NULL)
			return (cr != NULL ? cr : lf) + 1;
		p += n;
	}
	return end;
}

#endif
