/*
 * SHA-256 as OpenSSL gives it, fetched once for the life of the process:
 * OpenSSL 3 takes longer to look an algorithm up than to hash a header.
 */
#ifndef GATEPOST_AUTH_DIGEST_H
#define GATEPOST_AUTH_DIGEST_H

#include <openssl/evp.h>
#include <stddef.h>

/* Safe from any thread. NULL where OpenSSL has no SHA-256 to give. */
const EVP_MD *digest_sha256(void);
/* A context that has begun a SHA-256; the caller gives it to EVP_MD_CTX_free(). NULL without
 * memory. */
EVP_MD_CTX *digest_new(void);
/* A canon_sink: ctx is an EVP_MD_CTX. */
void digest_sink(void *ctx, const void *bytes, size_t n);

#endif
