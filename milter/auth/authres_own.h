/* Whether an Authentication-Results field pretends to be ours (RFC 8601 §5). */
#ifndef GATEPOST_AUTH_AUTHRES_OWN_H
#define GATEPOST_AUTH_AUTHRES_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/header.h"

/*
 * True where the field is an Authentication-Results field that carries one of
 * the n ids, or that is malformed and which a lenient reader could take for
 * one that does: it has to be removed (RFC 8601 §5). The id may be written in
 * any case, quoted, between comments, folded, with a final dot, as U-labels or
 * A-labels. A field that begins with a result has no authserv-id: it is
 * nobody's, and false. True without memory. Time grows with the field's length
 * only.
 */
bool authres_is_ours(const struct header_field *, const char *const *ids, size_t n);

#endif
