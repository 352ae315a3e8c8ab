/*
 * The gate's side of the channels to the signer. A channel carries one
 * request at a time; a thread takes one, asks, waits, gives it back.
 */
#ifndef GATEPOST_DAEMON_SIGNER_CLIENT_H
#define GATEPOST_DAEMON_SIGNER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "sign_proto.h"

/*
 * New channels, in place of all that were there (they belong to a signer
 * that is gone). The descriptors become this module's.
 */
void signer_client_channels(const int *fds, size_t n);
/*
 * Asks for the request's n signatures and waits for them, at most
 * timeout_ms. Returns NULL when every one is there, else what went wrong in
 * a few words (static): nothing then may be used of the answer. Any thread.
 */
const char *signer_client_sign(struct sign_request *, struct sign_answer *, int timeout_ms);

#endif
