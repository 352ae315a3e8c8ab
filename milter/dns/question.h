/* A name and a type, as they are asked for and compared. */
#ifndef GATEPOST_DNS_QUESTION_H
#define GATEPOST_DNS_QUESTION_H

#include "dns/dns.h"

#define DNS_NAME_MAX 253 /* without final dot (RFC 1035 §2.3.4: 255 octets on the wire) */
#define DNS_LABEL_MAX 63

struct dns_question {
	enum dns_type type;
	size_t len;
	char name[DNS_NAME_MAX + 1]; /* lower case, without final dot, never empty */
};

/* False where the name cannot be asked for (DNS_BADNAME). */
bool dns_question_set(struct dns_question *, const char *name, enum dns_type);

#endif
