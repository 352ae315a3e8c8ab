/*
 * Telling mail that this gatepost signed before, and that comes back through
 * a content filter or a list on this host: a second signature would say
 * nothing new. What a filter has changed is signed again.
 */
#ifndef GATEPOST_DAEMON_OWN_SIGNATURE_H
#define GATEPOST_DAEMON_OWN_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/canon.h"
#include "auth/dkim_sign.h"
#include "base/arena.h"
#include "keys/catalog.h"
#include "mail/header.h"

#define OWN_SIGNATURES_MAX 4 /* fields that are looked at, from the top */

struct own_signature_facts {
	const struct header *header;
	const struct catalog_key *keys; /* of the domain that would sign */
	size_t nkeys;
	enum canon body_canon;
	const uint8_t *body_hash; /* of DKIM_DIGEST_LEN bytes, in that form */
	int timeout_ms;		  /* for the signer */
};

/*
 * True where the message carries a signature by one of the keys that still
 * holds. Both algorithms always make the same signature of the same digest
 * (RFC 8017 §8.2, RFC 8032), so the signer is asked to sign again and the
 * results are compared; no public key is needed. False without memory, or
 * when the signer does not answer.
 */
bool own_signature_holds(const struct own_signature_facts *, struct arena *mem);

#endif
