/* Deflated data (RFC 1950, 1951) within an object, unpacked under the scan's limits. */
#ifndef GATEPOST_FILTER_INFLATE_H
#define GATEPOST_FILTER_INFLATE_H

#include "base/buf.h"
#include "inspect.h"

/*
 * Adds what the zlib stream unpacks to, as far as it can be read; where its
 * header is wrong it is tried without one. False where nothing came out, or a
 * limit was reached (and told).
 */
bool inflate_zlib(
    struct scan *, const struct object *, const uint8_t *, size_t len, struct buf *out);

#endif
