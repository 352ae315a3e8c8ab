#include "zone.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/arena.h"
#include "dns/source.h"
#include "dns/zonefile.h"

/* As many as libunbound follows. */
#define CHAIN_MAX 11
/* Negative answers carry no TTL of their own here. */
#define NEGATIVE_TTL 300

struct record {
	STAILQ_ENTRY(record) next;
	enum zonefile_kind kind;
	enum dns_type type;
	uint32_t ttl;
	size_t len;
	const uint8_t *rdata;
	const char *target; /* CNAME, DNAME */
};

struct node {
	STAILQ_HEAD(records, record) records;
	const char *name;
};

struct asked {
	STAILQ_ENTRY(asked) next;
	struct dns_question question;
	size_t times;
};

struct delayed {
	STAILQ_ENTRY(delayed) next;
	int64_t due;
	struct dns_pending *pending;
};

struct zone {
	struct dns_source source; /* first */
	struct arena arena;	  /* of nodes and records */
	void *tree;		  /* of nodes, by name: tsearch(3) */
	pthread_mutex_t lock;	  /* of all below */
	pthread_cond_t changed;
	pthread_t thread; /* gives the delayed answers */
	bool has_thread, stopped;
	unsigned delay;
	STAILQ_HEAD(delays, delayed) delayed;
	STAILQ_HEAD(questions, asked) asked;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

/* ---- building ---- */

static struct node *
find(struct zone *z, const char *name)
{
	struct node key = {.name = name}, **found = tfind(&key, &z->tree, compare);

	return found != NULL ? *found : NULL;
}

static struct node *
add_node(struct zone *z, const char *name)
{
	struct node *n = find(z, name);

	if (n != NULL)
		return n;
	n = arena_alloc(&z->arena, sizeof(*n));
	if (n == NULL || (n->name = arena_strdup(&z->arena, name)) == NULL)
		return NULL;
	STAILQ_INIT(&n->records);
	return tsearch(n, &z->tree, compare) != NULL ? n : NULL;
}

static const char *
parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : "";
}

/* The names above exist with it, with or without records (RFC 4592 §2.2.2). */
static bool
add_parents(struct zone *z, const char *name)
{
	const char *up;

	for (up = parent(name); *up != '\0' && find(z, up) == NULL; up = parent(up))
		if (add_node(z, up) == NULL)
			return false;
	return true;
}

static bool
add_record(void *to, const struct zonefile_record *from)
{
	struct zone *z = to;
	struct node *n = add_node(z, from->owner);
	struct record *r = arena_alloc(&z->arena, sizeof(*r));
	uint8_t *rdata = arena_alloc(&z->arena, from->rdata.len);
	char *target = arena_strdup(&z->arena, from->target);

	if (n == NULL || r == NULL || rdata == NULL || target == NULL || !add_parents(z, n->name))
		return false;
	if (from->rdata.len > 0)
		memcpy(rdata, from->rdata.data, from->rdata.len);
	*r = (struct record){.kind = from->kind,
	    .type = from->type,
	    .ttl = from->ttl,
	    .len = from->rdata.len,
	    .rdata = rdata,
	    .target = target};
	STAILQ_INSERT_TAIL(&n->records, r, next);
	return true;
}

/* ---- answering ---- */

static const struct record *
find_record(const struct node *n, enum zonefile_kind kind, enum dns_type type)
{
	const struct record *r;

	for (r = STAILQ_FIRST(&n->records); r != NULL; r = STAILQ_NEXT(r, next))
		if (r->kind == kind && (r->type == type || r->type == 0))
			return r;
	return NULL;
}

/* The DNAME above a name (RFC 6672 §2.2), or NULL; *owner is where it stands. */
static const struct record *
find_dname(struct zone *z, const char *name, const char **owner)
{
	const struct record *r;
	struct node *n;

	for (*owner = parent(name); **owner != '\0'; *owner = parent(*owner)) {
		n = find(z, *owner);
		if (n != NULL && (r = find_record(n, ZONEFILE_DNAME, 0)) != NULL)
			return r;
	}
	return NULL;
}

/* The wildcard below the closest encloser (RFC 4592 §3.3.1), or NULL. */
static struct node *
find_wildcard(struct zone *z, const char *name)
{
	char star[DNS_NAME_MAX + 3];
	const char *up = parent(name);

	while (*up != '\0' && find(z, up) == NULL)
		up = parent(up);
	if (*up == '\0')
		return NULL;
	strcpy(star, "*.");
	strcat(star, up);
	return find(z, star);
}

/* Replaces the end of name that is owner by the target. False where that gets too long. */
static bool
substitute(char name[DNS_NAME_MAX + 1], const char *owner, const char *target)
{
	size_t keep = (size_t)(owner - name), len = strlen(target);

	if (len == 0)
		keep = keep > 0 ? keep - 1 : 0;
	if (keep + len > DNS_NAME_MAX)
		return false;
	memcpy(name + keep, target, len + 1);
	return true;
}

