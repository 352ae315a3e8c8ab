/* Whether a message is so plainly a text that no mail program finds an attachment in it. */
#ifndef GATEPOST_DAEMON_SCREENING_PLAIN_H
#define GATEPOST_DAEMON_SCREENING_PLAIN_H

#include <stdbool.h>

#include "mail/header.h"

/* False in doubt. The body is whole. */
bool screening_is_plain(const struct header *, const char *body, size_t len);

#endif
