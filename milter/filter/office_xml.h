/*
 * The inspector of XML: parts of the Office formats (Office Open XML,
 * OpenDocument, also as one flat file), and small XML files that Windows acts
 * upon. What is in a part is judged by its elements, whatever its name.
 */
#ifndef GATEPOST_FILTER_OFFICE_XML_H
#define GATEPOST_FILTER_OFFICE_XML_H

#include "inspect.h"

bool office_xml_applies(const struct object *);
void office_xml_inspect(struct scan *, const struct object *);

#endif
