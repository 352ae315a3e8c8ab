/*
 * What the terms of a record mean in the DNS (RFC 7208 §5.3 to §5.7), with
 * the limits of §4.6.4. Errors and exceeded limits stop the walk.
 */
#ifndef GATEPOST_AUTH_SPF_LOOKUP_H
#define GATEPOST_AUTH_SPF_LOOKUP_H

#include "spf_walk.h"

#define SPF_REVERSE_BUF 80

/*
 * Whether a term (a, mx, ptr, exists) matches the client; name is its
 * target-name. On YES of a and mx, *ip is the address that matched.
 */
enum spf_engine_answer spf_lookup_term(
    struct spf_walk *, const struct spf_term *, const char *name, struct ip *);
/*
 * Finds the client's validated domain names (§5.5), once for a check. False
 * where the walk has stopped. No name is no error.
 */
bool spf_lookup_names(struct spf_walk *);
/* %{p} for a domain: one of these names, or "unknown" (§7.3). */
const char *spf_lookup_client_name(const struct spf_walk *, const char *domain);
/* The name whose PTR records the client has. Returns out. */
const char *spf_lookup_reverse_name(const struct spf_walk *, char out[SPF_REVERSE_BUF]);

#endif
