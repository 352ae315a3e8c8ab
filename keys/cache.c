#include "cache.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "decode.h"

/* What one thread signs with; of the two, the one for the key's algorithm. */
struct context {
	struct context *next;
	EVP_PKEY_CTX *rsa;
	EVP_MD_CTX *ed25519;
};

struct decoded {
	EVP_PKEY *pkey;
	unsigned refs;	      /* threads signing with it, and one for being listed */
	bool used;	      /* since the hand of the clock came by */
	struct context *idle; /* not in use by any thread */
};

struct cache {
	pthread_mutex_t lock;
	struct key **slots; /* keys that have something decoded, or NULL */
	size_t nslots;
	size_t hand; /* the clock's */
};

struct cache *
cache_new(unsigned max)
{
	struct cache *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	c->nslots = max > 0 ? max : 1;
	c->slots = calloc(c->nslots, sizeof(c->slots[0]));
	if (c->slots == NULL) {
		cache_free(c);
		return NULL;
	}
	return c;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c->slots);
	free(c);
}

static void
context_free(struct context *x)
{
	if (x == NULL)
		return;
	EVP_PKEY_CTX_free(x->rsa);
	EVP_MD_CTX_free(x->ed25519);
	free(x);
}

static void
decoded_free(struct decoded *d)
{
	struct context *x;

	if (d == NULL)
		return;
	while ((x = d->idle) != NULL) {
		d->idle = x->next;
		context_free(x);
	}
	EVP_PKEY_free(d->pkey);
	free(d);
}

/* Under the lock: takes what is decoded off the list. The caller frees the result. */
static struct decoded *
unlist(struct cache *c, struct key *k)
{
	struct decoded *d = k->decoded;

	if (d == NULL)
		return NULL;
	c->slots[k->slot] = NULL;
	k->decoded = NULL;
	return --d->refs == 0 ? d : NULL;
}

void
cache_forget(struct cache *c, struct key *k)
{
	struct decoded *d;

	pthread_mutex_lock(&c->lock);
	d = unlist(c, k);
	pthread_mutex_unlock(&c->lock);
	decoded_free(d);
}

void
cache_resize(struct cache *c, unsigned max)
{
	size_t i, n = max > 0 ? max : 1;
	struct key **slots;

	pthread_mutex_lock(&c->lock);
	for (i = n; i < c->nslots; i++)
		if (c->slots[i] != NULL)
			decoded_free(unlist(c, c->slots[i]));
	slots = reallocarray(c->slots, n, sizeof(slots[0]));
	if (slots != NULL) {
		for (i = c->nslots; i < n; i++)
			slots[i] = NULL;
		c->slots = slots;
		c->nslots = n;
		c->hand = 0;
	}
	pthread_mutex_unlock(&c->lock);
}

/* ---- what OpenSSL does ---- */

