/*
 * The MTA's store of held mail: Postfix's hold queue or Sendmail's
 * quarantine. Everything goes through the MTA's own programs and locks; a
 * message that is released is never sent in again, so that its bytes, its
 * envelope and its time of arrival stay, and no milter sees it twice.
 *
 * Ids are checked against the MTA's alphabet before they come here.
 */
#ifndef GATEPOST_COMMANDS_QUEUE_H
#define GATEPOST_COMMANDS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "held.h"

#define QUEUE_ID_MAX 100 /* the longest id, with its NUL */

enum queue_result { QUEUE_LEFT, QUEUE_DONE };

struct queue {
	const struct queue_methods *methods;
	const char *programs; /* the folder of the MTA's programs; borrowed */
	const char *config;   /* its configuration; "" is the MTA's own default; borrowed */
	struct arena mem;
};

/* One MTA. err gets lines that say what went wrong. */
struct queue_methods {
	const char *name; /* "postfix" */
	bool (*is_id)(const char *);
	/* Everything that is held, not sorted. */
	bool (*list)(struct queue *, struct held_list *, struct buf *err);
	/* The header section, at most what fits into out. */
	bool (*header)(struct queue *, const struct held *, struct buf *out, struct buf *err);
	/* The message, header and body, to a descriptor. Line ends are LF. */
	bool (*content)(struct queue *, const struct held *, int fd, struct buf *err);
	/* results[i] is set to QUEUE_DONE where ids[i] was held and is not any more. */
	void (*release)(struct queue *, const struct held *const *, size_t n,
	    enum queue_result *results, struct buf *err);
	void (*remove)(struct queue *, const struct held *const *, size_t n,
	    enum queue_result *results, struct buf *err);
	/*
	 * Makes two held messages of one: a new one, into *out, for the recipients
	 * that are marked in `chosen`, the old one keeps the others. Nobody can be
	 * lost in between, whatever happens.
	 */
	bool (*split)(struct queue *, const struct held *, const bool *chosen, struct held *out,
	    struct buf *err);
};

extern const struct queue_methods queue_postfix;
extern const struct queue_methods queue_sendmail;

/*
 * The queue that the configuration names, or where it says auto the one whose
 * programs are there. NULL and err where there is none, or where we may not.
 */
bool queue_open(struct queue *, const struct conf *, struct buf *err);
void queue_close(struct queue *);
/* The path of one of the MTA's programs, in the queue's memory; NULL without memory. */
const char *queue_program(struct queue *, const char *name);
/* Copies one file to another, from where they stand to the end of the first. */
bool queue_copy(int from, int to);

#endif
