/*
 * The inspector of winmail.dat (MS-OXTNEF): the message properties and
 * attachments that Outlook packs into one file, each attachment with all the
 * names that it has.
 */
#ifndef GATEPOST_FILTER_TNEF_H
#define GATEPOST_FILTER_TNEF_H

#include "inspect.h"

bool tnef_applies(const struct object *);
void tnef_inspect(struct scan *, const struct object *);

#endif
