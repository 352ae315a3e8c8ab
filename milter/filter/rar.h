/*
 * The headers of RAR archives (formats 1.5 to 4, and 5), for what libarchive
 * does not tell: encryption, volumes, streams of NTFS, and the names in
 * archives that it cannot unpack.
 */
#ifndef GATEPOST_FILTER_RAR_H
#define GATEPOST_FILTER_RAR_H

#include "inspect.h"

bool rar_is(const uint8_t *, size_t len);
/* Makes the findings; names of encrypted files are inspected. */
void rar_inspect_headers(struct scan *, const struct object *);

#endif
