#include "catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The file: a header, then an open hash table of domains, the domains, the
 * keys, and the names, each NUL-terminated. Both sides run on one machine,
 * from one build: numbers are in its byte order, and the magic tells versions
 * apart.
 */
#define MAGIC "gatepost catalog 1"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define NAME_MAX_LEN 253

struct file_header {
	char magic[24];
	uint32_t nslots; /* a power of two, more than ndomains */
	uint32_t ndomains;
	uint32_t nkeys;
	uint32_t nnames; /* bytes */
};

struct file_domain {
	uint32_t name; /* offset into names */
	uint32_t hash;
	uint32_t first; /* index of its first key; they lie side by side */
	uint32_t nkeys;
};

struct file_key {
	uint64_t id;
	uint32_t selector; /* offset into names */
	uint16_t alg;
	uint16_t bits;
};

struct catalog {
	atomic_uint refs;
	void *map;
	size_t size;
	const struct file_header *header;
	const struct file_key *keys;
	const struct file_domain *domains;
	const uint32_t *slots; /* 0: empty; else index of the domain, plus one */
	const char *names;
};

/* FNV-1a. Chains depend on the domains that have keys, never on who asks. */
static uint32_t
hash_name(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ^ h >> 15;
}

static uint64_t
file_size(const struct file_header *h)
{
	return sizeof(*h) + (uint64_t)h->nkeys * sizeof(struct file_key) +
	       (uint64_t)h->ndomains * sizeof(struct file_domain) +
	       (uint64_t)h->nslots * sizeof(uint32_t) + h->nnames;
}

/* Sets the pointers of a catalog into a file of this header at base. */
static void
lay_out(struct catalog *c, const void *base)
{
	c->header = base;
	c->keys = (const struct file_key *)(c->header + 1);
	c->domains = (const struct file_domain *)(c->keys + c->header->nkeys);
	c->slots = (const uint32_t *)(c->domains + c->header->ndomains);
	c->names = (const char *)(c->slots + c->header->nslots);
}

/* ---- writing ---- */

struct writer {
	struct buf keys, domains, names;
	uint32_t *slots;
	struct file_header header;
	struct file_domain domain; /* the one being added */
};

static uint32_t
add_name(struct writer *w, const char *s)
{
	size_t at = w->names.len;

	buf_add(&w->names, s, strlen(s) + 1);
	return (uint32_t)at;
}

static void
finish_domain(struct writer *w)
{
	if (w->domain.nkeys == 0)
		return;
	buf_add(&w->domains, &w->domain, sizeof(w->domain));
	w->header.ndomains++;
	w->domain.nkeys = 0;
}

static bool
add_keys(struct writer *w, const struct catalog_key *k, size_t n)
{
	struct file_key fk;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i == 0 || strcmp(k[i].domain, k[i - 1].domain) != 0) {
			finish_domain(w);
			w->domain.name = add_name(w, k[i].domain);
			w->domain.hash = hash_name(k[i].domain);
			w->domain.first = (uint32_t)i;
		}
		if (++w->domain.nkeys > CATALOG_MAX_KEYS) {
			errno = EINVAL;
			return false;
		}
		fk.id = k[i].id;
		fk.selector = add_name(w, k[i].selector);
		fk.alg = (uint16_t)k[i].alg;
		fk.bits = (uint16_t)k[i].bits;
		buf_add(&w->keys, &fk, sizeof(fk));
	}
	finish_domain(w);
	w->header.nkeys = (uint32_t)n;
	return !w->keys.failed && !w->domains.failed && !w->names.failed;
}

static bool
add_slots(struct writer *w)
{
	const struct file_domain *d;
	uint32_t i, at, mask;

	w->header.nslots = 2;
	while (w->header.nslots < w->header.ndomains * 2)
		w->header.nslots *= 2;
	w->slots = calloc(w->header.nslots, sizeof(w->slots[0]));
	if (w->slots == NULL)
		return false;
	mask = w->header.nslots - 1;
	d = (const struct file_domain *)(const void *)w->domains.data;
	for (i = 0; i < w->header.ndomains; i++) {
		for (at = d[i].hash & mask; w->slots[at] != 0; at = (at + 1) & mask)
			;
		w->slots[at] = i + 1;
	}
	return true;
}

