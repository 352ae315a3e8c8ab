/*
 * The inspector of compound files: Office documents of the old kind, encrypted
 * ones of the new kind, Outlook messages, installers, and the objects within
 * documents.
 */
#ifndef GATEPOST_FILTER_OLE_DOCUMENT_H
#define GATEPOST_FILTER_OLE_DOCUMENT_H

#include "inspect.h"

bool ole_document_applies(const struct object *);
void ole_document_inspect(struct scan *, const struct object *);

#endif
