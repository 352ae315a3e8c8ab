/* What is sent: header fields, and a body already cut into packets. */
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "macros.h"
#include "options.h"

#define MAX_FIELDS 10000

struct field {
	char *name;
	char *value; /* from after the colon, as it was written; folds are LF and white space */
};

struct message {
	struct field *fields;
	unsigned nfields;
	bool literal;	    /* values are no templates */
	struct buf packets; /* BODY packets, then one end-of-message packet */
	size_t *start;	/* of each packet: nchunks + 1 of them, the last is the end of message */
	size_t nchunks; /* BODY packets */
	size_t body_size;
};

/* Makes message number n, from 0, of message_count(). False, with words on stderr, where it cannot.
 */
bool message_init(struct message *, const struct options *, uint64_t n);
/* How many different ones there are: one, or one for each domain. */
uint64_t message_count(const struct options *);
void message_free(struct message *);

#endif
