/*
 * The verdict on a message: collects what the checks have found out into the
 * facts of policy/verdict.h, and asks it. The daemon and `gatepost verify`
 * use the same calls: begin, recipients, headers, body, then inbound or
 * outbound at the end, reset at any point.
 */
#ifndef GATEPOST_DAEMON_JUDGE_H
#define GATEPOST_DAEMON_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "inbound.h"
#include "keys/catalog.h"
#include "mail/header.h"
#include "mail/line_ends.h"
#include "outbound.h"
#include "own_domains.h"
#include "policy/verdict.h"

#define JUDGE_FIELD "X-Gatepost-Policy"
/* Domains of a From without a single author domain that are looked up; more are not believed. */
#define JUDGE_CANDIDATES 8

/* Where a message goes, as far as policy asks. */
struct judge_recipients {
	size_t n;
	size_t listed; /* in exempt_recipients */
	bool any_ours; /* one of them is in a domain of ours, or may be */
};

/* All borrowed until reset. */
struct judge_tools {
	const struct conf *conf;
	const struct catalog *catalog; /* NULL: no keys are known */
	struct dns_source *dns;
	struct arena *mem;
};

struct judge {
	struct judge_tools tools;
	struct own_domains own;
	const char *sender; /* domain of MAIL FROM, canonical; "" for none */
	struct judge_recipients recipients;
	const struct header *header; /* borrowed, from judge_headers() on */
	struct line_ends lines;
	struct dmarc *candidates; /* of a From without a single domain; in the arena */
	size_t ncandidates;
	bool more_candidates;
	struct dns_query *existence; /* of the author domain; or NULL */
	struct policy_rules rules;
	struct policy_facts facts;
	struct policy_verdict verdict; /* after the last call of a message */
};

/* sender: MAIL FROM as it came, with or without brackets. */
void judge_begin(struct judge *, const struct judge_tools *, const char *sender);
/* One recipient, as it came. */
void judge_recipient(struct judge *, const char *path);
/* At end of headers. */
void judge_headers(struct judge *, const struct header *);
/* The same for mail that is verified, after inbound_headers(): asks DNS for what only policy needs.
 */
void judge_ask(struct judge *, const struct inbound *);
void judge_body(struct judge *, const char *, size_t);
/* Mail from outside, after inbound_end(); NULL where it is not verified. */
void judge_inbound(struct judge *, const struct inbound *);
/* Mail of our own, and what became of its signing (error as of outbound_end()). */
void judge_outbound(
    struct judge *, const struct outbound *, enum outbound_result, const char *error);
/* A message whose header is over the limits: nothing else is known of it. */
void judge_header_limit(struct judge *);
/* Gives back what the arena does not hold. */
void judge_reset(struct judge *);

/* Names of the cases that apply, whatever their action, with commas between them. */
void judge_cases(const struct judge *, struct buf *out);
/*
 * The value of X-Gatepost-Policy, into out; nothing where there is nothing to
 * say: the message is accepted, and neither dry_run nor a header that was not
 * read in full is behind that.
 */
void judge_field(const struct judge *, struct buf *out);

#endif
