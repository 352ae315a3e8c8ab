/* Foreign text, cut and cleaned so that it can stand in a reason for people. */
#ifndef GATEPOST_FILTER_SHOWN_H
#define GATEPOST_FILTER_SHOWN_H

#include <stddef.h>

#include "base/buf.h"

#define SHOWN_MAX 128

/*
 * The first n bytes at s, in quotes, as valid UTF-8: control characters and
 * bytes that are no UTF-8 become "?", runs of white space one space, what is
 * too long ends in "...". Returns out.
 */
const char *shown(char out[SHOWN_MAX], const char *s, size_t n);
const char *shown_str(char out[SHOWN_MAX], const char *s);
/* Adds bytes in an unknown charset as UTF-8: as they are if they are valid, as Latin-1 if not. */
void utf8_from_bytes(struct buf *, const char *s, size_t n);

#endif
