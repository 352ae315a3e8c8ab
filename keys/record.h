/* The DNS record of a key: RFC 6376 §3.6.1, RFC 8463 §4.2, and zone files (RFC 1035 §5). */
#ifndef GATEPOST_KEYS_RECORD_H
#define GATEPOST_KEYS_RECORD_H

#include <stdbool.h>

#include "base/buf.h"
#include "pem.h"

#define RECORD_STRING 255 /* bytes of one string in a TXT record, RFC 1035 §3.3.14 */

/*
 * Adds the text of the record to value. Before that the key signs a digest,
 * and the signature is verified with the public key parsed back from the very
 * text: what would not verify is not printed. False with the reason in err.
 */
bool record_value(const struct pem_key *, struct buf *value, struct buf *err);
/* Adds selector._domainkey.domain */
void record_name(const char *selector, const char *domain, struct buf *name);
/* Adds the record as a zone file has it, in strings that are short enough. */
void record_zone(const char *name, const char *value, struct buf *out);

#endif
