/*
 * bare-crypto: what the cryptography of one message costs by itself, with
 * everything prepared that can be: CPU nanoseconds for making and verifying one
 * RSA-2048 signature and one Ed25519 signature, and for one SHA-256 pass over
 * so many bytes.
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

static const unsigned char digest[32] = {1, 2, 3};

/* A signature that is made once, and verified many times. */
struct signature {
	EVP_PKEY_CTX *rsa;
	EVP_MD_CTX *ed25519;
	unsigned char bytes[512];
	size_t len;
};

static void
sign_rsa(void *arg)
{
	struct signature *s = arg;

	s->len = sizeof(s->bytes);
	check(EVP_PKEY_sign(s->rsa, s->bytes, &s->len, digest, sizeof(digest)) == 1);
}

static void
verify_rsa(void *arg)
{
	struct signature *s = arg;

	check(EVP_PKEY_verify(s->rsa, s->bytes, s->len, digest, sizeof(digest)) == 1);
}

static void
sign_ed25519(void *arg)
{
	struct signature *s = arg;

	s->len = sizeof(s->bytes);
	check(EVP_DigestSign(s->ed25519, s->bytes, &s->len, digest, sizeof(digest)) == 1);
}

static void
verify_ed25519(void *arg)
{
	struct signature *s = arg;

	check(EVP_DigestVerify(s->ed25519, s->bytes, s->len, digest, sizeof(digest)) == 1);
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

/* Of one kind of key, in nanoseconds. */
struct times {
	double sign, verify;
};

static void
set_rsa(EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
	check(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	      EVP_PKEY_CTX_set_signature_md(ctx, md) == 1);
}

static struct times
rsa_times(const EVP_MD *md, double seconds)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct signature s = {.rsa = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL)};
	struct times t;

	check(s.rsa != NULL && EVP_PKEY_sign_init(s.rsa) == 1);
	set_rsa(s.rsa, md);
	t.sign = nanoseconds(sign_rsa, &s, seconds);
	check(EVP_PKEY_verify_init(s.rsa) == 1);
	set_rsa(s.rsa, md);
	t.verify = nanoseconds(verify_rsa, &s, seconds);
	EVP_PKEY_CTX_free(s.rsa);
	EVP_PKEY_free(key);
	return t;
}

static struct times
ed25519_times(double seconds)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *sign = EVP_MD_CTX_new(), *verify = EVP_MD_CTX_new();
	struct signature s = {.ed25519 = sign};
	struct times t;

	check(key != NULL && sign != NULL && verify != NULL &&
	      EVP_DigestSignInit(sign, NULL, NULL, NULL, key) == 1 &&
	      EVP_DigestVerifyInit(verify, NULL, NULL, NULL, key) == 1);
	t.sign = nanoseconds(sign_ed25519, &s, seconds);
	s.ed25519 = verify;
	t.verify = nanoseconds(verify_ed25519, &s, seconds);
	EVP_MD_CTX_free(sign);
	EVP_MD_CTX_free(verify);
	EVP_PKEY_free(key);
	return t;
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
	struct times rsa, ed25519;
	long len;
	int i;

	if (seconds <= 0 || seconds > 60) {
		fputs("usage: bare-crypto SECONDS [BYTES...]\n", stderr);
		return 2;
	}
	check(md != NULL);
	rsa = rsa_times(md, seconds);
	ed25519 = ed25519_times(seconds);
	printf("{\"rsa2048_sign_ns\":%.0f,\"rsa2048_verify_ns\":%.0f,\"ed25519_sign_ns\":%.0f,"
	       "\"ed25519_verify_ns\":%.0f,\"sha256_ns\":{",
	    rsa.sign, rsa.verify, ed25519.sign, ed25519.verify);
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
