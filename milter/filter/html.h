/*
 * The inspector of web pages and SVG images that come as files: scripts, files
 * that a page unpacks in the browser, HTML applications. The text of a message
 * that is shown in place is no such file: mail programs run no script in it.
 */
#ifndef GATEPOST_FILTER_HTML_H
#define GATEPOST_FILTER_HTML_H

#include "inspect.h"

bool html_applies(const struct object *);
void html_inspect(struct scan *, const struct object *);

#endif
