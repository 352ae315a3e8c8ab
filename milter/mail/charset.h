/*
 * Converting to UTF-8 from the charsets that mail programs use. A process
 * that shuts itself in can load no converter later: charset_prepare() opens
 * them all before, and nothing is opened afterwards.
 *
 * The converters are shared and keep a state: one thread of a process may
 * use them.
 */
#ifndef GATEPOST_MAIL_CHARSET_H
#define GATEPOST_MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum charset_result {
	CHARSET_CONVERTED,
	CHARSET_UNKNOWN, /* no such charset, or not prepared */
	CHARSET_MISFIT	 /* the bytes are none of this charset */
};

/* Opens the converters; again does nothing. False with the reason in err where one is missing. */
bool charset_prepare(struct buf *err);

/*
 * Adds the n bytes at s to out as UTF-8. The charset's name is compared as
 * generously as mail programs do (case, "-" and "_" are nothing). Adds
 * nothing unless CHARSET_CONVERTED. Works for UTF-8, US-ASCII and ISO-8859-1
 * without being prepared.
 */
enum charset_result charset_convert(
    const char *charset, size_t charset_len, const char *s, size_t n, struct buf *out);

/* Adds the bytes as if they were ISO-8859-1, which any bytes can be; control characters stay. */
void charset_from_latin1(const char *s, size_t n, struct buf *out);

#endif
