#include "resolver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dns/resolvconf.h"
#include "dns/source.h"
#include "dns/upstream.h"

/* How often, in milliseconds, it is looked whether resolv.conf changed or libunbound is stuck. */
#define CHECK_EVERY 1000
#define RETIRED_MAX 4
#define FAILURE_TTL 5

struct resolver {
	struct dns_source source; /* first */
	char **servers;		  /* owned; NULL where resolv.conf is followed */
	size_t n_servers;
	char *resolv_conf, *trust_anchor_file; /* owned */
	unsigned max_under_way;
	pthread_mutex_t lock; /* of all below */
	struct upstream *upstream;
	struct upstream *retired[RETIRED_MAX]; /* finishing what they began */
	struct resolvconf conf;
	int64_t checked;
	bool renewing, stopped;
	uint64_t asked;
};

void
dns_resolver_defaults(struct dns_resolver_options *o)
{
	*o = (struct dns_resolver_options){
	    .resolv_conf = RESOLVCONF_PATH,
	    .timeout = 5000,
	    .max_under_way = 10000,
	    .cache_bytes = 64 * 1024 * 1024,
	    .ttl_floor = 10,
	    .ttl_ceiling = 86400,
	    .negative_ceiling = 300,
	};
}

static struct resolver *
resolver_of(struct dns_source *s)
{
	return (struct resolver *)s;
}

/* ---- contexts of libunbound, new and retired ---- */

static struct upstream *
new_upstream(const struct resolver *r, const struct resolvconf *conf, struct buf *error)
{
	const char *servers[RESOLVCONF_SERVERS];
	struct upstream_settings s = {.servers = (const char *const *)r->servers,
	    .n_servers = r->n_servers,
	    .trust_anchor_file = r->trust_anchor_file,
	    .max_under_way = r->max_under_way};
	size_t i;

	if (s.servers == NULL) {
		for (i = 0; i < conf->n; i++)
			servers[i] = conf->servers[i];
		s.servers = servers;
		s.n_servers = conf->n;
	}
	return upstream_new(&s, error);
}

/* A place for one more retired context; NULL where all are still busy. */
static struct upstream **
retired_place(struct resolver *r)
{
	struct upstream **place = NULL;
	size_t i;

	for (i = 0; i < RETIRED_MAX; i++) {
		if (r->retired[i] != NULL && upstream_is_over(r->retired[i])) {
			upstream_free(r->retired[i]);
			r->retired[i] = NULL;
		}
		if (r->retired[i] == NULL)
			place = &r->retired[i];
	}
	return place;
}

/* Puts a new context in the place of the old one; frees it where that cannot be. */
static void
exchange(struct resolver *r, struct upstream *new, const struct resolvconf *conf)
{
	struct upstream **place;

	pthread_mutex_lock(&r->lock);
	place = retired_place(r);
	if (new != NULL && place != NULL && !r->stopped) {
		upstream_retire(r->upstream);
		*place = r->upstream;
		r->upstream = new;
		r->conf = *conf;
		new = NULL;
	}
	r->renewing = false;
	pthread_mutex_unlock(&r->lock);
	upstream_free(new);
}

static void
renew(struct resolver *r)
{
	struct resolvconf conf = {0};
	struct upstream *new = NULL;
	struct buf error;

	buf_init(&error, 1024);
	if (r->servers != NULL || resolvconf_read(&conf, r->resolv_conf))
		new = new_upstream(r, &conf, &error);
	exchange(r, new, &conf);
	buf_free(&error);
}

/*
 * True for one caller, now and then: the servers changed, or libunbound has
 * had no answer for so long that it takes the servers for dead, and a new
 * context forgets that.
 */
static bool
must_renew(struct resolver *r)
{
	int64_t now = dns_now();

	if (r->renewing || r->stopped || now - r->checked < CHECK_EVERY)
		return false;
	r->checked = now;
	r->renewing = upstream_is_stuck(r->upstream) ||
		      (r->servers == NULL && resolvconf_changed(&r->conf, r->resolv_conf));
	return r->renewing;
}

