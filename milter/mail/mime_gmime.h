/*
 * A second opinion: GMime reads the message, and where it comes to a content
 * that the reading does not have, that becomes a part and a doubt. For the
 * files of the MIME reader alone.
 */
#ifndef GATEPOST_MAIL_MIME_GMIME_H
#define GATEPOST_MAIL_MIME_GMIME_H

#include "base/buf.h"
#include "mime_tree.h"

bool gmime_prepare(struct buf *err);
/*
 * Adds what GMime sees and the tree does not have. Does nothing without
 * gmime_prepare(), for a message that is one plain text without any doubt, and
 * where a limit was reached: the message is not for GMime's recursion then.
 */
void gmime_compare(struct mime_tree *, const unsigned char *message, size_t len);

#endif
