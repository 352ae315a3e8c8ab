/* milter-load: what an MTA says to a milter, many times over, and how fast the milter answers. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load/endpoint.h"
#include "load/message.h"
#include "load/options.h"
#include "load/session.h"

#define MAX_EVENTS 256
#define MS 1000000ull

static void
raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* Milliseconds until the next timer, rounded up, and never longer than until the end. */
static int
wait_time(const struct load *l, uint64_t now, uint64_t end)
{
	uint64_t until = l->next_timer < end ? l->next_timer : end;

	if (until <= now)
		return 0;
	return (int)((until - now + MS - 1) / MS);
}

static void
run_timers(struct load *l, struct session *sessions, uint64_t now)
{
	unsigned i;

	if (now < l->next_timer)
		return;
	l->next_timer = UINT64_MAX;
	for (i = 0; i < l->o->connections; i++)
		session_tick(&sessions[i], now);
}

static void
run(struct load *l, struct session *sessions)
{
	struct epoll_event events[MAX_EVENTS];
	uint64_t now, end = l->tally.start_ns + (uint64_t)(l->o->deadline * 1e9);
	int i, n;

	for (i = 0; i < (int)l->o->connections; i++)
		session_run(&sessions[i]);
	while (l->active > 0 && (now = now_ns()) < end) {
		run_timers(l, sessions, now);
		if (l->active == 0)
			break;
		n = epoll_wait(l->epoll, events, MAX_EVENTS, wait_time(l, now, end));
		for (i = 0; i < n; i++)
			session_event(events[i].data.ptr, events[i].events);
	}
	for (i = 0; i < (int)l->o->connections; i++)
		session_stop(&sessions[i]);
}

static bool
prepare_messages(struct load *l, struct message *m)
{
	uint64_t i;

	l->messages = m;
	for (i = 0; m != NULL && i < l->nmessages; i++)
		if (!message_init(&m[i], l->o, i))
			return false;
	return m != NULL;
}

static void
free_messages(struct message *m, uint64_t n)
{
	while (n-- > 0)
		message_free(&m[n]);
	free(m);
}

static bool
prepare(struct load *l, struct message *m, struct endpoint *to)
{
	const struct options *o = l->o;

	if (!endpoint_parse(o->socket, to))
		return false;
	if (!prepare_messages(l, m) || !tally_init(&l->tally, o->messages)) {
		fputs("milter-load: no message to send, or no memory\n", stderr);
		return false;
	}
	macros_default_lists(&o->macros, o->mta, l->lists);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll != -1;
}

int
main(int argc, char **argv)
{
	static struct options o;
	struct endpoint to;
	struct load l = {.o = &o, .to = &to, .next_timer = UINT64_MAX};
	struct message *messages;
	struct session *sessions;
	unsigned i;
	int status;

	options_parse(&o, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	raise_file_limit();
	l.nmessages = message_count(&o);
	messages = calloc(l.nmessages, sizeof(*messages));
	if (!prepare(&l, messages, &to))
		return 2;
	sessions = calloc(o.connections, sizeof(*sessions));
	if (sessions == NULL)
		return 2;
	for (i = 0; i < o.connections; i++)
		session_init(&sessions[i], &l);
	l.tally.start_ns = now_ns();
	run(&l, sessions);
	l.tally.end_ns = now_ns();
	status = tally_report(&l.tally, &o);
	for (i = 0; i < o.connections; i++)
		session_free(&sessions[i]);
	free(sessions);
	free_messages(messages, l.nmessages);
	tally_free(&l.tally);
	macros_free(&o.macros);
	close(l.epoll);
	if (o.dump != NULL && fclose(o.dump) != 0)
		return 2;
	return status;
}
