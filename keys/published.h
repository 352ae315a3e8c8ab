/* What the DNS says about keys. */
#ifndef GATEPOST_KEYS_PUBLISHED_H
#define GATEPOST_KEYS_PUBLISHED_H

#include <stddef.h>

#include "base/buf.h"

enum published {
	PUBLISHED_OK,
	PUBLISHED_MISSING, /* no TXT record */
	PUBLISHED_DIFFERS, /* another key, or one that verifiers may not use for this */
	PUBLISHED_REVOKED, /* empty p=, RFC 6376 §3.6.1 */
	PUBLISHED_SEVERAL, /* more than one record: which one counts is undefined, §3.6.2.2 */
	PUBLISHED_FAILED   /* no answer */
};

/* One key whose record is wanted. */
struct publication {
	char *name;  /* selector._domainkey.domain; owned by the caller */
	char *value; /* the record as it should be; likewise */
	enum published result;
	char detail[128]; /* for people: "" or more about it */
};

/* "ok", "missing", ... */
const char *published_text(enum published);
/*
 * Asks for all records, many at a time, and sets result and detail. progress
 * is called with how many are done, now and then. resolvers are address@port;
 * none means those of /etc/resolv.conf. Each question gets 5 seconds.
 */
void published_check(struct publication *, size_t n, char *const *resolvers, size_t nresolvers,
    void (*progress)(size_t done, size_t of));
/* Compares one record's text with the one wanted; sets result and detail. */
void published_compare(struct publication *, const char *record, size_t len);

#endif
