/*
 * SPF (RFC 7208): is this client allowed to send mail for this domain?
 *
 * libspf2 evaluates (spf_engine.h); records are parsed strictly by us
 * (spf_record.h), and what their terms mean is looked up by us, with the
 * limits of §4.6.4 (spf_walk.h).
 */
#ifndef GATEPOST_AUTH_SPF_H
#define GATEPOST_AUTH_SPF_H

#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "dns/dns.h"

/* §2.6 */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

/* §2.3, §2.4. DMARC takes the MAIL FROM identity only (RFC 9989 §4.4.2). */
enum spf_identity { SPF_MAIL_FROM, SPF_HELO };

/* §4.6.4. Values over the caps below are taken as the cap. */
struct spf_limits {
	unsigned lookups;      /* terms that look something up */
	unsigned void_lookups; /* terms whose look-ups found nothing; an mx term counts once */
	unsigned names; /* MX records of a term (more: permerror), PTR records (more: ignored) */
};

#define SPF_LIMITS_DEFAULT                                                                         \
	{                                                                                          \
		10, 2, 10                                                                          \
	}
#define SPF_LOOKUPS_CAP 15
#define SPF_NAMES_CAP 20
#define SPF_EXPLANATION_MAX 400 /* octets; what is longer is cut */

/* All strings are NUL-terminated and borrowed during the call. */
struct spf_request {
	struct ip ip;	    /* the client; IPv4-mapped is IPv4 */
	const char *helo;   /* as the client said it; may be "" */
	const char *local;  /* MAIL FROM: local part; "" for none */
	const char *domain; /* MAIL FROM: domain; "" with an empty local part is the null sender */
	const char *receiver; /* our name, %{r}; NULL or "" is "unknown" */
	enum spf_identity identity;
	struct spf_limits limits;
	int64_t deadline; /* of dns_now(); later is a temperror */
};

struct spf_outcome {
	enum spf_result result;
	enum spf_identity identity; /* as asked for; the null sender's is SPF_MAIL_FROM (§2.4) */
	const char *domain;	    /* checked, canonical; "" where there is none to check */
	const char *mechanism;	    /* the term that matched, as written, or "default"; else "" */
	const char *explanation;    /* for SPF_FAIL the domain's own words (§6.2), or "" */
	const char *reason;	    /* for people, of an error or none; or "" */
};

/*
 * check_host() (§4). Blocks for the DNS until the deadline at most. The
 * strings of *out are printable US-ASCII without line breaks and live in mem;
 * none is NULL. Without memory the result is SPF_TEMPERROR. Threads may
 * check side by side.
 */
void spf_check(
    struct dns_source *, const struct spf_request *, struct arena *mem, struct spf_outcome *out);

/*
 * The domain that spf_check() will look up for the request, canonical, in
 * out. False where there is none (address literal, one label, malformed:
 * §4.3), which gives SPF_NONE without a DNS query.
 */
bool spf_domain(const struct spf_request *, char out[254]);

/* "pass", "temperror", ... (§9.1) */
const char *spf_result_name(enum spf_result);
/* "mailfrom", "helo" (§9.1) */
const char *spf_identity_name(enum spf_identity);

#endif
