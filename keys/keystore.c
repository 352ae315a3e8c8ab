#include "keystore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "load.h"

#define DEFAULT_CACHE 4096

struct keystore {
	struct strongroom *room;
	struct entries entries;
	struct key **old; /* of the load before, where they are gone or replaced; references */
	size_t nold;
	struct key **table; /* all of both by id: open hashing; borrowed */
	size_t mask;
	size_t domains;
};

static struct key **
find_place(const struct keystore *ks, uint64_t id)
{
	size_t at;

	for (at = id & ks->mask; ks->table[at] != NULL && ks->table[at]->id != id;
	     at = (at + 1) & ks->mask)
		;
	return &ks->table[at];
}

static bool
make_table(struct keystore *ks, size_t nprev)
{
	size_t i, size = 16;

	while (size < (ks->entries.n + nprev) * 2)
		size *= 2;
	ks->table = calloc(size, sizeof(ks->table[0]));
	if (ks->table == NULL)
		return false;
	ks->mask = size - 1;
	for (i = 0; i < ks->entries.n; i++)
		*find_place(ks, ks->entries.v[i].key->id) = ks->entries.v[i].key;
	return true;
}

/* Keeps the keys of the load before that the new one does not have. */
static bool
keep_old(struct keystore *ks, const struct keystore *prev)
{
	struct key *k, **place;
	size_t i;

	ks->old = calloc(prev->entries.n > 0 ? prev->entries.n : 1, sizeof(ks->old[0]));
	if (ks->old == NULL)
		return false;
	for (i = 0; i < prev->entries.n; i++) {
		k = prev->entries.v[i].key;
		place = find_place(ks, k->id);
		if (*place != NULL)
			continue;
		*place = k;
		ks->old[ks->nold++] = key_ref(k);
	}
	return true;
}

static void
count_domains(struct keystore *ks)
{
	const struct entry *e = ks->entries.v;
	size_t i;

	for (i = 0; i < ks->entries.n; i++)
		if (i == 0 || strcmp(e[i].key->domain, e[i - 1].key->domain) != 0)
			ks->domains++;
}

static unsigned
cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

static bool
fill(struct keystore *ks, const char *dir, const struct keystore *prev,
    const struct keystore_options *opt, struct buf *err)
{
	static const struct entries none;
	struct load l = {
	    .dir = dir,
	    .prev = prev != NULL ? &prev->entries : &none,
	    .room = ks->room,
	    .secrecy = {opt->reader, opt->reader_group, geteuid()},
	    .threads = opt->threads > 0 ? opt->threads : cores(),
	};

	if (!load_keys(&l, &ks->entries, err))
		return false;
	if (!make_table(ks, l.prev->n) || (prev != NULL && !keep_old(ks, prev))) {
		buf_adds(err, "out of memory\n");
		return false;
	}
	count_domains(ks);
	return true;
}

struct keystore *
keystore_load(const char *dir, const struct keystore *prev, const struct keystore_options *opt,
    struct buf *err)
{
	unsigned cache = opt->cache > 0 ? opt->cache : DEFAULT_CACHE;
	struct keystore *ks;

	ks = calloc(1, sizeof(*ks));
	if (ks != NULL)
		ks->room = prev != NULL ? strongroom_ref(prev->room) : strongroom_new(cache);
	if (ks == NULL || ks->room == NULL) {
		buf_adds(err, "out of memory\n");
		free(ks);
		return NULL;
	}
	if (!fill(ks, dir, prev, opt, err)) {
		keystore_free(ks);
		return NULL;
	}
	if (prev != NULL)
		cache_resize(ks->room->cache, cache);
	return ks;
}

void
keystore_free(struct keystore *ks)
{
	size_t i;

	if (ks == NULL)
		return;
	for (i = 0; i < ks->nold; i++)
		key_unref(ks->room, ks->old[i]);
	free(ks->old);
	free(ks->table);
	entries_free(ks->room, &ks->entries);
	strongroom_unref(ks->room);
	free(ks);
}

size_t
keystore_domains(const struct keystore *ks)
{
	return ks->domains;
}

size_t
keystore_keys(const struct keystore *ks)
{
	return ks->entries.n;
}

int
keystore_catalog(const struct keystore *ks)
{
	struct catalog_key *list;
	const struct key *k;
	int fd, saved;
	size_t i;

	list = calloc(ks->entries.n > 0 ? ks->entries.n : 1, sizeof(*list));
	if (list == NULL)
		return -1;
	for (i = 0; i < ks->entries.n; i++) {
		k = ks->entries.v[i].key;
		list[i].id = k->id;
		list[i].alg = k->alg;
		list[i].bits = k->bits;
		list[i].domain = k->domain;
		list[i].selector = k->selector;
	}
	fd = catalog_create(list, ks->entries.n);
	saved = errno;
	free(list);
	errno = saved;
	return fd;
}

enum keystore_result
keystore_sign(struct keystore *ks, uint64_t id, const uint8_t digest[KEYSTORE_DIGEST],
    uint8_t sig[KEYSTORE_MAX_SIG], size_t *siglen)
{
	struct key *k = *find_place(ks, id);

	return k == NULL ? KEYSTORE_UNKNOWN : cache_sign(ks->room->cache, k, digest, sig, siglen);
}
