/*
 * Line ends of a body that are none (RFC 5322 §2.3): CR and LF only stand
 * together. A stray one is how one message is smuggled within another.
 */
#ifndef GATEPOST_MAIL_LINE_ENDS_H
#define GATEPOST_MAIL_LINE_ENDS_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed before the first piece. */
struct line_ends {
	bool bare_cr, bare_lf; /* found so far */
	bool after_cr;	       /* the last byte was CR */
};

/* The next piece of the body, cut anywhere. */
void line_ends_add(struct line_ends *, const char *, size_t);
/* After the last piece: a CR at the very end is bare. */
void line_ends_finish(struct line_ends *);

#endif
