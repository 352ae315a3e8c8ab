/* Relationships of Office Open XML (ECMA-376 part 2, 9.3): what a part belongs to or loads. */
#ifndef GATEPOST_FILTER_RELATIONSHIP_H
#define GATEPOST_FILTER_RELATIONSHIP_H

#include "inspect.h"

/* Judges one, by its type's URI and its target; makes the finding. */
void relationship_judge(struct scan *, const struct object *, const char *type, const char *target);

#endif
