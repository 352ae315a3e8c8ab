/* The virus scanner's word on a whole message: on it as it came, and on each of its parts. */
#ifndef GATEPOST_DAEMON_VIRUS_CHECK_H
#define GATEPOST_DAEMON_VIRUS_CHECK_H

#include "clamd.h"
#include "scan_channel.h"

#define VIRUS_FINDINGS 16

struct virus_check {
	struct scan_finding findings[VIRUS_FINDINGS]; /* texts in mem */
	size_t nfindings;
	const char *error; /* in mem; NULL: clamd said of everything what it is */
	const char *where; /* borrowed */
	int64_t ms;	   /* that all answers together may take */
	int64_t deadline;  /* of theirs, once they are waited for */
	struct scan_handed message;
	struct clamd_question whole; /* about the message as it came */
};

/* Asks how many parts are to be handed back, and of what size together, for this. */
void virus_check_want_parts(struct scan_request *);
/*
 * Asks the clamd at where (as clamd_begin() takes it) about the message, and
 * does not wait for the answer: clamd and a scanner look at it side by side.
 * seconds: that clamd may take for all of it.
 */
void virus_check_begin(
    struct virus_check *, const char *where, unsigned seconds, const struct scan_handed *message);
/*
 * Asks about the parts that a scanner handed back, and waits for all answers;
 * once after each beginning. Ends with the first failure.
 */
void virus_check_end(struct virus_check *, const struct scan_answer *, struct arena *mem);
/* Whether a virus is among what was found: then a failure makes no difference. */
bool virus_check_has_virus(const struct virus_check *);

#endif
