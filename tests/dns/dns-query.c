/*
 * Asks the resolver what it is told on standard input, for test_resolver.py
 * and for measuring. A line is one of
 *
 *	NAME TYPE [NAME TYPE ...]     asks for all, then waits for each
 *	deadline MS                   of the look-ups that follow
 *	flood N AT_ONCE SUFFIX TYPE   N look-ups for n1.SUFFIX, n2.SUFFIX, ...
 *	cached N NAME TYPE            the same look-up N times
 *	threads N TIMES NAME TYPE ... N threads ask for all, again and again
 *	usage                         answers and bytes kept, look-ups asked, open files
 *	shutdown NAME TYPE [...]      asks for all, shuts down, then waits for each
 *
 * and each gives one line for each answer or result.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "dns/resolver.h"

#define WORDS_MAX 64

struct words {
	char *word[WORDS_MAX];
	size_t n;
};

static struct dns_source *source;
static int64_t patience = 20000;

static void
print_record(const struct dns_record *r)
{
	size_t i;

	if (r->name != NULL) {
		printf(" | %u %s", r->preference, r->name);
		return;
	}
	printf(" | %zu:", r->len);
	for (i = 0; i < r->len && i < 100; i++)
		printf(isprint(r->data[i]) ? "%c" : "\\%03u", r->data[i]);
}

static void
print_answer(const char *name, const char *type, const struct dns_answer *a)
{
	size_t i;

	if (a == NULL)
		errx(1, "out of memory");
	printf("%s %s %s%s ttl=%u reason=%s", name, type, dns_status_name(a->status),
	    a->secure ? " secure" : "", a->ttl, a->reason);
	for (i = 0; i < a->n; i++)
		print_record(&a->records[i]);
	putchar('\n');
}

static enum dns_type
type_of(const char *name)
{
	enum dns_type type;

	if (!dns_type_parse(name, &type))
		errx(1, "%s: not a type", name);
	return type;
}

static void
ask_all(const struct words *w)
{
	struct dns_query *q[WORDS_MAX];
	int64_t deadline = dns_now() + patience;
	const struct dns_answer *a;
	size_t i, first = strcmp(w->word[0], "shutdown") == 0;

	for (i = first; i + 1 < w->n; i += 2)
		q[i] = dns_ask(source, w->word[i], type_of(w->word[i + 1]));
	if (first != 0)
		dns_source_shutdown(source);
	for (i = first; i + 1 < w->n; i += 2) {
		a = dns_wait(q[i], deadline);
		print_answer(w->word[i], w->word[i + 1], a);
		dns_answer_unref(a);
	}
}

static double
seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As many at once as told; prints how many came to which end, and what it cost. */
static void
flood(const struct words *w)
{
	long i, n = atol(w->word[1]), at_once = atol(w->word[2]), ends[5] = {0};
	struct dns_query **q = calloc((size_t)at_once, sizeof(struct dns_query *));
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	const struct dns_answer *a;
	char name[300];

	for (i = 0; i < n + at_once; i++) {
		if (i >= at_once) {
			a = dns_wait(q[i % at_once], dns_now() + patience);
			ends[a->status]++;
			dns_answer_unref(a);
		}
		snprintf(name, sizeof(name), "n%ld.%s", i, w->word[3]);
		q[i % at_once] = i < n ? dns_ask(source, name, type_of(w->word[4])) : NULL;
		if (i >= n && i % at_once == (n + at_once - 1) % at_once)
			break;
	}
	free(q);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (i = 0; i < 5; i++)
		printf("%s=%ld ", dns_status_name((enum dns_status)i), ends[i]);
	printf("per_second=%.0f cpu_us=%.1f\n", (double)n / wall, cpu / (double)n * 1e6);
}

static void
cached(const struct words *w)
{
	long i, n = atol(w->word[1]);
	double begun = seconds(CLOCK_MONOTONIC), lookup;
	enum dns_type type = type_of(w->word[3]);

	for (i = 0; i < n; i++)
		dns_answer_unref(dns_lookup(source, w->word[2], type, INT64_MAX));
	lookup = seconds(CLOCK_MONOTONIC) - begun;
	begun = seconds(CLOCK_MONOTONIC);
	for (i = 0; i < n; i++)
		dns_answer_unref(dns_wait(dns_ask(source, w->word[2], type), INT64_MAX));
	printf("lookup_ns=%.0f ask_and_wait_ns=%.0f\n", lookup / (double)n * 1e9,
	    (seconds(CLOCK_MONOTONIC) - begun) / (double)n * 1e9);
}

