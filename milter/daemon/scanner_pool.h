/*
 * The gate's scanners: each looks into one message at a time. A thread takes
 * a free one or waits for it; one that fails is killed by the supervisor,
 * which starts another in its place.
 */
#ifndef GATEPOST_DAEMON_SCANNER_POOL_H
#define GATEPOST_DAEMON_SCANNER_POOL_H

#include "scan_channel.h"

/* Where the supervisor is told about scanners that must be killed; before any thread scans. */
void scanner_pool_open(int control);
/* A scanner that is ready: its channel, which becomes the pool's, and its process id. */
void scanner_pool_add(int channel, uint32_t pid);
/*
 * Has the message looked into: waits up to timeout_ms for a free scanner, and
 * as long again for its answer. NULL with the answer in mem, its descriptors
 * the caller's (scan_answer_close()); or what went wrong, static. Any thread.
 */
const char *scanner_pool_scan(
    struct scan_request *, int message, int timeout_ms, struct arena *mem, struct scan_answer *);

#endif
