#include "signer_client.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct channel {
	int fd;
	uint32_t seq;	     /* of the last request */
	unsigned generation; /* of the signer at its other end */
};

/* A stack of idle channels: the one that was used last is warm. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct channel idle[SIGN_MAX_CHANNELS];
	size_t nidle;
	size_t alive; /* idle or in use, of this generation */
	unsigned generation;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER};

static void
close_idle(void)
{
	while (pool.nidle > 0)
		close(pool.idle[--pool.nidle].fd);
}

void
signer_client_channels(const int *fds, size_t n)
{
	size_t i;

	pthread_mutex_lock(&pool.lock);
	close_idle();
	pool.generation++;
	for (i = 0; i < n; i++) {
		if (pool.nidle == SIGN_MAX_CHANNELS) {
			close(fds[i]);
			continue;
		}
		pool.idle[pool.nidle++] =
		    (struct channel){.fd = fds[i], .generation = pool.generation};
	}
	pool.alive = pool.nidle;
	pthread_cond_broadcast(&pool.change);
	pthread_mutex_unlock(&pool.lock);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* An idle channel; NULL when there is no signer; "busy" when none came free in time. */
static const char *
take(struct channel *c, int64_t deadline)
{
	struct timespec t = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
	const char *error = NULL;
	int r = 0;

	pthread_mutex_lock(&pool.lock);
	while (pool.nidle == 0 && pool.alive > 0 && r == 0)
		r = pthread_cond_clockwait(&pool.change, &pool.lock, CLOCK_MONOTONIC, &t);
	if (pool.nidle > 0)
		*c = pool.idle[--pool.nidle];
	else
		error = pool.alive == 0 ? "signer is not running" : "signer is too busy";
	pthread_mutex_unlock(&pool.lock);
	return error;
}

static void
give_back(const struct channel *c)
{
	pthread_mutex_lock(&pool.lock);
	if (c->generation == pool.generation) {
		pool.idle[pool.nidle++] = *c;
		pthread_cond_signal(&pool.change);
	} else
		close(c->fd);
	pthread_mutex_unlock(&pool.lock);
}

/* A broken channel means that its signer is gone: nobody waits for it any more. */
static void
give_up(const struct channel *c)
{
	pthread_mutex_lock(&pool.lock);
	close(c->fd);
	if (c->generation == pool.generation) {
		close_idle();
		pool.alive = 0;
		pool.generation++;
		pthread_cond_broadcast(&pool.change);
	}
	pthread_mutex_unlock(&pool.lock);
}

enum reply { REPLY_GOOD, REPLY_LATE, REPLY_BROKEN };

static bool
is_answer(const struct sign_answer *a, ssize_t n)
{
	uint32_t i;

	if (n < (ssize_t)SIGN_ANSWER_SIZE(1) || a->n < 1 || a->n > CATALOG_MAX_KEYS ||
	    n != (ssize_t)SIGN_ANSWER_SIZE(a->n))
		return false;
	for (i = 0; i < a->n; i++)
		if (a->got[i].len > KEYSTORE_MAX_SIG)
			return false;
	return true;
}

static enum reply
receive(struct channel *c, struct sign_answer *a, int64_t deadline)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int64_t left;
	ssize_t n;
	int r;

	for (;;) {
		left = deadline - now_ms();
		r = poll(&p, 1, left > 0 ? (int)left : 0);
		if (r == 0)
			return REPLY_LATE;
		if (r == -1 && errno == EINTR)
			continue;
		n = recv(c->fd, a, sizeof(*a), MSG_DONTWAIT);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (!is_answer(a, n))
			return REPLY_BROKEN;
		if (a->seq == c->seq)
			return REPLY_GOOD;
		/* the answer to a request that was given up; ours is still to come */
	}
}

static const char *
check_results(const struct sign_request *q, const struct sign_answer *a)
{
	uint32_t i;

	if (a->n != q->n)
		return "signer answered something else";
	for (i = 0; i < a->n; i++)
		switch (a->got[i].result) {
		case KEYSTORE_OK:
			continue;
		case KEYSTORE_UNKNOWN:
			return "signer does not have the key any more";
		case KEYSTORE_BAD_KEY:
			return "key file is damaged";
		default:
			return "signing failed";
		}
	return NULL;
}

const char *
signer_client_sign(struct sign_request *q, struct sign_answer *a, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;
	struct channel c;
	const char *error = take(&c, deadline);

	if (error != NULL)
		return error;
	q->seq = ++c.seq;
	if (send(c.fd, q, SIGN_REQUEST_SIZE(q->n), MSG_NOSIGNAL) == -1) {
		give_up(&c);
		return "signer is gone";
	}
	switch (receive(&c, a, deadline)) {
	case REPLY_GOOD:
		give_back(&c);
		return check_results(q, a);
	case REPLY_LATE:
		give_back(&c);
		return "signer did not answer in time";
	case REPLY_BROKEN:
		break;
	}
	give_up(&c);
	return "signer is gone";
}
