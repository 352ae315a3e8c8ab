/*
 * A zone (dns/zone.h) behind a cache, as the daemon's resolver has one; its
 * answers come at once, or when the test says so.
 */
#ifndef GATEPOST_TESTS_KEPT_ZONE_H
#define GATEPOST_TESTS_KEPT_ZONE_H

#include "dns/dns.h"

enum kept_zone_mode { KEPT_ZONE_AT_ONCE, KEPT_ZONE_WHEN_TOLD };

/* Exits where the text is no zone. For dns_source_free(). */
struct dns_source *kept_zone_new(const char *text, size_t len, enum kept_zone_mode);
/* Answers what was asked; returns how much that was. */
unsigned kept_zone_settle(struct dns_source *);

#endif
