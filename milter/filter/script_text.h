/* JavaScript in a web page: does it build a file out of what it carries? */
#ifndef GATEPOST_FILTER_SCRIPT_TEXT_H
#define GATEPOST_FILTER_SCRIPT_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "inspect.h"

/*
 * Adds the script as it reads once simple disguises are undone: escapes in
 * strings, strings joined of pieces, percent signs, comments. In lower case.
 */
void script_plain(const char *, size_t len, struct buf *out);

/*
 * What the script (plain or not) unpacks a download or a page with, in words;
 * NULL if it does not.
 */
const char *script_smuggles(const char *, size_t len);

/* Looks into files that stand in it as base64. */
void script_inspect_payloads(struct scan *, const struct object *, const char *, size_t len);

#endif
