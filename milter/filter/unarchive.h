/*
 * The inspector of archives and compressed files other than zip: whatever
 * libarchive reads without starting a program. Each layer is an object of its
 * own: a .tar.gz is a gzip file, with a tar archive in it.
 */
#ifndef GATEPOST_FILTER_UNARCHIVE_H
#define GATEPOST_FILTER_UNARCHIVE_H

#include "inspect.h"
#include "member.h"

/*
 * To be called once, before the process closes its sandbox: opens the locale in
 * which names are read. False with the reason in err.
 */
bool unarchive_prepare(struct buf *err);
bool unarchive_applies(const struct object *);
void unarchive_inspect(struct scan *, const struct object *);

/*
 * Unpacks the first entry of the zip file of which these are local header and
 * content. What is wrong, for people, after the name of the entry: "is damaged";
 * NULL for nothing, or where a limit was reached (and told).
 */
const char *unarchive_zip_entry(struct member *, const uint8_t *, size_t len);

#endif
