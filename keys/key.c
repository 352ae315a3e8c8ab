#include "key.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdbool.h>
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
	s->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (s->vault == NULL || s->cache == NULL || s->sha256 == NULL) {
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
	EVP_MD_free(s->sha256);
	free(s);
}

/* The same content under the same name has the same id, however it is wrapped. */
static bool
set_id(const struct strongroom *room, struct key *k)
{
	uint8_t md[EVP_MAX_MD_SIZE] = {0}, alg = (uint8_t)k->alg;
	EVP_MD_CTX *ctx;
	bool ok;

	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestInit_ex2(ctx, room->sha256, NULL) == 1 &&
	     EVP_DigestUpdate(ctx, &alg, 1) == 1 &&
	     EVP_DigestUpdate(ctx, k->domain, strlen(k->domain) + 1) == 1 &&
	     EVP_DigestUpdate(ctx, k->selector, strlen(k->selector) + 1) == 1 &&
	     EVP_DigestUpdate(ctx, k->secret, k->len) == 1 &&
	     EVP_DigestFinal_ex(ctx, md, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	memcpy(&k->id, md, sizeof(k->id));
	k->id = be64toh(k->id);
	return ok;
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
	if (!set_id(room, k)) {
		key_unref(room, k);
		return NULL;
	}
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
