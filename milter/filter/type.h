/*
 * The inspector of types: what the content is, whatever it is called, and
 * whether that contradicts its names and declared types. Only contradictions
 * that hide a danger count, since ordinary mail is careless.
 */
#ifndef GATEPOST_FILTER_TYPE_H
#define GATEPOST_FILTER_TYPE_H

#include "base/buf.h"
#include "inspect.h"

/*
 * To be called once, before the process closes its sandbox: opens libmagic's
 * database. False with the reason in err; types are then told by our own
 * signs alone.
 */
bool type_prepare(struct buf *err);

bool type_applies(const struct object *);
void type_inspect(struct scan *, const struct object *);

#endif
