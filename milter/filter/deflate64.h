/*
 * Deflate64, which Windows packs large files with: deflate (RFC 1951) with a
 * window of 64 KB, longer matches and two more codes of distances.
 */
#ifndef GATEPOST_FILTER_DEFLATE64_H
#define GATEPOST_FILTER_DEFLATE64_H

#include "deflated.h"
#include "member.h"

/* Adds what it unpacks to, as far as it can be read. */
enum deflated_result deflate64_unpack(struct member *, const unsigned char *, size_t len);

#endif
