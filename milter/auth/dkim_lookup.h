/*
 * The look-ups of a message's keys: all are asked for at once, each name once,
 * and waited for later.
 */
#ifndef GATEPOST_AUTH_DKIM_LOOKUP_H
#define GATEPOST_AUTH_DKIM_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/domain.h"
#include "dkim_key.h"
#include "dns/dns.h"

/* One key name (RFC 6376 §3.6.2.1). */
struct dkim_lookup {
	const char *name;
	struct dns_query *query;	 /* until it is waited for */
	const struct dns_answer *answer; /* from then on */
};

/* For dkim_lookups_free(), at any stage. */
struct dkim_lookups {
	struct dns_source *dns;
	struct arena *mem;
	struct dkim_lookup *v;
	size_t n, max;
};

#define DKIM_LOOKUP_REASON_MAX (DOMAIN_MAX * 2 + 200)

enum dkim_lookup_status {
	DKIM_LOOKUP_OK,
	DKIM_LOOKUP_NO_KEY,
	DKIM_LOOKUP_LATER, /* no answer from DNS, now */
};

/* For at most max names. False without memory; there is nothing to free then. */
bool dkim_lookups_init(struct dkim_lookups *, struct dns_source *, struct arena *, size_t max);
void dkim_lookups_free(struct dkim_lookups *);
/* Asks for a key, of two canonical names, where nobody has yet. NULL without memory. */
struct dkim_lookup *dkim_lookups_ask(
    struct dkim_lookups *, const char *selector, const char *domain);
/* Waits for all of them until deadline (dns_now()). False without memory. */
bool dkim_lookups_wait(struct dkim_lookups *, int64_t deadline);
/*
 * What came of one, after that: its keys, which live as long as the look-ups,
 * or the reason, for people, why there are none.
 */
enum dkim_lookup_status dkim_lookup_keys(
    const struct dkim_lookup *, const struct dkim_keys **, char reason[DKIM_LOOKUP_REASON_MAX]);

#endif
