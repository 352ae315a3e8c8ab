#include "dkim_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "digest.h"
#include "taglist.h"

#define DER_MAX 2200	 /* an RSA key of 16384 bits, enough to say that it is too long */
#define EXPONENT_BITS 64 /* what OpenSSL, too, allows for long moduli */
#define ED25519_LEN 32
#define RSA_BITS_FLOOR 1024	/* RFC 8301 §3.2 */
#define DKIM_KEY_RECORDS_MAX 20 /* records of one name that are looked at */

static void
bad(struct dkim_key *k, const char *reason)
{
	k->status = DKIM_KEY_BAD;
	k->reason = reason;
}

/* ---- RSA ---- */

/*
 * DER is read here, as far as these two forms need it: OpenSSL's decoder
 * would take keys of every kind, made by strangers, and ten times as long.
 */
struct der {
	const uint8_t *p, *end;
};

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE 0x30

/* The length of a value, in the shortest form, of at most two octets. */
static bool
der_length(struct der *d, size_t *len)
{
	size_t n, i;

	if (d->p == d->end)
		return false;
	*len = *d->p++;
	if (*len < 0x80)
		return true;
	n = *len & 0x7f;
	if (n == 0 || n > 2 || (size_t)(d->end - d->p) < n)
		return false;
	for (*len = i = 0; i < n; i++)
		*len = *len << 8 | *d->p++;
	return *len >= (n == 1 ? 0x80U : 0x100U);
}

static bool
der_take(struct der *d, uint8_t tag, struct der *content)
{
	size_t len;

	if (d->p == d->end || *d->p++ != tag || !der_length(d, &len) ||
	    len > (size_t)(d->end - d->p))
		return false;
	*content = (struct der){.p = d->p, .end = d->p + len};
	d->p += len;
	return true;
}

/* A positive INTEGER in its shortest form; NULL for anything else. */
static BIGNUM *
der_number(struct der *d)
{
	struct der n;

	if (!der_take(d, DER_INTEGER, &n) || n.p == n.end || (*n.p & 0x80) != 0 ||
	    (*n.p == 0 && (n.end - n.p == 1 || (n.p[1] & 0x80) == 0)))
		return NULL;
	return BN_bin2bn(n.p, (int)(n.end - n.p), NULL);
}

/*
 * RFC 6376 §3.6.1 says RSAPublicKey (RFC 8017 A.1.1), everyone publishes
 * SubjectPublicKeyInfo (RFC 5280 §4.1). Goes from the latter to the former
 * within it. False where the algorithm is not rsaEncryption.
 */
