/* Text files that start programs or change settings when they are opened, told by their content. */
#ifndef GATEPOST_FILTER_LAUNCHER_H
#define GATEPOST_FILTER_LAUNCHER_H

#include "content.h"

/* NULL where it is none. */
const struct content_kind *launcher_kind_of(const uint8_t *, size_t len);
/* A script in the languages of Windows, by words that few other texts have; NULL for none. */
const struct content_kind *launcher_script_kind_of(const uint8_t *, size_t len);

#endif
