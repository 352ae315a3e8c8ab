/*
 * Base64 as it is nearly always sent: whole quartets in lines, nothing else.
 * All readers come to the same bytes there, and one pass finds both out, that
 * it is so and what it holds. For everything else see transfer.h.
 */
#ifndef GATEPOST_MAIL_BASE64_REGULAR_H
#define GATEPOST_MAIL_BASE64_REGULAR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes the n bytes at s into out, which has TRANSFER_ROOM(n). True where
 * each line has at most 76 letters, a multiple of four, and ends with LF or
 * CRLF, and padding stands at the end alone (RFC 2045 §6.8); *len is set, and
 * base64_oddities() would be 0. False else, with out half filled.
 */
bool base64_read_regular(const unsigned char *s, size_t n, unsigned char *out, size_t *len);

#endif
