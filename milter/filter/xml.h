/*
 * XML as events (see markup.h): read by expat while it is well-formed, and
 * with lenience from there on. No entity is fetched from anywhere.
 */
#ifndef GATEPOST_FILTER_XML_H
#define GATEPOST_FILTER_XML_H

#include "markup.h"

/* The text as text_open() views it: UTF-8, or some 8-bit charset. */
void xml_read(const char *, size_t len, const struct markup_events *, void *ctx);

#endif
