/* From the bytes of a key to what OpenSSL signs with. */
#ifndef GATEPOST_KEYS_DECODE_H
#define GATEPOST_KEYS_DECODE_H

#include <openssl/types.h>

#include "pem.h"

/*
 * Decodes what pem_parse() found. Returns a key that the caller frees, or
 * NULL. It is not verified: the parts of a damaged key may not fit together.
 */
EVP_PKEY *decode_key(const struct pem_key *);

#endif
