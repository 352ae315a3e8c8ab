/*
 * What SPF and DKIM have found out about a message, as far as DMARC goes by
 * it: the Authenticated Identifiers (RFC 9989 §4.3, §4.4), and those that a
 * failing DNS query keeps from being one.
 */
#ifndef GATEPOST_AUTH_DMARC_FACTS_H
#define GATEPOST_AUTH_DMARC_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dkim_verify.h"
#include "spf.h"

enum dmarc_identity {
	DMARC_NOT_AUTHENTICATED,
	DMARC_AUTHENTICATED,
	DMARC_UNDECIDED, /* temperror: it might have been */
};

struct dmarc_identifier {
	const char *domain; /* canonical; "" where there is none, which then counts for nothing */
	enum dmarc_identity is;
};

struct dmarc_facts {
	struct dmarc_identifier spf;	     /* of the MAIL FROM identity (§4.4.2) */
	const struct dmarc_identifier *dkim; /* those that are authenticated or undecided */
	size_t ndkim;
	bool incomplete; /* results got lost: without a pass, nothing can be said (§5.3.6) */
};

/*
 * From the results themselves: a pass of the HELO identity is none, DKIM
 * passes only where the result counts. spf may be NULL. The list is in mem
 * (without memory, or where dkim is NULL though there are some: incomplete);
 * domains are borrowed.
 */
struct dmarc_facts dmarc_facts_of(
    const struct spf_outcome *spf, const struct dkim_result *dkim, size_t ndkim, struct arena *mem);

#endif
