/* Milter sockets as Postfix and Sendmail write them. */
#ifndef GATEPOST_CONF_LISTEN_H
#define GATEPOST_CONF_LISTEN_H

#include <stdbool.h>

#include "base/arena.h"
#include "conf/conf.h"

/*
 * Parses unix:/path, local:/path, inet:port, inet:port@host, inet:host:port,
 * and the same with inet6, where an address in front of a port is in
 * brackets. A host that is missing or "*" is any address. Strings are in the
 * arena. Returns NULL, or what was expected, as text that lives for ever.
 */
const char *listen_parse(const char *, struct arena *, struct conf_listen *);
/* True where both would bind the same, however written. */
bool listen_same(const struct conf_listen *, const struct conf_listen *);

#endif
