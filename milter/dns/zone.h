/*
 * The stand-in: a source that answers from a zone file (dns/zonefile.h) and
 * knows nothing else; for `gatepost verify --zone` and for tests.
 *
 * It answers at once. CNAME and DNAME are followed, wildcards and empty
 * non-terminals are understood (RFC 4592); a name that is not there is
 * DNS_NXDOMAIN.
 */
#ifndef GATEPOST_DNS_ZONE_H
#define GATEPOST_DNS_ZONE_H

#include "base/buf.h"
#include "dns/dns.h"

/*
 * From text in memory, which is not needed any longer. NULL where something
 * is wrong; error then says so, with the line. For dns_source_free().
 */
struct dns_source *dns_zone_new(const char *text, size_t len, struct buf *error);
/* From a file; error begins with its name. */
struct dns_source *dns_zone_load(const char *path, struct buf *error);

/* The rest is for tests. */

/*
 * How often it was asked for this name (NULL: any) and type (0: any); names
 * that CNAMEs lead to are not counted.
 */
size_t dns_zone_queries(struct dns_source *, const char *name, enum dns_type);
/* Forgets what it was asked. */
void dns_zone_forget_queries(struct dns_source *);
/* Answers from now on come after so many milliseconds. */
void dns_zone_delay(struct dns_source *, unsigned ms);

#endif