static bool
unwrap_key_info(struct der *sequence)
{
	static const uint8_t rsa[] = {
	    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
	struct der algorithm, key, in = *sequence;
	size_t n;

	if (!der_take(&in, DER_SEQUENCE, &algorithm))
		return true; /* begins with a number: it is RSAPublicKey itself */
	n = (size_t)(algorithm.end - algorithm.p);
	if ((n != sizeof(rsa) && n != sizeof(rsa) - 2) || memcmp(algorithm.p, rsa, n) != 0 ||
	    !der_take(&in, DER_BIT_STRING, &key) || in.p != in.end || key.p == key.end ||
	    *key.p++ != 0)
		return false;
	return der_take(&key, DER_SEQUENCE, sequence) && key.p == key.end;
}

/* An exponent of one signs nothing, an even one is none, a long one takes long. */
static bool
is_good_rsa(const BIGNUM *n, const BIGNUM *e)
{
	return BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= EXPONENT_BITS && BN_is_odd(n) &&
	       BN_cmp(e, n) < 0;
}

static EVP_PKEY *
make_rsa(const BIGNUM *n, const BIGNUM *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (ctx != NULL && bld != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static void
read_numbers(struct dkim_key *k, struct der *sequence)
{
	BIGNUM *n = der_number(sequence), *e = n != NULL ? der_number(sequence) : NULL;

	if (e == NULL || sequence->p != sequence->end) {
		bad(k, "p= is no RSA key");
	} else if (!is_good_rsa(n, e)) {
		bad(k, "the RSA key's numbers are bad");
	} else {
		k->bits = (unsigned)BN_num_bits(n);
		if ((k->pkey = make_rsa(n, e)) == NULL)
			bad(k, "the RSA key cannot be used");
	}
	BN_free(n);
	BN_free(e);
}

static void
read_rsa(struct dkim_key *k, const uint8_t *der, size_t len)
{
	struct der whole = {.p = der, .end = der + len}, sequence;

	k->alg = DKIM_RSA_SHA256;
	if (len > DER_MAX)
		bad(k, "the key is too long");
	else if (!der_take(&whole, DER_SEQUENCE, &sequence) || whole.p != whole.end ||
		 !unwrap_key_info(&sequence))
		bad(k, "p= is no RSA key");
	else
		read_numbers(k, &sequence);
}

/* ---- the record ---- */

static void
read_ed25519(struct dkim_key *k, const uint8_t *raw, size_t len)
{
	k->alg = DKIM_ED25519_SHA256;
	k->bits = 256;
	if (len == ED25519_LEN)
		k->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw, len);
	if (k->pkey == NULL)
		bad(k, "p= is not the 32 octets of an Ed25519 key");
}

/* True where a list separated by colons has the word. */
static bool
lists(const struct tag *t, const char *word)
{
	struct tag_items items;
	const char *item;
	size_t len;

	tag_items_begin(&items, t);
	while (tag_items_next(&items, &item, &len))
		if (strlen(word) == len && memcmp(item, word, len) == 0)
			return true;
	return false;
}

static bool
has_empty_item(const struct tag *t)
{
	struct tag_items items;
	const char *item;
	size_t len;

	tag_items_begin(&items, t);
	while (tag_items_next(&items, &item, &len))
		if (len == 0)
			return true;
	return false;
}

/* h=, s= and t=: what the key may be used for. */
static void
read_uses(struct dkim_key *k, const struct taglist *tags)
{
	const struct tag *h = taglist_find(tags, "h");
	const struct tag *s = taglist_find(tags, "s");
	const struct tag *t = taglist_find(tags, "t");

	if ((h != NULL && has_empty_item(h)) || (s != NULL && has_empty_item(s)))
		bad(k, "a list in the key record has an empty item");
	k->sha256 = h == NULL || lists(h, "sha256");
	k->email = s == NULL || lists(s, "*") || lists(s, "email");
	k->testing = t != NULL && lists(t, "y");
	k->strict = t != NULL && lists(t, "s");
}

static void
read_public_key(struct dkim_key *k, const struct taglist *tags)
{
	const struct tag *type = taglist_find(tags, "k"), *p = taglist_find(tags, "p");
	uint8_t *raw;
	size_t len;

	if ((raw = malloc(BASE64_DECODED_MAX(p->value_len))) == NULL)
		bad(k, "out of memory");
	else if (!base64_decode(p->value, p->value_len, raw, &len))
		bad(k, "p= is no base64");
	else if (type == NULL || tag_is(type, "rsa"))
		read_rsa(k, raw, len);
	else if (tag_is(type, "ed25519"))
		read_ed25519(k, raw, len);
	else
		bad(k, "unknown key type");
	free(raw);
}

void
dkim_key_parse(struct dkim_key *k, const char *record, size_t len)
{
	const struct tag *v, *p;
	struct taglist tags;

	*k = (struct dkim_key){.reason = ""};
	if (len > DKIM_KEY_RECORD_MAX || taglist_parse(record, len, &tags) != TAGLIST_OK) {
		bad(k, "the record is no tag list");
		return;
	}
	v = taglist_find(&tags, "v");
	p = taglist_find(&tags, "p");
	if (v != NULL && (v != &tags.v[0] || !tag_is(v, "DKIM1"))) {
		bad(k, "v= is not DKIM1, or not first");
		return;
	}
	if (p == NULL) {
		bad(k, "the record has no p=");
		return;
	}
	read_uses(k, &tags);
	if (k->status != DKIM_KEY_OK)
		return;
	if (p->value_len == 0) {
		k->status = DKIM_KEY_REVOKED;
		k->reason = "the key is revoked";
		return;
	}
	read_public_key(k, &tags);
}

void
dkim_key_free(struct dkim_key *k)
{
	EVP_PKEY_CTX_free(atomic_load(&k->spare));
	atomic_store(&k->spare, NULL);
	EVP_PKEY_free(k->pkey);
	k->pkey = NULL;
}

/* ---- verifying ---- */

static EVP_PKEY_CTX *
new_context(const struct dkim_key *k)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256()) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* A key's own state that callers do not see: they share keys as constants. */
static _Atomic(EVP_PKEY_CTX *) *
spare_of(const struct dkim_key *k)
{
	return &((struct dkim_key *)(uintptr_t)k)->spare;
}

/* Making a context takes OpenSSL 3 longer than some of its uses: one waits with the key. */
static bool
verify_rsa(const struct dkim_key *k, const uint8_t *digest, const uint8_t *sig, size_t len)
{
	EVP_PKEY_CTX *ctx = atomic_exchange(spare_of(k), NULL);
	bool good;

	if (ctx == NULL && (ctx = new_context(k)) == NULL)
		return false;
	good = EVP_PKEY_verify(ctx, sig, len, digest, DKIM_DIGEST_LEN) == 1;
	EVP_PKEY_CTX_free(atomic_exchange(spare_of(k), ctx));
	return good;
}

static bool
verify_ed25519(const struct dkim_key *k, const uint8_t *digest, const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, len, digest, DKIM_DIGEST_LEN) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

bool
dkim_key_verify(
    const struct dkim_key *k, const uint8_t digest[DKIM_DIGEST_LEN], const uint8_t *sig, size_t len)
{
	if (k->alg == DKIM_RSA_SHA256)
		return verify_rsa(k, digest, sig, len);
	return verify_ed25519(k, digest, sig, len);
}

const char *
dkim_key_refusal(
    const struct dkim_key *k, enum dkim_alg alg, unsigned min_rsa_bits, unsigned max_rsa_bits)
{
	if (k->status != DKIM_KEY_OK)
		return k->reason;
	if (k->alg != alg)
		return "the key is not for the algorithm in a=";
	if (!k->sha256)
		return "the key does not allow sha256";
	if (!k->email)
		return "the key is not for email";
	if (alg == DKIM_RSA_SHA256 && (k->bits < RSA_BITS_FLOOR || k->bits < min_rsa_bits))
		return "the key is too short";
	if (alg == DKIM_RSA_SHA256 && k->bits > max_rsa_bits)
		return "the key is too long";
	return NULL;
}

/* ---- kept with an answer ---- */

static void
free_keys(void *object)
{
	struct dkim_keys *keys = object;
	size_t i;

	for (i = 0; i < keys->n; i++)
		dkim_key_free(&keys->v[i]);
	free(keys);
}

/* What to say where no record is a key: of revoked ones that, or else of the first. */
static void
remember(struct dkim_key *why, const struct dkim_key *k)
{
	if (why->reason == NULL || (why->status == DKIM_KEY_BAD && k->status == DKIM_KEY_REVOKED)) {
		why->status = k->status;
		why->reason = k->reason;
	}
}

static void *
parse_keys(const struct dns_answer *a)
{
	struct dkim_keys *keys = malloc(sizeof(*keys));
	struct dkim_key why = {.reason = NULL}, *k;
	size_t i;

	if (keys == NULL)
		return NULL;
	keys->n = 0;
	for (i = 0; i < a->n && i < DKIM_KEY_RECORDS_MAX && keys->n < DKIM_KEYS_MAX; i++) {
		k = &keys->v[keys->n];
		dkim_key_parse(k, (const char *)a->records[i].data, a->records[i].len);
		if (k->status == DKIM_KEY_OK) {
			keys->n++;
			continue;
		}
		remember(&why, k);
		dkim_key_free(k);
	}
	if (keys->n == 0) {
		keys->n = 1;
		keys->v[0] = (struct dkim_key){.status = why.status, .reason = why.reason};
	}
	return keys;
}

const struct dns_parser dkim_keys_parser = {.parse = parse_keys, .free = free_keys};
