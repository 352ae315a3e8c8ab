/*
 * The real source: asks DNS servers through libunbound (dns/upstream.h),
 * keeps the answers, and follows resolv.conf(5) where no servers are named.
 * It asks these servers and no others, never the root servers.
 */
#ifndef GATEPOST_DNS_RESOLVER_H
#define GATEPOST_DNS_RESOLVER_H

#include "base/buf.h"
#include "dns/dns.h"

struct dns_resolver_options {
	const char *const *servers; /* "address" or "address@port" */
	size_t n_servers; /* none: those of resolv_conf, which is read again when it changes */
	const char *resolv_conf;       /* path */
	const char *trust_anchor_file; /* DNSSEC: DS or DNSKEY records of the root; NULL does not
					  validate */
	int64_t timeout;	       /* of one look-up, in milliseconds */
	unsigned max_under_way;	       /* more fail at once */
	size_t cache_bytes;
	uint32_t ttl_floor, ttl_ceiling; /* seconds an answer is kept */
	uint32_t negative_ceiling; /* the same for NXDOMAIN and NODATA; a failure is kept for 5 */
};

/* What is good for most: see resolver.c. */
void dns_resolver_defaults(struct dns_resolver_options *);
/*
 * NULL where something is wrong; error then says what. The options are
 * copied. For dns_source_free().
 */
struct dns_source *dns_resolver_new(const struct dns_resolver_options *, struct buf *error);

struct dns_resolver_usage {
	size_t bytes, answers; /* kept */
	unsigned under_way;
	uint64_t asked; /* look-ups that went to a server */
};

void dns_resolver_usage(struct dns_source *, struct dns_resolver_usage *);

#endif
