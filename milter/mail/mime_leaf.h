/* Reading a part that holds no parts. For the files of the MIME reader alone. */
#ifndef GATEPOST_MAIL_MIME_LEAF_H
#define GATEPOST_MAIL_MIME_LEAF_H

#include "mime_walk.h"

/* In each encoding that it may have; why: the doubt that it is a leaf for, or -1. */
void leaf_read(struct mime_piece *, int why);

#endif
