/* Reading a multipart (RFC 2046 §5.1). For the files of the MIME reader alone. */
#ifndef GATEPOST_MAIL_MIME_MULTIPART_H
#define GATEPOST_MAIL_MIME_MULTIPART_H

#include "mime_walk.h"

/*
 * Splits it in each way in which programs do; why: the doubt that it is a
 * multipart for, or -1. False where it is none but a leaf, as far as anything
 * in it tells.
 */
bool multipart_read(struct mime_piece *, int why);

#endif
