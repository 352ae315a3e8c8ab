#include "table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "dns/answer.h"
#include "dns/siphash.h"

#define SHARDS 16
#define FIRST_BUCKETS 64
/* A look-up that failed in time is tried again after so many seconds. */
#define TIMED_OUT_TTL 5

struct dns_pending {
	struct dns_question question;
	uint64_t hash;
	struct dns_table *table; /* a reference */
	int64_t limit;		 /* when it counts as timed out */
	atomic_uint refs;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool settled;			 /* under lock, as is answer */
	const struct dns_answer *answer; /* a reference; NULL where memory ran out */
};

struct entry {
	TAILQ_ENTRY(entry) used; /* in the shard's list where there is an answer */
	struct entry *next;	 /* in its bucket */
	uint64_t hash;
	const struct dns_answer *answer; /* a reference, or NULL */
	int64_t expires;
	size_t cost; /* of entry and answer */
	struct dns_pending
	    *pending; /* or NULL; the source holds a reference as long as it stands here */
	enum dns_type type;
	size_t len;
	char name[];
};

struct shard {
	_Alignas(64) pthread_mutex_t lock;
	TAILQ_HEAD(used_list, entry) used; /* last used first */
	struct entry **buckets;
	size_t n_buckets; /* a power of two */
	size_t entries, answers, bytes;
};

struct dns_table {
	struct dns_limits limits;
	uint64_t key[2];
	atomic_uint refs;
	struct shard shards[SHARDS];
};

/* ---- the table as a whole ---- */

static bool
shard_init(struct shard *s)
{
	s->buckets = calloc(FIRST_BUCKETS, sizeof(struct entry *));
	if (s->buckets == NULL)
		return false;
	s->n_buckets = FIRST_BUCKETS;
	TAILQ_INIT(&s->used);
	pthread_mutex_init(&s->lock, NULL);
	return true;
}

static void
shard_free(struct shard *s)
{
	struct entry *e, *next;
	size_t i;

	for (i = 0; i < s->n_buckets; i++)
		for (e = s->buckets[i]; e != NULL; e = next) {
			next = e->next;
			dns_answer_unref(e->answer);
			free(e);
		}
	free(s->buckets);
	if (s->n_buckets != 0)
		pthread_mutex_destroy(&s->lock);
}

struct dns_table *
dns_table_new(const struct dns_limits *limits)
{
	struct dns_table *t = aligned_alloc(_Alignof(struct dns_table), sizeof(*t));
	size_t i;

	if (t == NULL)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->limits = *limits;
	arc4random_buf(t->key, sizeof(t->key));
	atomic_init(&t->refs, 1);
	for (i = 0; i < SHARDS; i++)
		if (!shard_init(&t->shards[i])) {
			dns_table_unref(t);
			return NULL;
		}
	return t;
}

struct dns_table *
dns_table_ref(struct dns_table *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void
dns_table_unref(struct dns_table *t)
{
	size_t i;

	if (t == NULL || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; i < SHARDS; i++)
		shard_free(&t->shards[i]);
	free(t);
}

void
dns_table_usage(struct dns_table *t, size_t *bytes, size_t *answers)
{
	size_t i;

	*bytes = *answers = 0;
	for (i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&t->shards[i].lock);
		*bytes += t->shards[i].bytes;
		*answers += t->shards[i].answers;
		pthread_mutex_unlock(&t->shards[i].lock);
	}
}

/* ---- entries; the shard is locked ---- */

static struct shard *
shard_of(struct dns_table *t, uint64_t hash)
{
	return &t->shards[hash >> 60];
}

static struct entry *
find(const struct shard *s, const struct dns_question *q, uint64_t hash)
{
	struct entry *e;

	for (e = s->buckets[hash & (s->n_buckets - 1)]; e != NULL; e = e->next)
		if (e->hash == hash && e->type == q->type && e->len == q->len &&
		    memcmp(e->name, q->name, q->len) == 0)
			break;
	return e;
}

