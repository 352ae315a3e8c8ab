/*
 * The header section of a message, byte for byte as it was sent, in order.
 *
 * Nothing is decoded or mended here: names and values are what stands on the
 * wire, hostile or not (RFC 5322 §2.2, RFC 6376 §3.4).
 */
#ifndef GATEPOST_MAIL_HEADER_H
#define GATEPOST_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct header_field {
	const char *name;  /* without the colon; not NUL-terminated for length purposes */
	size_t name_len;   /* includes white space before the colon, if any was sent */
	const char *value; /* all after the colon: leading space, folds as CRLF WSP */
	size_t value_len;  /* without the CRLF that ends the field */
};

struct header {
	struct arena *mem;	     /* borrowed: where names and values live */
	struct header_field *fields; /* owned */
	size_t n, cap;
	size_t bytes;	  /* of all fields, colons and CRLFs included */
	size_t max_bytes; /* 0: no limit */
	size_t max_fields;
	bool overflow;	/* a field did not fit; it and all later ones are missing */
	bool no_memory; /* that is why */
};

void header_init(struct header *, struct arena *mem, size_t max_bytes, size_t max_fields);
void header_free(struct header *);
/*
 * Adds a field at the end. Line ends within the value may be LF (as a milter
 * gets them) or CRLF; they are kept as CRLF. A lone CR stays as it is.
 * False, and `overflow`, over a limit or without memory.
 */
bool header_add(
    struct header *, const char *name, size_t name_len, const char *value, size_t value_len);
/*
 * Splits the header section off a whole message (line ends CRLF or LF; a line
 * that is no field and no continuation ends the section and is the first of
 * the body). A first line "From " as mbox files have it, which an MTA never
 * sends, is skipped. *body is set to the offset of the body in the message
 * (after the empty line, if that ended the section). False on overflow;
 * *body is then where the field that did not fit begins.
 */
bool header_parse(struct header *, const char *message, size_t len, size_t *body);

/* True where the field has that name: compared without case, white space before the colon ignored.
 */
bool header_is(const struct header_field *, const char *name);
/* How many fields have that name. */
size_t header_count(const struct header *, const char *name);
/* The first (from the top) and last (bottom-most) field of that name, or NULL. */
const struct header_field *header_first(const struct header *, const char *name);
const struct header_field *header_last(const struct header *, const char *name);
/*
 * The value unfolded and trimmed (CRLF before WSP removed, outer WSP
 * removed), as a NUL-terminated string in mem. A NUL byte within stays, and
 * *len tells the true length. NULL without memory.
 */
char *header_unfold(const struct header_field *, struct arena *mem, size_t *len);

#endif
