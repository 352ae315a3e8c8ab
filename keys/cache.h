/*
 * Keys decoded for signing: a bounded number, the ones used lately. OpenSSL 3
 * takes longer to look up an algorithm than to do the small things with it,
 * so a decoded key keeps the contexts it has signed with and lends them out.
 */
#ifndef GATEPOST_KEYS_CACHE_H
#define GATEPOST_KEYS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "key.h"
#include "keystore.h"

struct cache;

/* Keeps at most max decoded keys (at least one). NULL without memory. */
struct cache *cache_new(unsigned max);
/* Of a cache whose keys are all forgotten. */
void cache_free(struct cache *);
/* Another number of keys; without memory for more it stays as it is. */
void cache_resize(struct cache *, unsigned max);
/* Drops what is decoded of a key that nobody signs with any more. */
void cache_forget(struct cache *, struct key *);
/*
 * As keystore_sign(). The first signature of a key just decoded is verified
 * before anyone sees it. No lock is held during decoding or signing.
 */
enum keystore_result cache_sign(struct cache *, struct key *, const uint8_t digest[KEYSTORE_DIGEST],
    uint8_t sig[KEYSTORE_MAX_SIG], size_t *siglen);

#endif
