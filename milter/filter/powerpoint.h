/* PowerPoint's binary presentations (MS-PPT): macros and objects within them, encryption. */
#ifndef GATEPOST_FILTER_POWERPOINT_H
#define GATEPOST_FILTER_POWERPOINT_H

#include "inspect.h"

/* The stream "PowerPoint Document". */
void powerpoint_inspect(struct scan *, const struct object *, const uint8_t *, size_t len);
/* The stream "Current User", which tells whether the presentation is encrypted. */
void powerpoint_inspect_user(struct scan *, const struct object *, const uint8_t *, size_t len);

#endif
