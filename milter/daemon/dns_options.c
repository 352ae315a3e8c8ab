#include "dns_options.h"

void
dns_options(const struct conf *c, struct dns_resolver_options *o)
{
	dns_resolver_defaults(o);
	o->servers = (const char *const *)c->resolver.v;
	o->n_servers = c->resolver.n;
	if (c->trust_anchor[0] != '\0')
		o->trust_anchor_file = c->trust_anchor;
	o->timeout = c->dns_timeout * 1000LL;
	o->cache_bytes = c->dns_cache;
}