static void
add_if(struct dns_draft *d, const struct record *r)
{
	if (r->kind != ZONEFILE_RECORD || r->type != d->type)
		return;
	dns_draft_add(d, r->rdata, r->len);
	if (r->ttl < d->ttl)
		d->ttl = r->ttl;
}

static const struct dns_answer *
collect(const struct node *n, enum dns_type type, uint32_t ttl)
{
	const struct record *r;
	struct dns_draft d;

	dns_draft_init(&d, type);
	d.ttl = find_record(n, ZONEFILE_RECORD, type) != NULL ? ttl : NEGATIVE_TTL;
	for (r = STAILQ_FIRST(&n->records); r != NULL; r = STAILQ_NEXT(r, next))
		add_if(&d, r);
	return dns_draft_finish(&d);
}

static const struct dns_answer *
fail(const char *reason)
{
	return dns_answer_empty(DNS_TEMPFAIL, 0, reason);
}

static const struct dns_answer *
answer(struct zone *z, const struct dns_question *q)
{
	char name[DNS_NAME_MAX + 1];
	uint32_t ttl = UINT32_MAX;
	const struct record *r;
	const char *owner;
	struct node *n;
	int links;

	memcpy(name, q->name, q->len + 1);
	for (links = 0; links <= CHAIN_MAX; links++) {
		r = NULL;
		n = find(z, name);
		if (n == NULL && (r = find_dname(z, name, &owner)) == NULL &&
		    (n = find_wildcard(z, name)) == NULL)
			return dns_answer_nxdomain(NEGATIVE_TTL, false);
		if (n != NULL && find_record(n, ZONEFILE_TIMEOUT, q->type) != NULL)
			return fail("timed out");
		if (n != NULL && find_record(n, ZONEFILE_SERVFAIL, q->type) != NULL)
			return fail("SERVFAIL");
		if (n != NULL && find_record(n, ZONEFILE_RECORD, q->type) == NULL) {
			r = find_record(n, ZONEFILE_RECORD, DNS_CNAME);
			owner = name;
		}
		if (r == NULL)
			return collect(n, q->type, ttl);
		if (!substitute(name, owner, r->target))
			return fail("name too long after DNAME"); /* RFC 6672 §2.3: YXDOMAIN */
		if (r->ttl < ttl)
			ttl = r->ttl;
	}
	return fail("CNAME loop");
}

/* ---- the source; what is asked of it, and delays ---- */

static struct zone *
zone_of(struct dns_source *s)
{
	return (struct zone *)s;
}

static bool
same(const struct dns_question *a, const struct dns_question *b)
{
	return a->type == b->type && strcmp(a->name, b->name) == 0;
}

static void
count(struct zone *z, const struct dns_question *q)
{
	struct asked *a;

	for (a = STAILQ_FIRST(&z->asked); a != NULL; a = STAILQ_NEXT(a, next))
		if (same(&a->question, q))
			break;
	if (a == NULL && (a = calloc(1, sizeof(*a))) != NULL) {
		a->question = *q;
		STAILQ_INSERT_TAIL(&z->asked, a, next);
	}
	if (a != NULL)
		a->times++;
}

/* The answer comes later, from the thread. */
static bool
delay(struct zone *z, struct dns_pending *p)
{
	struct delayed *d;

	if (z->delay == 0 || z->stopped || (d = malloc(sizeof(*d))) == NULL)
		return false;
	*d = (struct delayed){.due = dns_now() + z->delay, .pending = p};
	STAILQ_INSERT_TAIL(&z->delayed, d, next);
	pthread_cond_signal(&z->changed);
	return true;
}

static void
start(struct dns_source *s, struct dns_pending *p)
{
	const struct dns_question *q = dns_pending_question(p);
	struct zone *z = zone_of(s);
	bool delayed, stopped;

	pthread_mutex_lock(&z->lock);
	count(z, q);
	delayed = delay(z, p);
	stopped = z->stopped;
	pthread_mutex_unlock(&z->lock);
	if (stopped)
		dns_pending_fail(p, "shutting down", 0);
	else if (!delayed)
		dns_pending_done(p, answer(z, q));
}

static void
sleep_until(struct zone *z, int64_t due)
{
	struct timespec ts = {.tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000};

	pthread_cond_timedwait(&z->changed, &z->lock, &ts);
}

