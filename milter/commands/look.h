/* Looking into messages in files, for commands: a scanner of one's own and what follows from it. */
#ifndef GATEPOST_COMMANDS_LOOK_H
#define GATEPOST_COMMANDS_LOOK_H

#include "base/arena.h"
#include "conf/conf.h"
#include "filter/outcome.h"
#include "scan_worker.h"

struct look {
	const struct conf *conf; /* borrowed */
	struct outcome_rules rules;
	struct scan_worker worker;
	struct arena mem;     /* of one message */
	struct arena lasting; /* of the rules */
	/* of the last message, until the next one or the end */
	struct scan_answer answer;
	struct outcome outcome;
};

enum look_hashes { LOOK_PLAIN, LOOK_HASHES };

void look_begin(struct look *, const struct conf *);
/*
 * Looks into the message in the file at path (as message_file_read() takes
 * it), with the SHA-256 of each part where asked for. NULL, and answer and
 * outcome are there; or what went wrong.
 */
const char *look_into(struct look *, const char *path, enum look_hashes);
void look_end(struct look *);

#endif
