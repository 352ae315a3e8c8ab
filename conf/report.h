/* Errors of a configuration file, a line each: "FILE:LINE: OPTION: what was expected". */
#ifndef GATEPOST_CONF_REPORT_H
#define GATEPOST_CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "conf/option.h"

struct place {
	const char *file; /* NULL: of the whole configuration, in no line of it */
	unsigned line;	  /* 0: of the whole file */
};

struct report {
	struct buf *err;  /* borrowed; where the lines go */
	size_t before;	  /* octets that were in it already */
	const char *name; /* of the main file, borrowed */
};

/* A report of nothing yet about the main file of that name. */
struct report report_to(struct buf *err, const char *name);
/* Adds a line, unless it is there already. option may be NULL. */
void report(struct report *, struct place, const char *option, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds that a value is not what s->expected says; without the value where that is NULL. */
void report_value(struct report *, struct place, const struct setting *s, const char *option);
/* Adds a text in quotes, short and in printable characters. */
void report_show(struct buf *, const char *);
/* True where something has been reported, even if memory for it was missing. */
bool report_any(const struct report *);

#endif
