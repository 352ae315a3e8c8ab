/* VBA projects within compound files: macros, and whether they run by themselves. */
#ifndef GATEPOST_FILTER_VBA_H
#define GATEPOST_FILTER_VBA_H

#include "inspect.h"
#include "ole.h"

/* Makes findings about the project whose storage is given ("VBA"). */
void vba_inspect(struct scan *, const struct object *, struct ole *, uint32_t storage);
/* Whether the stream, by its name, is one that only the storage of a project has. */
bool vba_is_sign(const struct ole_entry *);

#endif
