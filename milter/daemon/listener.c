#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "readahead.h"

static int set = -1;	   /* the epoll set, under the number of libmilter's socket */
static const int *sockets; /* what is in it */
static size_t nsockets;

static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t len = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &len) == 0 && yes != 0;
}

/*
 * libmilter does not tell its socket's number; with one thread it is the
 * lowest one free.
 */
static int
open_libmilter_socket(void)
{
	static char anywhere[] = "inet:0@127.0.0.1";
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (next == -1)
		return -1;
	close(next);
	if (smfi_setconn(anywhere) != MI_SUCCESS || smfi_opensocket(false) != MI_SUCCESS)
		return -1;
	if (is_listening(next))
		return next;
	errno = ENOTSOCK;
	return -1;
}

bool
listener_install(const int *fds, size_t n)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int place = open_libmilter_socket(), epfd;
	size_t i;

	if (place == -1 || (epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return false;
	for (i = 0; i < n; i++) {
		ev.data.fd = fds[i];
		if (epoll_ctl(epfd, EPOLL_CTL_ADD, fds[i], &ev) == -1)
			return false;
	}
	if (dup3(epfd, place, O_CLOEXEC) == -1)
		return false;
	close(epfd);
	set = place;
	sockets = fds;
	nsockets = n;
	return true;
}

void
listener_pause(void)
{
	size_t i;

	for (i = 0; i < nsockets; i++)
		epoll_ctl(set, EPOLL_CTL_DEL, sockets[i], NULL);
}

/* libmilter wants a peer address of the family that it opened its socket for. */
static void
fill_peer(struct sockaddr *addr, socklen_t *len)
{
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (addr == NULL || len == NULL || *len < sizeof(in))
		return;
	memcpy(addr, &in, sizeof(in));
	*len = sizeof(in);
}

/*
 * Takes the place of the C library's accept() in this program and the shared
 * libraries that it loads (the executable's symbol comes first).
 */
__attribute__((visibility("default"))) int
accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	const int on = 1;
	struct epoll_event ev;
	int conn;

	if (fd != set)
		return accept4(fd, addr, len, 0);
	if (epoll_wait(fd, &ev, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	conn = accept4(ev.data.fd, NULL, NULL, SOCK_CLOEXEC);
	if (conn == -1)
		return -1;
	/* an answer is several small writes; fails, without harm, on a unix socket */
	setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	readahead_begin(conn);
	fill_peer(addr, len);
	return conn;
}
