#include "scanner_pool.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ipc.h"
#include "log.h"
#include "process.h"

#define POOL_MAX 64	 /* scanners */
#define WAITING_MAX 1000 /* messages that wait for one */

struct worker {
	int channel;
	uint32_t pid;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct worker idle[POOL_MAX];
	size_t nidle;
	unsigned waiting;
	uint32_t seq;
	int control;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER, .control = -1};

void
scanner_pool_open(int control)
{
	pool.control = control;
}

static void
put(const struct worker *w)
{
	pthread_mutex_lock(&pool.lock);
	if (pool.nidle < POOL_MAX) {
		pool.idle[pool.nidle++] = *w;
		pthread_cond_signal(&pool.change);
	} else
		close(w->channel);
	pthread_mutex_unlock(&pool.lock);
}

void
scanner_pool_add(int channel, uint32_t pid)
{
	put(&(struct worker){.channel = channel, .pid = pid});
}

/* An idle scanner, as long as it is not gone already (it was killed while it had nothing to do). */
static bool
pop(struct worker *w)
{
	char c;

	while (pool.nidle > 0) {
		*w = pool.idle[--pool.nidle];
		if (recv(w->channel, &c, 1, MSG_PEEK | MSG_DONTWAIT) == -1)
			return true; /* nothing to hear: it waits for a request */
		close(w->channel);
	}
	return false;
}

static const char *
take(struct worker *w, int64_t deadline, uint32_t *seq)
{
	struct timespec t = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
	bool got;
	int r = 0;

	pthread_mutex_lock(&pool.lock);
	got = pop(w);
	if (!got && pool.waiting >= WAITING_MAX) {
		pthread_mutex_unlock(&pool.lock);
		return "too many messages wait for a scanner";
	}
	pool.waiting++;
	while (!got && r == 0) {
		r = pthread_cond_clockwait(&pool.change, &pool.lock, CLOCK_MONOTONIC, &t);
		got = pop(w);
	}
	pool.waiting--;
	*seq = ++pool.seq;
	pthread_mutex_unlock(&pool.lock);
	return got ? NULL : "no scanner was free in time";
}

static void
have_killed(const struct worker *w, enum scan_fate f)
{
	const struct ipc_msg m = {.type = IPC_STUCK, .number = w->pid};

	log_error("scanner (pid %u): %s", w->pid, scan_fate_text(f));
	if (f != SCAN_GONE && ipc_send(pool.control, &m, NULL) == -1)
		log_error("cannot tell the supervisor to end it");
}

const char *
scanner_pool_scan(
    struct scan_request *q, int message, int timeout_ms, struct arena *mem, struct scan_answer *a)
{
	const int64_t deadline = process_now() + timeout_ms;
	struct worker w;
	const char *error;
	enum scan_fate f;

	do {
		*a = (struct scan_answer){0};
		error = take(&w, deadline, &q->seq);
		if (error != NULL)
			return error;
		f = scan_channel_ask(w.channel, q, message, process_now() + timeout_ms, mem, a);
		if (f == SCAN_DONE)
			put(&w);
		else
			close(w.channel);
	} while (f == SCAN_UNSENT);
	if (f == SCAN_DONE || f == SCAN_DONE_LAST)
		return NULL;
	have_killed(&w, f);
	return scan_fate_text(f);
}
