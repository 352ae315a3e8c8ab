/* The text of a file as UTF-8, whichever of the Unicode forms it is in. */
#ifndef GATEPOST_FILTER_TEXT_H
#define GATEPOST_FILTER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct text {
	const char *s; /* the object's own bytes, or `made` */
	size_t len;
	struct buf made; /* owned */
};

/*
 * Views the bytes as text. UTF-16 is told by its mark or by where its NUL
 * bytes stand, and made UTF-8; a mark of UTF-8 is left out; all else is viewed
 * as it is, in whatever charset.
 */
void text_open(struct text *, const uint8_t *bytes, size_t len);
void text_close(struct text *);

/* White space and NULs are skipped: does the text begin so (letters of either case)? */
bool text_begins(const struct text *, const char *with);
/* Where the lower-case string is (letters of either case); NULL if it is not. */
const char *text_find(const char *s, size_t len, const char *what);

/* Adds what the base64 letters stand for; signs that are none are left out. */
void base64_add(struct buf *, const char *s, size_t len);

#endif
