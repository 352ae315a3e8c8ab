/*
 * Bytes on their way out: small packets are copied, body packets, which all
 * sessions share, are only pointed at.
 */
#ifndef LOAD_OUTQ_H
#define LOAD_OUTQ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define MAX_SEGMENTS 32

struct segment {
	const char *shared; /* NULL: within `small` */
	size_t from, len;
};

struct outq {
	struct buf small;
	struct segment seg[MAX_SEGMENTS];
	unsigned nseg, sent; /* segments, and how many of them are gone */
};

enum outq_result { OUTQ_EMPTY, OUTQ_BLOCKED, OUTQ_FAILED };

void outq_init(struct outq *);
void outq_clear(struct outq *);
void outq_free(struct outq *);
/* Starts a packet in `small`, to be added to until outq_end(). Returns its mark. */
size_t outq_begin(struct outq *, char cmd);
void outq_end(struct outq *, size_t mark);
/* Adds bytes that stay where they are until they are sent. */
void outq_share(struct outq *, const char *, size_t);
/* Time to send before more is added. */
bool outq_full(const struct outq *);
/* Sends what the socket takes. OUTQ_FAILED leaves errno, or EMSGSIZE where memory ran out. */
enum outq_result outq_send(struct outq *, int fd);

#endif
