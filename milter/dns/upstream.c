#include "upstream.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "dns/answer.h"
#include "dns/wire.h"

#define GRACE 30000	  /* milliseconds a retired context may go on */
#define STUCK_AFTER 30000 /* milliseconds of nothing but failures */

enum state {
	RUNNING,
	RETIRED,
	STOPPED,
	OVER, /* the thread has ended */
};

struct job {
	TAILQ_ENTRY(job) entry; /* in queue, then in under_way */
	struct upstream *upstream;
	struct dns_pending *pending;
};
TAILQ_HEAD(jobs, job);

struct upstream {
	/* the thread's own, once it runs */
	struct ub_ctx *unbound;
	struct event_base *events;
	struct event *woken;
	struct jobs under_way;
	bool closing; /* libunbound gives up what is under way */

	pthread_t thread;
	bool joined;
	int wake; /* eventfd */
	unsigned max_under_way;
	pthread_mutex_t lock; /* of all below */
	struct jobs queue;    /* not begun */
	unsigned n;	      /* jobs in both lists */
	enum state state;
	int64_t retired;
	int64_t failing_since; /* since when nothing but failures came; 0 otherwise */
};

/* ---- in the thread: look-ups ---- */

static void
note_success(struct upstream *u, bool success)
{
	if (success)
		u->failing_since = 0;
	else if (u->failing_since == 0)
		u->failing_since = dns_now();
}

static void
finish(struct job *j, const struct dns_answer *a)
{
	struct upstream *u = j->upstream;

	TAILQ_REMOVE(&u->under_way, j, entry);
	pthread_mutex_lock(&u->lock);
	u->n--;
	note_success(u, a != NULL && a->status != DNS_TEMPFAIL);
	pthread_mutex_unlock(&u->lock);
	dns_pending_done(j->pending, a);
	free(j);
}

static const struct dns_answer *
bogus(const char *why)
{
	char reason[256];

	snprintf(
	    reason, sizeof(reason), "bogus: %s", why != NULL ? why : "not signed as it must be");
	reason[strcspn(reason, "\r\n")] = '\0';
	return dns_answer_empty(DNS_TEMPFAIL, 5, reason);
}

static void
answered(void *arg, int rcode, void *packet, int len, int security, char *why, int ratelimited)
{
	enum { INSECURE, BOGUS, SECURE };
	struct job *j = arg;
	enum dns_type type = dns_pending_question(j->pending)->type;

	if (j->upstream->closing)
		finish(j, dns_answer_empty(DNS_TEMPFAIL, 0, "shutting down"));
	else if (security == BOGUS)
		finish(j, bogus(why));
	else if (rcode != 0 || packet == NULL || len < 0)
		finish(j, dns_wire_failure((unsigned)rcode));
	else
		finish(j, dns_wire_answer(packet, (size_t)len, type, security == SECURE));
}

/* The name as libunbound reads it (RFC 1035 §5.1): all bytes that are special are escaped. */
static void
print_name(const struct dns_question *q, char out[4 * DNS_NAME_MAX + 1])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.*+=/";
	size_t i;

	for (i = 0; i < q->len; i++) {
		if (strchr(plain, q->name[i]) != NULL)
			*out++ = q->name[i];
		else
			out += snprintf(out, 5, "\\%03u", (unsigned char)q->name[i]);
	}
	*out = '\0';
}

static void
begin(struct upstream *u, struct job *j)
{
	const struct dns_question *q = dns_pending_question(j->pending);
	char name[4 * DNS_NAME_MAX + 1];

	print_name(q, name);
	TAILQ_INSERT_TAIL(&u->under_way, j, entry);
	if (ub_resolve_event(u->unbound, name, (int)q->type, 1, j, answered, NULL) != 0)
		finish(j, dns_wire_failure(0));
}

static void
wake_up(evutil_socket_t fd, short what, void *arg)
{
	struct upstream *u = arg;
	struct jobs queue;
	struct job *j;
	uint64_t times;

	if (read(u->wake, &times, sizeof(times)) == -1 && errno != EAGAIN)
		return;
	TAILQ_INIT(&queue);
	pthread_mutex_lock(&u->lock);
	TAILQ_CONCAT(&queue, &u->queue, entry);
	pthread_mutex_unlock(&u->lock);
	while ((j = TAILQ_FIRST(&queue)) != NULL) {
		TAILQ_REMOVE(&queue, j, entry);
		begin(u, j);
	}
}

/* ---- the thread ---- */

