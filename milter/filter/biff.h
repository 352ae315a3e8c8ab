/*
 * Excel's binary workbooks (MS-XLS): Excel 4 macro sheets, macros of Excel 5,
 * encryption, links that start programs.
 */
#ifndef GATEPOST_FILTER_BIFF_H
#define GATEPOST_FILTER_BIFF_H

#include "inspect.h"

/* The stream named "Workbook" or "Book". */
void biff_inspect(struct scan *, const struct object *, const uint8_t *, size_t len);
/* Files of Excel 2 to 4 are nothing more than such a stream, and later ones may be. */
bool biff_applies(const struct object *);
void biff_inspect_file(struct scan *, const struct object *);

#endif
