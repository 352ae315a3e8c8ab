/*
 * The inspector of rich text (RTF 1.9.1): objects, remote templates, fields.
 * Read as leniently as Word does; the data of objects, which are written in
 * hexadecimal, in every way in which readers understand what stands between.
 */
#ifndef GATEPOST_FILTER_RTF_H
#define GATEPOST_FILTER_RTF_H

#include "inspect.h"

bool rtf_applies(const struct object *);
void rtf_inspect(struct scan *, const struct object *);

#endif
