#include "vault.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK_SIZE (1024 * 1024)
#define GRAIN 32 /* sizes are rounded up to this */
#define CLASSES (VAULT_MAX / GRAIN + 1)

struct piece {
	struct piece *next;
};

struct chunk {
	struct chunk *next;
};

struct vault {
	pthread_mutex_t lock;
	struct chunk *chunks;	      /* newest first */
	size_t used;		      /* bytes handed out of the newest */
	struct piece *given[CLASSES]; /* given back, by size in grains */
};

struct vault *
vault_new(void)
{
	struct vault *v;

	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return NULL;
	pthread_mutex_init(&v->lock, NULL);
	v->used = CHUNK_SIZE;
	return v;
}

void
vault_free(struct vault *v)
{
	struct chunk *c;

	if (v == NULL)
		return;
	while ((c = v->chunks) != NULL) {
		v->chunks = c->next;
		munmap(c, CHUNK_SIZE);
	}
	pthread_mutex_destroy(&v->lock);
	free(v);
}

static size_t
grains(size_t n)
{
	return (n + GRAIN - 1) / GRAIN;
}

static bool
add_chunk(struct vault *v)
{
	struct chunk *c;

	c = mmap(NULL, CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		return false;
	/* Best effort: locked memory is limited by RLIMIT_MEMLOCK. */
	(void)madvise(c, CHUNK_SIZE, MADV_DONTDUMP);
	(void)mlock2(c, CHUNK_SIZE, MLOCK_ONFAULT);
	c->next = v->chunks;
	v->chunks = c;
	v->used = GRAIN;
	return true;
}

static void *
take(struct vault *v, size_t size)
{
	struct piece *p;
	uint8_t *start;

	p = v->given[size / GRAIN];
	if (p != NULL) {
		v->given[size / GRAIN] = p->next;
		return p;
	}
	if (size > CHUNK_SIZE - v->used && !add_chunk(v))
		return NULL;
	start = (uint8_t *)v->chunks + v->used;
	v->used += size;
	return start;
}

void *
vault_alloc(struct vault *v, size_t n)
{
	void *p;

	if (n == 0 || n > VAULT_MAX)
		return NULL;
	pthread_mutex_lock(&v->lock);
	p = take(v, grains(n) * GRAIN);
	pthread_mutex_unlock(&v->lock);
	return p;
}

void
vault_release(struct vault *v, void *at, size_t n)
{
	struct piece *p = at;

	if (p == NULL)
		return;
	OPENSSL_cleanse(p, n);
	pthread_mutex_lock(&v->lock);
	p->next = v->given[grains(n)];
	v->given[grains(n)] = p;
	pthread_mutex_unlock(&v->lock);
}
