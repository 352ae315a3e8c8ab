/*
 * One DKIM-Signature field, parsed by all rules of RFC 6376 §3.5 and §6.1.1,
 * RFC 8463 and RFC 8616; and the header's half of checking it (§3.7).
 */
#ifndef GATEPOST_AUTH_DKIM_SIGNATURE_H
#define GATEPOST_AUTH_DKIM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "canon.h"
#include "dkim_sign.h"
#include "mail/header.h"

#define DKIM_SIGNATURE_NAMES_MAX 1000  /* names in h=; RFC 6376 has no limit */
#define DKIM_SIGNATURE_VALUE_MAX 65536 /* bytes of the field */
#define DKIM_SIGNATURE_BYTES_MAX 2048  /* octets of b=: RSA of 16384 bits */
#define DKIM_NO_TIME (-1)

/* A name in h=, in the field's own text. */
struct dkim_name {
	const char *s;
	size_t len;
};

struct dkim_signature {
	const struct header_field *field; /* borrowed */
	/*
	 * What is wrong with the field, for people; NULL where nothing is. What
	 * follows is then as far as it could be read: strings may be "".
	 */
	const char *error;
	const char *algorithm; /* a= as written, if its characters are those of one */
	enum dkim_alg alg;
	enum canon header_canon, body_canon;
	const char *domain;    /* d=, canonical */
	const char *selector;  /* s=, canonical */
	const char *identity;  /* i= with its domain canonical, or "@" and domain */
	const char *agent;     /* the domain of identity, canonical */
	bool has_identity;     /* i= was given */
	uint64_t limit;	       /* l=, or UINT64_MAX */
	int64_t time, expires; /* t=, x=, or DKIM_NO_TIME */
	const uint8_t *b;
	size_t b_len;
	const char *b_text; /* b= without white space */
	uint8_t body_hash[DKIM_DIGEST_LEN];
	const struct dkim_name *names; /* h= */
	size_t nnames;
	size_t b_begin,
	    b_end; /* where b='s value is in the field's value, with the space around it */
};

/*
 * Parses a field whatever it is; all memory is in mem. Returns false only
 * without memory. field is kept.
 */
bool dkim_signature_parse(
    struct dkim_signature *, const struct header_field *field, struct arena *mem);

/* True where h= has that name, in any case. */
bool dkim_signature_names(const struct dkim_signature *, const char *name);
/*
 * The signature field as it is hashed itself (§3.7): without b='s value. The
 * copy is in mem. False without memory.
 */
bool dkim_signature_emptied(
    const struct dkim_signature *, struct arena *mem, struct header_field *);

/*
 * The fields of a message by name, made once for all its signatures: h= of a
 * thousand names over ten thousand fields is one step for each. In mem; NULL
 * without memory. The header must not change meanwhile.
 */
struct dkim_fields;
struct dkim_fields *dkim_fields_new(const struct header *, struct arena *mem);
/*
 * The digest that b= signs: the fields h= names, each name taking the next one
 * from the bottom (§5.4.2), never the signature field itself, then that with
 * b= emptied (§3.7). Only for a signature without error, whose field need not
 * be in the header. 0, or -1 without memory.
 */
int dkim_signature_digest(const struct dkim_signature *, struct dkim_fields *, struct arena *mem,
    uint8_t digest[DKIM_DIGEST_LEN]);

#endif
