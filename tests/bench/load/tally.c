#include "tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/json.h"

static const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_CONTINUE] = "continue",
    [OUTCOME_ACCEPT] = "accept",
    [OUTCOME_DISCARD] = "discard",
    [OUTCOME_REJECT] = "reject",
    [OUTCOME_TEMPFAIL] = "tempfail",
    [OUTCOME_SHUTDOWN] = "shutdown",
    [OUTCOME_CONN_FAIL] = "conn_fail",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_DISCONNECTED] = "disconnected",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_LOST] = "lost",
    [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_PROTOCOL] = "protocol_error",
};
static const char *const edit_names[EDITS] = {"added", "inserted", "changed", "deleted"};
static const unsigned permille[] = {500, 900, 990, 999};
static const char *const percentile_names[] = {"p50", "p90", "p99", "p999"};
#define PERCENTILES 4

bool
tally_init(struct tally *t, uint64_t messages)
{
	memset(t, 0, sizeof(*t));
	t->max_latency = messages;
	t->latency = malloc(messages * sizeof(*t->latency));
	return t->latency != NULL;
}

void
tally_free(struct tally *t)
{
	free(t->latency);
	t->latency = NULL;
}

const char *
outcome_name(enum outcome o)
{
	return outcome_names[o];
}

void
tally_latency(struct tally *t, uint64_t ns)
{
	uint64_t units = ns / 100;

	if (t->nlatency < t->max_latency)
		t->latency[t->nlatency++] = units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

/* The count of a header name, made where it is new and there is room; NULL where there is none. */
static struct header_count *
header_count(struct tally *t, const char *name, unsigned max)
{
	struct header_count *h;

	for (h = t->headers; h < t->headers + t->nheaders; h++)
		if (strncasecmp(h->name, name, sizeof(h->name) - 1) == 0)
			return h;
	if (t->nheaders >= max)
		return NULL;
	t->nheaders++;
	strlcpy(h->name, name, sizeof(h->name));
	return h;
}

void
tally_header(struct tally *t, const char *name, enum edit edit)
{
	struct header_count *h = header_count(t, name, MAX_HEADER_NAMES - 1);

	if (h == NULL)
		h = header_count(t, "(other)", MAX_HEADER_NAMES);
	h->n[edit]++;
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Microseconds; of sorted latencies. */
static double
percentile(const struct tally *t, unsigned of_1000)
{
	size_t i;

	if (t->nlatency == 0)
		return 0;
	i = (t->nlatency * of_1000 + 999) / 1000;
	return t->latency[i == 0 ? 0 : i - 1] / 10.0;
}

static double
own_cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint64_t
total(const struct tally *t)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < OUTCOMES; i++)
		n += t->outcomes[i];
	return n;
}

static void
json_headers(struct json *j, const struct tally *t)
{
	unsigned i, e;

	json_open_object(j, "headers");
	for (i = 0; i < t->nheaders; i++) {
		json_open_object(j, t->headers[i].name);
		for (e = 0; e < EDITS; e++)
			json_int(j, edit_names[e], (int64_t)t->headers[i].n[e]);
		json_close_object(j);
	}
	json_close_object(j);
}

static void
json_latency(struct json *j, const struct tally *t)
{
	int i;

	json_open_object(j, "eom_latency_us");
	json_int(j, "samples", (int64_t)t->nlatency);
	json_int(j, "min", (int64_t)percentile(t, 0));
	for (i = 0; i < PERCENTILES; i++)
		json_int(j, percentile_names[i], (int64_t)percentile(t, permille[i]));
	json_int(j, "max", (int64_t)percentile(t, 1000));
	json_close_object(j);
}

static void
print_json(const struct tally *t, double elapsed)
{
	struct buf b;
	struct json j;
	int i;

	buf_init(&b, 1 << 20);
	json_init(&j, &b);
	json_open_object(&j, NULL);
	json_int(&j, "messages", (int64_t)total(t));
	json_int(&j, "sessions", (int64_t)t->sessions);
	json_int(&j, "elapsed_us", (int64_t)(elapsed * 1e6));
	json_int(&j, "load_cpu_us", (int64_t)(own_cpu() * 1e6));
	json_open_object(&j, "replies");
	for (i = 0; i < OUTCOMES; i++)
		json_int(&j, outcome_names[i], (int64_t)t->outcomes[i]);
	json_close_object(&j);
	json_int(&j, "quarantined", (int64_t)t->quarantined);
	json_int(&j, "other_edits", (int64_t)t->other_edits);
	json_headers(&j, t);
	json_latency(&j, t);
	json_close_object(&j);
	puts(buf_str(&b));
	buf_free(&b);
}

static void
print_table(const struct tally *t, double elapsed)
{
	uint64_t n = total(t);
	unsigned i, e;

	printf("%" PRIu64 " messages in %" PRIu64
	       " sessions, %.3f s: %.1f messages/s (load: %.3f s CPU)\n",
	    n, t->sessions, elapsed, elapsed > 0 ? (double)n / elapsed : 0.0, own_cpu());
	printf("end of message, ms: ");
	for (i = 0; i < PERCENTILES; i++)
		printf(" %s %.3f ", percentile_names[i], percentile(t, permille[i]) / 1e3);
	printf(" max %.3f\nreplies:", percentile(t, 1000) / 1e3);
	for (i = 0; i < OUTCOMES; i++)
		if (t->outcomes[i] != 0)
			printf(" %s %" PRIu64, outcome_names[i], t->outcomes[i]);
	if (t->quarantined != 0)
		printf(" (quarantined %" PRIu64 ")", t->quarantined);
	putchar('\n');
	for (i = 0; i < t->nheaders; i++) {
		printf("  %s:", t->headers[i].name);
		for (e = 0; e < EDITS; e++)
			if (t->headers[i].n[e] != 0)
				printf(" %s %" PRIu64, edit_names[e], t->headers[i].n[e]);
		putchar('\n');
	}
}

int
tally_report(struct tally *t, const struct options *o)
{
	double elapsed = (double)(t->end_ns - t->start_ns) / 1e9;

	qsort(t->latency, t->nlatency, sizeof(*t->latency), compare);
	if (o->json)
		print_json(t, elapsed);
	else
		print_table(t, elapsed);
	if (t->outcomes[OUTCOME_PROTOCOL] != 0)
		return 1;
	if (t->outcomes[OUTCOME_REFUSED] + t->outcomes[OUTCOME_LOST] +
		t->outcomes[OUTCOME_TIMEOUT] !=
	    0)
		return 3;
	return total(t) == o->messages ? 0 : 3;
}
