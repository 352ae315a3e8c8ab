/*
 * The inspector of files as the Macintosh packs them for transport: AppleSingle
 * and AppleDouble (RFC 1740), and MacBinary. Each has up to two forks and the
 * file's name.
 */
#ifndef GATEPOST_FILTER_MACFILE_H
#define GATEPOST_FILTER_MACFILE_H

#include "inspect.h"

bool macfile_applies(const struct object *);
void macfile_inspect(struct scan *, const struct object *);

#endif
