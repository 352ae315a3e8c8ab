/*
 * The outgoing side of a message: who signs it, and the signatures.
 */
#ifndef GATEPOST_DAEMON_OUTBOUND_H
#define GATEPOST_DAEMON_OUTBOUND_H

#include <stddef.h>

#include "auth/dkim_sign.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "keys/catalog.h"
#include "mail/author.h"
#include "mail/fragile.h"
#include "mail/header.h"
#include "policy/signing.h"

struct outbound {
	const struct conf *conf;     /* borrowed */
	struct catalog *catalog;     /* borrowed */
	struct arena *mem;	     /* borrowed */
	const char *login;	     /* borrowed; NULL without */
	bool may_come_back;	     /* from this host itself: it may have been signed before */
	const struct header *header; /* borrowed, from outbound_headers() on */
	struct author author;	     /* from outbound_headers() on */
	struct sign_plan plan;
	const char *identity_local; /* local part of the author, for i= */
	struct catalog_key keys[CATALOG_MAX_KEYS];
	size_t nkeys;
	struct dkim_sign_rules rules;
	struct dkim_signing *signing; /* owned; NULL where nothing is signed */
	struct fragile fragile;
	bool partial; /* more fields than h= names: the upper ones of a name are not signed */
};

/* What became of signing. */
enum outbound_result {
	OUTBOUND_SIGNED,
	OUTBOUND_UNSIGNED, /* not to be signed: plan.reason */
	OUTBOUND_REFUSED,  /* the login may not write as this domain */
	OUTBOUND_RETURNED, /* it has our own signature, which holds */
	OUTBOUND_FAILED,   /* should be signed and cannot be: *error */
};

/* At end of headers: decides, and hashes the header. */
void outbound_headers(struct outbound *, const struct header *);
void outbound_body(struct outbound *, const char *, size_t);
/*
 * At end of message: the signature fields' values, RSA last (each is to be
 * inserted above the one before, so RSA ends on top), into values, which
 * live in the arena. *n is how many; *error is set where the result is
 * OUTBOUND_FAILED (static text).
 */
enum outbound_result outbound_end(
    struct outbound *, const char *values[CATALOG_MAX_KEYS], size_t *n, const char **error);
/* Gives back what the arena does not hold. */
void outbound_reset(struct outbound *);

#endif
