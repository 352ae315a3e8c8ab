#include "digest.h"

#include <pthread.h>

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

const EVP_MD *
digest_sha256(void)
{
	pthread_once(&fetched, fetch);
	return sha256;
}

EVP_MD_CTX *
digest_new(void)
{
	const EVP_MD *md = digest_sha256();
	EVP_MD_CTX *ctx = md != NULL ? EVP_MD_CTX_new() : NULL;

	if (ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

/* SHA-256 of OpenSSL cannot fail once begun. */
void
digest_sink(void *ctx, const void *bytes, size_t n)
{
	EVP_DigestUpdate(ctx, bytes, n);
}
