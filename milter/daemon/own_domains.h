/*
 * Which domains are ours: those of local_domains, those that we hold keys
 * for, and all names below them.
 */
#ifndef GATEPOST_DAEMON_OWN_DOMAINS_H
#define GATEPOST_DAEMON_OWN_DOMAINS_H

#include "conf/conf.h"
#include "keys/catalog.h"

/* Both borrowed. */
struct own_domains {
	const struct conf *conf;
	const struct catalog *catalog; /* NULL: no keys are known */
};

/*
 * The nearest domain of ours that a canonical domain is or is below; NULL
 * where it is not ours. Points into domain.
 */
const char *own_domain_of(const struct own_domains *, const char *domain);

#endif