/* ---- the source ---- */

static void
start(struct dns_source *s, struct dns_pending *p)
{
	struct resolver *r = resolver_of(s);
	bool renewal;

	pthread_mutex_lock(&r->lock);
	renewal = must_renew(r);
	pthread_mutex_unlock(&r->lock);
	if (renewal)
		renew(r);
	pthread_mutex_lock(&r->lock);
	r->asked++;
	upstream_start(r->upstream, p);
	pthread_mutex_unlock(&r->lock);
}

static void
stop(struct dns_source *s)
{
	struct resolver *r = resolver_of(s);
	size_t i;

	pthread_mutex_lock(&r->lock);
	r->stopped = true;
	upstream_stop(r->upstream);
	for (i = 0; i < RETIRED_MAX; i++)
		if (r->retired[i] != NULL)
			upstream_stop(r->retired[i]);
	pthread_mutex_unlock(&r->lock);
}

static void
free_resolver(struct dns_source *s)
{
	struct resolver *r = resolver_of(s);
	size_t i;

	upstream_free(r->upstream);
	for (i = 0; i < RETIRED_MAX; i++)
		upstream_free(r->retired[i]);
	for (i = 0; i < r->n_servers; i++)
		free(r->servers[i]);
	free(r->servers);
	free(r->resolv_conf);
	free(r->trust_anchor_file);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void
dns_resolver_usage(struct dns_source *s, struct dns_resolver_usage *u)
{
	struct resolver *r = resolver_of(s);

	dns_table_usage(s->table, &u->bytes, &u->answers);
	pthread_mutex_lock(&r->lock);
	u->under_way = upstream_under_way(r->upstream);
	u->asked = r->asked;
	pthread_mutex_unlock(&r->lock);
}

/* ---- setting up ---- */

static bool
copy(char **to, const char *from)
{
	if (from != NULL)
		*to = strdup(from);
	return from == NULL || *to != NULL;
}

static bool
copy_options(struct resolver *r, const struct dns_resolver_options *o)
{
	size_t i;

	r->max_under_way = o->max_under_way;
	if (!copy(&r->resolv_conf, o->resolv_conf) ||
	    !copy(&r->trust_anchor_file, o->trust_anchor_file))
		return false;
	if (o->n_servers == 0)
		return true;
	r->servers = calloc(o->n_servers, sizeof(char *));
	if (r->servers == NULL)
		return false;
	for (i = 0; i < o->n_servers; i++, r->n_servers++)
		if (!copy(&r->servers[i], o->servers[i]))
			return false;
	return true;
}

static bool
open_resolver(struct resolver *r, struct buf *error)
{
	if (r->servers == NULL && !resolvconf_read(&r->conf, r->resolv_conf)) {
		buf_addf(error, "%s: %s", r->resolv_conf, strerror(errno));
		return false;
	}
	r->checked = dns_now();
	r->upstream = new_upstream(r, &r->conf, error);
	return r->upstream != NULL;
}

struct dns_source *
dns_resolver_new(const struct dns_resolver_options *o, struct buf *error)
{
	static const struct dns_source_ops ops = {start, stop, free_resolver};
	const struct dns_limits limits = {.bytes = o->cache_bytes,
	    .ttl_floor = o->ttl_floor,
	    .ttl_ceiling = o->ttl_ceiling,
	    .negative_ceiling = o->negative_ceiling,
	    .tempfail_ceiling = FAILURE_TTL,
	    .timeout = o->timeout};
	struct resolver *r = calloc(1, sizeof(*r));

	if (r != NULL)
		pthread_mutex_init(&r->lock, NULL);
	if (r == NULL || !copy_options(r, o) || !dns_source_init(&r->source, &ops, &limits))
		buf_adds(error, "out of memory");
	else if (open_resolver(r, error))
		return &r->source;
	if (r == NULL)
		return NULL;
	dns_table_unref(r->source.table);
	free_resolver(&r->source);
	return NULL;
}
