/*
 * What lies in the folder of keys, also what is not in use, and also what the
 * key store would refuse: a tool for people goes on where the daemon stops.
 */
#ifndef GATEPOST_KEYS_INVENTORY_H
#define GATEPOST_KEYS_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "pem.h"
#include "secrecy.h"

#define KEY_SUFFIX ".pem"	      /* active: the signer loads it */
#define PENDING_SUFFIX ".pem.pending" /* made, not yet in use */
#define RETIRED_SUFFIX ".pem.retired" /* not in use any more */

enum key_status { STATUS_ACTIVE, STATUS_PENDING };

struct inventory_key {
	const char *domain; /* canonical, or the folder's name where it is no domain */
	const char *selector;
	const char *path;
	enum key_status status;
	const struct pem_key *key; /* NULL: see problem */
	const char *problem; /* what is wrong with file or folder, a line without its end; "" */
};

/* Called for each key; the key lives until it returns. */
typedef void inventory_fn(const struct inventory_key *, void *arg);

struct inventory {
	const char *keys_dir;
	struct secrecy secrecy;
	inventory_fn *each;
	void *arg;
};

/*
 * Visits the keys of all domains, or of one canonical domain, by domain and
 * selector. False with a message in err where a folder cannot be read; a
 * domain that has no folder has no keys.
 */
bool inventory_all(const struct inventory *, struct buf *err);
bool inventory_domain(const struct inventory *, const char *domain, struct buf *err);
/*
 * Puts the path of a domain's folder into path: the existing one, however it
 * is spelled, else the one to make. Returns whether it exists.
 */
bool inventory_folder(const char *keys_dir, const char *domain, struct buf *path);

#endif
