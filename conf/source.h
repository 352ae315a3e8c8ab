/*
 * A configuration file as text, made plain before libconfuse reads it.
 *
 * libconfuse skips characters that it does not know, puts environment
 * variables into strings, loses count of lines after some comments, and takes
 * the end of the file for the end of a section. What is in the file is to be
 * what counts, so all of that is settled here.
 */
#ifndef GATEPOST_CONF_SOURCE_H
#define GATEPOST_CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SOURCE_MAX (16 * 1024 * 1024) /* octets of one file */

/* Who hears about the text; arg is handed on to each. */
struct source_listener {
	/* Something is wrong in that line. */
	void (*error)(void *arg, unsigned line, const char *what);
	/* The n octets at name are assigned to, outside any section; op is '=' or '+' for "+=". */
	void (*assigned)(void *arg, unsigned line, const char *name, size_t n, char op);
	void *arg;
};

/*
 * Reads the whole of fd, a file of any kind, into text. Returns 0; or -1 with
 * errno: EFBIG over SOURCE_MAX, ENOMEM, or what read() says.
 */
int source_read(int fd, struct buf *text);
/*
 * Adds to plain the text with each line where it was, and without comments.
 * Outside quotes there are only words of letters, digits, "_-./:@[]" and
 * what is beyond ASCII, and the signs = += { } ( ) and comma. A string is in
 * "" or '' on one line; a backslash in it stands before a sign that is meant
 * as such (in '' only \' and \\); "${" is nothing special.
 * Returns false where strings, comments, braces or parentheses do not close,
 * or there is more than one value in parentheses, so that reading on makes no sense; everything
 * else that is wrong is reported to the listener only.
 */
bool source_plain(const struct buf *text, const struct source_listener *, struct buf *plain);

#endif
