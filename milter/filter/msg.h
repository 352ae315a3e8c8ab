/* Outlook's messages saved as files (MS-OXMSG): their attachments. */
#ifndef GATEPOST_FILTER_MSG_H
#define GATEPOST_FILTER_MSG_H

#include "inspect.h"
#include "ole.h"

/* Whether the storage is an attachment, by its name. */
bool msg_is_attachment(const struct ole_entry *);
/* Looks into the attachment. */
void msg_inspect(struct scan *, const struct object *, struct ole *, uint32_t storage);

#endif
