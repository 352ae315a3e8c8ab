#include "record.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

#define MAX_PUBLIC 2048 /* bytes of SubjectPublicKeyInfo; RSA of 8192 bits has 1062 */
#define MAX_SIGNATURE 1024

/* SubjectPublicKeyInfo for RSA, the bare 32 octets for Ed25519. 0 on failure. */
static size_t
public_bytes(EVP_PKEY *key, enum key_alg alg, unsigned char out[MAX_PUBLIC])
{
	size_t n = MAX_PUBLIC;
	int len;

	if (alg == KEY_ED25519)
		return EVP_PKEY_get_raw_public_key(key, out, &n) == 1 ? n : 0;
	len = i2d_PUBKEY(key, NULL);
	if (len <= 0 || len > MAX_PUBLIC)
		return 0;
	return (size_t)i2d_PUBKEY(key, &out);
}

static EVP_PKEY *
parse_public(const char *value, enum key_alg alg)
{
	unsigned char der[MAX_PUBLIC + 3];
	const unsigned char *at = der;
	const char *p;
	size_t len;
	int n;

	p = strstr(value, " p=");
	if (p == NULL)
		return NULL;
	p += strlen(" p=");
	len = strlen(p);
	if (len == 0 || len % 4 != 0 || len / 4 * 3 > sizeof(der))
		return NULL;
	n = EVP_DecodeBlock(der, (const unsigned char *)p, (int)len);
	n -= p[len - 1] == '=';
	n -= p[len - 2] == '=';
	if (n <= 0)
		return NULL;
	if (alg == KEY_ED25519)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der, (size_t)n);
	return d2i_PUBKEY(NULL, &at, n);
}

/* Whether what the private key signs verifies by the public one. */
static bool
keys_fit(EVP_PKEY *private, EVP_PKEY *public, enum key_alg alg)
{
	static const unsigned char digest[32] = "what a signature is made over...";
	const EVP_MD *md = alg == KEY_RSA ? EVP_sha256() : NULL;
	unsigned char sig[MAX_SIGNATURE];
	size_t n = sizeof(sig);
	EVP_MD_CTX *ctx;
	bool ok;

	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, md, NULL, private) == 1 &&
	     EVP_DigestSign(ctx, sig, &n, digest, sizeof(digest)) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return false;
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, public) == 1 &&
	     EVP_DigestVerify(ctx, sig, n, digest, sizeof(digest)) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
add_value(EVP_PKEY *private, enum key_alg alg, struct buf *value)
{
	unsigned char bytes[MAX_PUBLIC], text[(MAX_PUBLIC + 2) / 3 * 4 + 1];
	EVP_PKEY *public;
	size_t n;
	bool ok;

	n = public_bytes(private, alg, bytes);
	if (n == 0)
		return false;
	EVP_EncodeBlock(text, bytes, (int)n);
	buf_addf(
	    value, "v=DKIM1; k=%s; p=%s", alg == KEY_RSA ? "rsa" : "ed25519", (const char *)text);
	public = parse_public(buf_str(value), alg);
	ok = public != NULL && keys_fit(private, public, alg);
	EVP_PKEY_free(public);
	return ok;
}

bool
record_value(const struct pem_key *key, struct buf *value, struct buf *err)
{
	EVP_PKEY *private;
	bool ok;

	private = decode_key(key);
	if (private == NULL) {
		buf_adds(err, "its numbers are not a usable key");
		return false;
	}
	ok = add_value(private, key->alg, value);
	EVP_PKEY_free(private);
	ERR_clear_error();
	if (!ok) {
		buf_clear(value);
		buf_adds(
		    err, "a signature made with it does not verify: its parts do not fit together");
	}
	return ok;
}

void
record_name(const char *selector, const char *domain, struct buf *name)
{
	buf_addf(name, "%s._domainkey.%s", selector, domain);
}

void
record_zone(const char *name, const char *value, struct buf *out)
{
	size_t left = strlen(value), n;

	buf_addf(out, "%s. IN TXT (", name);
	while (left > 0) {
		n = left < RECORD_STRING ? left : RECORD_STRING;
		buf_adds(out, "\n\t\"");
		buf_add(out, value, n);
		buf_addc(out, '"');
		value += n;
		left -= n;
	}
	buf_adds(out, " )\n");
}
