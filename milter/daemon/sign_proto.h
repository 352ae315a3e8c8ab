/*
 * The channel between gate and signer: one request, one answer, over a
 * SOCK_SEQPACKET socketpair. Nothing of a message but 32-byte digests goes
 * in, nothing of a key but signatures comes out.
 */
#ifndef GATEPOST_DAEMON_SIGN_PROTO_H
#define GATEPOST_DAEMON_SIGN_PROTO_H

#include <stdint.h>

#include "keys/catalog.h"
#include "keys/keystore.h"

#define SIGN_MAX_CHANNELS 64

struct sign_want {
	uint64_t id; /* catalog_key.id */
	uint8_t digest[KEYSTORE_DIGEST];
};

struct sign_request {
	uint32_t seq; /* comes back in the answer */
	uint32_t n;   /* 1..CATALOG_MAX_KEYS; only that many are sent */
	struct sign_want want[CATALOG_MAX_KEYS];
};

struct sign_got {
	uint32_t result; /* enum keystore_result */
	uint32_t len;
	uint8_t sig[KEYSTORE_MAX_SIG];
};

struct sign_answer {
	uint32_t seq;
	uint32_t n;
	struct sign_got got[CATALOG_MAX_KEYS];
};

#define SIGN_REQUEST_SIZE(n) (offsetof(struct sign_request, want) + (n) * sizeof(struct sign_want))
#define SIGN_ANSWER_SIZE(n) (offsetof(struct sign_answer, got) + (n) * sizeof(struct sign_got))

#endif
