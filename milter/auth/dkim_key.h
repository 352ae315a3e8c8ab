/*
 * DKIM's public keys (RFC 6376 §3.6, RFC 8301, RFC 8463): a record is parsed
 * and its key decoded once, and kept with the DNS answer.
 */
#ifndef GATEPOST_AUTH_DKIM_KEY_H
#define GATEPOST_AUTH_DKIM_KEY_H

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkim_sign.h"
#include "dns/dns.h"

#define DKIM_KEY_RECORD_MAX 16384 /* bytes of a record; longer ones are no keys */
#define DKIM_KEYS_MAX 4		  /* keys of one name that are tried */

enum dkim_key_status {
	DKIM_KEY_OK,
	DKIM_KEY_REVOKED, /* p= is empty */
	DKIM_KEY_BAD,	  /* no key record, or one that cannot be used; see reason */
};

struct dkim_key {
	enum dkim_key_status status;
	const char *reason;	       /* static text for people; "" for DKIM_KEY_OK */
	enum dkim_alg alg;	       /* the one algorithm the key type goes with */
	unsigned bits;		       /* of an RSA modulus; 256 for Ed25519 */
	bool testing;		       /* t=y */
	bool strict;		       /* t=s: i= must have the domain of d= */
	bool sha256;		       /* h= allows it */
	bool email;		       /* s= allows it */
	EVP_PKEY *pkey;		       /* owned; NULL unless DKIM_KEY_OK */
	_Atomic(EVP_PKEY_CTX *) spare; /* RSA: a context ready for use that no thread uses now */
};

/*
 * Reads one record of len bytes. The result, also a failed one, is for
 * dkim_key_free(). A key whose size is out of bounds is read all the same, if
 * OpenSSL reads it: the verifier judges its bits. Not so an RSA exponent that
 * is even, one, or over 64 bits, nor DER with something behind it.
 */
void dkim_key_parse(struct dkim_key *, const char *record, size_t len);
void dkim_key_free(struct dkim_key *);
/*
 * Why a key may not be used for a signature of that algorithm (RFC 6376
 * §6.1.2, steps 5 to 8, but for t=s; RFC 8301 §3.2), as static text, or NULL
 * where it may. An RSA key needs 1024 bits, whatever min_rsa_bits says.
 */
const char *dkim_key_refusal(
    const struct dkim_key *, enum dkim_alg, unsigned min_rsa_bits, unsigned max_rsa_bits);
/*
 * True where sig, of len bytes, is the key's signature over a SHA-256 digest:
 * RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2), or PureEdDSA over the digest (RFC 8463
 * §3). Only for DKIM_KEY_OK. Safe from any thread.
 */
bool dkim_key_verify(
    const struct dkim_key *, const uint8_t digest[DKIM_DIGEST_LEN], const uint8_t *sig, size_t len);

/*
 * All keys of one DNS name: where several records stand there, which RFC 6376
 * §3.6.2.2 leaves undefined, those that are keys (§6.1.2, step 4). Where none
 * is, the first that is none, with the reason.
 */
struct dkim_keys {
	size_t n; /* at least one */
	struct dkim_key v[DKIM_KEYS_MAX];
};

/* Gives a struct dkim_keys for an answer that is DNS_OK. NULL only without memory. */
extern const struct dns_parser dkim_keys_parser;

#endif
