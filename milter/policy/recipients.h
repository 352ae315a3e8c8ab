/*
 * Lists of recipients as an admin writes them: which of the entries speaks of
 * a recipient, and what it says.
 */
#ifndef GATEPOST_POLICY_RECIPIENTS_H
#define GATEPOST_POLICY_RECIPIENTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the recipient is among those that the n entries mean. An entry is
 * "user@domain", "domain", ".domain" (all below it) or "*" (everybody), with
 * "!" in front for "not these"; domains are canonical. The entry that says
 * most decides: an address before a domain, that before a domain above it,
 * nearer ones first, all before "*"; of equal ones the last. Local parts are
 * compared without case. domain is canonical, "" where there is none. False
 * where no entry speaks of the recipient.
 */
bool recipient_is_among(
    const char *local, const char *domain, const char *const *entries, size_t n);

#endif