static bool
goes_on(struct upstream *u)
{
	bool on = true;

	pthread_mutex_lock(&u->lock);
	if (u->state == RETIRED)
		on = u->n > 0 && dns_now() < u->retired + GRACE;
	else if (u->state == STOPPED)
		on = false;
	if (!on)
		u->state = STOPPED;
	pthread_mutex_unlock(&u->lock);
	return on;
}

/* What libunbound did not call back for. */
static void
fail_rest(struct upstream *u)
{
	struct job *j, *next;

	pthread_mutex_lock(&u->lock);
	TAILQ_CONCAT(&u->under_way, &u->queue, entry);
	pthread_mutex_unlock(&u->lock);
	for (j = TAILQ_FIRST(&u->under_way); j != NULL; j = next) {
		next = TAILQ_NEXT(j, entry);
		finish(j, dns_answer_empty(DNS_TEMPFAIL, 0, "shutting down"));
	}
}

static void
close_context(struct upstream *u)
{
	if (u->unbound != NULL)
		ub_ctx_delete(u->unbound);
	if (u->woken != NULL)
		event_free(u->woken);
	if (u->events != NULL)
		event_base_free(u->events);
}

static void *
run(void *arg)
{
	struct upstream *u = arg;

	while (goes_on(u))
		event_base_loop(u->events, EVLOOP_ONCE);
	u->closing = true;
	close_context(u);
	fail_rest(u);
	pthread_mutex_lock(&u->lock);
	u->state = OVER;
	pthread_mutex_unlock(&u->lock);
	return NULL;
}

/* ---- setting up ---- */

/* Sockets libunbound may have open at once: most, not all, of what this process may have. */
static unsigned
socket_limit(unsigned max_under_way)
{
	struct rlimit files;
	rlim_t n = max_under_way;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur / 2 < n)
		n = files.rlim_cur / 2;
	return n < 16 ? 16 : (unsigned)n;
}

static int
set_number(struct ub_ctx *c, const char *option, unsigned n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	return ub_ctx_set_option(c, option, text);
}

static int
set_options(struct ub_ctx *c, const struct upstream_settings *s)
{
	static const char *const options[][2] = {
	    /* the cache is ours; libunbound needs one to join and to validate */
	    {"msg-cache-size:", "1m"}, {"rrset-cache-size:", "2m"}, {"key-cache-size:", "2m"},
	    {"neg-cache-size:", "256k"}, {"infra-cache-numhosts:", "1000"},
	    /* a resolver on this host is a good one to ask */
	    {"do-not-query-localhost:", "no"},
	    /* names of networks of one's own are asked for like any other */
	    {"unblock-lan-zones:", "yes"}, {"insecure-lan-zones:", "yes"},
	    /*
	     * A server that came back is noticed. And what is known of one is
	     * forgotten before its timeouts have doubled to the 12 s at which
	     * libunbound takes it for dead: some names of the world are never
	     * answered, and no other look-up may fail for that.
	     */
	    {"infra-keep-probing:", "yes"}, {"infra-host-ttl:", "8"},
	    /* and one that has to ask others itself is given time, in milliseconds */
	    {"infra-cache-min-rtt:", "800"},
	    /* records stay as the server put them */
	    {"rrset-roundrobin:", "no"}, {"use-syslog:", "no"}, {"chroot:", ""}, {"username:", ""}};
	size_t i;
	int error = 0;

	for (i = 0; error == 0 && i < sizeof(options) / sizeof(options[0]); i++)
		error = ub_ctx_set_option(c, options[i][0], options[i][1]);
	if (error == 0)
		error = set_number(c, "num-queries-per-thread:", s->max_under_way);
	if (error == 0)
		/* a port of its own for each query (RFC 5452 §9.2) */
		error = set_number(c, "outgoing-range:", socket_limit(s->max_under_way));
	if (error == 0)
		error = ub_ctx_set_option(c, "module-config:",
		    s->trust_anchor_file != NULL ? "validator iterator" : "iterator");
	return error;
}

static bool
configure(struct ub_ctx *c, const struct upstream_settings *s, struct buf *error)
{
	int e = set_options(c, s);
	size_t i;

	if (e != 0) {
		buf_addf(error, "libunbound: %s", ub_strerror(e));
		return false;
	}
	for (i = 0; i < s->n_servers; i++)
		if ((e = ub_ctx_set_fwd(c, s->servers[i])) != 0) {
			buf_addf(error, "DNS server %s: %s", s->servers[i], ub_strerror(e));
			return false;
		}
	if (s->trust_anchor_file != NULL && access(s->trust_anchor_file, R_OK) == -1) {
		buf_addf(error, "%s: %s", s->trust_anchor_file, strerror(errno));
		return false;
	}
	if (s->trust_anchor_file != NULL &&
	    (e = ub_ctx_add_ta_file(c, s->trust_anchor_file)) != 0) {
		buf_addf(error, "%s: %s", s->trust_anchor_file, ub_strerror(e));
		return false;
	}
	/* Answered by libunbound itself unless removed; a test network may well use it. */
	if ((e = ub_ctx_zone_remove(c, "test.")) != 0)
		buf_addf(error, "libunbound: %s", ub_strerror(e));
	return e == 0;
}

