/*
 * The author domain of a message (RFC 9989 §3.2.2): what the reader sees as
 * the sender, and so what signing and policy go by. There is one only where
 * there is exactly one From field whose addresses all have the same domain.
 */
#ifndef GATEPOST_MAIL_AUTHOR_H
#define GATEPOST_MAIL_AUTHOR_H

#include "base/arena.h"
#include "header.h"

struct author {
	const char *domain; /* canonical; NULL where there is none */
	const char *local;  /* local part of the first address; NULL likewise */
	const char *error;  /* why there is none, for people (static); NULL where there is one */
};

/* From the From field. Strings live in mem, which must live as long as they are used. */
struct author author_of(const struct header *, struct arena *mem);
/* The same from the Sender field; what From says where there is no Sender (RFC 5322 §3.6.2). */
struct author author_sender(const struct header *, struct arena *mem);

#endif
