/*
 * Excel's binary workbooks (MS-XLS): Excel 4 macro sheets, macros of Excel 5,
 * encryption, links that start programs.
 */
#ifndef GATEPOST_FILTER_BIFF_H
#define GATEPOST_FILTER_BIFF_H

#include "inspect.h"

/* The stream named "Workbook" or "Book"; also a file of Excel 2 to 4, which is nothing more. */
void biff_inspect(struct scan *, const struct object *, const uint8_t *, size_t len);

#endif