/* More buckets, if memory allows; otherwise the chains get longer. */
static void
grow(struct shard *s)
{
	size_t i, n = s->n_buckets * 2;
	struct entry **buckets, **at, *e, *next;

	if (s->entries < s->n_buckets || (buckets = calloc(n, sizeof(struct entry *))) == NULL)
		return;
	for (i = 0; i < s->n_buckets; i++)
		for (e = s->buckets[i]; e != NULL; e = next) {
			next = e->next;
			at = &buckets[e->hash & (n - 1)];
			e->next = *at;
			*at = e;
		}
	free(s->buckets);
	s->buckets = buckets;
	s->n_buckets = n;
}

static struct entry *
add_entry(struct shard *s, const struct dns_question *q, uint64_t hash)
{
	struct entry *e = malloc(sizeof(*e) + q->len), **at;

	if (e == NULL)
		return NULL;
	grow(s);
	at = &s->buckets[hash & (s->n_buckets - 1)];
	*e = (struct entry){.next = *at, .hash = hash, .type = q->type, .len = q->len};
	memcpy(e->name, q->name, q->len);
	*at = e;
	s->entries++;
	return e;
}

static void
take_answer(struct shard *s, struct entry *e)
{
	if (e->answer == NULL)
		return;
	TAILQ_REMOVE(&s->used, e, used);
	s->bytes -= e->cost;
	s->answers--;
	dns_answer_unref(e->answer);
	e->answer = NULL;
}

static void
put_answer(struct shard *s, struct entry *e, const struct dns_answer *a)
{
	take_answer(s, e);
	e->answer = dns_answer_ref(a);
	e->cost = sizeof(*e) + e->len + dns_answer_cost(a);
	s->bytes += e->cost;
	s->answers++;
	TAILQ_INSERT_HEAD(&s->used, e, used);
}

static void
remove_if_empty(struct shard *s, struct entry *e)
{
	struct entry **at = &s->buckets[e->hash & (s->n_buckets - 1)];

	if (e->answer != NULL || e->pending != NULL)
		return;
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	s->entries--;
	free(e);
}

static void
make_room(struct shard *s, size_t bytes)
{
	struct entry *e;

	while (s->bytes > bytes && (e = TAILQ_LAST(&s->used, used_list)) != NULL) {
		take_answer(s, e);
		remove_if_empty(s, e);
	}
}

/* ---- keeping answers ---- */

static int64_t
clamp(uint32_t ttl, uint32_t floor, uint32_t ceiling)
{
	if (ttl < floor)
		ttl = floor;
	return 1000 * (int64_t)(ttl > ceiling ? ceiling : ttl);
}

static int64_t
keep_time(const struct dns_limits *l, const struct dns_answer *a)
{
	if (l->bytes == 0 || a == NULL)
		return 0;
	switch (a->status) {
	case DNS_OK:
		return clamp(a->ttl, l->ttl_floor, l->ttl_ceiling);
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return clamp(a->ttl, l->ttl_floor, l->negative_ceiling);
	case DNS_TEMPFAIL:
		return clamp(a->ttl, 0, l->tempfail_ceiling);
	case DNS_BADNAME:
		break;
	}
	return 0;
}

/* A failure that comes late does not replace what a second look-up found out. */
static bool
worth_keeping(const struct entry *e, const struct dns_answer *a, int64_t now)
{
	return a->status != DNS_TEMPFAIL || e->answer == NULL || e->expires <= now ||
	       e->answer->status == DNS_TEMPFAIL;
}

static void
keep(struct dns_table *t, struct dns_pending *p, const struct dns_answer *a)
{
	struct shard *s = shard_of(t, p->hash);
	struct entry *e = find(s, &p->question, p->hash);
	int64_t now = dns_now(), time = keep_time(&t->limits, a);

	if (e != NULL && e->pending == p)
		e->pending = NULL;
	if (time > 0 && e == NULL)
		e = add_entry(s, &p->question, p->hash);
	if (e == NULL)
		return;
	if (time > 0 && worth_keeping(e, a, now)) {
		put_answer(s, e, a);
		e->expires = now + time;
	}
	make_room(s, t->limits.bytes / SHARDS);
}

/* ---- look-ups under way ---- */

static struct dns_pending *
new_pending(struct dns_table *t, const struct dns_question *q, uint64_t hash)
{
	struct dns_pending *p = malloc(sizeof(*p));
	pthread_condattr_t monotonic;

	if (p == NULL)
		return NULL;
	*p = (struct dns_pending){.question = *q, .hash = hash, .table = dns_table_ref(t)};
	p->limit = t->limits.timeout > 0 ? dns_now() + t->limits.timeout : INT64_MAX;
	atomic_init(&p->refs, 1);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->over, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return p;
}