static bool
open_context(struct upstream *u, const struct upstream_settings *s, struct buf *error)
{
	u->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->events = event_base_new();
	if (u->wake == -1 || u->events == NULL) {
		buf_addf(error, "DNS: %s", strerror(errno));
		return false;
	}
	u->woken = event_new(u->events, u->wake, EV_READ | EV_PERSIST, wake_up, u);
	u->unbound = ub_ctx_create_event(u->events);
	if (u->woken == NULL || event_add(u->woken, NULL) == -1 || u->unbound == NULL) {
		buf_adds(error, "libunbound cannot be set up");
		return false;
	}
	return configure(u->unbound, s, error);
}

/* Signals are for other threads. */
static bool
start_thread(struct upstream *u, struct buf *error)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&u->thread, NULL, run, u);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != 0)
		buf_addf(error, "DNS thread: %s", strerror(e));
	return e == 0;
}

static void
free_closed(struct upstream *u)
{
	if (u->wake != -1)
		close(u->wake);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

struct upstream *
upstream_new(const struct upstream_settings *s, struct buf *error)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		buf_adds(error, "out of memory");
		return NULL;
	}
	TAILQ_INIT(&u->queue);
	TAILQ_INIT(&u->under_way);
	pthread_mutex_init(&u->lock, NULL);
	u->max_under_way = s->max_under_way;
	if (open_context(u, s, error) && start_thread(u, error))
		return u;
	close_context(u);
	free_closed(u);
	return NULL;
}

/* ---- from other threads ---- */

static void
wake(struct upstream *u)
{
	uint64_t once = 1;

	/* It fails only where the counter is full, and then the thread wakes anyway. */
	if (write(u->wake, &once, sizeof(once)) == -1)
		return;
}

/* The reason why not, or NULL. */
static const char *
enqueue(struct upstream *u, struct job *j, bool *was_empty)
{
	if (u->state != RUNNING)
		return "shutting down";
	if (u->n >= u->max_under_way)
		return "too many look-ups under way";
	*was_empty = TAILQ_EMPTY(&u->queue);
	TAILQ_INSERT_TAIL(&u->queue, j, entry);
	u->n++;
	return NULL;
}

void
upstream_start(struct upstream *u, struct dns_pending *p)
{
	struct job *j = malloc(sizeof(*j));
	const char *why_not = "out of memory";
	bool was_empty = false;

	if (j != NULL) {
		*j = (struct job){.upstream = u, .pending = p};
		pthread_mutex_lock(&u->lock);
		why_not = enqueue(u, j, &was_empty);
		pthread_mutex_unlock(&u->lock);
	}
	if (was_empty)
		wake(u);
	if (why_not == NULL)
		return;
	free(j);
	dns_pending_fail(p, why_not, 0);
}

static void
set_state(struct upstream *u, enum state state)
{
	pthread_mutex_lock(&u->lock);
	if (u->state < state)
		u->state = state;
	u->retired = dns_now();
	pthread_mutex_unlock(&u->lock);
	wake(u);
}

void
upstream_retire(struct upstream *u)
{
	set_state(u, RETIRED);
}

bool
upstream_is_over(struct upstream *u)
{
	bool over;

	pthread_mutex_lock(&u->lock);
	over = u->state == OVER;
	pthread_mutex_unlock(&u->lock);
	return over;
}

bool
upstream_is_stuck(struct upstream *u)
{
	bool stuck;

	pthread_mutex_lock(&u->lock);
	stuck = u->failing_since != 0 && dns_now() - u->failing_since > STUCK_AFTER;
	pthread_mutex_unlock(&u->lock);
	return stuck;
}

unsigned
upstream_under_way(struct upstream *u)
{
	unsigned n;

	pthread_mutex_lock(&u->lock);
	n = u->n;
	pthread_mutex_unlock(&u->lock);
	return n;
}

void
upstream_stop(struct upstream *u)
{
	set_state(u, STOPPED);
	if (!u->joined)
		pthread_join(u->thread, NULL);
	u->joined = true;
}

void
upstream_free(struct upstream *u)
{
	if (u == NULL)
		return;
	upstream_stop(u);
	free_closed(u);
}
