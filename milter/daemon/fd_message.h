/* Messages with at most one descriptor over a SOCK_SEQPACKET socket, as the scanner's channel has
 * them. */
#ifndef GATEPOST_DAEMON_FD_MESSAGE_H
#define GATEPOST_DAEMON_FD_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

/* Two runs of bytes as one message; fd stays the caller's, -1 for none. 0, or -1 and errno. */
int fd_message_send(int sock, const void *, size_t, const void *, size_t, int fd);
/*
 * One message of at most max bytes. *fd is close-on-exec and the caller's, or
 * -1. Returns its length, 0 when the other side is gone, -1 and errno
 * (EMSGSIZE, EPROTO: too long, or more than one descriptor; all are closed).
 * flags as of recvmsg(2).
 */
ssize_t fd_message_recv(int sock, void *, size_t max, int *fd, int flags);

#endif
