/* Base64 as signatures and keys are written (RFC 2045 §6.8, RFC 6376 §2.10): strict. */
#ifndef GATEPOST_BASE_BASE64_H
#define GATEPOST_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for what n letters can decode to. */
#define BASE64_DECODED_MAX(n) ((n) / 4 * 3 + 3)

/*
 * Decodes the n bytes at s into out, which has room for
 * BASE64_DECODED_MAX(n). White space (SP, HTAB, CR, LF) may stand anywhere.
 * False for any other byte, a length that is no multiple of four letters,
 * padding that is missing or not at the end, and bits that are set beyond the
 * last octet: a text has one meaning, and a meaning one text.
 */
bool base64_decode(const char *s, size_t n, uint8_t *out, size_t *len);

#endif