static void *
give_delayed(void *arg)
{
	struct zone *z = arg;
	struct delayed *d;

	pthread_mutex_lock(&z->lock);
	while (!z->stopped || !STAILQ_EMPTY(&z->delayed)) {
		d = STAILQ_FIRST(&z->delayed);
		if (d == NULL)
			pthread_cond_wait(&z->changed, &z->lock);
		else if (!z->stopped && dns_now() < d->due)
			sleep_until(z, d->due);
		else {
			STAILQ_REMOVE_HEAD(&z->delayed, next);
			if (z->stopped)
				dns_pending_fail(d->pending, "shutting down", 0);
			else
				dns_pending_done(
				    d->pending, answer(z, dns_pending_question(d->pending)));
			free(d);
		}
	}
	pthread_mutex_unlock(&z->lock);
	return NULL;
}

void
dns_zone_delay(struct dns_source *s, unsigned ms)
{
	struct zone *z = zone_of(s);

	pthread_mutex_lock(&z->lock);
	if (!z->has_thread && !z->stopped)
		z->has_thread = pthread_create(&z->thread, NULL, give_delayed, z) == 0;
	z->delay = z->has_thread ? ms : 0;
	pthread_mutex_unlock(&z->lock);
}

size_t
dns_zone_queries(struct dns_source *s, const char *name, enum dns_type type)
{
	struct zone *z = zone_of(s);
	struct dns_question q;
	struct asked *a;
	size_t n = 0;

	if (name != NULL && !dns_question_set(&q, name, type))
		return 0;
	pthread_mutex_lock(&z->lock);
	for (a = STAILQ_FIRST(&z->asked); a != NULL; a = STAILQ_NEXT(a, next))
		if ((name == NULL || strcmp(a->question.name, q.name) == 0) &&
		    (type == 0 || a->question.type == type))
			n += a->times;
	pthread_mutex_unlock(&z->lock);
	return n;
}

void
dns_zone_forget_queries(struct dns_source *s)
{
	struct zone *z = zone_of(s);
	struct asked *a;

	pthread_mutex_lock(&z->lock);
	while ((a = STAILQ_FIRST(&z->asked)) != NULL) {
		STAILQ_REMOVE_HEAD(&z->asked, next);
		free(a);
	}
	pthread_mutex_unlock(&z->lock);
}

static void
stop(struct dns_source *s)
{
	struct zone *z = zone_of(s);
	bool has_thread;

	pthread_mutex_lock(&z->lock);
	has_thread = z->has_thread;
	z->has_thread = false;
	z->stopped = true;
	pthread_cond_signal(&z->changed);
	pthread_mutex_unlock(&z->lock);
	if (has_thread)
		pthread_join(z->thread, NULL);
}

/* The nodes are the arena's. */
static void
keep_node(void *node)
{
}

static void
free_zone(struct dns_source *s)
{
	struct zone *z = zone_of(s);

	dns_zone_forget_queries(s);
	tdestroy(z->tree, keep_node);
	arena_free(&z->arena);
	pthread_cond_destroy(&z->changed);
	pthread_mutex_destroy(&z->lock);
	free(z);
}

static const struct dns_source_ops zone_ops = {start, stop, free_zone};

static struct zone *
new_zone(void)
{
	static const struct dns_limits keep_nothing;
	struct zone *z = calloc(1, sizeof(*z));
	pthread_condattr_t monotonic;

	if (z == NULL || !dns_source_init(&z->source, &zone_ops, &keep_nothing)) {
		free(z);
		return NULL;
	}
	arena_init(&z->arena, 0);
	STAILQ_INIT(&z->delayed);
	STAILQ_INIT(&z->asked);
	pthread_mutex_init(&z->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&z->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return z;
}

struct dns_source *
dns_zone_new(const char *text, size_t len, struct buf *error)
{
	struct zone *z = new_zone();
	struct zonefile_sink sink = {.add = add_record, .to = z};

	if (z == NULL) {
		buf_adds(error, "out of memory");
		return NULL;
	}
	if (zonefile_parse(text, len, &sink, error))
		return &z->source;
	dns_source_free(&z->source);
	return NULL;
}

static bool
read_all(int fd, struct buf *text)
{
	ssize_t n;

	while (buf_reserve(text, 65536)) {
		n = read(fd, text->data + text->len, 65536);
		if (n <= 0)
			return n == 0;
		text->len += (size_t)n;
	}
	errno = EFBIG;
	return false;
}

struct dns_source *
dns_zone_load(const char *path, struct buf *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct dns_source *s = NULL;
	struct buf text;

	buf_init(&text, ZONEFILE_MAX + 65536);
	buf_addf(error, "%s: ", path);
	if (fd == -1 || !read_all(fd, &text))
		buf_adds(error, strerror(errno));
	else if ((s = dns_zone_new(buf_str(&text), text.len, error)) != NULL)
		buf_clear(error);
	if (fd != -1)
		close(fd);
	buf_free(&text);
	return s;
}
