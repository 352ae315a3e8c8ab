/* The virus scanner's word on a whole message: on it as it came, and on each of its parts. */
#ifndef GATEPOST_DAEMON_VIRUS_CHECK_H
#define GATEPOST_DAEMON_VIRUS_CHECK_H

#include "scan_channel.h"

#define VIRUS_FINDINGS 16

struct virus_check {
	struct scan_finding findings[VIRUS_FINDINGS]; /* texts in mem */
	size_t nfindings;
	const char *error; /* in mem; NULL: clamd said of everything what it is */
};

/* Asks how many parts are to be handed back, and of what size together, for this. */
void virus_check_want_parts(struct scan_request *);
/*
 * Asks the clamd at where (as clamd_ask() takes it) about the message (size
 * bytes) and the parts that a scanner handed back, as long as seconds allow.
 * Ends with the first failure.
 */
void virus_check(const char *where, unsigned seconds, const struct scan_handed *message,
    const struct scan_answer *, struct arena *mem, struct virus_check *);

#endif
