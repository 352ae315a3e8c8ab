/* Loading: from the folder of folders of key files to a sorted list of keys. */
#ifndef GATEPOST_KEYS_LOAD_H
#define GATEPOST_KEYS_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "key.h"
#include "keyfile.h"

struct entry {
	struct key *key; /* one reference */
	struct keyfile_stamp stamp;
};

/* Sorted by key_compare(). */
struct entries {
	struct entry *v;
	size_t n;
};

struct load {
	const char *dir;
	const struct entries *prev; /* keys to share; may be empty */
	struct strongroom *room;    /* where new keys go; the one of prev */
	struct secrecy secrecy;
	unsigned threads; /* at least one */
};

/* False, and nothing in out, with the complaints in err as keystore_load() says. */
bool load_keys(const struct load *, struct entries *out, struct buf *err);
void entries_free(struct strongroom *, struct entries *);
/* The first entry of a domain; *n says how many follow each other. NULL: none. */
const struct entry *entries_find(const struct entries *, const char *domain, size_t *n);

#endif
