/*
 * A member on its way out of an archive: its content grows under the scan's
 * limits, and is then inspected with every name that it has.
 */
#ifndef GATEPOST_FILTER_MEMBER_H
#define GATEPOST_FILTER_MEMBER_H

#include "base/buf.h"
#include "inspect.h"

#define MEMBER_NAMES 8

struct member {
	struct scan *scan;
	const struct object *archive;
	struct buf content; /* what was unpacked */
	struct buf names;   /* one after the other, each with its NUL */
	size_t at[MEMBER_NAMES];
	size_t nnames;
	const char *type; /* declared, lower case; NULL for none; borrowed */
};

void member_init(struct member *, struct scan *, const struct object *archive);
/* Forgets names and content, for the next one. */
void member_clear(struct member *);
void member_free(struct member *);

/*
 * Adds a name in UTF-8 or, where it is not valid as such, in an unknown
 * charset; the same again is left out. A name with a NUL counts as cut there
 * and as if the NUL were not there.
 */
void member_add_name(struct member *, const char *, size_t);
/* The first name, for people; "" for none. */
const char *member_name(struct member *);
/* Adds content. False, with the finding made, where a limit is reached: there is no more. */
bool member_add(struct member *, const void *, size_t);
/* Inspects the names and what was unpacked. */
void member_inspect(struct member *);
/* Inspects the names with content that stands elsewhere. */
void member_inspect_bytes(struct member *, const unsigned char *, size_t);

#endif
