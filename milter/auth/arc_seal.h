/*
 * Sealing a message (RFC 8617 §5.1) without a key: this makes the three fields
 * of a new ARC set, and the two digests that a key holder signs, one after the
 * other, since the seal covers the signature before it.
 *
 * Order of calls: new, (the body, through the struct body_hashes given there),
 * headers, begin, (the key holder signs the digest), message_signed, (he
 * signs the next one), sealed; then the fields are there. All memory is in the
 * arena but for digest contexts and buffers, which free() gives back.
 *
 * To insert them, each at the top of the header: ARC-Authentication-Results
 * first, ARC-Message-Signature next, ARC-Seal last. The seal then stands on
 * top and the whole set above the older ones; §5.1 does not ask for that
 * order, but some receivers do. Values must go out byte for byte as they are:
 * each begins with the space that follows the colon.
 */
#ifndef GATEPOST_AUTH_ARC_SEAL_H
#define GATEPOST_AUTH_ARC_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "arc_verify.h"
#include "base/arena.h"
#include "body_hash.h"
#include "dkim_sign.h"
#include "mail/header.h"

/* Who seals; borrowed until message_signed() returns. The key is an RSA key. */
struct arc_seal_key {
	const char *domain;   /* d=, canonical */
	const char *selector; /* s= */
	int64_t now;	      /* t= */
};

struct arc_sealing;

enum arc_field { ARC_SEAL, ARC_MESSAGE_SIGNATURE, ARC_AUTHENTICATION_RESULTS };

/*
 * NULL where the message may be sealed, else why not, for people (§5.1, step
 * 2; §4.2.1): its newest seal says that the chain has failed already, or the
 * new instance would be over ARC_INSTANCES_MAX.
 */
const char *arc_seal_refusal(const struct arc_result *);

/*
 * The rules say what the message signature covers, as for DKIM. Names of
 * fields that it must not cover (§4.1.2: Authentication-Results, those of ARC)
 * or that change on the way (Received, Return-Path) are left out of them.
 * DKIM-Signature should be among them. Wants the body's hash from bodies,
 * which is borrowed until begin(). NULL without memory.
 */
struct arc_sealing *arc_sealing_new(
    const struct dkim_sign_rules *, struct body_hashes *bodies, struct arena *);
void arc_sealing_free(struct arc_sealing *);
/*
 * Chooses what the message signature names, as dkim_signing_headers() does.
 * Before or after the body; the header is the message as it will leave here
 * (§5.1, step 1), but for the new set.
 */
enum dkim_signing_status arc_sealing_headers(struct arc_sealing *, const struct header *);
/*
 * After body_hashes_end(): makes the results field and the digest for the
 * message signature. The result is that of our own validation of this very
 * message, and the only thing that cv= is taken from (§4.4); its chain must
 * live until message_signed() returns. results is the value that
 * authres_write() made of everything found out about the message (§4.1.1).
 * 0, or -1 without memory or if arc_seal_refusal() has something to say.
 */
int arc_sealing_begin(struct arc_sealing *, const struct arc_result *, const struct arc_seal_key *,
    const char *results, uint8_t digest[DKIM_DIGEST_LEN]);
/* The message signature's signature; gives the digest for the seal. 0, or -1 as above. */
int arc_sealing_message_signed(
    struct arc_sealing *, const uint8_t *sig, size_t len, uint8_t digest[DKIM_DIGEST_LEN]);
/* The seal's signature. 0, or -1 as above. */
int arc_sealing_sealed(struct arc_sealing *, const uint8_t *sig, size_t len);

/* "ARC-Seal" ... */
const char *arc_field_name(enum arc_field);
/* The field's value after sealed(), folded with CRLF HTAB; valid until free(). */
const char *arc_sealing_value(struct arc_sealing *, enum arc_field);

#endif
