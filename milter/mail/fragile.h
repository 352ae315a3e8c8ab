/*
 * Content that a mail server on the way is known to change, so that a
 * signature over it may not survive (RFC 6376 §5.3, RFC 5321 §4.5.3.1.6).
 */
#ifndef GATEPOST_MAIL_FRAGILE_H
#define GATEPOST_MAIL_FRAGILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "header.h"

#define FRAGILE_LINE 998 /* octets of a line without its CRLF, RFC 5322 §2.1.1 */

struct fragile {
	size_t line;	/* octets of the line that is being read */
	size_t longest; /* the longest line over FRAGILE_LINE, or 0 */
	bool eight_bit; /* body bytes over 0x7f */
	bool nul;
	bool bare_cr;
	bool cr; /* the last byte was a CR */
};

/* Header fields: their lines only; 8-bit headers are a matter of SMTPUTF8. */
void fragile_header(struct fragile *, const struct header *);
/* The body, in pieces cut anywhere. */
void fragile_body(struct fragile *, const char *, size_t);
/* What was found, in words for people, into out; false where nothing was. */
bool fragile_text(const struct fragile *, struct buf *out);

#endif
