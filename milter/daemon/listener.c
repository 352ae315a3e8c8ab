#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "readahead.h"

static int set = -1;	   /* the epoll set, under the number of libmilter's socket */
static const int *sockets; /* what is in it */
static size_t nsockets;
static int timer = -1;	    /* in the set, too */
static atomic_uint waiting; /* threads between listener_wait_begins() and _ends() */

#define NUDGE_AFTER 50000000 /* nanoseconds that a connection may be forgotten */

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

static bool
watch(int epfd, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

bool
listener_install(const int *fds, size_t n)
{
	int place = open_libmilter_socket(), epfd;
	size_t i;

	if (place == -1 || (epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return false;
	for (i = 0; i < n; i++)
		if (!watch(epfd, fds[i]))
			return false;
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer == -1 || !watch(epfd, timer))
		return false;
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

/* ---- a connection that nobody made ---- */

static void
start_timer(void)
{
	static const struct itimerspec once = {.it_value.tv_nsec = NUDGE_AFTER};

	timerfd_settime(timer, 0, &once, NULL);
}

void
listener_wait_begins(void)
{
	if (atomic_fetch_add(&waiting, 1) == 0)
		start_timer();
}

void
listener_wait_ends(void)
{
	atomic_fetch_sub(&waiting, 1);
}

/*
 * A connection that is over at once. The thread that libmilter gives it, a
 * new one if none is idle, then looks whether others wait for a thread.
 */
static int
nudge(void)
{
	uint64_t times;
	int pair[2];

	if (read(timer, &times, sizeof(times)) == -1 || atomic_load(&waiting) == 0) {
		errno = EAGAIN;
		return -1;
	}
	start_timer();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		errno = EAGAIN;
		return -1;
	}
	close(pair[1]);
	return pair[0];
}

/* ---- connections ---- */

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

static int
take_connection(int listening)
{
	const int on = 1;
	int conn = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (conn == -1)
		return -1;
	/* an answer is several small writes; fails on a unix socket */
	if (setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
		readahead_begin(conn, READAHEAD_TCP);
	else
		readahead_begin(conn, READAHEAD_LOCAL);
	return conn;
}

/*
 * Takes the place of the C library's accept() in this program and the shared
 * libraries that it loads (the executable's symbol comes first).
 */
__attribute__((visibility("default"))) int
accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct epoll_event ev;
	int conn;

	if (fd != set)
		return accept4(fd, addr, len, 0);
	if (epoll_wait(fd, &ev, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	conn = ev.data.fd == timer ? nudge() : take_connection(ev.data.fd);
	if (conn != -1)
		fill_peer(addr, len);
	return conn;
}
