/* What the log tells of a message. */
#ifndef GATEPOST_DAEMON_MESSAGE_LOG_H
#define GATEPOST_DAEMON_MESSAGE_LOG_H

#include "message_state.h"

/*
 * The one line of the log that tells the whole story of the message, after its
 * end. ms: how long it took from its beginning.
 */
void message_log(struct message *, const char *queue_id, const struct verdict *, int64_t ms);

#endif
