/*
 * One private key file: the armour of PEM (RFC 7468), and within it as much
 * of PKCS#8 (RFC 5958, RFC 8410) or PKCS#1 (RFC 8017 appendix A.1.2) as tells
 * what key it is. Nothing is computed with the key, so reading is cheap.
 */
#ifndef GATEPOST_KEYS_PEM_H
#define GATEPOST_KEYS_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog.h"

#define PEM_MAX 65536			  /* bytes of a file */
#define PEM_MAX_DER (PEM_MAX / 4 * 3 + 3) /* bytes that its base64 can hold */
#define PEM_MIN_RSA 1024
#define PEM_MAX_RSA 8192
#define PEM_ED25519_LEN 32

enum pem_result {
	PEM_OK,
	PEM_NO_KEY,	 /* no PEM block of any kind */
	PEM_PUBLIC,	 /* a public key only */
	PEM_CERTIFICATE, /* a certificate only */
	PEM_SEVERAL,	 /* more than one private key */
	PEM_ENCRYPTED,	 /* by a pass phrase */
	PEM_ALGORITHM,	 /* neither RSA nor Ed25519 */
	PEM_BROKEN,	 /* armour, base64 or DER */
	PEM_RSA_SHORT,
	PEM_RSA_LONG
};

/* What was found; secret points into the caller's der. */
struct pem_key {
	enum key_alg alg;
	unsigned bits;	       /* RSA: of the modulus; Ed25519: 256 */
	const uint8_t *secret; /* RSA: an RSAPrivateKey in DER; Ed25519: 32 bytes */
	size_t len;
};

/*
 * Reads the n bytes at text (at most PEM_MAX). der is scratch space, to be
 * wiped by the caller like text.
 */
enum pem_result pem_parse(const char *text, size_t n, uint8_t der[PEM_MAX_DER], struct pem_key *);
/* An unsigned number, most significant byte first. */
struct pem_number {
	const uint8_t *p;
	size_t n;
};

#define PEM_RSA_NUMBERS 8 /* n e d p q dP dQ qInv */

/*
 * The numbers of an RSAPrivateKey in DER, which they point into. False where
 * it is none, or one of more than two primes.
 */
bool pem_rsa_numbers(const uint8_t *der, size_t len, struct pem_number[PEM_RSA_NUMBERS]);
/* The result in words, as the end of "this file ...". */
const char *pem_explain(enum pem_result);

#endif
