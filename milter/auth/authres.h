/*
 * The Authentication-Results header field (RFC 8601): written, read, and told
 * whether it pretends to be ours.
 *
 * What is written here can be read back by any RFC 8601 parser, whatever mail
 * or DNS put into a value: no byte of a value can end it. What is read came
 * from anywhere and is bounded.
 */
#ifndef GATEPOST_AUTH_AUTHRES_H
#define GATEPOST_AUTH_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/header.h"

/* "smtp.mailfrom=user@example.com" */
struct authres_property {
	const char *ptype, *name; /* keywords; ptype is "" where a field that was read had none */
	const char *value;	  /* its meaning, without quotes and escapes */
	size_t len;		  /* of value, which may hold anything when written */
};

/* "dkim=fail reason="..." header.d=..." */
struct authres_result {
	const char *method, *result; /* keywords */
	const char *reason;	     /* for people; NULL for none */
	const struct authres_property *properties;
	size_t n;
};

/* What values may hold: UTF-8 only where the message is SMTPUTF8 (RFC 8601 §2.2, RFC 6532). */
enum authres_charset { AUTHRES_ASCII, AUTHRES_UTF8 };

#define AUTHRES_TEXT_MAX 400 /* bytes of one value or reason; longer ones are cut, "..." added */

/*
 * Writes the value of a field: one space, the authserv-id, then each result
 * on a line of its own, folded with CRLF HTAB below 78 columns but where one
 * value is longer; "none" where n is 0. What was in out before is lost.
 *
 * An address ("local@domain", the local part without quotes and escapes) is
 * written as one, other values as token or quoted-string. Control characters,
 * bytes that are no UTF-8, and with AUTHRES_ASCII each character that is not
 * US-ASCII, become "?". A property without a value is left out, and so is a
 * reason without a word: not every reader knows empty quoted-strings.
 * Returns 0, or -1 without memory, for an empty authserv-id, and for a method,
 * result, ptype or property name that is no keyword.
 */
int authres_write(struct buf *out, const char *authserv_id, const struct authres_result *, size_t n,
    enum authres_charset);

/*
 * True where the field is an Authentication-Results field that carries one of
 * the n ids, or that is malformed and which a lenient reader could take for
 * one that does: it has to be removed (RFC 8601 §5). The id may be written in
 * any case, quoted, between comments, folded, with a final dot, as U-labels or
 * A-labels. A field that begins with a result has no authserv-id: it is
 * nobody's, and false. True without memory. Time grows with the field's length
 * only.
 */
bool authres_is_ours(const struct header_field *, const char *const *ids, size_t n);

/* ---- reading ---- */

#define AUTHRES_MAX_RESULTS 100
#define AUTHRES_MAX_PROPERTIES 100 /* of one result */

enum authres_status {
	AUTHRES_OK,
	AUTHRES_NO_ID,	  /* begins with a result in place of an authserv-id */
	AUTHRES_SYNTAX,	  /* not such a field */
	AUTHRES_TOO_MANY, /* over one of the limits above */
	AUTHRES_NO_MEMORY,
};

struct authres {
	const char *authserv_id;
	const char *version; /* digits; "" for none */
	const struct authres_result *results;
	size_t n;    /* 0 for "none" */
	bool strict; /* not even those liberties were taken that are common in the field */
};

/*
 * Reads len bytes of a value (folds as CRLF WSP); everything in the result
 * lives in mem. Liberties (strict is then false): a property's value with
 * signs that no token has, as in header.b=a/b; a word without ptype, as in
 * "action=none"; a reason after properties; an empty last result; "_" in
 * names. A comment that is not closed, a quoted-string that does not end, and
 * everything else is AUTHRES_SYNTAX, and nothing of it is to be believed. On
 * any error the struct has no results.
 */
enum authres_status authres_parse(
    const char *value, size_t len, struct arena *mem, struct authres *);
/* The result of a method (compared without case) by number, or NULL: first is at 0. */
const struct authres_result *authres_find(const struct authres *, const char *method, size_t at);
/* A property's value (names compared without case), or NULL. */
const char *authres_property(const struct authres_result *, const char *ptype, const char *name);

#endif
