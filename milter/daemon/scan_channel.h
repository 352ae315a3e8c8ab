/*
 * Asking a scanner, over its channel: what goes out is a message, what comes
 * back is its result and the decoded parts. All that a scanner says is checked,
 * since what it looked at may have taken it over.
 */
#ifndef GATEPOST_DAEMON_SCAN_CHANNEL_H
#define GATEPOST_DAEMON_SCAN_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan_proto.h"

enum scan_fate {
	SCAN_DONE,
	SCAN_DONE_LAST, /* done, and the scanner ends: the channel is to be closed */
	SCAN_LATE,	/* no answer in time: the scanner is to be killed */
	SCAN_UNSENT,	/* it was gone before it got the message */
	SCAN_GONE,	/* the scanner died over it */
	SCAN_NONSENSE,	/* it said what no scanner says: it is to be killed */
	SCAN_NO_MEMORY, /* here; the answer may be under way: the channel is to be closed */
};
/* In words, for the log and the reason of a scan failure. */
const char *scan_fate_text(enum scan_fate);

struct scan_handed {
	int fd; /* sealed memory file */
	uint64_t size;
	const char *name; /* UTF-8 */
	uint64_t part;	  /* its line in the result, if it is true */
};

struct scan_answer {
	struct scan_result result;
	struct scan_handed *parts;
	size_t nparts;
};

/*
 * Asks, and waits until deadline (milliseconds, monotonic). The message's
 * descriptor stays the caller's. The answer lives in mem; its descriptors are
 * the caller's, by scan_answer_close(), whatever the fate.
 */
enum scan_fate scan_channel_ask(int channel, const struct scan_request *, int message,
    int64_t deadline, struct arena *mem, struct scan_answer *);
void scan_answer_close(struct scan_answer *);

#endif
