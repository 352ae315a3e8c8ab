/* The Received-SPF field (RFC 7208 §9.1). */
#ifndef GATEPOST_AUTH_RECEIVED_SPF_H
#define GATEPOST_AUTH_RECEIVED_SPF_H

#include <stdbool.h>

#include "base/buf.h"
#include "spf.h"

/*
 * Adds the field's value for the outcome of a check: beginning with one
 * space, folded with CRLF HTAB, without a final CRLF. What the client said is
 * quoted, cut, and made printable US-ASCII. False where out is full.
 */
bool received_spf(const struct spf_request *, const struct spf_outcome *, struct buf *out);

#endif
