/*
 * What can be signed, without how: the list of domains, selectors and
 * algorithms that the process with the keys hands to the one with the mail,
 * in one sealed memory file. It holds no secret.
 *
 * A catalog is a whole: it is replaced, never changed, so a message sees keys
 * and selectors of one moment. Reading it takes no lock.
 */
#ifndef GATEPOST_KEYS_CATALOG_H
#define GATEPOST_KEYS_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CATALOG_MAX_KEYS 16 /* keys of one domain */

enum key_alg { KEY_RSA = 1, KEY_ED25519 = 2 };

struct catalog_key {
	uint64_t id; /* what to ask the signer for */
	enum key_alg alg;
	unsigned bits;	    /* RSA: length of the modulus */
	const char *domain; /* canonical; lives as long as the catalog */
	const char *selector;
};

struct catalog;

/*
 * Makes a catalog of n keys, sorted by domain, then RSA before Ed25519, then
 * selector; at most CATALOG_MAX_KEYS of one domain. Returns the sealed memory
 * file, which the caller closes, or -1 and errno.
 */
int catalog_create(const struct catalog_key *, size_t n);
/*
 * Maps a catalog; the descriptor can be closed afterwards. Every offset in it
 * is checked here, so that looking up cannot go wrong. Returns one reference,
 * or NULL with the reason in err.
 */
struct catalog *catalog_open(int fd, struct buf *err);
struct catalog *catalog_ref(struct catalog *);
void catalog_unref(struct catalog *);
size_t catalog_domains(const struct catalog *);
size_t catalog_keys(const struct catalog *);
/*
 * The keys of a canonical domain name, RSA before Ed25519, then by selector.
 * Returns how many (0: we hold no key for it); at most CATALOG_MAX_KEYS.
 */
size_t catalog_find(
    const struct catalog *, const char *domain, struct catalog_key out[CATALOG_MAX_KEYS]);

#endif
