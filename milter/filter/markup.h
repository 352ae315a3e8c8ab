/*
 * Tags and texts, read as web browsers read HTML: with lenience, whatever
 * stands there. Also for XML that is not well-formed.
 */
#ifndef GATEPOST_FILTER_MARKUP_H
#define GATEPOST_FILTER_MARKUP_H

#include <stddef.h>

/*
 * What is told to the reader. Names are local ones: what stands before a colon
 * is cut off. Attributes are pairs of name and value, with NULL at the end.
 * Texts can come in pieces.
 */
struct markup_events {
	void (*start)(void *ctx, const char *name, const char *const *attributes);
	void (*end)(void *ctx, const char *name); /* may be NULL */
	void (*text)(void *ctx, const char *, size_t);
};

enum markup_kind {
	MARKUP_HTML, /* names in lower case; what is in script or style is text as it is */
	MARKUP_XML   /* names as they are; CDATA */
};

void markup_read(
    const char *, size_t len, enum markup_kind, const struct markup_events *, void *ctx);

/* The value of an attribute, "" if it is not there. */
const char *markup_attribute(const char *const *attributes, const char *name);

#endif
