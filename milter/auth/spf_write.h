/*
 * A record written anew for one client, in the part of SPF's language that
 * libspf2 gets right (spf_engine.h).
 *
 * Terms of the other family and networks that do not hold the client are left
 * out; so is all that follows a term which matches in any case, and terms
 * behind the limit of look-ups. What is left is short, however long the
 * record was, and libspf2 still compares the address, so that two
 * implementations must agree on a match. A prefix length of 0, which libspf2
 * refuses, is "all" for a network, and "exists" where any address will do.
 */
#ifndef GATEPOST_AUTH_SPF_WRITE_H
#define GATEPOST_AUTH_SPF_WRITE_H

#include "spf_walk.h"

/* The text, in the walk's memory; sets the frame's sure term. NULL without memory. */
const char *spf_write_record(struct spf_walk *, struct spf_frame *);

#endif
