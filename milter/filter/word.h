/* Word's binary documents (MS-DOC): encryption, fields that start programs, remote templates. */
#ifndef GATEPOST_FILTER_WORD_H
#define GATEPOST_FILTER_WORD_H

#include "inspect.h"
#include "ole.h"

/* entry is the stream "WordDocument". */
void word_inspect(struct scan *, const struct object *, struct ole *, uint32_t entry);

#endif
