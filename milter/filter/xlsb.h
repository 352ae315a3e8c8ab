/*
 * The binary parts of workbooks in Office Open XML (MS-XLSB): links that start
 * programs, and names that run by themselves. What is told by relationships
 * and content types, such as macro sheets, office_xml finds.
 */
#ifndef GATEPOST_FILTER_XLSB_H
#define GATEPOST_FILTER_XLSB_H

#include "inspect.h"

bool xlsb_applies(const struct object *);
void xlsb_inspect(struct scan *, const struct object *);

#endif
