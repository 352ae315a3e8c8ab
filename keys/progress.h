/* How far long work has come, for people who wait at a terminal. */
#ifndef GATEPOST_KEYS_PROGRESS_H
#define GATEPOST_KEYS_PROGRESS_H

#include <stddef.h>

/* Shows "what: done of all" on standard error, where that is a terminal, now and then. */
void progress_show(const char *what, size_t done, size_t of);
/* Wipes it away. */
void progress_end(void);

#endif
