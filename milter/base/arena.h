/*
 * Memory that dies in one go: a message, a look-up or a configuration takes
 * pieces and never gives one back alone.
 */
#ifndef GATEPOST_BASE_ARENA_H
#define GATEPOST_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first; owned */
	size_t used;		    /* bytes handed out of the newest */
	size_t total;		    /* bytes handed out altogether */
	size_t max;		    /* total never exceeds this */
};

/* An empty arena of at most max bytes; 0 means no limit but memory. */
void arena_init(struct arena *, size_t max);
/* n bytes, aligned for any type, not cleared; NULL over the limit or without memory. */
void *arena_alloc(struct arena *, size_t n);
/* A NUL-terminated copy of the n bytes at s. NULL as above. */
char *arena_strndup(struct arena *, const char *s, size_t n);
char *arena_strdup(struct arena *, const char *s);
/* Gives everything back; the arena can be used again. Keeps one chunk for that. */
void arena_reset(struct arena *);
void arena_free(struct arena *);

#endif
