/*
 * Asking clamd (clamd(8)) about a piece of data. One connection for each; on
 * a unix socket the data goes as a descriptor (FILDES), else, or where clamd
 * does not take that, as a stream (INSTREAM).
 */
#ifndef GATEPOST_DAEMON_CLAMD_H
#define GATEPOST_DAEMON_CLAMD_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/clamd_reply.h"

struct clamd_question {
	struct clamd_reply reply; /* after the end */
	const char *where;	  /* borrowed */
	int fd;			  /* borrowed */
	uint64_t size;
	int sock; /* -1 for none */
	int64_t deadline;
	bool by_descriptor;
	const char *error;
};

/*
 * Puts a question. where: "unix:/path" or "inet:port@host". The descriptor, a
 * file of size bytes, stays the caller's, and open until the end; its offset is
 * not used. Waits until deadline (milliseconds, monotonic) for clamd to take
 * it; what goes wrong is told at the end. Any thread.
 */
void clamd_begin(
    struct clamd_question *, const char *where, int fd, uint64_t size, int64_t deadline);
/*
 * Waits for the answer; to be called once for each question. NULL with the
 * reply, which is never CLAMD_NONSENSE or CLAMD_ERROR; or what went wrong, in
 * reply's text.
 */
const char *clamd_end(struct clamd_question *, int64_t deadline);

#endif
