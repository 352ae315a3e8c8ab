#include "cipher.h"

#include <openssl/evp.h>

/* ---- digests ---- */

static const EVP_MD *
find(enum digest d)
{
	switch (d) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA1:
		return EVP_sha1();
	case DIGEST_SHA256:
		return EVP_sha256();
	case DIGEST_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

size_t
digest_size(enum digest d)
{
	return (size_t)EVP_MD_size(find(d));
}

/* NULL for md goes on with that of the last time. */
static bool
one(EVP_MD_CTX *ctx, const EVP_MD *md, const uint8_t *a, size_t na, const uint8_t *b, size_t nb,
    uint8_t *out)
{
	return EVP_DigestInit_ex(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, a, na) == 1 &&
	       EVP_DigestUpdate(ctx, b, nb) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

bool
digest_of(enum digest d, const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx != NULL && one(ctx, find(d), a, na, b, nb, out);

	EVP_MD_CTX_free(ctx);
	return done;
}

bool
digest_spin(enum digest d, uint8_t *h, uint32_t rounds)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = find(d);
	size_t n = digest_size(d);
	bool done = ctx != NULL;
	uint8_t number[4];
	uint32_t i;

	for (i = 0; i < rounds && done; i++) {
		number[0] = (uint8_t)i;
		number[1] = (uint8_t)(i >> 8);
		number[2] = (uint8_t)(i >> 16);
		number[3] = (uint8_t)(i >> 24);
		done = one(ctx, i == 0 ? md : NULL, number, 4, h, n, h);
	}
	EVP_MD_CTX_free(ctx);
	return done;
}

/* ---- AES ---- */

static const EVP_CIPHER *
find_aes(enum cipher_mode mode, size_t nkey)
{
	bool cbc = mode == CIPHER_CBC;

	switch (nkey) {
	case 16:
		return cbc ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
	case 24:
		return cbc ? EVP_aes_192_cbc() : EVP_aes_192_ecb();
	case 32:
		return cbc ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
	default:
		return NULL;
	}
}

bool
aes_apply(enum cipher_mode mode, bool encrypt, const uint8_t *key, size_t nkey,
    const uint8_t iv[16], uint8_t *data, size_t n)
{
	const EVP_CIPHER *cipher = find_aes(mode, nkey);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool done;

	done = ctx != NULL && cipher != NULL && n % 16 == 0 && n < INT32_MAX &&
	       EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, encrypt) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	       EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return done;
}

/* ---- RC4, which the library has only in a module that it may not load ---- */

static void
swap(uint8_t *a, uint8_t *b)
{
	uint8_t t = *a;

	*a = *b;
	*b = t;
}

void
rc4_init(struct rc4 *r, const uint8_t *key, size_t nkey)
{
	uint8_t b = 0;
	size_t i;

	for (i = 0; i < 256; i++)
		r->box[i] = (uint8_t)i;
	for (i = 0; i < 256; i++) {
		b = (uint8_t)(b + r->box[i] + key[i % nkey]);
		swap(&r->box[i], &r->box[b]);
	}
	r->a = r->b = 0;
}

static uint8_t
next(struct rc4 *r)
{
	r->a++;
	r->b = (uint8_t)(r->b + r->box[r->a]);
	swap(&r->box[r->a], &r->box[r->b]);
	return r->box[(uint8_t)(r->box[r->a] + r->box[r->b])];
}

void
rc4_apply(struct rc4 *r, uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		data[i] ^= next(r);
}

void
rc4_skip(struct rc4 *r, size_t n)
{
	while (n-- > 0)
		next(r);
}

/* ---- before the sandbox ---- */

void
cipher_prepare(void)
{
	uint8_t out[DIGEST_MAX], block[16] = {0}, key[32] = {0};
	enum cipher_mode mode;
	enum digest d;
	size_t n;

	for (d = DIGEST_MD5; d < DIGEST_COUNT; d++)
		digest_of(d, key, 1, key, 1, out);
	for (mode = CIPHER_CBC; mode <= CIPHER_ECB; mode++)
		for (n = 16; n <= 32; n += 8)
			aes_apply(mode, false, key, n, key, block, 16);
	aes_apply(CIPHER_CBC, true, key, 16, key, block, 16);
}
