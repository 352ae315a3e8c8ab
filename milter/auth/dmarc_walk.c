#include "dmarc_walk.h"

#include <stdio.h>
#include <string.h>

#include "base/domain.h"

#define PREFIX "_dmarc."

/* ---- look-ups ---- */

void
dmarc_lookups_init(struct dmarc_lookups *l, struct dns_source *dns, struct arena *mem)
{
	*l = (struct dmarc_lookups){.dns = dns, .mem = mem};
}

void
dmarc_lookups_end(struct dmarc_lookups *l)
{
	struct dmarc_lookup *u;

	for (u = l->first; u != NULL; u = u->next) {
		dns_cancel(u->query);
		if (u->answer != NULL)
			dns_answer_unref(u->answer);
	}
	l->first = NULL;
}

/* The look-up for a domain, begun if it is the first; NULL without memory. */
static struct dmarc_lookup *
ask(struct dmarc_lookups *l, const char *domain)
{
	char name[sizeof(PREFIX) + DOMAIN_MAX];
	struct dmarc_lookup *u;

	for (u = l->first; u != NULL; u = u->next)
		if (strcmp(u->domain, domain) == 0)
			return u;
	if ((u = arena_alloc(l->mem, sizeof(*u))) == NULL)
		return NULL;
	/* a name that this makes too long is one that cannot exist: DNS_BADNAME */
	snprintf(name, sizeof(name), PREFIX "%s", domain);
	*u = (struct dmarc_lookup){
	    .next = l->first, .domain = domain, .query = dns_ask(l->dns, name, DNS_TXT)};
	l->first = u;
	return u;
}

const struct dmarc_record *
dmarc_lookup_wait(struct dmarc_lookup *u, int64_t deadline)
{
	if (u == NULL || u->query == NULL)
		return u != NULL ? u->record : NULL;
	u->answer = dns_wait(u->query, deadline);
	u->query = NULL;
	if (u->answer != NULL && u->answer->status != DNS_TEMPFAIL)
		u->record = dmarc_record_of(u->answer);
	return u->record;
}

/* ---- the walk ---- */

/* The end of a name that has so many labels. */
static const char *
last_labels(const char *domain, size_t n)
{
	size_t have = domain_labels(domain);

	for (; have > n; have--)
		domain = domain_parent(domain);
	return domain;
}

void
dmarc_walk_begin(struct dmarc_walk *w, struct dmarc_lookups *l, const char *domain)
{
	size_t labels = domain_labels(domain);
	const char *at = domain;

	*w = (struct dmarc_walk){.domain = domain};
	while (at != NULL) {
		w->at[w->n++] = ask(l, at);
		/* §4.10 step 4: from a long name to its last seven labels */
		at = w->n == 1 && labels > DMARC_WALK_MAX ? last_labels(domain, DMARC_WALK_MAX - 1)
							  : domain_parent(at);
	}
}

/* The name of the walk's step, also where memory was short. */
static const char *
name_at(const struct dmarc_walk *w, size_t i)
{
	return i == 0 ? w->domain : last_labels(w->domain, w->n - i);
}

/* The domain one label below, towards where the walk began (§4.10.2, 2). */
static const char *
one_below(const struct dmarc_walk *w, const char *psd)
{
	return last_labels(w->domain, domain_labels(psd) + 1);
}

/*
 * psd=y above the start ends the walk: the Organizational Domain is one label
 * below. Where it has a record, that was the last one found; a name that the
 * walk has skipped was not asked, and has none.
 */
static void
set_below_psd(
    struct dmarc_organization *org, const struct dmarc_walk *w, const struct dmarc_lookup *psd)
{
	org->psd = psd;
	org->domain = one_below(w, psd->domain);
	if (org->own != NULL && strcmp(org->own->domain, org->domain) != 0)
		org->own = NULL;
}

struct dmarc_organization
dmarc_walk_end(const struct dmarc_walk *w, int64_t deadline)
{
	struct dmarc_organization org = {.domain = w->domain};
	const struct dmarc_record *record;
	size_t i;

	for (i = 0; i < w->n; i++) {
		record = dmarc_lookup_wait(w->at[i], deadline);
		if (record == NULL)
			return (struct dmarc_organization){.failed = name_at(w, i)};
		if (!dmarc_record_exists(record))
			continue;
		if (record->psd == DMARC_PSD_YES && i > 0) {
			set_below_psd(&org, w, w->at[i]);
			return org;
		}
		/* of several, the one with the fewest labels */
		org.own = w->at[i];
		org.domain = org.own->domain;
		if (record->psd != DMARC_PSD_UNKNOWN)
			return org;
	}
	return org;
}
