/*
 * The canonical forms of DKIM (RFC 6376 §3.4), shared by signing, verifying
 * and ARC. Input may come in pieces cut anywhere, also within CRLF.
 *
 * Only CRLF ends a line: a lone CR or LF is a byte as any other, and white
 * space is SP and HTAB.
 */
#ifndef GATEPOST_AUTH_CANON_H
#define GATEPOST_AUTH_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/header.h"

enum canon { CANON_SIMPLE, CANON_RELAXED };

/* Takes canonical bytes, in order. */
typedef void canon_sink(void *ctx, const void *bytes, size_t n);

/*
 * One header field in canonical form with its final CRLF (§3.4.1, §3.4.2).
 */
void canon_header(enum canon, const struct header_field *, canon_sink *, void *ctx);
/*
 * The same without the final CRLF: the form of the signature field itself
 * (§3.7), whose b= value the caller has already emptied.
 */
void canon_header_no_crlf(enum canon, const struct header_field *, canon_sink *, void *ctx);

#define CANON_STAGE 1024

/* Short runs on their way to the sink, so that it is not called for every word. */
struct canon_stage {
	canon_sink *sink;
	void *ctx;
	size_t n;
	char bytes[CANON_STAGE];
};

struct canon_body {
	enum canon mode;
	struct canon_stage stage; /* empty between calls */
	uint64_t out;		  /* canonical bytes produced, whether or not within limit */
	uint64_t limit;		  /* l=: the sink gets at most that many; UINT64_MAX without l= */
	uint64_t lines;		  /* pending line ends (CRLFs), not yet passed on */
	bool wsp;		  /* relaxed: pending white space after those lines */
	bool cr;		  /* pending CR after that, at the end of the last piece */
};

void canon_body_init(struct canon_body *, enum canon, uint64_t limit, canon_sink *, void *ctx);
/*
 * The sink has all that is certain when this returns; what may yet turn out
 * to be the end of the body is kept, as counters, however long it is.
 */
void canon_body_update(struct canon_body *, const void *bytes, size_t n);
/* The end of the body: what the forms add there (§3.4.3: a body is never without a CRLF; §3.4.4).
 */
void canon_body_final(struct canon_body *);

#endif