static void *
ask_again_and_again(void *arg)
{
	const struct words *w = arg;
	long i, times = atol(w->word[2]);
	size_t k, ok = 0;
	const struct dns_answer *a;

	for (i = 0; i < times; i++)
		for (k = 3; k + 1 < w->n; k += 2) {
			a = dns_lookup(
			    source, w->word[k], type_of(w->word[k + 1]), dns_now() + patience);
			ok += a->status == DNS_OK;
			dns_answer_unref(a);
		}
	return (void *)(uintptr_t)ok;
}

static void
threads(struct words *w)
{
	pthread_t thread[64];
	size_t i, n = (size_t)atol(w->word[1]), ok = 0;
	void *some;

	if (n > 64)
		errx(1, "too many threads");
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, ask_again_and_again, w) != 0)
			errx(1, "pthread_create");
	for (i = 0; i < n; i++) {
		pthread_join(thread[i], &some);
		ok += (uintptr_t)some;
	}
	printf("OK=%zu\n", ok);
}

static void
usage(void)
{
	struct dns_resolver_usage u;
	size_t files = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d != NULL && readdir(d) != NULL)
		files++;
	if (d != NULL)
		closedir(d);
	dns_resolver_usage(source, &u);
	printf("answers=%zu bytes=%zu under_way=%u asked=%llu files=%zu\n", u.answers, u.bytes,
	    u.under_way, (unsigned long long)u.asked, files);
}

static void
obey(char *line)
{
	struct words w = {.n = 0};
	char *word;

	while ((word = strsep(&line, " \n")) != NULL && w.n < WORDS_MAX)
		if (*word != '\0')
			w.word[w.n++] = word;
	if (w.n == 2 && strcmp(w.word[0], "deadline") == 0)
		patience = atol(w.word[1]);
	else if (w.n == 5 && strcmp(w.word[0], "flood") == 0)
		flood(&w);
	else if (w.n == 4 && strcmp(w.word[0], "cached") == 0)
		cached(&w);
	else if (w.n >= 5 && strcmp(w.word[0], "threads") == 0)
		threads(&w);
	else if (w.n == 1 && strcmp(w.word[0], "usage") == 0)
		usage();
	else if (w.n >= 2)
		ask_all(&w);
}

static void
parse_options(int argc, char **argv, struct dns_resolver_options *o, const char *servers[8])
{
	int c;

	while ((c = getopt(argc, argv, "a:c:f:m:n:r:s:t:")) != -1)
		switch (c) {
		case 'a':
			o->trust_anchor_file = optarg;
			break;
		case 'c':
			o->cache_bytes = (size_t)atol(optarg);
			break;
		case 'f':
			o->ttl_floor = (uint32_t)atol(optarg);
			break;
		case 'm':
			o->max_under_way = (unsigned)atol(optarg);
			break;
		case 'n':
			o->negative_ceiling = (uint32_t)atol(optarg);
			break;
		case 'r':
			o->resolv_conf = optarg;
			break;
		case 's':
			if (o->n_servers < 8)
				servers[o->n_servers++] = optarg;
			break;
		case 't':
			o->timeout = atol(optarg);
			break;
		default:
			errx(1, "usage: dns-query [-a anchor] [-c bytes] [-f floor] [-m max] [-n "
				"negative] "
				"[-r resolv.conf] [-s server]... [-t timeout]");
		}
}

int
main(int argc, char **argv)
{
	struct dns_resolver_options o;
	const char *servers[8];
	struct buf error;
	char line[4096];

	dns_resolver_defaults(&o);
	o.servers = servers;
	parse_options(argc, argv, &o, servers);
	buf_init(&error, 0);
	source = dns_resolver_new(&o, &error);
	if (source == NULL)
		errx(1, "%s", buf_str(&error));
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin) != NULL)
		obey(line);
	dns_source_free(source);
	buf_free(&error);
	return 0;
}
