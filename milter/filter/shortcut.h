/*
 * The inspector of shortcuts: Windows' .lnk (MS-SHLLINK) and .url files, and
 * compiled help files (.chm), which are opened like them.
 */
#ifndef GATEPOST_FILTER_SHORTCUT_H
#define GATEPOST_FILTER_SHORTCUT_H

#include "inspect.h"

bool shortcut_applies(const struct object *);
void shortcut_inspect(struct scan *, const struct object *);

#endif
