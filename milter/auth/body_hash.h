/*
 * The body's hashes that the signatures of one message need (RFC 6376 §3.7
 * bh=): each kind once, whoever wants it, so that verifying, ARC and sealing
 * share one pass over the body.
 */
#ifndef GATEPOST_AUTH_BODY_HASH_H
#define GATEPOST_AUTH_BODY_HASH_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "canon.h"
#include "dkim_sign.h"

/* The hash in one canonical form and up to one length. */
struct body_hash {
	struct canon_body body; /* body.out: all that the canonical body has */
	EVP_MD_CTX *digest;
	uint8_t value[DKIM_DIGEST_LEN]; /* after the end */
	struct body_hash *next;
};

/* All of one message; for body_hashes_free(), which gives back the digest contexts. */
struct body_hashes {
	struct arena *mem;
	struct body_hash *first;
	bool failed; /* at the end: a hash could not be had */
};

void body_hashes_init(struct body_hashes *, struct arena *);
void body_hashes_free(struct body_hashes *);
/*
 * The hash of that kind, which is there after the end. Only before the first
 * byte of the body. limit is l=, or UINT64_MAX. NULL without memory.
 */
struct body_hash *body_hashes_want(struct body_hashes *, enum canon, uint64_t limit);
/* False where nobody wants one: the body may be left out. */
bool body_hashes_needed(const struct body_hashes *);
void body_hashes_update(struct body_hashes *, const void *, size_t);
void body_hashes_end(struct body_hashes *);

#endif
