/*
 * The milter sockets, opened by the supervisor while it still may, and kept
 * by it: when the gate is started anew, connections wait in the queue instead
 * of being refused.
 */
#ifndef GATEPOST_DAEMON_SOCKETS_H
#define GATEPOST_DAEMON_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "conf/conf.h"

#define SOCKETS_MAX 32 /* a host name can have several addresses */

struct sockets {
	int fd[SOCKETS_MAX];
	char *unlink_path[SOCKETS_MAX]; /* owned; unix sockets to remove at the end, else NULL */
	size_t n;
};

/*
 * Opens every socket of the configuration. A unix socket that is already
 * there is replaced only if nobody listens on it; it gets socket_mode and
 * socket_group. False, with nothing left open, and a line in err that names
 * socket and errno.
 */
bool sockets_open(const struct conf *, struct sockets *, struct buf *err);
/* Closes them and removes unix sockets. */
void sockets_close(struct sockets *);

#endif
