/*
 * Running a program of the MTA: by path and argument list, never through a
 * shell, with a small fixed environment, no descriptors of ours, and a limit
 * on how long it may be silent.
 */
#ifndef GATEPOST_COMMANDS_PROGRAM_H
#define GATEPOST_COMMANDS_PROGRAM_H

#include <stddef.h>

#include "base/buf.h"

struct program {
	const char *const *argv; /* argv[0] is the path; ends with NULL */
	const struct buf *input; /* its standard input; NULL for none */
	/*
	 * Its standard output, piece by piece; NULL where it is not wanted. False
	 * ends the program.
	 */
	bool (*take)(void *arg, const char *, size_t);
	void *arg;
	struct buf *errors; /* what it says on standard error is added here */
};

/*
 * Runs it to its end. Returns its exit status, or -1 where it could not be
 * started, was silent for too long or was killed; errors says why.
 */
int program_run(const struct program *);

/* A stream cut into lines, for `take`. A line over max bytes is cut there. */
struct lines {
	struct buf line;
	size_t max;
	void (*take)(void *arg, struct buf *line); /* without the line's end */
	void *arg;
};
void lines_init(struct lines *, size_t max, void (*take)(void *, struct buf *), void *arg);
/* arg is a struct lines; always true. */
bool lines_take(void *arg, const char *, size_t);
/* The last line, where it has no end; frees the buffer. */
void lines_end(struct lines *);

#endif
