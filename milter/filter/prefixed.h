/*
 * The inspector of archives that something else stands before: programs that
 * unpack themselves, and files called archives that do not begin as one. The
 * programs that open archives look for their begin.
 */
#ifndef GATEPOST_FILTER_PREFIXED_H
#define GATEPOST_FILTER_PREFIXED_H

#include "inspect.h"

bool prefixed_applies(const struct object *);
void prefixed_inspect(struct scan *, const struct object *);

/* Whether one of the names has the extension of an archive. */
bool prefixed_is_called_archive(const struct object *);

#endif
