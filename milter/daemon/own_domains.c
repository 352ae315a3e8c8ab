#include "own_domains.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"

static int
by_name(const void *key, const void *elem)
{
	return strcmp(key, *(char *const *)elem);
}

static bool
is_local(const struct conf_list *local, const char *domain)
{
	if (local->n == 0)
		return false; /* bsearch(3) wants an array, even for none */
	return bsearch(domain, local->v, local->n, sizeof(*local->v), by_name) != NULL;
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
