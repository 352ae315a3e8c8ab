/* Postfix's programs and its hold queue, as queue_postfix.c and the splitting of a message use
 * them. */
#ifndef GATEPOST_COMMANDS_QUEUE_POSTFIX_H
#define GATEPOST_COMMANDS_QUEUE_POSTFIX_H

#include "held.h"
#include "program.h"
#include "queue.h"

/*
 * Runs a program of Postfix with "-c CONFIG" where there is one, then the
 * arguments up to a NULL, then nids ids. The rest as struct program. Returns
 * the exit status or -1.
 */
struct postfix_call {
	const char *program;
	const char *const *arguments;
	const struct held *const *ids;
	size_t nids;
	const struct buf *input;
	bool (*take)(void *arg, const char *, size_t);
	void *arg;
};
int postfix_run(struct queue *, const struct postfix_call *, struct buf *errors);

/* ---- what the programs print; each takes one line, hostile inside ---- */

/*
 * A line of `postqueue -j` (postqueue(1)). Adds the message to the list where
 * it is in the hold queue. False where the line is not understood.
 */
bool postfix_read_listing(struct held_list *, struct buf *line);

/*
 * "*** ENVELOPE RECORDS hold/ID ***" of postcat(1): the path within the queue
 * directory into path, and where the id begins in it. False for other lines.
 */
bool postfix_read_marker(const char *line, const char *what, struct buf *path);

/* An id that belongs to that inode, made from another id: see queue_postfix_split.c. */
bool postfix_new_id(const char *id, uint64_t old_inode, uint64_t new_inode, struct buf *out);

/* queue_methods.split */
bool postfix_split(
    struct queue *, const struct held *, const bool *chosen, struct held *out, struct buf *err);

#endif
