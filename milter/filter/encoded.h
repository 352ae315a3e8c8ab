/*
 * The inspector of texts with files in them, uuencoded or in yEnc, which
 * programs for archives and for news decode. Texts of the message itself are
 * read so with its parts.
 */
#ifndef GATEPOST_FILTER_ENCODED_H
#define GATEPOST_FILTER_ENCODED_H

#include "inspect.h"

bool encoded_applies(const struct object *);
void encoded_inspect(struct scan *, const struct object *);

#endif
