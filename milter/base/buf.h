/*
 * A growable run of bytes, the one string type of the house.
 *
 * A buffer never grows over its limit: what would, sets `failed` and is not
 * added, and so does everything after it. A caller adds as often as it likes
 * and asks once, at the end. The data is always followed by a NUL byte that
 * is not counted, so `data` can be printed once buf_str() has been called.
 */
#ifndef GATEPOST_BASE_BUF_H
#define GATEPOST_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;  /* owned; NULL until the first byte */
	size_t len;  /* bytes in use */
	size_t cap;  /* bytes allocated */
	size_t max;  /* len never exceeds this */
	bool failed; /* something did not fit, or memory ran out */
};

/* An empty buffer of at most max bytes; 0 means no limit but memory. */
void buf_init(struct buf *, size_t max);
/* Frees the data and leaves an empty buffer with the same limit. */
void buf_free(struct buf *);
/* Forgets content and failure, keeps the memory. */
void buf_clear(struct buf *);
/* Makes room for n more bytes. False, and `failed`, where that exceeds the limit. */
bool buf_reserve(struct buf *, size_t n);
void buf_add(struct buf *, const void *, size_t);
void buf_addc(struct buf *, char);
/* Adds a NUL-terminated string, without its NUL. */
void buf_adds(struct buf *, const char *);
void buf_addf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));
/* The content as a NUL-terminated string, never NULL; valid until the next change. */
const char *buf_str(struct buf *);

#endif
