/*
 * The inspector of messages and mailboxes that are attached as files: their
 * parts are read as those of a message that is on its way.
 */
#ifndef GATEPOST_FILTER_MESSAGE_H
#define GATEPOST_FILTER_MESSAGE_H

#include "inspect.h"

bool message_applies(const struct object *);
void message_inspect(struct scan *, const struct object *);

#endif
