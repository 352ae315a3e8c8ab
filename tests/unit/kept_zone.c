#include "kept_zone.h"

#include <err.h>
#include <stdlib.h>

#include "base/buf.h"
#include "dns/source.h"
#include "dns/zone.h"

#define ASKED_MAX 200

struct kept_zone {
	struct dns_source source; /* first */
	struct dns_source *zone;
	enum kept_zone_mode mode;
	struct dns_pending *asked[ASKED_MAX];
	unsigned n;
};

static void
answer(struct kept_zone *k, struct dns_pending *p)
{
	const struct dns_question *q = dns_pending_question(p);

	dns_pending_done(p, dns_lookup(k->zone, q->name, q->type, dns_now() + 10000));
}

static void
start(struct dns_source *s, struct dns_pending *p)
{
	struct kept_zone *k = (struct kept_zone *)s;

	if (k->mode == KEPT_ZONE_AT_ONCE)
		answer(k, p);
	else if (k->n < ASKED_MAX)
		k->asked[k->n++] = p;
	else
		dns_pending_fail(p, "too many", 0);
}

unsigned
kept_zone_settle(struct dns_source *s)
{
	struct kept_zone *k = (struct kept_zone *)s;
	unsigned i, n = k->n;

	for (i = 0; i < n; i++)
		answer(k, k->asked[i]);
	k->n = 0;
	return n;
}

static void
stop(struct dns_source *s)
{
	kept_zone_settle(s);
}

static void
free_zone(struct dns_source *s)
{
	struct kept_zone *k = (struct kept_zone *)s;

	dns_source_free(k->zone);
	free(k);
}

struct dns_source *
kept_zone_new(const char *text, size_t len, enum kept_zone_mode mode)
{
	static const struct dns_source_ops ops = {start, stop, free_zone};
	static const struct dns_limits limits = {
	    .bytes = 10000000, .ttl_ceiling = 3600, .negative_ceiling = 3600};
	struct kept_zone *k = calloc(1, sizeof(*k));
	struct buf error;

	buf_init(&error, 1000);
	if (k == NULL || !dns_source_init(&k->source, &ops, &limits))
		err(1, "kept zone");
	k->mode = mode;
	k->zone = dns_zone_new(text, len, &error);
	if (k->zone == NULL)
		errx(1, "zone: %s", buf_str(&error));
	buf_free(&error);
	return &k->source;
}
