/* Rich text as Outlook compresses it (MS-OXRTFCP). */
#ifndef GATEPOST_FILTER_RTF_COMPRESSED_H
#define GATEPOST_FILTER_RTF_COMPRESSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Adds the text, as far as it can be read; it is never more than nine times as
 * long. False where the bytes are no compressed rich text.
 */
bool rtf_decompress(const uint8_t *, size_t len, struct buf *out);

#endif
