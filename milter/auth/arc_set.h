/*
 * The ARC sets of a message (RFC 8617 §4): collected from its header, parsed,
 * and judged by all rules that need no key: §5.2, steps 1 to 3.
 */
#ifndef GATEPOST_AUTH_ARC_SET_H
#define GATEPOST_AUTH_ARC_SET_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authres_read.h"
#include "base/arena.h"
#include "dkim_signature.h"
#include "mail/header.h"

#define ARC_INSTANCES_MAX 50 /* §4.2.1 */

/* The chain validation status (§4.4), as a seal says it in cv= and as we find it. */
enum arc_status { ARC_NONE, ARC_PASS, ARC_FAIL };

/* One set. The fields are the header's own, in whatever order they stood there. */
struct arc_set {
	const struct header_field *results; /* ARC-Authentication-Results */
	const char *payload;		    /* what follows its "i=1;" */
	size_t payload_len;
	/*
	 * The other two, each as RFC 6376 has it but for i=, which is the
	 * instance; i= and identity of the structs are empty.
	 */
	struct dkim_signature message; /* ARC-Message-Signature */
	bool no_canon;		       /* it has no c= */
	struct dkim_signature seal;    /* ARC-Seal: it has no h=, bh=, c= and l= */
	enum arc_status cv;	       /* what the seal says */
};

struct arc_chain {
	bool present; /* there is an ARC field */
	/*
	 * What is wrong with the structure, for people; NULL where nothing is:
	 * then n sets are there and complete, and all of them without error.
	 */
	const char *error;
	bool ended;	   /* the seal with the highest instance says cv=fail */
	unsigned highest;  /* instance that any field has, also in a bad chain; or 0 */
	size_t n;	   /* 0 where there is an error */
	struct arc_set *v; /* v[0] is instance 1 */
};

/*
 * Header fields are looked at once; a message without ARC fields costs nothing
 * but that. Any order of fields is a good one, and so is any order of tags
 * (§4.1.2 has i= first, but nobody relies on that). Tags that are not known
 * are ignored, but h= in a seal (§4.1.3). Only rsa-sha256 is an algorithm;
 * values of cv= are read in any case (§3.9). h= of a message signature may be
 * empty: see arc_verify.h for what that means. The header is borrowed.
 * Returns false only without memory.
 */
bool arc_chain_parse(struct arc_chain *, const struct header *, struct arena *);
/*
 * The digests that the seals of instances 1 to n sign (§5.1.1): of all sets up
 * to the own one, without CRLF at the end and with the own b= empty. One pass
 * over all. digests has n elements. Only for a chain without error. 0, or -1
 * without memory.
 */
int arc_chain_digests(const struct arc_chain *, struct arena *, uint8_t digests[][DKIM_DIGEST_LEN]);
/* Feeds all sets to a digest: what a new seal signs before its own set. */
void arc_chain_hash(const struct arc_chain *, EVP_MD_CTX *digest);
/* What a set's results say (RFC 8601; the status is that of authres_parse()). */
enum authres_status arc_set_results(const struct arc_set *, struct arena *, struct authres *);

#endif
