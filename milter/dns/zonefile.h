/*
 * The syntax of a zone file (RFC 1035 §5.1): read record by record, each
 * given to a sink in the form of the wire.
 *
 * Names are absolute with or without a final dot, unless $ORIGIN has been
 * said; then those without are relative to it. $TTL, TTLs with units, class
 * IN, parentheses, comments, blank owners and \DDD are understood; $INCLUDE
 * is not. Two types are our own, for tests and for trying out what happens:
 *
 *	slow.example.com.    TIMEOUT
 *	broken.example.com.  SERVFAIL TXT     ; only look-ups of this type fail
 */
#ifndef GATEPOST_DNS_ZONEFILE_H
#define GATEPOST_DNS_ZONEFILE_H

#include "base/buf.h"
#include "dns/dns.h"
#include "dns/question.h"

#define ZONEFILE_MAX (64 * 1024 * 1024) /* bytes of text */

enum zonefile_kind {
	ZONEFILE_RECORD, /* of a type in enum dns_type */
	ZONEFILE_DNAME,
	ZONEFILE_OTHER, /* of another type: the name exists */
	ZONEFILE_TIMEOUT,
	ZONEFILE_SERVFAIL,
};

/* Valid during the call of the sink. */
struct zonefile_record {
	enum zonefile_kind kind;
	enum dns_type type; /* of a RECORD; of the failing look-ups, 0 for all */
	uint32_t ttl;
	char owner[DNS_NAME_MAX + 1];  /* as in struct dns_question; "" is the root */
	char target[DNS_NAME_MAX + 1]; /* MX, PTR, CNAME, DNAME */
	struct buf rdata;	       /* of a RECORD */
};

struct zonefile_sink {
	bool (*add)(void *, const struct zonefile_record *); /* false without memory */
	void *to;
};

/* False where something is wrong: error then says "line 3: what". */
bool zonefile_parse(const char *text, size_t len, const struct zonefile_sink *, struct buf *error);

#endif
