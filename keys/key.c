#include "key.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "vault.h"

struct strongroom *
strongroom_new(unsigned cache)
{
	struct strongroom *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	atomic_init(&s->refs, 1);
	s->vault = vault_new();
	s->cache = cache_new(cache);
	if (s->vault == NULL || s->cache == NULL) {
		strongroom_unref(s);
		return NULL;
	}
	return s;
}

struct strongroom *
strongroom_ref(struct strongroom *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
strongroom_unref(struct strongroom *s)
{
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	cache_free(s->cache);
	vault_free(s->vault);
	free(s);
}

/* The same content under the same name has the same id, however it is wrapped. */
static uint64_t
key_id(const struct key *k)
{
	uint8_t md[SHA256_DIGEST_LENGTH], one[SHA256_DIGEST_LENGTH];
	struct {
		uint8_t alg, secret[SHA256_DIGEST_LENGTH], domain[SHA256_DIGEST_LENGTH],
		    selector[SHA256_DIGEST_LENGTH];
	} all;
	uint64_t id;

	all.alg = (uint8_t)k->alg;
	memcpy(all.secret, SHA256(k->secret, k->len, one), sizeof(one));
	SHA256((const uint8_t *)k->domain, strlen(k->domain), all.domain);
	SHA256((const uint8_t *)k->selector, strlen(k->selector), all.selector);
	SHA256((const uint8_t *)&all, sizeof(all), md);
	memcpy(&id, md, sizeof(id));
	OPENSSL_cleanse(&all, sizeof(all));
	OPENSSL_cleanse(one, sizeof(one));
	return be64toh(id);
}

struct key *
key_new(
    struct strongroom *room, const char *domain, const char *selector, const struct pem_key *from)
{
	size_t d = strlen(domain) + 1, s = strlen(selector) + 1;
	struct key *k;

	k = calloc(1, sizeof(*k) + d + s);
	if (k == NULL)
		return NULL;
	k->secret = vault_alloc(room->vault, from->len);
	if (k->secret == NULL) {
		free(k);
		return NULL;
	}
	atomic_init(&k->refs, 1);
	memcpy(k->secret, from->secret, from->len);
	k->len = from->len;
	k->alg = from->alg;
	k->bits = from->bits;
	memcpy(k->domain, domain, d);
	k->selector = memcpy(k->domain + d, selector, s);
	k->id = key_id(k);
	return k;
}

struct key *
key_ref(struct key *k)
{
	atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
key_unref(struct strongroom *room, struct key *k)
{
	if (k == NULL || atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	cache_forget(room->cache, k);
	vault_release(room->vault, k->secret, k->len);
	free(k);
}

int
key_compare(const struct key *a, const struct key *b)
{
	int c;

	c = strcmp(a->domain, b->domain);
	if (c == 0)
		c = (int)a->alg - (int)b->alg;
	return c != 0 ? c : strcmp(a->selector, b->selector);
}
