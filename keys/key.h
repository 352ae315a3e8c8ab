/*
 * One private key in memory. Its secret stays as it was read; what is decoded
 * of it belongs to the cache. A key never changes, and is shared by every
 * load of the folder that found it unchanged.
 */
#ifndef GATEPOST_KEYS_KEY_H
#define GATEPOST_KEYS_KEY_H

#include <openssl/types.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog.h"
#include "pem.h"

struct cache;
struct decoded;
struct vault;

/* What all loads of a folder share; counted by the key stores that use it. */
struct strongroom {
	atomic_uint refs;
	struct vault *vault;
	struct cache *cache;
	EVP_MD *sha256; /* fetched once: for ids */
};

struct key {
	atomic_uint refs;
	enum key_alg alg;
	unsigned bits;
	size_t len;	 /* of secret */
	uint8_t *secret; /* in the vault; as in struct pem_key */
	uint64_t id;
	struct decoded *decoded; /* the cache's, under its lock; NULL: not decoded */
	size_t slot;		 /* the cache's: where decoded is listed */
	const char *selector;	 /* behind domain */
	char domain[];
};

/* A strong room with one reference; cache: decoded keys kept. NULL without memory. */
struct strongroom *strongroom_new(unsigned cache);
struct strongroom *strongroom_ref(struct strongroom *);
/* No key of it may be in use any more when the last reference goes. */
void strongroom_unref(struct strongroom *);

/* A key with one reference, with a copy of everything. NULL without memory. */
struct key *key_new(
    struct strongroom *, const char *domain, const char *selector, const struct pem_key *);
struct key *key_ref(struct key *);
void key_unref(struct strongroom *, struct key *);
/* Orders by domain, RSA before Ed25519, selector. */
int key_compare(const struct key *, const struct key *);

#endif
