/* Reading an Authentication-Results field (RFC 8601), which came from anywhere: bounded. */
#ifndef GATEPOST_AUTH_AUTHRES_READ_H
#define GATEPOST_AUTH_AUTHRES_READ_H

#include "authres.h"
#include "base/arena.h"

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
