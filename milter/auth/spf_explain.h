/* The explanation that a domain gives for its fail (RFC 7208 §6.2). */
#ifndef GATEPOST_AUTH_SPF_EXPLAIN_H
#define GATEPOST_AUTH_SPF_EXPLAIN_H

#include "spf_walk.h"

/*
 * The text that the frame's exp= leads to, expanded, in the walk's memory:
 * printable US-ASCII, at most SPF_EXPLANATION_MAX octets. "" where there is
 * none, or anything is wrong with it.
 */
const char *spf_explain(struct spf_walk *, const struct spf_frame *);

#endif
