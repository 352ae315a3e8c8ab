#include "own_domains.h"

#include <string.h>

#include "base/domain.h"

static bool
is_local(const struct conf_list *local, const char *domain)
{
	size_t i;

	for (i = 0; i < local->n; i++)
		if (strcmp(local->v[i], domain) == 0)
			return true;
	return false;
}

static bool
has_key(const struct catalog *c, const char *domain)
{
	struct catalog_key keys[CATALOG_MAX_KEYS];

	return c != NULL && catalog_find(c, domain, keys) > 0;
}

const char *
own_domain_of(const struct own_domains *own, const char *domain)
{
	const char *d;

	for (d = domain; d != NULL && d[0] != '\0'; d = domain_parent(d))
		if (is_local(&own->conf->local_domains, d) || has_key(own->catalog, d))
			return d;
	return NULL;
}
