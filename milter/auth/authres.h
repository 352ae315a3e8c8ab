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

#endif
