/*
 * DNS for those who need answers: ask() starts a look-up, wait() gives the
 * answer. Asking for everything first and waiting afterwards makes look-ups
 * run side by side; identical look-ups under way are joined.
 *
 * What stands behind is a struct dns_source: libunbound with a cache in the
 * daemon (dns/resolver.h), a zone file on the command line and in tests
 * (dns/zone.h).
 */
#ifndef GATEPOST_DNS_DNS_H
#define GATEPOST_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

enum dns_status {
	DNS_OK,	      /* at least one record of the type asked for */
	DNS_NODATA,   /* the name exists, the type does not */
	DNS_NXDOMAIN, /* the name does not exist (RFC 2308) */
	DNS_TEMPFAIL, /* time-out, SERVFAIL, bogus, CNAME loop, network down: see reason */
	DNS_BADNAME, /* the name cannot be asked for: empty label, label over 63, over 253 octets */
};

struct dns_record {
	const uint8_t
	    *data; /* A: 4 bytes; AAAA: 16; TXT: strings joined (RFC 6376 §3.6.2.2); else unused */
	size_t len;
	/*
	 * MX, PTR, CNAME: the target in lower case without final dot; "" is the
	 * root (RFC 7505); else NULL. Bytes that are no printable ASCII, and dots
	 * and backslashes within a label, are written \DDD.
	 */
	const char *name;
	unsigned preference; /* MX */
};

const char *dns_type_name(enum dns_type);
/* In any case of letters; false for a type that is not in enum dns_type. */
bool dns_type_parse(const char *, enum dns_type *);
const char *dns_status_name(enum dns_status);

/*
 * An answer never changes and is shared between threads by reference. CNAME
 * and DNAME are followed; only records of the type asked for are here.
 */
struct dns_answer {
	enum dns_status status;
	bool secure;  /* validated by DNSSEC */
	uint32_t ttl; /* seconds it may be kept */
	const char
	    *reason; /* for people, on one line: "timed out", "SERVFAIL", ...; "" for DNS_OK */
	const struct dns_record *records;
	size_t n;
};

struct dns_source;
struct dns_query;

/*
 * Ends the look-ups under way and all later ones with DNS_TEMPFAIL "shutting
 * down"; threads may still ask and wait. May be called twice.
 */
void dns_source_shutdown(struct dns_source *);
/*
 * The same, and frees the source: nobody asks any more. Queries and answers
 * that are still held stay valid. NULL is allowed.
 */
void dns_source_free(struct dns_source *);

/*
 * Starts a look-up of an absolute name (ASCII, no final dot needed, any
 * case). Never blocks. Returns NULL only without memory. Every query is given
 * to dns_wait() or dns_cancel() exactly once.
 */
struct dns_query *dns_ask(struct dns_source *, const char *name, enum dns_type);
/*
 * Waits until the answer is there or the clock (CLOCK_MONOTONIC, in
 * milliseconds, as dns_now() tells it) reaches deadline, which gives
 * DNS_TEMPFAIL "timed out". Returns a reference for dns_answer_unref();
 * NULL only without memory.
 */
const struct dns_answer *dns_wait(struct dns_query *, int64_t deadline);
/* Nobody waits for it; what it brings is kept all the same. NULL is allowed. */
void dns_cancel(struct dns_query *);
int64_t dns_now(void);
/* ask and wait in one. */
const struct dns_answer *dns_lookup(
    struct dns_source *, const char *name, enum dns_type, int64_t deadline);
const struct dns_answer *dns_answer_ref(const struct dns_answer *);
void dns_answer_unref(const struct dns_answer *);

/*
 * What a record set means, parsed once and kept with the answer: a decoded
 * public key, an SPF record, a DMARC record. The first caller's parse() is
 * run, others get its result; two callers at once may both parse, one result
 * is kept. The object lives as long as the answer. kind tells apart parsers
 * of one answer: use the address of the dns_parser itself.
 */
struct dns_parser {
	void *(*parse)(const struct dns_answer *); /* may return NULL: nothing is kept */
	void (*free)(void *);
};
const void *dns_answer_parsed(const struct dns_answer *, const struct dns_parser *);

#endif
