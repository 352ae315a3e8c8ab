/*
 * The inspector of sheets that are texts: CSV and TSV with formulas that start
 * programs, SYLK, web queries.
 */
#ifndef GATEPOST_FILTER_SHEET_TEXT_H
#define GATEPOST_FILTER_SHEET_TEXT_H

#include "inspect.h"

bool sheet_text_applies(const struct object *);
void sheet_text_inspect(struct scan *, const struct object *);

#endif
