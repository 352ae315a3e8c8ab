/* UTF-16 (RFC 2781) into UTF-8. */
#ifndef GATEPOST_FILTER_UTF16_H
#define GATEPOST_FILTER_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Adds one character; U+FFFD for what is none. */
void utf8_add(struct buf *, uint32_t c);
/*
 * Adds the len bytes of UTF-16, least significant byte first; a lone half of a
 * pair becomes U+FFFD, an odd byte at the end is left out.
 */
void utf16le_add(struct buf *, const uint8_t *, size_t len);
void utf16be_add(struct buf *, const uint8_t *, size_t len);

#endif
