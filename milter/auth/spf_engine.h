/*
 * libspf2, kept at arm's length: it evaluates records (RFC 7208 §4.6.2: the
 * order of terms, qualifiers, include, redirect, comparing addresses), but
 * sees neither a record nor a name as it came by DNS or SMTP.
 *
 * Records are written for it by the functions below, in the part of the
 * language that it gets right; where a term needs the DNS, a name made up of
 * the numbers of frame (a record under evaluation) and term stands in its
 * place. When evaluation comes to such a term, libspf2 looks the name up, and
 * its DNS layer, which is here, asks the host what the term means.
 */
#ifndef GATEPOST_AUTH_SPF_ENGINE_H
#define GATEPOST_AUTH_SPF_ENGINE_H

#include "base/buf.h"
#include "base/cidr.h"

/* The number of a redirect where that of a term is meant. */
#define SPF_ENGINE_REDIRECT 65535U

struct spf_engine_term {
	unsigned frame, term;
};

enum spf_engine_answer {
	SPF_ENGINE_YES,
	SPF_ENGINE_NO,
	SPF_ENGINE_TEMP, /* evaluation ends: temperror */
	SPF_ENGINE_PERM, /* evaluation ends: permerror */
};

struct spf_engine_host {
	/* An address of the term that may match, or just YES where the term was written as exists.
	 */
	enum spf_engine_answer (*address)(void *ctx, struct spf_engine_term, struct ip *);
	/* The record that include or redirect leads to, as a text written by the functions below.
	 */
	enum spf_engine_answer (*record)(void *ctx, struct spf_engine_term, const char **text);
	void *ctx;
};

/* The results of RFC 7208 §2.6 but "none"; and that libspf2 failed (memory). */
enum spf_engine_result {
	SPF_ENGINE_PASS,
	SPF_ENGINE_FAIL,
	SPF_ENGINE_SOFTFAIL,
	SPF_ENGINE_NEUTRAL,
	SPF_ENGINE_TEMPERROR,
	SPF_ENGINE_PERMERROR,
};

/* Writing a record: begin, terms in their order, at last at most one redirect. */
void spf_engine_begin(struct buf *);
void spf_engine_add_all(struct buf *, char qualifier);
/* The network is of the client's family, with at least one bit of prefix. */
void spf_engine_add_net(struct buf *, char qualifier, const struct cidr *);
/* Matches where the host gives an address with those leading bits (1..128, IPv4 as 96 + n). */
void spf_engine_add_address(struct buf *, char qualifier, struct spf_engine_term, unsigned bits);
/* Matches where the host says YES. */
void spf_engine_add_exists(struct buf *, char qualifier, struct spf_engine_term);
void spf_engine_add_include(struct buf *, char qualifier, struct spf_engine_term);
void spf_engine_add_redirect(struct buf *, unsigned frame);

/*
 * Evaluates a record for a client. Any number of threads may do so at once.
 * Nothing outlives the call.
 */
enum spf_engine_result spf_engine_run(
    const struct spf_engine_host *, const struct ip *client, const char *text);

#endif
