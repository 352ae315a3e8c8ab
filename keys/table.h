/* A table on the terminal: columns as wide as they need to be, colour where it helps. */
#ifndef GATEPOST_KEYS_TABLE_H
#define GATEPOST_KEYS_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

#define TABLE_COLUMNS 6

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD };

struct table {
	size_t columns;
	size_t width[TABLE_COLUMNS];
	struct buf cells; /* for each cell: its tone as a byte, its text, a NUL */
	size_t n;	  /* cells */
};

void table_init(struct table *, const char *const *titles, size_t columns);
/* The next cell, from left to right; control characters become "?". */
void table_add(struct table *, enum tone, const char *);
/* Prints it, in colour where f is a terminal and NO_COLOR is not set, and frees it. */
void table_print(struct table *, FILE *f);

#endif
