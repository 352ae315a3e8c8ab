/*
 * The fields of Word: instructions within the text, some of which load a file
 * or start a program (ECMA-376 part 1, 17.16). Documents of all of Word's
 * formats feed them piece by piece; fields can lie within fields.
 */
#ifndef GATEPOST_FILTER_FIELD_H
#define GATEPOST_FILTER_FIELD_H

#include <stddef.h>

#include "base/buf.h"
#include "inspect.h"

#define FIELD_DEPTH 20	 /* deeper ones are taken with the last */
#define FIELD_TEXT 16384 /* bytes of an instruction that are looked at */

struct field_reader {
	struct scan *scan;
	const struct object *object;
	struct buf text[FIELD_DEPTH]; /* the instructions that are open */
	unsigned depth;		      /* open fields */
};

void field_init(struct field_reader *, struct scan *, const struct object *);
/* Judges what is still open, and frees. */
void field_end_all(struct field_reader *);

/* Each field is begun and ended; its instruction lasts until the separator, or its end. */
void field_begin(struct field_reader *);
void field_text(struct field_reader *, const char *, size_t);
void field_separate(struct field_reader *);
void field_end(struct field_reader *);

/* Judges one whole instruction: "DDEAUTO c:\\windows\\system32\\cmd.exe". Makes the finding. */
void field_judge(struct scan *, const struct object *, const char *instruction, size_t len);

#endif
