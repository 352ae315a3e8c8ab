/*
 * Whether the client's address has a name that leads back to it (RFC 8601
 * §3, "iprev"): a hint about how a host is run, never proof of identity.
 */
#ifndef GATEPOST_AUTH_IPREV_H
#define GATEPOST_AUTH_IPREV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cidr.h"
#include "base/domain.h"
#include "dns/dns.h"

#define IPREV_MAX_NAMES 10 /* names of an address that are tried; the rest is ignored */

enum iprev_result {
	IPREV_PASS,	 /* a name leads back */
	IPREV_FAIL,	 /* no name, or none that leads back */
	IPREV_TEMPERROR, /* DNS did not answer, and no name that could be tried leads back */
	IPREV_PERMERROR, /* the address cannot be looked up */
};

struct iprev {
	struct ip ip;
	enum iprev_result result; /* after iprev_finish() */
	char name[DOMAIN_BUF];	  /* for IPREV_PASS the name that leads back, else "" */
	const char *reason;	  /* for people; "" for IPREV_PASS (static) */
	struct dns_query *query;  /* between begin and finish */
};

/* Starts the look-up of the address's names; never blocks. To be finished or cancelled. */
void iprev_begin(struct iprev *, struct dns_source *, const struct ip *);
/* Waits until the deadline (dns_now()) at most, and judges. */
void iprev_finish(struct iprev *, struct dns_source *, int64_t deadline);
void iprev_cancel(struct iprev *);
/* "pass", "fail", "temperror", "permerror" */
const char *iprev_result_name(enum iprev_result);

#endif
