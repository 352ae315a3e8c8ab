#include "fd_message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 8 /* that are received, to be closed, where one was allowed */

int
fd_message_send(int sock, const void *a, size_t na, const void *b, size_t nb, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2] = {{(void *)(uintptr_t)a, na}, {(void *)(uintptr_t)b, nb}};
	struct msghdr h = {.msg_iov = iov, .msg_iovlen = nb > 0 ? 2 : 1};
	struct cmsghdr *c;
	ssize_t n;

	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		h.msg_control = control.space;
		h.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	do
		n = sendmsg(sock, &h, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)(na + nb) ? 0 : -1;
}

static size_t
take_fds(struct msghdr *h, int fds[MAX_FDS])
{
	struct cmsghdr *c;
	size_t n = 0, i, count;
	int fd;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count && n < MAX_FDS; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			fds[n++] = fd;
		}
	}
	return n;
}

ssize_t
fd_message_recv(int sock, void *to, size_t max, int *fd, int flags)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	} control;
	struct iovec iov = {to, max};
	struct msghdr h = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	int fds[MAX_FDS];
	size_t nfds;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(sock, &h, flags | MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return n == -1 && errno == ECONNRESET ? 0 : n;
	nfds = take_fds(&h, fds);
	if (nfds <= 1 && (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		if (nfds == 1)
			*fd = fds[0];
		return n;
	}
	while (nfds > 0)
		close(fds[--nfds]);
	errno = EPROTO;
	return -1;
}
