/*
 * What clamd answers to INSTREAM or FILDES (clamd(8)): "stream: OK",
 * "stream: NAME FOUND", "stream: WHY ERROR"; "fd[7]: ..." alike.
 */
#ifndef GATEPOST_FILTER_CLAMD_REPLY_H
#define GATEPOST_FILTER_CLAMD_REPLY_H

#include <stddef.h>

#define CLAMD_REPLY_MAX 1024 /* bytes, with the NUL that ends it */
#define CLAMD_NAME_MAX 200

enum clamd_said {
	CLAMD_CLEAN,
	CLAMD_INFECTED,
	CLAMD_TOO_LARGE, /* over its StreamMaxLength: not looked at */
	CLAMD_ERROR,	 /* it could not look at it */
	CLAMD_NONSENSE,	 /* none of the above */
};

struct clamd_reply {
	enum clamd_said said;
	char text[CLAMD_NAME_MAX]; /* CLAMD_INFECTED: the name; CLAMD_ERROR: why; printable ASCII */
};

/* A reply of n bytes, without the NUL that ends it. Anything beside the grammar is nonsense. */
void clamd_reply_parse(const char *, size_t n, struct clamd_reply *);

#endif
