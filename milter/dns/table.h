/*
 * The answers a source has given and the look-ups it has under way, in one
 * table that all threads share: whoever asks finds the one or joins the
 * other. Bounded in bytes; what was not used for longest goes first.
 */
#ifndef GATEPOST_DNS_TABLE_H
#define GATEPOST_DNS_TABLE_H

#include "dns/dns.h"
#include "dns/question.h"

struct dns_limits {
	size_t bytes;		   /* of kept answers altogether; 0 keeps none */
	uint32_t ttl_floor;	   /* an answer is kept at least so long, in seconds */
	uint32_t ttl_ceiling;	   /* and at most so long */
	uint32_t negative_ceiling; /* the same for NXDOMAIN and NODATA (RFC 2308 §5) */
	uint32_t tempfail_ceiling; /* the same for DNS_TEMPFAIL; no floor */
	int64_t timeout; /* milliseconds a look-up may take; 0 leaves it to the deadline */
};

struct dns_table;
struct dns_pending; /* a look-up under way, shared by all who wait for it */

/* What the table had: exactly one of both is set, or none without memory. */
struct dns_found {
	const struct dns_answer *answer; /* a reference for the caller */
	struct dns_pending *pending;	 /* a reference for the caller */
	struct dns_pending *start;	 /* set where pending is new: a reference for the source */
};

struct dns_table *dns_table_new(const struct dns_limits *);
struct dns_table *dns_table_ref(struct dns_table *);
void dns_table_unref(struct dns_table *);
struct dns_found dns_table_ask(struct dns_table *, const struct dns_question *);
/* Number of bytes and of answers kept. */
void dns_table_usage(struct dns_table *, size_t *bytes, size_t *answers);

const struct dns_question *dns_pending_question(const struct dns_pending *);
/*
 * The look-up is over: keeps the answer as long as it may be kept and wakes
 * who waits. Takes over both the reference to the pending look-up and the one
 * to the answer; NULL for an answer says that memory ran out.
 */
void dns_pending_done(struct dns_pending *, const struct dns_answer *);
/* The same as TEMPFAIL for this reason, which is kept for ttl seconds. */
void dns_pending_fail(struct dns_pending *, const char *reason, uint32_t ttl);
/* Waits until deadline (dns_now()); returns a reference. */
const struct dns_answer *dns_pending_wait(struct dns_pending *, int64_t deadline);
void dns_pending_unref(struct dns_pending *);

#endif
