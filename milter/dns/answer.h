/*
 * Making answers: a source fills a draft, and dns_draft_finish() turns it
 * into a struct dns_answer, one piece of memory that never changes. Only for
 * sources and the front of this room; users of answers need dns/dns.h.
 */
#ifndef GATEPOST_DNS_ANSWER_H
#define GATEPOST_DNS_ANSWER_H

#include "base/buf.h"
#include "dns/dns.h"

/* What we keep of one record set; a DNS message holds 64 KB at most. */
#define DNS_RECORDS_MAX 100
#define DNS_BYTES_MAX (2 * 65536)

struct dns_draft {
	bool secure;
	uint32_t ttl;
	struct buf bytes; /* data and names of all records */
	struct {
		size_t at, len; /* within bytes */
		unsigned preference;
	} records[DNS_RECORDS_MAX];
	size_t n;
	enum dns_type type;
};

void dns_draft_init(struct dns_draft *, enum dns_type);
/*
 * Adds a record from its data in the form of the wire (RFC 1035 §3.3),
 * names uncompressed. What is malformed, or over DNS_RECORDS_MAX, is left
 * out.
 */
void dns_draft_add(struct dns_draft *, const uint8_t *rdata, size_t len);
/*
 * The answer, with one reference: DNS_OK where there are records, otherwise
 * DNS_NODATA; DNS_TEMPFAIL where they did not fit. Frees what the draft
 * held. NULL without memory.
 */
const struct dns_answer *dns_draft_finish(struct dns_draft *);

/* An answer without records. NULL without memory. */
const struct dns_answer *dns_answer_empty(enum dns_status, uint32_t ttl, const char *reason);
const struct dns_answer *dns_answer_nxdomain(uint32_t ttl, bool secure);

/* What the answer costs in a cache, with what may yet be parsed from it. */
size_t dns_answer_cost(const struct dns_answer *);

#endif
