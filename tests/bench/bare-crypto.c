/*
 * bare-crypto: what the cryptography of one message costs by itself, with
 * everything prepared that can be: CPU nanoseconds for one RSA-2048 signature,
 * one Ed25519 signature, and one SHA-256 pass over so many bytes.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef void operation(void *);

struct hash {
	const EVP_MD *md;
	EVP_MD_CTX *ctx;
	unsigned char *data;
	size_t len;
};

static void
check(int ok)
{
	if (ok)
		return;
	fputs("bare-crypto: OpenSSL failed\n", stderr);
	exit(1);
}

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The best of five runs: others on the machine can only make it slower. */
static double
nanoseconds(operation *op, void *arg, double seconds)
{
	double start, took, best = 0;
	long n;
	int round;

	for (round = 0; round < 5; round++) {
		n = 0;
		start = cpu_seconds();
		do {
			op(arg);
			n++;
		} while ((took = cpu_seconds() - start) < seconds / 5);
		if (round == 0 || took / (double)n < best)
			best = took / (double)n;
	}
	return best * 1e9;
}

static void
sign_rsa(void *arg)
{
	static const unsigned char digest[32] = {1, 2, 3};
	unsigned char sig[512];
	size_t len = sizeof(sig);

	check(EVP_PKEY_sign(arg, sig, &len, digest, sizeof(digest)) == 1);
}

static void
sign_ed25519(void *arg)
{
	static const unsigned char digest[32] = {1, 2, 3};
	unsigned char sig[64];
	size_t len = sizeof(sig);

	check(EVP_DigestSign(arg, sig, &len, digest, sizeof(digest)) == 1);
}

static void
hash(void *arg)
{
	struct hash *h = arg;
	unsigned char out[EVP_MAX_MD_SIZE];

	check(EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1 &&
	      EVP_DigestUpdate(h->ctx, h->data, h->len) == 1 &&
	      EVP_DigestFinal_ex(h->ctx, out, NULL) == 1);
}

static double
rsa_time(const EVP_MD *md, double seconds)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_PKEY_CTX *ctx = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
	double ns;

	check(ctx != NULL);
	check(EVP_PKEY_sign_init(ctx) == 1 &&
	      EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	      EVP_PKEY_CTX_set_signature_md(ctx, md) == 1);
	ns = nanoseconds(sign_rsa, ctx, seconds);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ns;
}

static double
ed25519_time(double seconds)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	double ns;

	check(key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1);
	ns = nanoseconds(sign_ed25519, ctx, seconds);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ns;
}

static double
hash_time(const EVP_MD *md, size_t len, double seconds)
{
	struct hash h = {.md = md, .ctx = EVP_MD_CTX_new(), .data = calloc(1, len + 1), .len = len};
	double ns;

	check(h.ctx != NULL && h.data != NULL);
	ns = nanoseconds(hash, &h, seconds);
	EVP_MD_CTX_free(h.ctx);
	free(h.data);
	return ns;
}

int
main(int argc, char **argv)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	double seconds = argc > 1 ? atof(argv[1]) : 0;
	long len;
	int i;

	if (seconds <= 0 || seconds > 60) {
		fputs("usage: bare-crypto SECONDS [BYTES...]\n", stderr);
		return 2;
	}
	check(md != NULL);
	printf("{\"rsa2048_sign_ns\":%.0f,\"ed25519_sign_ns\":%.0f,\"sha256_ns\":{",
	    rsa_time(md, seconds), ed25519_time(seconds));
	for (i = 2; i < argc; i++) {
		len = strtol(argv[i], NULL, 10);
		check(len >= 0 && len <= 1 << 30);
		printf(
		    "%s\"%ld\":%.0f", i == 2 ? "" : ",", len, hash_time(md, (size_t)len, seconds));
	}
	puts("}}");
	EVP_MD_free(md);
	return 0;
}
