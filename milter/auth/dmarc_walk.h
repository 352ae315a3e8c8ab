/*
 * The DNS tree walk (RFC 9989 §4.10): from a domain up to its top, at most
 * eight names, asked side by side; and the Organizational Domain that it
 * finds (§4.10.2). Walks of one message share their answers.
 */
#ifndef GATEPOST_AUTH_DMARC_WALK_H
#define GATEPOST_AUTH_DMARC_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "dmarc_record.h"
#include "dns/dns.h"

#define DMARC_WALK_MAX 8 /* queries of one walk (§4.10) */

/* What "_dmarc." and a domain bring. */
struct dmarc_lookup {
	struct dmarc_lookup *next;
	const char *domain;		   /* borrowed */
	struct dns_query *query;	   /* under way; else NULL */
	const struct dns_answer *answer;   /* held once it is there */
	const struct dmarc_record *record; /* lives with the answer; NULL is no answer */
};

struct dmarc_lookups {
	struct dns_source *dns;
	struct arena *mem;
	struct dmarc_lookup *first;
};

/* Both borrowed. */
void dmarc_lookups_init(struct dmarc_lookups *, struct dns_source *, struct arena *mem);
/* Gives up what is under way, and lets the answers go; at any stage, also twice. */
void dmarc_lookups_end(struct dmarc_lookups *);
/* The record there, waited for until deadline; NULL where that cannot be told. */
const struct dmarc_record *dmarc_lookup_wait(struct dmarc_lookup *, int64_t deadline);

struct dmarc_walk {
	const char *domain;			 /* where it starts; borrowed */
	struct dmarc_lookup *at[DMARC_WALK_MAX]; /* the longest name first; NULL without memory */
	size_t n;
};

/* Asks for all names, and does not block. The domain (canonical) must live as long as the lookups.
 */
void dmarc_walk_begin(struct dmarc_walk *, struct dmarc_lookups *, const char *domain);

struct dmarc_organization {
	const char *domain; /* the Organizational Domain; NULL where a query failed */
	/* Where records were found; NULL where there is none. */
	const struct dmarc_lookup *own; /* at the Organizational Domain */
	const struct dmarc_lookup *psd; /* at the Public Suffix Domain above it (psd=y) */
	const char *failed;		/* the name that was not answered; else NULL */
};

/* §4.10.2; waits for what it needs until deadline. */
struct dmarc_organization dmarc_walk_end(const struct dmarc_walk *, int64_t deadline);

#endif
