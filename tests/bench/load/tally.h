/* What came back: replies by kind, header edits by name, latencies; and the report of it all. */
#ifndef LOAD_TALLY_H
#define LOAD_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* How a message ended. Those from OUTCOME_REFUSED on mean that something failed. */
enum outcome {
	OUTCOME_CONTINUE, /* delivered */
	OUTCOME_ACCEPT,	  /* delivered; the milter said ACCEPT */
	OUTCOME_DISCARD,
	OUTCOME_REJECT,
	OUTCOME_TEMPFAIL,
	OUTCOME_SHUTDOWN,     /* SMFIR_SHUTDOWN: 421 */
	OUTCOME_CONN_FAIL,    /* SMFIR_CONN_FAIL */
	OUTCOME_ABORTED,      /* --abort */
	OUTCOME_DISCONNECTED, /* --disconnect-at */
	OUTCOME_REFUSED,      /* could not connect */
	OUTCOME_LOST,	      /* connection lost */
	OUTCOME_TIMEOUT,
	OUTCOME_PROTOCOL, /* what came is no milter protocol */
	OUTCOMES
};

enum edit { EDIT_ADD, EDIT_INSERT, EDIT_CHANGE, EDIT_DELETE, EDITS };

#define MAX_HEADER_NAMES 64

struct header_count {
	char name[64];
	uint64_t n[EDITS];
};

struct tally {
	uint64_t outcomes[OUTCOMES];
	uint64_t quarantined; /* beside the outcome */
	uint64_t sessions;
	uint64_t other_edits; /* recipients, sender, body */
	struct header_count headers[MAX_HEADER_NAMES];
	unsigned nheaders;
	uint32_t *latency; /* end of message, in units of 100 ns; owned */
	size_t nlatency;
	size_t max_latency;
	uint64_t start_ns, end_ns;
};

/* Makes room for the latencies of so many messages. False without memory. */
bool tally_init(struct tally *, uint64_t messages);
void tally_free(struct tally *);
const char *outcome_name(enum outcome);
void tally_latency(struct tally *, uint64_t ns);
/* One more edit of the header field; names beyond the limit are counted as "(other)". */
void tally_header(struct tally *, const char *name, enum edit);
/* Prints the figures, and returns the exit status they give. */
int tally_report(struct tally *, const struct options *);

#endif
