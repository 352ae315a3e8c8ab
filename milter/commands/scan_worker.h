/*
 * A scanner of a command's own: the same process, in the same sandbox, as the
 * daemon has, started when it is needed and again when it died.
 */
#ifndef GATEPOST_COMMANDS_SCAN_WORKER_H
#define GATEPOST_COMMANDS_SCAN_WORKER_H

#include "conf/conf.h"
#include "daemon/process.h"
#include "daemon/scan_channel.h"

struct scan_worker {
	const struct conf *conf; /* borrowed */
	struct process process;
	int channel;
	uint32_t seq;
};

void scan_worker_init(struct scan_worker *, const struct conf *);
/*
 * Looks into the message. NULL with the answer in mem and its descriptors the
 * caller's (scan_answer_close()), or what went wrong, in mem; the next message
 * gets a new process then.
 */
const char *scan_worker_ask(struct scan_worker *, struct scan_request *, int message,
    struct arena *mem, struct scan_answer *);
void scan_worker_end(struct scan_worker *);

#endif
