#include "ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * IPC_MAX_FDS)];
};

int
ipc_send(int sock, const struct ipc_msg *m, const int *fds)
{
	union control control;
	struct iovec iov = {.iov_base = (void *)(uintptr_t)m, .iov_len = sizeof(*m)};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;
	ssize_t n;

	if (m->nfds > IPC_MAX_FDS) {
		errno = E2BIG;
		return -1;
	}
	if (m->nfds > 0) {
		memset(&control, 0, sizeof(control));
		h.msg_control = control.space;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * m->nfds);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * m->nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * m->nfds);
	}
	do
		n = sendmsg(sock, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == sizeof(*m) ? 0 : -1;
}

static uint32_t
take_fds(struct msghdr *h, int fds[IPC_MAX_FDS])
{
	struct cmsghdr *c;
	uint32_t n = 0;
	size_t bytes;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		bytes = c->cmsg_len - CMSG_LEN(0);
		if (n * sizeof(int) + bytes > sizeof(int) * IPC_MAX_FDS)
			continue;
		memcpy(fds + n, CMSG_DATA(c), bytes);
		n += (uint32_t)(bytes / sizeof(int));
	}
	return n;
}

int
ipc_recv(int sock, struct ipc_msg *m, int fds[IPC_MAX_FDS])
{
	union control control;
	struct iovec iov = {.iov_base = m, .iov_len = sizeof(*m)};
	struct msghdr h = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};
	uint32_t got, i;
	ssize_t n;

	do
		n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == ECONNRESET ? 0 : -1;
	if (n == 0)
		return 0;
	got = take_fds(&h, fds);
	if (n == sizeof(*m) && got == m->nfds && (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
		m->text[sizeof(m->text) - 1] = '\0';
		return 1;
	}
	for (i = 0; i < got; i++)
		close(fds[i]);
	errno = EPROTO;
	return -1;
}
