/* "ActiveMime" (.mso): how Word and Excel put macros into web pages and Word 2003 XML. */
#ifndef GATEPOST_FILTER_ACTIVEMIME_H
#define GATEPOST_FILTER_ACTIVEMIME_H

#include "inspect.h"

bool activemime_applies(const struct object *);
/* Unpacks the compound file in it and looks into that. */
void activemime_inspect(struct scan *, const struct object *);

#endif
