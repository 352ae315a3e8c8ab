#include "dkim_lookup.h"

#include <stdio.h>
#include <string.h>

#define NAME_BUF (DOMAIN_MAX * 2 + sizeof("._domainkey."))

bool
dkim_lookups_init(struct dkim_lookups *l, struct dns_source *dns, struct arena *mem, size_t max)
{
	*l = (struct dkim_lookups){.dns = dns, .mem = mem, .max = max};
	l->v = arena_alloc(mem, max * sizeof(*l->v));
	return l->v != NULL;
}

void
dkim_lookups_free(struct dkim_lookups *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		dns_cancel(l->v[i].query);
		if (l->v[i].answer != NULL)
			dns_answer_unref(l->v[i].answer);
	}
	l->n = 0;
}

struct dkim_lookup *
dkim_lookups_ask(struct dkim_lookups *l, const char *selector, const char *domain)
{
	struct dkim_lookup *k;
	char name[NAME_BUF];
	size_t i;

	snprintf(name, sizeof(name), "%s._domainkey.%s", selector, domain);
	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0)
			return &l->v[i];
	if (l->n == l->max)
		return NULL;
	k = &l->v[l->n];
	*k = (struct dkim_lookup){.name = arena_strdup(l->mem, name)};
	if (k->name == NULL || (k->query = dns_ask(l->dns, name, DNS_TXT)) == NULL)
		return NULL;
	l->n++;
	return k;
}

bool
dkim_lookups_wait(struct dkim_lookups *l, int64_t deadline)
{
	bool all = true;
	size_t i;

	for (i = 0; i < l->n; i++) {
		l->v[i].answer = dns_wait(l->v[i].query, deadline);
		l->v[i].query = NULL;
		all &= l->v[i].answer != NULL;
	}
	return all;
}

enum dkim_lookup_status
dkim_lookup_keys(
    const struct dkim_lookup *k, const struct dkim_keys **keys, char reason[DKIM_LOOKUP_REASON_MAX])
{
	const struct dns_answer *a = k->answer;

	switch (a->status) {
	case DNS_OK:
		if ((*keys = dns_answer_parsed(a, &dkim_keys_parser)) != NULL)
			return DKIM_LOOKUP_OK;
		snprintf(reason, DKIM_LOOKUP_REASON_MAX, "out of memory");
		return DKIM_LOOKUP_LATER;
	case DNS_BADNAME:
		snprintf(reason, DKIM_LOOKUP_REASON_MAX, "%s cannot be a name in DNS", k->name);
		return DKIM_LOOKUP_NO_KEY;
	case DNS_TEMPFAIL:
		snprintf(reason, DKIM_LOOKUP_REASON_MAX, "key at %s: %s", k->name, a->reason);
		return DKIM_LOOKUP_LATER;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		break;
	}
	snprintf(reason, DKIM_LOOKUP_REASON_MAX, "no key at %s", k->name);
	return DKIM_LOOKUP_NO_KEY;
}
