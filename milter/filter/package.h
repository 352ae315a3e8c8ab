/*
 * Files packed into a document by "Insert object from file" (OLE packages:
 * MS-OLEDS 2.3.6), each with the names that it had.
 */
#ifndef GATEPOST_FILTER_PACKAGE_H
#define GATEPOST_FILTER_PACKAGE_H

#include "inspect.h"

/*
 * Reads a package: the native data of an object of class "Package". Where it
 * is one, makes a finding of that rule (`where` says where it was found), looks
 * into the file and returns true.
 */
bool package_inspect(struct scan *, const struct object *, const uint8_t *, size_t len,
    enum scan_rule, const char *where);

/* A stream "\1Ole10Native": the length of the native data before it. False where it is no package.
 */
bool package_inspect_stream(struct scan *, const struct object *, const uint8_t *, size_t len,
    enum scan_rule, const char *where);

#endif
