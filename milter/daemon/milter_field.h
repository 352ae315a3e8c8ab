/* A field's value as libmilter wants it: LF, not CRLF, between its lines (smfi_insheader). */
#ifndef GATEPOST_DAEMON_MILTER_FIELD_H
#define GATEPOST_DAEMON_MILTER_FIELD_H

#include "base/arena.h"
#include "base/buf.h"

/* A copy in mem without CRs, NUL-terminated. NULL without memory. */
const char *milter_field(struct arena *mem, const struct buf *value);

#endif
