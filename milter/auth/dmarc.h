/*
 * DMARC (RFC 9989): may this message use its author domain, and what does
 * that domain's owner ask for if not?
 *
 * dmarc_begin() at the end of the headers asks for the records, dmarc_end()
 * at the end of the message judges. For a message whose From has no single
 * domain there is no DMARC (§5.3.1); see mail/author_candidates.h for what to
 * check instead.
 */
#ifndef GATEPOST_AUTH_DMARC_H
#define GATEPOST_AUTH_DMARC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/domain.h"
#include "dmarc_facts.h"
#include "dmarc_record.h"
#include "dmarc_walk.h"
#include "dns/dns.h"

/* DKIM identifiers that may be aligned by a tree walk; those beyond must equal the author domain.
 */
#define DMARC_WALKS_MAX 20

enum dmarc_result {
	DMARC_NONE, /* no record applies, or one by which DMARC is not to be applied (§4.10.1) */
	DMARC_PASS, /* an Authenticated Identifier is aligned */
	DMARC_FAIL, /* none is */
	DMARC_TEMPERROR, /* neither pass nor fail: a query that matters was not answered (§5.3.6) */
	DMARC_PERMERROR, /* the record that applies is malformed beyond use: DMARC_RECORD_BAD_POLICY
			  */
};

/* Where the policy was taken from. */
enum dmarc_policy_tag { DMARC_TAG_P, DMARC_TAG_SP, DMARC_TAG_NP };

/* Strings live in the arena or as long as struct dmarc; none is NULL. */
struct dmarc_outcome {
	enum dmarc_result result;
	const char *author_domain;
	const char *policy_domain; /* where the record was found; "" without one */
	/* The record that applies, for reports; NULL without one. Until dmarc_cancel(). */
	const struct dmarc_record *record;
	enum dmarc_policy policy;      /* as published for this author domain; ABSENT without one */
	enum dmarc_policy_tag tag;     /* that said so */
	enum dmarc_policy requested;   /* the same after t=y, which takes one off */
	enum dmarc_policy disposition; /* for this message: requested if FAIL, else none */
	/* The aligned identifiers; "" where there is none. */
	const char *spf_domain;
	const char *dkim_domain;
	const char *reason; /* for people, one line of printable ASCII */
};

struct dmarc {
	struct dmarc_lookups lookups;
	struct dmarc_walk walk; /* of the author domain */
	struct arena *mem;
	struct dmarc_organization organization; /* of the author domain, once it is known */
	bool has_organization;
	const char *unanswered; /* a domain on whose answer the result depends; or NULL */
	int64_t deadline;
	struct dmarc_outcome outcome;
};

/*
 * Asks for the records of the author domain (canonical; NULL or "" where
 * there is none, which gives DMARC_NONE). Does not block. The domain and the
 * arena are borrowed until dmarc_cancel(), which must follow.
 */
void dmarc_begin(struct dmarc *, struct dns_source *, const char *author_domain, struct arena *mem);
/*
 * Judges; waits until deadline (dns_now()). Once. The outcome is in the
 * struct. Identifiers are borrowed until dmarc_cancel().
 */
const struct dmarc_outcome *dmarc_end(struct dmarc *, const struct dmarc_facts *, int64_t deadline);
/* Gives back look-ups and answers, at any stage; a zeroed struct is allowed. */
void dmarc_cancel(struct dmarc *);

/* "none", "pass", "fail", "temperror", "permerror" (§9.2) */
const char *dmarc_result_name(enum dmarc_result);
/* "p", "sp", "np" */
const char *dmarc_policy_tag_name(enum dmarc_policy_tag);

enum dmarc_alignment { DMARC_NOT_ALIGNED, DMARC_ALIGNED, DMARC_ALIGNMENT_UNKNOWN };

/*
 * §4.4, §4.10.2: whether two domains (canonical) are aligned: equal, or in
 * relaxed mode of the same Organizational Domain. Unknown without an answer
 * from DNS. Blocks until deadline at most.
 */
enum dmarc_alignment dmarc_aligned(
    struct dns_source *, const char *a, const char *b, enum dmarc_mode, int64_t deadline);
/*
 * The Organizational Domain of a canonical domain, which it is itself or ends
 * with. False, and an empty out, without an answer from DNS.
 */
bool dmarc_organizational_domain(
    struct dns_source *, const char *domain, int64_t deadline, char out[DOMAIN_BUF]);

#endif
