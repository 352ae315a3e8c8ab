/*
 * Verifying a message's DKIM signatures (RFC 6376 §6, RFC 8301, RFC 8463, RFC
 * 8616): keys are asked for at the end of the headers and arrive while the
 * body goes, once, through each hash that some signature needs.
 *
 * Order of calls: new, headers, body (any number of times), body_end, finish,
 * free. All memory is in the arena, but for look-ups and digest contexts,
 * which free() gives back, at any stage.
 */
#ifndef GATEPOST_AUTH_DKIM_VERIFY_H
#define GATEPOST_AUTH_DKIM_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "body_hash.h"
#include "dkim_signature.h"
#include "dns/dns.h"
#include "mail/header.h"

/* The results of RFC 8601 §2.7.1, and when a signature gets which. */
enum dkim_status {
	DKIM_NONE, /* never; a message without signatures has no results */
	DKIM_PASS,
	DKIM_FAIL,    /* the body or the header is not what was signed */
	DKIM_POLICY,  /* good but for our rules: expired, from the future, part of the body; or not
			 evaluated */
	DKIM_NEUTRAL, /* DKIM_FAIL with a key in testing (t=y), which is to be no worse than no
			 signature */
	DKIM_TEMPERROR, /* no answer from DNS, now */
	DKIM_PERMERROR, /* no valid signature field, no such key, no key that may be used */
};

/* What a good signature is that leaves the end of the body unsigned (l=; §8.2). */
enum dkim_partial {
	DKIM_PARTIAL_REFUSED, /* DKIM_POLICY */
	DKIM_PARTIAL_PASSES,  /* DKIM_PASS, but it does not count */
	DKIM_PARTIAL_COUNTS,  /* DKIM_PASS as any other */
};

/* What a good signature is by a key that says t=y (§3.6.1: as if unsigned). */
enum dkim_testing { DKIM_TESTING_IGNORED, DKIM_TESTING_COUNTS };

/* Borrowed for the life of the verifying. */
struct dkim_verify_rules {
	int64_t now;	       /* when the message was received: seconds since 1970 */
	int64_t skew;	       /* seconds that t= may be in the future */
	size_t max_signatures; /* evaluated at most; those of the author domain first */
	unsigned min_rsa_bits; /* RFC 8301 §3.2: 1024, and never less */
	unsigned max_rsa_bits; /* longer keys are refused */
	enum dkim_partial partial;
	enum dkim_testing testing;
};

/* skew 300 s, 8 signatures, 1024 to 8192 bits, nothing partial, no keys in testing. */
#define DKIM_VERIFY_RULES_DEFAULT(receipt)                                                         \
	{                                                                                          \
		.now = (receipt), .skew = 300, .max_signatures = 8, .min_rsa_bits = 1024,          \
		.max_rsa_bits = 8192                                                               \
	}

#define DKIM_SIGNATURES_MAX 1000 /* fields that are looked at, from the top */

/* One signature's result. Strings are NUL-terminated, valid as long as the arena. */
struct dkim_result {
	enum dkim_status status;
	const char *reason;    /* for people; "" where there is nothing to say */
	const char *domain;    /* d=, canonical; "" where the field does not tell */
	const char *selector;  /* s=; likewise */
	const char *identity;  /* i=, in full; likewise */
	const char *algorithm; /* a= as written; likewise */
	const char *b;	       /* the beginning of b=, for header.b (RFC 6008 §4); likewise */
	unsigned key_bits;     /* 0 where no key was used */
	bool evaluated;	       /* false for those over the limit */
	bool testing;	       /* the key has t=y */
	bool partial;	       /* part of the body is not signed */
	bool expired;	       /* x= has passed */
	bool counts;	       /* passed, and may be relied on, as by DMARC */
	const struct dkim_signature *signature; /* what the field says */
};

struct dkim_verifying;

/* NULL without memory. */
struct dkim_verifying *dkim_verifying_new(
    const struct dkim_verify_rules *, struct dns_source *, struct arena *);
void dkim_verifying_free(struct dkim_verifying *);
/*
 * Parses the signature fields, chooses which to evaluate, and asks for their
 * keys. The header is borrowed until finish(). author_domain is the canonical
 * domain of From, or NULL where there is none. 0, or -1 without memory.
 */
int dkim_verifying_headers(
    struct dkim_verifying *, const struct header *, const char *author_domain);
/*
 * The hashes that body() feeds: ARC may want its own from them (arc_verify.h,
 * arc_seal.h), before the first byte of the body.
 */
struct body_hashes *dkim_verifying_bodies(struct dkim_verifying *);
/* False where no signature needs the body: the caller may leave it out. */
bool dkim_verifying_needs_body(const struct dkim_verifying *);
void dkim_verifying_body(struct dkim_verifying *, const void *, size_t);
void dkim_verifying_body_end(struct dkim_verifying *);
/*
 * Waits for keys until deadline (dns_now()) and judges. The results stand in
 * the order of the fields in the message; *n is 0 where there are none (the
 * method's result is then DKIM_NONE). NULL without memory: nothing is known.
 */
const struct dkim_result *dkim_verifying_finish(
    struct dkim_verifying *, int64_t deadline, size_t *n);
/* "pass", "permerror" ... */
const char *dkim_status_text(enum dkim_status);

#endif
