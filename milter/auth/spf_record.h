/*
 * SPF records (RFC 7208 §4.5, §4.6, §5, §6, §12): which of a name's TXT
 * records is the SPF record, and a strict parser for it. The whole record is
 * checked before any term is evaluated: an error anywhere is a permerror.
 */
#ifndef GATEPOST_AUTH_SPF_RECORD_H
#define GATEPOST_AUTH_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cidr.h"
#include "dns/dns.h"
#include "spf_macro.h"

/*
 * Bounds of our own, far above what RFC 7208 §3.4 recommends (450 octets) and
 * what is published. A record beyond them is a permerror.
 */
#define SPF_RECORD_MAX 16384
#define SPF_TERMS_MAX 1024

enum spf_mechanism {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
};

/* A directive (§4.6.1). Texts are not NUL-terminated; they live with the record. */
struct spf_term {
	enum spf_mechanism mechanism;
	char qualifier; /* '+', '-', '~', '?' */
	uint8_t cidr4;	/* a, mx: prefix lengths of the dual-cidr-length, 32 and 128 if absent */
	uint8_t cidr6;
	uint16_t len;
	const char *text;		/* as written, with its qualifier */
	struct cidr net;		/* ip4, ip6 */
	struct spf_macro_string domain; /* empty where none is written */
};

/* True for a term that §4.6.4 counts. */
bool spf_term_looks_up(const struct spf_term *);

struct spf_record {
	const struct spf_term *terms;
	size_t n;
	struct spf_macro_string
	    redirect;		     /* empty where there is none, or "all" makes it void (§6.1) */
	struct spf_macro_string exp; /* empty where there is none */
};

/* What a name's TXT records say about SPF. */
enum spf_policy_status {
	SPF_POLICY_NONE,  /* no SPF record (§4.5) */
	SPF_POLICY_ERROR, /* more than one, or one that breaks the grammar: permerror */
	SPF_POLICY_OK,
};

struct spf_policy {
	enum spf_policy_status status;
	char reason[160];	  /* of SPF_POLICY_ERROR, for people: printable US-ASCII */
	struct spf_record record; /* of SPF_POLICY_OK */
	void *memory;		  /* owned: what the record points into */
};

/*
 * The policy of an answer with TXT records, for spf_policy_free(). NULL only
 * without memory.
 */
struct spf_policy *spf_policy_parse(const struct dns_answer *);
void spf_policy_free(struct spf_policy *);
/* The same, parsed once and kept with the answer; NULL only without memory. Do not free. */
const struct spf_policy *spf_policy_of(const struct dns_answer *);

#endif
