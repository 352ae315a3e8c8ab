/*
 * Asking early for what an SPF check will need, so that the answers come
 * while the message streams in and the check itself does not wait.
 */
#ifndef GATEPOST_AUTH_SPF_PREFETCH_H
#define GATEPOST_AUTH_SPF_PREFETCH_H

#include "spf.h"

/*
 * Starts the look-ups that can be named by now and never blocks: the record
 * of the domain; once that is there (call again: at RCPT, at DATA, at end of
 * headers), the names in it, the records that it includes, the hosts of its
 * MX records. The deadline of the request does not matter. Returns how many
 * answers are not there (under way, or failed); 0 means that spf_check() will
 * hardly wait: only for names made with %{p}, and for an explanation. Scratch
 * memory comes from mem.
 */
unsigned spf_prefetch(struct dns_source *, const struct spf_request *, struct arena *mem);

#endif
