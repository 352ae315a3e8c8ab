/* Letters of other scripts that are drawn as those of ASCII (after Unicode UTS #39). */
#ifndef GATEPOST_FILTER_CONFUSABLE_H
#define GATEPOST_FILTER_CONFUSABLE_H

#include <stdint.h>

/* The ASCII letter (lower case) that a lower-case letter looks like; 0 for none. */
char confusable_letter(uint32_t c);

#endif
