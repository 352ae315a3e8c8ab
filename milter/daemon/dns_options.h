/* The resolver's options as the configuration says them. */
#ifndef GATEPOST_DAEMON_DNS_OPTIONS_H
#define GATEPOST_DAEMON_DNS_OPTIONS_H

#include "conf/conf.h"
#include "dns/resolver.h"

/* Fills the options; they borrow from the configuration. */
void dns_options(const struct conf *, struct dns_resolver_options *);

#endif
