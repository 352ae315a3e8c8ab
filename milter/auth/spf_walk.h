/*
 * One SPF check under way: the records it has come to, what their terms mean
 * in the DNS, and the limits (RFC 7208 §4.6.4, §5, §7). Answers what
 * spf_engine.h asks. Only for the files spf_*.c.
 */
#ifndef GATEPOST_AUTH_SPF_WALK_H
#define GATEPOST_AUTH_SPF_WALK_H

#include "base/buf.h"
#include "spf.h"
#include "spf_engine.h"
#include "spf_record.h"

/* A record under evaluation: the first one, or the target of an include or redirect. */
struct spf_frame {
	const struct dns_answer *answer; /* reference held: the record lives with it */
	const struct spf_record *record;
	const char *domain;	    /* <domain> of this check_host() */
	struct spf_engine_term via; /* the term that led here; of the first frame: unused */
	int sure;		    /* the term that matches without a look-up, or -1 */
	int yes;		    /* the term that matched by a look-up, or -1 */
};

struct spf_walk {
	struct dns_source *source;
	const struct spf_request *request;
	struct arena *mem;
	struct spf_limits limits;
	struct spf_macro_values values; /* %{d} and %{p} are set before each expansion */
	struct buf scratch;
	struct spf_frame frames[SPF_LOOKUPS_CAP + 1];
	unsigned nframes;
	unsigned lookups, voids;
	bool stopped;		/* an error ends the check: */
	enum spf_result result; /* temperror or permerror */
	const char *reason;
	bool validated;			  /* the client's names were looked up: */
	bool ptr_void;			  /* it has no PTR record */
	const char *names[SPF_NAMES_CAP]; /* validated domain names (§5.5) */
	unsigned nnames;
};

/* domain is the one to check; both stay borrowed until the end. False without memory. */
bool spf_walk_begin(struct spf_walk *, struct dns_source *, const struct spf_request *,
    struct arena *, const char *domain);
void spf_walk_end(struct spf_walk *);

/*
 * Fetches the record of a domain (§4.4, §4.5). YES: a new frame, and *text is
 * the record written anew for the engine. NO: there is none (§2.6.1), reason
 * is set. Else the walk has stopped.
 */
enum spf_engine_answer spf_walk_open(
    struct spf_walk *, const char *domain, struct spf_engine_term via, const char **text);
/* The engine's questions; ctx is the walk. */
enum spf_engine_answer spf_walk_address(void *ctx, struct spf_engine_term, struct ip *);
enum spf_engine_answer spf_walk_record(void *ctx, struct spf_engine_term, const char **text);

/*
 * After the engine has come to a result of its own: the frame that gave it
 * (redirects followed), and in it the term that matched, or NULL for the
 * default result (§4.7).
 */
const struct spf_frame *spf_walk_matched(const struct spf_walk *, const struct spf_term **);
/*
 * The target-name of a domain-spec (§4.8), or the frame's domain where none
 * is written: lower case, without final dot, cut to 253 octets from the left
 * at a dot (§7.3). In the walk's memory. NULL where the walk has stopped.
 */
const char *spf_walk_target(
    struct spf_walk *, const struct spf_frame *, const struct spf_macro_string *);
/* Expands into the scratch buffer. False where the walk has stopped. */
bool spf_walk_expand(struct spf_walk *, const struct spf_frame *, const struct spf_macro_string *);
/* Sets what a macro letter stands for. False for NULL. */
bool spf_walk_set(struct spf_walk *, char letter, const char *);
/* True for a term that matches the client without a look-up: all, ip4, ip6. */
bool spf_walk_is_sure(const struct spf_walk *, const struct spf_term *);
/* A for IPv4 clients, AAAA for others (§5). */
enum dns_type spf_walk_address_type(const struct spf_walk *);
/* The prefix length of an a or mx term that counts for this client, as in struct cidr. */
unsigned spf_walk_prefix_bits(const struct spf_walk *, const struct spf_term *);

/* Each ends the walk, unless it has ended before, and returns TEMP or PERM. */
enum spf_engine_answer spf_walk_stop(struct spf_walk *, enum spf_result, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum spf_engine_answer spf_walk_no_memory(struct spf_walk *);
enum spf_engine_answer spf_walk_dns_error(
    struct spf_walk *, const struct dns_answer *, const char *name);

#endif
