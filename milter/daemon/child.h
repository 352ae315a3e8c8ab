/* What every child of the supervisor does first. */
#ifndef GATEPOST_DAEMON_CHILD_H
#define GATEPOST_DAEMON_CHILD_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/conf.h"

struct child_start {
	struct conf *conf; /* one reference, the caller's */
};

/* The configuration from a memory file of the supervisor's; NULL with the reason in err. */
struct conf *child_read_conf(int fd, struct buf *err);
/*
 * Receives the configuration, sets up the log, and becomes the account that
 * the supervisor says. False, with the reason logged, when that fails; the
 * process then ends.
 */
bool child_begin(int control, const char *role, struct child_start *);

#endif