static struct decoded *
decode(const struct key *k)
{
	struct pem_key from = {k->alg, k->bits, k->secret, k->len};
	struct decoded *d;

	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->refs = 1;
	d->pkey = decode_key(&from);
	if (d->pkey == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

static bool
setup_rsa(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;
}

static struct context *
context_new(const struct key *k, const struct decoded *d)
{
	struct context *x;
	bool ok;

	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	if (k->alg == KEY_RSA) {
		x->rsa = EVP_PKEY_CTX_new_from_pkey(NULL, d->pkey, NULL);
		ok = x->rsa != NULL && EVP_PKEY_sign_init(x->rsa) == 1 && setup_rsa(x->rsa);
	} else {
		x->ed25519 = EVP_MD_CTX_new();
		ok = x->ed25519 != NULL &&
		     EVP_DigestSignInit(x->ed25519, NULL, NULL, NULL, d->pkey) == 1;
	}
	if (!ok) {
		context_free(x);
		return NULL;
	}
	return x;
}

static bool
sign_with(const struct context *x, const uint8_t *digest, uint8_t *sig, size_t *siglen)
{
	*siglen = KEYSTORE_MAX_SIG;
	if (x->rsa != NULL)
		return EVP_PKEY_sign(x->rsa, sig, siglen, digest, KEYSTORE_DIGEST) == 1;
	return EVP_DigestSign(x->ed25519, sig, siglen, digest, KEYSTORE_DIGEST) == 1;
}

static bool
verify_rsa(const struct decoded *d, const uint8_t *digest, const uint8_t *sig, size_t siglen)
{
	EVP_PKEY_CTX *ctx;
	bool ok;

	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, d->pkey, NULL);
	ok = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 && setup_rsa(ctx) &&
	     EVP_PKEY_verify(ctx, sig, siglen, digest, KEYSTORE_DIGEST) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* ---- lending ---- */

/* What is decoded of the key, if anything, and an idle context, if there is one. */
static struct decoded *
borrow(struct cache *c, struct key *k, struct context **x)
{
	struct decoded *d;

	*x = NULL;
	pthread_mutex_lock(&c->lock);
	d = k->decoded;
	if (d != NULL) {
		d->refs++;
		d->used = true;
		*x = d->idle;
		if (*x != NULL)
			d->idle = (*x)->next;
	}
	pthread_mutex_unlock(&c->lock);
	return d;
}

static void
give_back(struct cache *c, struct decoded *d, struct context *x)
{
	bool last;

	pthread_mutex_lock(&c->lock);
	if (x != NULL) {
		x->next = d->idle;
		d->idle = x;
	}
	last = --d->refs == 0;
	pthread_mutex_unlock(&c->lock);
	if (last)
		decoded_free(d);
}

/* Under the lock: a free slot, made free if need be. *out is for the caller to free. */
static size_t
find_slot(struct cache *c, struct decoded **out)
{
	struct key *k;
	size_t slot;

	for (;;) {
		slot = c->hand;
		c->hand = (c->hand + 1) % c->nslots;
		k = c->slots[slot];
		if (k == NULL)
			return slot;
		if (!k->decoded->used) {
			*out = unlist(c, k);
			return slot;
		}
		k->decoded->used = false;
	}
}

/* Lists d for the key, unless another thread was faster. */
static void
list(struct cache *c, struct key *k, struct decoded *d)
{
	struct decoded *out = NULL;

	pthread_mutex_lock(&c->lock);
	if (k->decoded == NULL) {
		k->slot = find_slot(c, &out);
		c->slots[k->slot] = k;
		k->decoded = d;
		d->refs++;
	}
	pthread_mutex_unlock(&c->lock);
	decoded_free(out);
}

static enum keystore_result
sign_first(struct cache *c, struct key *k, const uint8_t *digest, uint8_t *sig, size_t *siglen)
{
	struct context *x = NULL;
	struct decoded *d;
	bool ok;

	d = decode(k);
	if (d != NULL)
		x = context_new(k, d);
	/* A private part that does not fit the public one must never sign a mail. */
	ok = x != NULL && sign_with(x, digest, sig, siglen) &&
	     (k->alg != KEY_RSA || verify_rsa(d, digest, sig, *siglen));
	if (ok)
		list(c, k, d);
	if (d != NULL)
		give_back(c, d, x);
	if (!ok)
		ERR_clear_error();
	return ok ? KEYSTORE_OK : KEYSTORE_BAD_KEY;
}

enum keystore_result
cache_sign(struct cache *c, struct key *k, const uint8_t digest[KEYSTORE_DIGEST],
    uint8_t sig[KEYSTORE_MAX_SIG], size_t *siglen)
{
	struct context *x;
	struct decoded *d;
	bool ok;

	d = borrow(c, k, &x);
	if (d == NULL)
		return sign_first(c, k, digest, sig, siglen);
	/* Some versions of OpenSSL let an Ed25519 context sign only once. */
	if (x != NULL && !sign_with(x, digest, sig, siglen)) {
		context_free(x);
		x = NULL;
	} else if (x != NULL) {
		give_back(c, d, x);
		return KEYSTORE_OK;
	}
	x = context_new(k, d);
	ok = x != NULL && sign_with(x, digest, sig, siglen);
	give_back(c, d, x);
	if (!ok)
		ERR_clear_error();
	return ok ? KEYSTORE_OK : KEYSTORE_FAILED;
}
