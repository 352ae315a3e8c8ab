/*
 * The tags of a signature field (RFC 6376 §3.5), each with its reader: a table
 * of rules says which tags a kind of field has. DKIM-Signature has one
 * (dkim_signature.c), the fields of ARC have theirs (arc_set.c).
 */
#ifndef GATEPOST_AUTH_DKIM_TAGS_H
#define GATEPOST_AUTH_DKIM_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dkim_signature.h"
#include "taglist.h"

/* Puts what a tag says into the struct: NULL, or what is wrong, or dkim_tag_no_memory. */
typedef const char *dkim_tag_reader(struct dkim_signature *, const struct tag *, struct arena *);
extern const char dkim_tag_no_memory[]; /* told apart by its address */

struct dkim_tag_rule {
	const char *name;
	dkim_tag_reader *read;
	const char *missing; /* set where the tag is required: the error */
};

/*
 * Reads a field by n rules, in their order, all of them; the first error is
 * kept in the struct's error. tags is left with the list, or on an error in it
 * with what stands before that. Returns false only without memory.
 */
bool dkim_tags_read(struct dkim_signature *, const struct header_field *,
    const struct dkim_tag_rule *, size_t n, struct taglist *tags, struct arena *);

dkim_tag_reader dkim_read_algorithm; /* rsa-sha256 and ed25519-sha256 */
dkim_tag_reader dkim_read_signature; /* b= */
dkim_tag_reader dkim_read_body_hash;
dkim_tag_reader dkim_read_canon;
dkim_tag_reader dkim_read_domain;
dkim_tag_reader dkim_read_selector;
dkim_tag_reader dkim_read_names;       /* h=; From must be in it */
dkim_tag_reader dkim_read_loose_names; /* h= that may be empty, and have empty items */
dkim_tag_reader dkim_read_identity;
dkim_tag_reader dkim_read_length;
dkim_tag_reader dkim_read_query;
dkim_tag_reader dkim_read_time;
dkim_tag_reader dkim_read_expiry;

#endif
