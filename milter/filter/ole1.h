/*
 * Objects as OLE 1 wrote them (MS-OLEDS 2.2), and rich text still does: a
 * class, and its native data or a link.
 */
#ifndef GATEPOST_FILTER_OLE1_H
#define GATEPOST_FILTER_OLE1_H

#include "base/buf.h"
#include "inspect.h"

/*
 * Looks into the object: unpacks a package (a finding of that rule), looks
 * into a compound file, judges the link. Where the head is damaged, a compound
 * file behind it is looked for all the same.
 */
void ole1_inspect(
    struct scan *, const struct object *, const uint8_t *, size_t len, enum scan_rule);
/* Adds the object's class; nothing where it cannot be read. */
void ole1_class(const uint8_t *, size_t len, struct buf *);

#endif
