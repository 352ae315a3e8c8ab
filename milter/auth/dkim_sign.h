/*
 * Signing one message by RFC 6376 §5, RFC 8463 and RFC 8616, without a key:
 * this makes the digest that a key holder signs, and the DKIM-Signature field
 * around the signature that comes back.
 *
 * Order of calls: new, headers (at end of headers), body (any number of
 * times), body_end, then for each key: begin, (the key holder signs the
 * digest), finish. All memory is in the arena; nothing has to be freed but
 * by dkim_signing_free(), which gives back the digest contexts.
 */
#ifndef GATEPOST_AUTH_DKIM_SIGN_H
#define GATEPOST_AUTH_DKIM_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "canon.h"
#include "mail/header.h"

#define DKIM_DIGEST_LEN 32
#define DKIM_SIGN_NAMES_MAX 500 /* names in h= */

enum dkim_alg { DKIM_RSA_SHA256, DKIM_ED25519_SHA256 };

/* The same for all messages; borrowed for the life of the signing. */
struct dkim_sign_rules {
	enum canon header_canon, body_canon;
	const char *const *sign; /* names of fields to sign, lower case */
	size_t nsign;
	const char *const *oversign; /* names signed once more than present, lower case (§8.15) */
	size_t noversign;
};

/* One signature: which key, and what is said beside it. All strings canonical, borrowed. */
struct dkim_sign_key {
	const char *domain;   /* d=: A-label */
	const char *selector; /* s= */
	enum dkim_alg alg;    /* a= */
	const char *identity; /* i=, or NULL; must be within domain */
	int64_t now;	      /* t= */
	int64_t expire;	      /* x=, or 0 for none */
	unsigned instance;    /* 0, or makes an ARC-Message-Signature (RFC 8617 §4.1.2) */
};

struct dkim_signing;

enum dkim_signing_status {
	DKIM_SIGNING_OK = 0,
	DKIM_SIGNING_PARTIAL, /* done, but not all fields are signed: worth a line in the log */
	DKIM_SIGNING_ERROR,   /* no memory, or OpenSSL failed */
};

/* NULL without memory. */
struct dkim_signing *dkim_signing_new(const struct dkim_sign_rules *, struct arena *);
void dkim_signing_free(struct dkim_signing *);
/*
 * Chooses what h= names: every present field whose name is in sign or
 * oversign, as many times as it is present, bottom-up (§5.4.2), plus once
 * more for those in oversign (also when absent, but for Date and Message-ID,
 * which servers on the way add, RFC 5321 §6.4). From is always signed, and
 * first where the rules do not name it. Otherwise the order is that of the
 * rules, sign before oversign, and all of one name stand together.
 * Trace and signature fields (Received, Return-Path, DKIM-Signature) are
 * signed only where the rules name them. Hashes them.
 *
 * A message that would need more than DKIM_SIGN_NAMES_MAX names gets
 * DKIM_SIGNING_PARTIAL: no name then stands in h= more often than an equal
 * share of that, and the fields of a name that are signed are its bottom-most.
 */
enum dkim_signing_status dkim_signing_headers(struct dkim_signing *, const struct header *);
void dkim_signing_body(struct dkim_signing *, const void *, size_t);
void dkim_signing_body_end(struct dkim_signing *);
/* In place of body() and body_end(): the body's hash is known already. */
void dkim_signing_set_body_hash(struct dkim_signing *, const uint8_t hash[DKIM_DIGEST_LEN]);
/* The body hash, valid after body_end. */
const uint8_t *dkim_signing_body_hash(const struct dkim_signing *);
/*
 * Builds the field's value up to and with "b=" into field (folded with
 * CRLF HTAB, no line over 78 columns counting the field's name on the first
 * and a HTAB as 8, but where a domain, selector or identity is itself too
 * long; beginning with one space), and the digest to sign over (§3.7). What
 * was in field before is lost. The same message, key and time give the same
 * bytes.
 * Returns 0, or -1 without memory, or if identity is outside domain or its local
 * part longer than RFC 5321 §4.5.3.1.1 allows (64 octets).
 */
int dkim_signing_begin(struct dkim_signing *, const struct dkim_sign_key *, struct buf *field,
    uint8_t digest[DKIM_DIGEST_LEN]);
/*
 * Adds the signature's base64, folded, to the field that begin() built. 0, or
 * -1 without memory or if the signature is longer than any key could make it.
 */
int dkim_signing_finish(struct buf *field, const uint8_t *sig, size_t len);

#endif
