/*
 * Validating a message's Authenticated Received Chain (RFC 8617 §5.2): keys
 * are asked for at the end of the headers and arrive while the body goes
 * through a hash that others may share.
 *
 * Order of calls: new, headers, (the body, through the struct body_hashes
 * given there), finish, free. All memory is in the arena, but for look-ups,
 * which free() gives back, at any stage.
 */
#ifndef GATEPOST_AUTH_ARC_VERIFY_H
#define GATEPOST_AUTH_ARC_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arc_set.h"
#include "authres_read.h"
#include "base/arena.h"
#include "body_hash.h"
#include "dns/dns.h"
#include "mail/header.h"

/* Borrowed for the life of the validating. */
struct arc_verify_rules {
	int64_t now;  /* when the message was received: seconds since 1970 */
	int64_t skew; /* seconds that t= of the newest message signature may be in the future */
	unsigned min_rsa_bits; /* RFC 8301 §3.2: 1024, and never less */
	unsigned max_rsa_bits; /* longer keys are refused */
};

#define ARC_VERIFY_RULES_DEFAULT(receipt)                                                          \
	{                                                                                          \
		.now = (receipt), .skew = 300, .min_rsa_bits = 1024, .max_rsa_bits = 8192          \
	}

/* Who sealed: d= and s= of one ARC-Seal, canonical. */
struct arc_sealer {
	const char *domain, *selector;
};

/* Strings are NUL-terminated, and all of it is valid as long as the arena. */
struct arc_result {
	enum arc_status status;
	const char *reason; /* of ARC_FAIL, for people; else "" */
	/*
	 * ARC_FAIL only because DNS gave no answer, now. For the chain that is
	 * a failure like any other (§5.2.1), but the message may be tried again.
	 */
	bool temporary;
	unsigned instances; /* the highest instance there is; 0 without any */
	/* The rest is for ARC_PASS only: nothing that a failed chain says is to be believed. */
	unsigned oldest_pass; /* §5.2, step 5: 0 where all message signatures hold */
	/*
	 * False where the newest message signature, whose h= may be anything (the
	 * official tests say so), leaves out From: whoever has such a message
	 * can put another author into it, and the chain will pass.
	 */
	bool from_signed;
	bool testing; /* a key that the chain needs says t=y: its owner only tries things out */
	const struct arc_sealer *sealers; /* of each instance, the newest first */
	size_t n;
	const struct authres *first; /* the results at i=1; NULL where they cannot be read */
	/* In any case: */
	const struct arc_chain *chain; /* what was found, for arc_seal.h */
};

struct arc_verifying;

/* NULL without memory. */
struct arc_verifying *arc_verifying_new(
    const struct arc_verify_rules *, struct dns_source *, struct arena *);
void arc_verifying_free(struct arc_verifying *);
/*
 * Parses the ARC sets, asks for their keys, and wants the hash it needs from
 * bodies. Header and bodies are borrowed until finish(). A chain that its
 * structure fails asks for nothing. 0, or -1 without memory.
 */
int arc_verifying_headers(
    struct arc_verifying *, const struct header *, struct body_hashes *bodies);
/*
 * Waits for keys until deadline (dns_now()) and judges, after
 * body_hashes_end(). NULL without memory: nothing is known.
 *
 * All seals must hold, and the newest message signature, which may neither
 * have expired nor leave the end of the body unsigned. Older ones are looked
 * at as far down as they sign the same body in the same form as the newest:
 * where one does not, oldest_pass is the instance above it.
 */
const struct arc_result *arc_verifying_finish(struct arc_verifying *, int64_t deadline);
/* "none", "pass", "fail" */
const char *arc_status_text(enum arc_status);

#endif
