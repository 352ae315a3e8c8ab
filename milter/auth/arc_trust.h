/*
 * What a chain's sealers say, if they are believed (RFC 8617 §7.2.1): the
 * message was authentic when it came to the first of them, so that a list or
 * a forwarder has not taken its author's domain in vain.
 */
#ifndef GATEPOST_AUTH_ARC_TRUST_H
#define GATEPOST_AUTH_ARC_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "arc_verify.h"
#include "base/arena.h"
#include "dns/dns.h"

/* All borrowed during the call. */
struct arc_trust_facts {
	const struct arc_result *arc;
	char *const *trusted; /* d= of sealers that are believed, canonical */
	size_t ntrusted;
	const char *author; /* the one author domain, canonical */
	struct dns_source *dns;
	int64_t deadline; /* of dns_now() */
};

enum arc_vouch {
	ARC_NOT_VOUCHED,
	ARC_VOUCHED,
	ARC_VOUCH_UNKNOWN, /* a trusted sealer's chain could not be validated: no answer from DNS */
};

/*
 * Only a chain that passes, whose newest message signature covers From, and
 * none of whose keys is in testing counts. Whoever seals later can change
 * all that earlier ones have said of the content, so only an unbroken run of
 * trusted sealers from the newest downward is believed, and of it the oldest
 * one's results: dmarc=pass for this author domain; or, where they have no
 * DMARC result that says otherwise, a pass of DKIM or SPF that is aligned
 * with it.
 */
enum arc_vouch arc_trust(const struct arc_trust_facts *, struct arena *mem);

#endif
