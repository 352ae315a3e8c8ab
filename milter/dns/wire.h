/* From a DNS message (RFC 1035 §4) to an answer. */
#ifndef GATEPOST_DNS_WIRE_H
#define GATEPOST_DNS_WIRE_H

#include "dns/dns.h"

/*
 * The answer that a response holds, for the type asked for: CNAMEs are
 * followed from the name in the question, all else is ignored. NULL only
 * without memory; a malformed message is DNS_TEMPFAIL, as is any RCODE but
 * NOERROR and NXDOMAIN.
 */
const struct dns_answer *dns_wire_answer(
    const uint8_t *message, size_t len, enum dns_type, bool secure);
/* TEMPFAIL for an RCODE, with its name as the reason. */
const struct dns_answer *dns_wire_failure(unsigned rcode);

#endif
