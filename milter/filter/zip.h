/* The inspector of zip files, and of what begins as something else and ends as one. */
#ifndef GATEPOST_FILTER_ZIP_H
#define GATEPOST_FILTER_ZIP_H

#include "inspect.h"

bool zip_applies(const struct object *);
void zip_inspect(struct scan *, const struct object *);

#endif
