/* The filters of PDF streams (ISO 32000-2, 7.4) that text and files come through. */
#ifndef GATEPOST_FILTER_PDF_FILTER_H
#define GATEPOST_FILTER_PDF_FILTER_H

#include "base/buf.h"
#include "inspect.h"

/*
 * Replaces data by what the filter (its name, or its short name) makes of it,
 * within the limits of the scan. False where it is a filter of images or
 * unknown, or where nothing came out.
 */
bool pdf_filter(struct scan *, const struct object *, const char *name, struct buf *data);

/* Takes back the prediction of PNG (7.4.4.4), lines of `columns` bytes. */
void pdf_unpredict(struct buf *data, size_t columns);

#endif
