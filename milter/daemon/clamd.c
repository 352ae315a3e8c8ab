#include "clamd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fd_message.h"
#include "process.h"

#define CHUNK 65536

static const char *
fail(struct clamd_question *a, const char *what, const char *why)
{
	char *text = a->reply.text;
	size_t room = sizeof(a->reply.text);

	strlcpy(text, what, room);
	if (why[0] != '\0') {
		strlcat(text, ": ", room);
		strlcat(text, why, room);
	}
	return text;
}

static const char *
fail_errno(struct clamd_question *a, const char *what)
{
	return fail(a, what, errno == ETIMEDOUT ? "no answer in time" : strerror(errno));
}

/* ---- the socket ---- */

/* False, and ETIMEDOUT, at the deadline. */
static bool
wait_for(struct clamd_question *a, short events)
{
	struct pollfd p = {.fd = a->sock, .events = events};
	int64_t left;
	int r;

	for (;;) {
		left = a->deadline - process_now();
		r = left > 0 ? poll(&p, 1, (int)(left < 60000 ? left : 60000)) : 0;
		if (r > 0)
			return true;
		if (r == 0 && process_now() >= a->deadline) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

static bool
connect_to(struct clamd_question *a, const struct sockaddr *to, socklen_t len)
{
	socklen_t n = sizeof(int);
	int error = 0;

	a->sock = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->sock == -1)
		return false;
	if (connect(a->sock, to, len) == 0)
		return true;
	/* EAGAIN: a unix socket's queue is full */
	if (errno != EINPROGRESS || !wait_for(a, POLLOUT) ||
	    getsockopt(a->sock, SOL_SOCKET, SO_ERROR, &error, &n) == -1)
		return false;
	errno = error;
	return error == 0;
}

static bool
connect_unix(struct clamd_question *a, const char *path)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	strlcpy(to.sun_path, path, sizeof(to.sun_path));
	while (!connect_to(a, (struct sockaddr *)&to, sizeof(to))) {
		if (errno != EAGAIN || process_now() >= a->deadline)
			return false;
		close(a->sock);
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool
connect_inet(struct clamd_question *a, const char *where)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const char *host = strchr(where, '@');
	struct addrinfo *list, *i;
	char port[8];
	bool good = false;

	if (host == NULL)
		return false;
	strlcpy(port, where, sizeof(port));
	port[strcspn(port, "@")] = '\0';
	if (getaddrinfo(host + 1, port, &hints, &list) != 0) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	for (i = list; i != NULL && !good; i = i->ai_next) {
		if (a->sock != -1)
			close(a->sock);
		good = connect_to(a, i->ai_addr, i->ai_addrlen);
	}
	freeaddrinfo(list);
	return good;
}

static bool
write_all(struct clamd_question *a, const void *data, size_t n)
{
	const char *p = data;
	ssize_t w;

	while (n > 0) {
		w = send(a->sock, p, n, MSG_NOSIGNAL);
		if (w == -1 && errno == EAGAIN && wait_for(a, POLLOUT))
			continue;
		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

/* ---- asking ---- */

static bool
send_descriptor(struct clamd_question *a)
{
	while (fd_message_send(a->sock, "", 1, NULL, 0, a->fd) == -1)
		if (errno != EAGAIN || !wait_for(a, POLLOUT))
			return false;
	return true;
}

/* clamd answers, and closes, before the end of what is too large for it. */
static bool
has_answer(const struct clamd_question *a)
{
	struct pollfd p = {.fd = a->sock, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static bool
send_stream(struct clamd_question *a)
{
	const uint32_t end = 0;
	char *chunk = malloc(CHUNK);
	uint64_t at = 0;
	uint32_t len;
	ssize_t n = 0;
	bool good = chunk != NULL;

	while (good && at < a->size && !has_answer(a)) {
		n = pread(a->fd, chunk, CHUNK, (off_t)at);
		len = htonl((uint32_t)n);
		good = n > 0 && write_all(a, &len, sizeof(len)) && write_all(a, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	good = good && (at < a->size || write_all(a, &end, sizeof(end)));
	free(chunk);
	return good || has_answer(a);
}

static const char *
read_reply(struct clamd_question *a)
{
	char text[CLAMD_REPLY_MAX];
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = recv(a->sock, text + len, sizeof(text) - len, 0);
		if (n == -1 && (errno == EINTR || (errno == EAGAIN && wait_for(a, POLLIN))))
			continue;
		if (n == -1)
			return fail_errno(a, "clamd");
		if (n == 0)
			return fail(a, "clamd", "it closed the connection");
		len += (size_t)n;
		if (memchr(text, '\0', len) != NULL)
			break;
		if (len == sizeof(text))
			return fail(a, "clamd", "its answer is too long");
	}
	if (text[len - 1] != '\0' || strlen(text) != len - 1)
		return fail(a, "clamd", "it answered more than it was asked");
	clamd_reply_parse(text, len - 1, &a->reply);
	return NULL;
}

/* Connects, and sends what is to be looked at; a->error where that fails. */
static void
put_question(struct clamd_question *a)
{
	const bool is_unix = strncmp(a->where, "unix:", 5) == 0;
	bool sent;

	a->error = NULL;
	a->sock = -1;
	if (!(is_unix ? connect_unix(a, a->where + 5)
		      : connect_inet(a, a->where + strlen("inet:")))) {
		a->error = fail_errno(a, "clamd cannot be reached");
		return;
	}
	if (a->by_descriptor)
		sent = write_all(a, "zFILDES", 8) && send_descriptor(a);
	else
		sent = write_all(a, "zINSTREAM", 10) && send_stream(a);
	if (!sent)
		a->error = fail_errno(a, "clamd does not listen");
}

static void
take_answer(struct clamd_question *a)
{
	if (a->error == NULL)
		a->error = read_reply(a);
	if (a->sock != -1)
		close(a->sock);
	a->sock = -1;
}

void
clamd_begin(struct clamd_question *a, const char *where, int fd, uint64_t size, int64_t deadline)
{
	*a = (struct clamd_question){.where = where,
	    .fd = fd,
	    .size = size,
	    .deadline = deadline,
	    .by_descriptor = strncmp(where, "unix:", 5) == 0,
	    .reply = {.said = CLAMD_NONSENSE}};
	put_question(a);
}

const char *
clamd_end(struct clamd_question *a, int64_t deadline)
{
	a->deadline = deadline;
	take_answer(a);
	/* it may not be let near a descriptor of ours, or be another program that takes none */
	if (a->by_descriptor && a->error == NULL && a->reply.said > CLAMD_TOO_LARGE) {
		a->by_descriptor = false;
		put_question(a);
		take_answer(a);
	}
	if (a->error != NULL)
		return a->error;
	if (a->reply.said == CLAMD_NONSENSE)
		return fail(a, "clamd", "it answered nonsense");
	if (a->reply.said == CLAMD_ERROR) {
		char why[CLAMD_NAME_MAX];

		strlcpy(why, a->reply.text, sizeof(why));
		return fail(a, "clamd", why);
	}
	return NULL;
}
