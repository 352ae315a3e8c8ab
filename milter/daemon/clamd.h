/*
 * Asking clamd (clamd(8)) about a piece of data. One connection for each; on
 * a unix socket the data goes as a descriptor (FILDES), else, or where clamd
 * does not take that, as a stream (INSTREAM).
 */
#ifndef GATEPOST_DAEMON_CLAMD_H
#define GATEPOST_DAEMON_CLAMD_H

#include <stdint.h>

#include "filter/clamd_reply.h"

/*
 * where: "unix:/path" or "inet:port@host". The descriptor, a file of size
 * bytes, stays the caller's; its offset is not used. Waits until deadline
 * (milliseconds, monotonic). NULL with the reply, which is never
 * CLAMD_NONSENSE or CLAMD_ERROR; or what went wrong, in reply's text. Any thread.
 */
const char *clamd_ask(
    const char *where, int fd, uint64_t size, int64_t deadline, struct clamd_reply *);

#endif
