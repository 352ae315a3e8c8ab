/*
 * What a source of answers is made of, for those who write one. A source
 * embeds struct dns_source as its first member; the front (dns.c) keeps the
 * answers, joins look-ups, and asks the source for what it does not have.
 */
#ifndef GATEPOST_DNS_SOURCE_H
#define GATEPOST_DNS_SOURCE_H

#include "dns/answer.h"
#include "dns/dns.h"
#include "dns/table.h"

struct dns_source_ops {
	/*
	 * Begins a look-up and never blocks. The source owes exactly one
	 * dns_pending_done(), from any thread, also before start() returns.
	 * It is called by many threads at once.
	 */
	void (*start)(struct dns_source *, struct dns_pending *);
	/* Ends all look-ups under way with dns_pending_done(); later ones fail at once. */
	void (*stop)(struct dns_source *);
	/* Frees the source, which was stopped, but not the members of struct dns_source. */
	void (*free)(struct dns_source *);
};

struct dns_source {
	const struct dns_source_ops *ops;
	struct dns_table *table;
};

/* False without memory. */
bool dns_source_init(struct dns_source *, const struct dns_source_ops *, const struct dns_limits *);

#endif
