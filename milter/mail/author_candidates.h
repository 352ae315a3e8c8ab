/*
 * Every domain that some reader might take for the author's, for messages
 * whose From has no single author domain: policy checks each, so that no
 * malformed From lets a protected domain through (RFC 9989 §11.5).
 *
 * The scan is generous where mail/address.h is strict: whatever follows an
 * "@" (or a sign that looks like one) in any From field counts, in comments
 * and quotes, as written and with comments, white space and invisible signs
 * left out, before and after decoding encoded words, with look-alike dots
 * taken for dots, and cut where a domain could end.
 */
#ifndef GATEPOST_MAIL_AUTHOR_CANDIDATES_H
#define GATEPOST_MAIL_AUTHOR_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "header.h"

#define AUTHOR_CANDIDATES_MAX 32
/* Bytes behind "@" that are looked at, of all readings together. */
#define AUTHOR_CANDIDATES_WORK 65536

struct author_candidates {
	const char *v[AUTHOR_CANDIDATES_MAX]; /* canonical, each once, as they were found */
	size_t n;
	bool more; /* a limit was reached: there may be others, and nothing may be relied on */
};

/* Strings live in mem; without memory, more is set. */
void author_candidates(const struct header *, struct arena *mem, struct author_candidates *);

#endif
