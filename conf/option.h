/* The table of options: what each is called, what it may be, and what it is if nobody says. */
#ifndef GATEPOST_CONF_OPTION_H
#define GATEPOST_CONF_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"

enum option_flags {
	OPTION_LIST = 1,    /* takes any number of values; set() adds one */
	OPTION_FILLED = 2,  /* a list that must not be empty */
	OPTION_RESTART = 4, /* a running daemon cannot change it */
};

#define OPTION_COMPUTED 256 /* longest default that is made at run time, with its NUL */

/* One value on its way from the file into a configuration. */
struct setting {
	const struct option *option;
	const char *value;
	struct conf *conf;
	struct arena *arena;  /* of the configuration */
	struct buf *expected; /* on failure: what would have been right */
};

struct option {
	const char *name;
	const char *group; /* the heading of the group that begins here, or NULL */
	unsigned flags;
	/* False and s->expected where the value is not good. */
	bool (*set)(const struct setting *s);
	/* Adds the value as it stands in a file. */
	void (*print)(const struct option *, const struct conf *, struct buf *);
	/* Looks at the files that the value names, or NULL; as set(). */
	bool (*check)(const struct setting *);
	const char *const *defaults;		 /* values up to a NULL; NULL where computed */
	void (*computed)(char[OPTION_COMPUTED]); /* makes the only default value */
	size_t field;				 /* offset in struct conf */
	size_t count;				 /* OPTION_LIST: offset of the number of values */
	size_t given;				 /* offset of "the file says it", or 0 */
	size_t at;				 /* offset of the FILE:LINE where, or 0 */
	unsigned long min, max;
	const char *const *words; /* by the value of an enum, up to a NULL */
};

#define OPTION_MAX 160 /* more than there are */

/* All options in the order of the sample file. login sections are not among them. */
extern const struct option options[];
extern const size_t noptions;

/* The option of that name, or NULL. */
const struct option *option_find(const char *name, size_t n);
/* Puts the default values into the configuration; false as set(). */
bool option_default(const struct option *, struct conf *, struct arena *, struct buf *expected);
/* Empties a list. */
void option_clear(const struct option *, struct conf *);
/* "NAME = VALUE" and a line's end; as a comment where the file does not say it and that counts. */
void option_print(const struct option *, const struct conf *, struct buf *);

#endif
