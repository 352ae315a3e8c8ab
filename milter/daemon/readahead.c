#include "readahead.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define AHEAD 8192    /* header fields and envelope of most messages */
#define MAX_FDS 65536 /* connections with higher numbers do without */

struct readahead {
	enum readahead_transport transport;
	size_t at, n;  /* what is left lies from at to n */
	short revents; /* what poll(2) said last, where nothing was read since; else 0 */
	char bytes[AHEAD];
};

static _Atomic(struct readahead *) table[MAX_FDS];

static struct readahead *
find(int fd)
{
	if (fd < 0 || fd >= MAX_FDS)
		return NULL;
	return atomic_load_explicit(&table[fd], memory_order_acquire);
}

static struct readahead *
exchange(int fd, struct readahead *r)
{
	if (fd < 0 || fd >= MAX_FDS)
		return r;
	return atomic_exchange_explicit(&table[fd], r, memory_order_acq_rel);
}

void
readahead_begin(int fd, enum readahead_transport transport)
{
	struct readahead *r = malloc(sizeof(*r));

	if (r != NULL) {
		r->transport = transport;
		r->at = r->n = 0;
		r->revents = 0;
	}
	free(exchange(fd, r));
}

/*
 * The functions below take the place of the C library's in this program and
 * the shared libraries that it loads (the executable's symbol comes first).
 * For all descriptors but those of MTAs they do what the C library's do, by
 * its other functions for the same.
 */
#define IN_PLACE_OF(name) __asm__(name) __attribute__((visibility("default"), used))

int readahead_close(int fd) IN_PLACE_OF("close");
ssize_t readahead_read(int fd, void *to, size_t n) IN_PLACE_OF("read");
int readahead_poll(struct pollfd *fds, nfds_t n, int timeout) IN_PLACE_OF("poll");

/* The C library's own name for close(2), which sanitizers know, too. */
int __close(int fd);

/* Forgets it before the number can be given to something else. */
int
readahead_close(int fd)
{
	if (find(fd) != NULL)
		free(exchange(fd, NULL));
	return __close(fd);
}

static ssize_t
take(struct readahead *r, void *to, size_t n)
{
	size_t left = r->n - r->at;

	if (n > left)
		n = left;
	memcpy(to, r->bytes + r->at, n);
	r->at += n;
	return (ssize_t)n;
}

/* From the kernel; the peer learns at once that it has come. */
static ssize_t
receive(const struct readahead *r, int fd, void *to, size_t n)
{
	const int on = 1;
	ssize_t got = recv(fd, to, n, 0);

	if (r->transport == READAHEAD_TCP && got > 0)
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	return got;
}

ssize_t
readahead_read(int fd, void *to, size_t n)
{
	struct readahead *r = find(fd);
	struct iovec all = {.iov_base = to, .iov_len = n};
	ssize_t got;

	if (r == NULL)
		return readv(fd, &all, 1);
	if (r->at < r->n)
		return take(r, to, n);
	r->revents = 0;
	if (n >= sizeof(r->bytes))
		return receive(r, fd, to, n);
	got = receive(r, fd, r->bytes, sizeof(r->bytes));
	if (got <= 0)
		return got;
	r->at = 0;
	r->n = (size_t)got;
	return take(r, to, n);
}

static int
poll_kernel(struct pollfd *fds, nfds_t n, int timeout)
{
	struct timespec t = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};

	return ppoll(fds, n, timeout >= 0 ? &t : NULL, NULL);
}

static int
poll_one(struct readahead *r, struct pollfd *p, int timeout)
{
	int n = 1;

	if (r->at < r->n)
		p->revents = POLLIN;
	else if (r->revents != 0)
		p->revents = r->revents;
	else if ((n = poll_kernel(p, 1, timeout)) == 1)
		r->revents = p->revents;
	return n;
}

/*
 * A worker of libmilter asks about one connection, twice before it reads. Its
 * controller asks about many at once, but only about those that a worker left
 * because nothing was there.
 */
int
readahead_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct readahead *r = n == 1 && (fds->events & POLLOUT) == 0 ? find(fds->fd) : NULL;

	if (r != NULL)
		return poll_one(r, fds, timeout);
	return poll_kernel(fds, n, timeout);
}
