/*
 * What the names of an object tell. Each name is read in every way that a
 * mail program or an operating system could read it: with characters folded
 * that some take for those of ASCII, percent-encoded ones decoded, invisible
 * ones left out, cut at path separators and streams, without what Windows
 * drops from the end. The worst reading counts.
 */
#ifndef GATEPOST_FILTER_NAME_H
#define GATEPOST_FILTER_NAME_H

#include "base/buf.h"
#include "inspect.h"

bool name_applies(const struct object *);
void name_inspect(struct scan *, const struct object *);

/*
 * Replaces out by the last extension of the name (UTF-8), folded, lower case,
 * without its dot; empty where there is none.
 */
void name_extension(const char *name, struct buf *out);
/* The same with the last but one: "pdf" of "report.pdf.gz". */
void name_inner_extension(const char *name, struct buf *out);
/* Whether it is so of the extension, as name_extension() gives it, of any of its names. */
bool name_has(const struct object *, bool (*is)(const char *extension));

#endif
