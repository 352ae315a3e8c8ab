/* Deflated content (RFC 1951, 1952) of a member of an archive. */
#ifndef GATEPOST_FILTER_DEFLATED_H
#define GATEPOST_FILTER_DEFLATED_H

#include "member.h"

enum deflated_result { DEFLATED_WHOLE, DEFLATED_DAMAGED, DEFLATED_LIMIT };
enum deflated_form { DEFLATED_RAW = -15, DEFLATED_GZIP = 31 }; /* as inflateInit2() takes them */

/*
 * Adds the content to the member: all that can be read. taken: bytes that it
 * stood in. A limit that is reached has been told.
 */
enum deflated_result deflated_unpack(
    struct member *, const unsigned char *, size_t len, enum deflated_form, size_t *taken);

#endif
