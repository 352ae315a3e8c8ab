/*
 * Text from hostile mail, made fit for a terminal: no control characters, no
 * escape sequences, nothing that changes the direction of writing or hides
 * itself, and as wide as it may be.
 */
#ifndef GATEPOST_COMMANDS_TERMINAL_H
#define GATEPOST_COMMANDS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

struct terminal {
	bool utf8;    /* what is written may be UTF-8; else it is US-ASCII */
	bool colour;  /* and escape sequences of ours */
	size_t width; /* columns; 0 where there is no terminal and so no end */
};

/* What f is: a terminal or not, with the locale of the environment. NO_COLOR is heeded. */
struct terminal terminal_of(FILE *f);
/*
 * Adds the n bytes at s: white space and line ends become one space each run,
 * whatever else is not printable "?" (or U+FFFD). At most max columns are
 * used, 0 for no limit; what is cut ends with an ellipsis. Returns the columns.
 */
size_t terminal_clean(
    const struct terminal *, const char *s, size_t n, size_t max, struct buf *out);
/* The same, and spaces up to max columns behind it. */
void terminal_column(const struct terminal *, const char *s, size_t n, size_t max, struct buf *out);

#endif
