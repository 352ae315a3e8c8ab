/* What the parts of `gatepost hold` are told, and what they tell. */
#ifndef GATEPOST_COMMANDS_HOLD_TASK_H
#define GATEPOST_COMMANDS_HOLD_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "queue.h"

#define HOLD_DONE 0
#define HOLD_PARTLY 1 /* not found, or not done */
#define HOLD_TROUBLE 2

#define HOLD_RECIPIENTS_MAX 100 /* --for, given so often */

struct hold_task {
	const struct conf *conf; /* borrowed */
	struct queue queue;
	struct held_list held; /* all that is held, the oldest first */
	char *const *ids;
	size_t nids;
	const char *recipients[HOLD_RECIPIENTS_MAX]; /* --for */
	size_t nrecipients;
	bool json;
	bool raw; /* show: the message itself */
};

/* Each returns the exit status. */
int hold_list(struct hold_task *);
int hold_show(struct hold_task *);
int hold_release(struct hold_task *);
int hold_delete(struct hold_task *);

/* On stderr, each line after "gatepost hold: ", cleaned; empties err. */
void hold_complain(struct buf *err);
/* The members that tell of one message, within an object that is open. */
void hold_json(struct json *, const struct held *);
/* A subject, decoded (RFC 2047), into out; "" where there is none. */
void hold_subject(const struct held *, struct buf *out);

#endif
