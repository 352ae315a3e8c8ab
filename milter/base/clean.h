/*
 * Text that came from outside, made fit to be shown: nothing in it moves a
 * terminal's cursor, ends a line, or turns the order of what is read.
 */
#ifndef GATEPOST_BASE_CLEAN_H
#define GATEPOST_BASE_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/*
 * For a terminal: UTF-8 as it is, but control characters, format characters
 * (bidirectional ones, zero-width ones, tags), line separators and private
 * use as "\u{202e}", and bytes that are no UTF-8 as "\x{ff}".
 */
void clean_for_terminal(struct buf *out, const char *text);
/* Whether a character, UTF-8 of len bytes, is one of these; its number in any case. */
bool clean_is_hidden(const char *s, size_t len, uint32_t *number);
/* For SMTP replies and header fields: printable US-ASCII without "%"; all else is "?". */
void clean_for_reply(struct buf *out, const char *text);

#endif