static struct dns_pending *
ref(struct dns_pending *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
dns_pending_unref(struct dns_pending *p)
{
	if (atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	dns_answer_unref(p->answer);
	dns_table_unref(p->table);
	pthread_cond_destroy(&p->over);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

const struct dns_question *
dns_pending_question(const struct dns_pending *p)
{
	return &p->question;
}

/* The first to settle decides what those hear who wait. */
static void
settle(struct dns_pending *p, const struct dns_answer *a)
{
	pthread_mutex_lock(&p->lock);
	if (!p->settled) {
		p->answer = a != NULL ? dns_answer_ref(a) : NULL;
		p->settled = true;
		pthread_cond_broadcast(&p->over);
	}
	pthread_mutex_unlock(&p->lock);
}

static void
deliver(struct dns_pending *p, const struct dns_answer *a)
{
	struct shard *s = shard_of(p->table, p->hash);

	pthread_mutex_lock(&s->lock);
	keep(p->table, p, a);
	pthread_mutex_unlock(&s->lock);
	settle(p, a);
}

void
dns_pending_done(struct dns_pending *p, const struct dns_answer *a)
{
	deliver(p, a);
	dns_answer_unref(a);
	dns_pending_unref(p);
}

void
dns_pending_fail(struct dns_pending *p, const char *reason, uint32_t ttl)
{
	dns_pending_done(p, dns_answer_empty(DNS_TEMPFAIL, ttl, reason));
}

/* False where the time was up first. */
static bool
settled_by(struct dns_pending *p, int64_t until)
{
	struct timespec ts = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
	int error = 0;
	bool settled;

	pthread_mutex_lock(&p->lock);
	while (!p->settled && error == 0)
		error = pthread_cond_timedwait(&p->over, &p->lock, &ts);
	settled = p->settled;
	pthread_mutex_unlock(&p->lock);
	return settled;
}

const struct dns_answer *
dns_pending_wait(struct dns_pending *p, int64_t deadline)
{
	const struct dns_answer *late;

	if (!settled_by(p, deadline < p->limit ? deadline : p->limit)) {
		late = dns_answer_empty(DNS_TEMPFAIL, TIMED_OUT_TTL, "timed out");
		if (deadline < p->limit)
			return late;
		/* The source may still answer: that comes too late here, but not for the table. */
		deliver(p, late);
		dns_answer_unref(late);
	}
	return p->answer != NULL ? dns_answer_ref(p->answer) : NULL;
}

/* ---- asking ---- */

static uint64_t
hash_of(const struct dns_table *t, const struct dns_question *q)
{
	return siphash(t->key, q->name, q->len) ^ (uint64_t)q->type * 0x9e3779b97f4a7c15;
}

static void
start(struct dns_table *t, struct entry *e, const struct dns_question *q, struct dns_found *found)
{
	e->pending = new_pending(t, q, e->hash);
	if (e->pending == NULL)
		return;
	found->start = e->pending;
	found->pending = ref(e->pending);
}

static struct dns_found
ask(struct dns_table *t, const struct dns_question *q, uint64_t hash)
{
	struct shard *s = shard_of(t, hash);
	struct entry *e = find(s, q, hash);
	struct dns_found found = {0};

	if (e != NULL && e->answer != NULL && dns_now() < e->expires) {
		TAILQ_REMOVE(&s->used, e, used);
		TAILQ_INSERT_HEAD(&s->used, e, used);
		found.answer = dns_answer_ref(e->answer);
		return found;
	}
	if (e != NULL && e->pending != NULL) {
		found.pending = ref(e->pending);
		return found;
	}
	if (e == NULL && (e = add_entry(s, q, hash)) == NULL)
		return found;
	start(t, e, q, &found);
	remove_if_empty(s, e);
	return found;
}

struct dns_found
dns_table_ask(struct dns_table *t, const struct dns_question *q)
{
	uint64_t hash = hash_of(t, q);
	struct shard *s = shard_of(t, hash);
	struct dns_found found;

	pthread_mutex_lock(&s->lock);
	found = ask(t, q, hash);
	pthread_mutex_unlock(&s->lock);
	return found;
}
