/* The inspector of OneNote notebooks (MS-ONESTORE): the files that are embedded in them. */
#ifndef GATEPOST_FILTER_ONENOTE_H
#define GATEPOST_FILTER_ONENOTE_H

#include "inspect.h"

bool onenote_applies(const struct object *);
void onenote_inspect(struct scan *, const struct object *);

#endif
