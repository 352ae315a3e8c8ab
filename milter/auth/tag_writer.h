/*
 * Writing a signature field's tag list (RFC 6376 §3.2, §3.5), folded with CRLF
 * HTAB so that no line is over 78 columns, a HTAB counting as 8, but where a
 * tag that cannot be folded is itself too long.
 */
#ifndef GATEPOST_AUTH_TAG_WRITER_H
#define GATEPOST_AUTH_TAG_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A field's value being written: where the line stands. */
struct tag_writer {
	struct buf *out;
	size_t column;
};

/* Begins an empty value; the field's name counts on the first line. */
void tag_writer_begin(struct tag_writer *, struct buf *out, const char *field_name);
/* "a=b" with its semicolon, after a space or a fold. */
void tag_write(struct tag_writer *, const char *tag, size_t n);
void tag_writef(struct tag_writer *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "h=", to which tag_write_item() adds; on a new line. */
void tag_write_list(struct tag_writer *, const char *tag);
/* An item and what ends it, ":" or ";". */
void tag_write_item(struct tag_writer *, const char *item, size_t n, char end);
/* "bh=" of 32 bytes. */
void tag_write_hash(struct tag_writer *, const uint8_t hash[32]);
/* "b=" on a new line, with nothing in it yet: what is hashed ends here (§3.7). */
void tag_write_b(struct tag_writer *);
/*
 * Adds the signature's base64, folded, to a value that ends with "b=". 0, or
 * -1 without memory or if the signature is longer than any key could make it.
 */
int tag_write_signature(struct buf *, const uint8_t *sig, size_t len);

#endif