static bool
write_all(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t r;

	while (n > 0) {
		r = write(fd, p, n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

static int
write_file(struct writer *w)
{
	int fd, saved;

	w->header.nnames = (uint32_t)w->names.len;
	fd = memfd_create("gatepost-catalog", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (!write_all(fd, &w->header, sizeof(w->header)) ||
	    !write_all(fd, w->keys.data, w->keys.len) ||
	    !write_all(fd, w->domains.data, w->domains.len) ||
	    !write_all(fd, w->slots, w->header.nslots * sizeof(w->slots[0])) ||
	    !write_all(fd, w->names.data, w->names.len) || fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
catalog_create(const struct catalog_key *keys, size_t n)
{
	struct writer w = {.header.magic = MAGIC};
	int fd = -1, saved;

	if (n > UINT32_MAX / (2 * (NAME_MAX_LEN + 1))) {
		errno = E2BIG;
		return -1;
	}
	buf_init(&w.keys, 0);
	buf_init(&w.domains, 0);
	buf_init(&w.names, 0);
	errno = ENOMEM;
	if (add_keys(&w, keys, n) && add_slots(&w))
		fd = write_file(&w);
	saved = errno;
	buf_free(&w.keys);
	buf_free(&w.domains);
	buf_free(&w.names);
	free(w.slots);
	errno = saved;
	return fd;
}

/* ---- checking ---- */

/*
 * A name that ends within the file and holds only what domains and selectors
 * are made of: it goes into header fields.
 */
static bool
name_is_sound(const struct catalog *c, uint32_t offset)
{
	const char *s;
	size_t n;

	if (offset >= c->header->nnames)
		return false;
	s = c->names + offset;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-._");
	return n > 0 && n <= NAME_MAX_LEN && s[n] == '\0';
}

static bool
keys_are_sound(const struct catalog *c)
{
	const struct file_key *k = c->keys;
	uint32_t i;

	for (i = 0; i < c->header->nkeys; i++)
		if ((k[i].alg != KEY_RSA && k[i].alg != KEY_ED25519) ||
		    !name_is_sound(c, k[i].selector))
			return false;
	return true;
}

static bool
domains_are_sound(const struct catalog *c)
{
	const struct file_domain *d = c->domains;
	uint32_t i, nkeys = c->header->nkeys;

	for (i = 0; i < c->header->ndomains; i++)
		if (d[i].nkeys == 0 || d[i].nkeys > CATALOG_MAX_KEYS || d[i].first > nkeys ||
		    d[i].nkeys > nkeys - d[i].first || !name_is_sound(c, d[i].name))
			return false;
	return true;
}

/* Looking up ends at an empty slot: there must be one. */
static bool
slots_are_sound(const struct catalog *c)
{
	uint32_t i, empty = 0;

	for (i = 0; i < c->header->nslots; i++) {
		if (c->slots[i] > c->header->ndomains)
			return false;
		if (c->slots[i] == 0)
			empty++;
	}
	return empty > 0;
}

static const char *
check_file(struct catalog *c)
{
	const struct file_header *h = c->map;

	if (c->size < sizeof(*h) || memcmp(h->magic, MAGIC, sizeof(MAGIC)) != 0)
		return "not a catalog of this version";
	if (h->nslots == 0 || (h->nslots & (h->nslots - 1)) != 0 || file_size(h) != c->size)
		return "its sizes do not fit together";
	lay_out(c, h);
	if (h->nnames > 0 && c->names[h->nnames - 1] != '\0')
		return "its names do not end";
	if (!keys_are_sound(c) || !domains_are_sound(c) || !slots_are_sound(c))
		return "its content is damaged";
	return NULL;
}

/* ---- reading ---- */

static bool
map_file(struct catalog *c, int fd, struct buf *err)
{
	struct stat st;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals == -1 || (seals & SEALS) != SEALS) {
		buf_adds(err, "catalog: not a sealed memory file");
		return false;
	}
	if (fstat(fd, &st) == -1 || st.st_size <= 0) {
		buf_adds(err, "catalog: empty");
		return false;
	}
	c->size = (size_t)st.st_size;
	/* Linux before 6.7 refuses shared mappings of what is sealed against writing. */
	c->map = mmap(NULL, c->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (c->map == MAP_FAILED) {
		c->map = NULL;
		buf_addf(err, "catalog: %s", strerror(errno));
		return false;
	}
	return true;
}

struct catalog *
catalog_open(int fd, struct buf *err)
{
	const char *problem;
	struct catalog *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		buf_adds(err, "catalog: out of memory");
		return NULL;
	}
	atomic_init(&c->refs, 1);
	if (!map_file(c, fd, err)) {
		catalog_unref(c);
		return NULL;
	}
	problem = check_file(c);
	if (problem != NULL) {
		buf_addf(err, "catalog: %s", problem);
		catalog_unref(c);
		return NULL;
	}
	return c;
}

struct catalog *
catalog_ref(struct catalog *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
catalog_unref(struct catalog *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (c->map != NULL)
		munmap(c->map, c->size);
	free(c);
}

size_t
catalog_domains(const struct catalog *c)
{
	return c->header->ndomains;
}

size_t
catalog_keys(const struct catalog *c)
{
	return c->header->nkeys;
}

static const struct file_domain *
find_domain(const struct catalog *c, const char *name)
{
	uint32_t hash = hash_name(name), mask = c->header->nslots - 1, at;
	const struct file_domain *d;

	for (at = hash & mask; c->slots[at] != 0; at = (at + 1) & mask) {
		d = &c->domains[c->slots[at] - 1];
		if (d->hash == hash && strcmp(c->names + d->name, name) == 0)
			return d;
	}
	return NULL;
}

size_t
catalog_find(const struct catalog *c, const char *domain, struct catalog_key out[CATALOG_MAX_KEYS])
{
	const struct file_domain *d;
	const struct file_key *k;
	uint32_t i;

	d = find_domain(c, domain);
	if (d == NULL)
		return 0;
	for (i = 0; i < d->nkeys; i++) {
		k = &c->keys[d->first + i];
		out[i].id = k->id;
		out[i].alg = (enum key_alg)k->alg;
		out[i].bits = k->bits;
		out[i].domain = c->names + d->name;
		out[i].selector = c->names + k->selector;
	}
	return d->nkeys;
}
