/*
 * The inspector of PDF (ISO 32000-2): scripts, actions that start programs,
 * embedded files, encryption.
 *
 * The file is read from its begin to its end, not through its table of
 * objects: what an update replaced, and what only some readers find, is seen
 * as well. Streams of objects are unpacked and read alike.
 */
#ifndef GATEPOST_FILTER_PDF_H
#define GATEPOST_FILTER_PDF_H

#include "inspect.h"

bool pdf_applies(const struct object *);
void pdf_inspect(struct scan *, const struct object *);

#endif
