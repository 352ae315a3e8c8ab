/*
 * Messages between the supervisor and its children: a small fixed struct and
 * up to IPC_MAX_FDS descriptors, over a SOCK_SEQPACKET socketpair.
 */
#ifndef GATEPOST_DAEMON_IPC_H
#define GATEPOST_DAEMON_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IPC_MAX_FDS 128
#define IPC_MAX_TEXT 2048
#define IPC_CHILD_FD 3 /* where a child finds its end */

enum ipc_type {
	/* supervisor to child */
	IPC_CONFIG = 1, /* fd 0: the configuration's text; uid, gid: what to become */
	IPC_LISTEN,	/* gate: fds: listening sockets */
	IPC_CHANNELS,	/* fds: ends of the channels between gate and signer; scanner: its end */
	IPC_CATALOG,	/* gate: fd 0: what the signer can sign */
	IPC_RELOAD,	/* fd 0: a new configuration; gate: fd 1: the catalog that goes with it */
	IPC_SCANNER,	/* gate: fd 0: the channel to a scanner; number: its process id */
	IPC_STOP,	/* end, but let messages in flight finish; number: seconds they may take */
	/* child to supervisor */
	IPC_READY,   /* at work; signer: fd 0: the catalog, number: keys in it */
	IPC_STUCK,   /* gate: the scanner with process id number is to be killed */
	IPC_REFUSED, /* text: why a start or reload failed; nothing has changed */
};

struct ipc_msg {
	enum ipc_type type;
	uint32_t number;
	uid_t uid;
	gid_t gid;
	uint32_t nfds;
	char text[IPC_MAX_TEXT]; /* NUL-terminated */
};

/*
 * Sends a message with its descriptors, which stay the caller's. Returns 0,
 * or -1 and errno (EAGAIN where the other side does not read).
 */
int ipc_send(int sock, const struct ipc_msg *, const int *fds);
/*
 * Receives one message; its descriptors, close-on-exec, are the caller's.
 * Returns 1, 0 when the other side is gone, -1 and errno otherwise (EPROTO
 * for a message of the wrong size; its descriptors are closed).
 */
int ipc_recv(int sock, struct ipc_msg *, int fds[IPC_MAX_FDS]);

#endif
