/*
 * One libunbound context with the thread that runs it. libunbound does the
 * asking (random ports and ids, retries, TCP, DNSSEC); look-ups are handed to
 * the thread through a queue, and its callbacks hand back the answers.
 */
#ifndef GATEPOST_DNS_UPSTREAM_H
#define GATEPOST_DNS_UPSTREAM_H

#include "base/buf.h"
#include "dns/table.h"

struct upstream_settings {
	const char *const *servers; /* "address" or "address@port"; at least one */
	size_t n_servers;
	const char *trust_anchor_file; /* DNSSEC: NULL does not validate */
	unsigned max_under_way;
};

struct upstream;

/* NULL where something is wrong; error then says what. */
struct upstream *upstream_new(const struct upstream_settings *, struct buf *error);
/* Begins a look-up; takes over the reference. Never blocks. */
void upstream_start(struct upstream *, struct dns_pending *);
/* Nothing begins any more, what is under way has half a minute left. */
void upstream_retire(struct upstream *);
/* True after upstream_retire(), when all is over and upstream_free() will not wait. */
bool upstream_is_over(struct upstream *);
/* True where for a while all look-ups have failed. */
bool upstream_is_stuck(struct upstream *);
unsigned upstream_under_way(struct upstream *);
/* Ends all look-ups; returns when they have ended. */
void upstream_stop(struct upstream *);
/* The same, and frees it. NULL is allowed. */
void upstream_free(struct upstream *);

#endif
