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

/* Behind the next CR or LF. */
static inline const unsigned char *
search_next_line(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *lf = memchr(p, '\n', (size_t)(end - p)), *cr;

	if (lf == NULL)
		lf = end;
	cr = memchr(p, '\r', (size_t)(lf - p));
	return cr != NULL ? cr + 1 : lf + (lf < end);
}

#endif
