/* The digests and ciphers that documents are encrypted with. */
#ifndef GATEPOST_FILTER_CIPHER_H
#define GATEPOST_FILTER_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_MAX 64

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_COUNT };
enum cipher_mode { CIPHER_CBC, CIPHER_ECB };

struct rc4 {
	uint8_t box[256], a, b;
};

/* Makes the library load what it would load late; to be called before a sandbox closes. */
void cipher_prepare(void);

size_t digest_size(enum digest);
/* Of two pieces, the second of which may be empty. out may be one of them. */
bool digest_of(enum digest, const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out);
/* A password's hash made slow: h = hash(number + h), `rounds` times, on h itself (MS-OFFCRYPTO). */
bool digest_spin(enum digest, uint8_t *h, uint32_t rounds);

/* AES over whole blocks, in place; keys of 16, 24 or 32 bytes. iv is not used by CIPHER_ECB. */
bool aes_apply(enum cipher_mode, bool encrypt, const uint8_t *key, size_t nkey,
    const uint8_t iv[16], uint8_t *data, size_t n);

void rc4_init(struct rc4 *, const uint8_t *key, size_t nkey);
void rc4_apply(struct rc4 *, uint8_t *data, size_t n);
/* Passes over n bytes of the key stream. */
void rc4_skip(struct rc4 *, size_t n);

#endif
