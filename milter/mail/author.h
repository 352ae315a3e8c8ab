/*
 * The author domain of a message (RFC 9989 §3.2.2): what the reader sees as
 * the sender, and so what signing and policy go by. There is one only where
 * there is exactly one From field whose addresses all have the same domain.
 * Where there is none, mail/author_candidates.h tells what a reader might
 * take for it.
 */
#ifndef GATEPOST_MAIL_AUTHOR_H
#define GATEPOST_MAIL_AUTHOR_H

#include "base/arena.h"
#include "header.h"

/* Why there is none (RFC 9989 §5.3.1, §11.5). */
enum author_status {
	AUTHOR_OK,
	AUTHOR_MISSING,		/* no field */
	AUTHOR_SEVERAL_FIELDS,	/* RFC 5322 §3.6 allows one */
	AUTHOR_SEVERAL_DOMAINS, /* addresses of more than one domain */
	AUTHOR_EMPTY,		/* white space and comments only */
	AUTHOR_GROUP,		/* groups without members (RFC 6854): no address */
	AUTHOR_SYNTAX,		/* not an address list */
	AUTHOR_NO_DOMAIN,	/* an address whose domain is missing, a literal, or no name */
	AUTHOR_TOO_MANY,	/* over the limits of mail/address.h */
	AUTHOR_NO_MEMORY,
};

struct author {
	enum author_status status;
	const char *domain; /* canonical; NULL where there is none */
	const char *local;  /* local part of the first address; NULL likewise */
	const char *error;  /* why there is none, for people (static); NULL where there is one */
};

/* From the From field. Strings live in mem, which must live as long as they are used. */
struct author author_of(const struct header *, struct arena *mem);
/* The same from the Sender field; what From says where there is no Sender (RFC 5322 §3.6.2). */
struct author author_sender(const struct header *, struct arena *mem);

#endif
