/*
 * The reading as it grows: parts, doubts, decoded bodies, and which part
 * belongs to which way of reading the part around it. For the files of the
 * MIME reader alone; mime.h is its face.
 *
 * A part that can be read in several ways has readings, numbered from 0, the
 * likeliest. Each other one has a doubt that is the reason for it. A part that
 * was found in some of them tells so by a bit mask.
 */
#ifndef GATEPOST_MAIL_MIME_TREE_H
#define GATEPOST_MAIL_MIME_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime.h"
#include "transfer.h"

#define READINGS_MAX 32
#define MIME_IN_BYTES 0 /* for `in`: wherever the owner's bytes are what they are */

struct mime_node {
	int owner;	    /* the part in whose reading it was found, -1 for none */
	uint32_t in;	    /* in which of the owner's readings */
	uint32_t own;	    /* in which of its own readings its bytes are what it holds */
	unsigned nreadings; /* of its own */
	size_t readings;    /* where they begin in the tree's list */
	bool attachment;    /* its disposition says so */
	bool loose_end;	    /* base64 without padding: one or two bytes more or less */
	bool file;	    /* it, or something within it, could be a file */
	/* A body whose bytes are the same for all who read it in this encoding; NULL for none. */
	const unsigned char *sent;
	size_t sent_len;
	enum transfer transfer;
};

struct mime_tree {
	struct mime_reading *out;
	const struct mime_limits *limits;
	struct arena *mem;
	struct mime_node *nodes; /* one for each part; owned */
	size_t cap;
	int *reasons; /* the doubt of each reading, -1 for none; owned */
	size_t nreasons, reasons_cap;
	bool *matters; /* for each doubt: attachment if its part is a file; owned */
	size_t doubts_cap;
	size_t decoded; /* bytes in blocks */
};

/* Where a new part belongs. */
struct mime_place {
	int parent;
	int owner;
	uint32_t in;
	unsigned depth;
};

void tree_init(
    struct mime_tree *, struct mime_reading *, const struct mime_limits *, struct arena *mem);
/* Frees what the reading does not keep. */
void tree_done(struct mime_tree *);

/* A new part; its index, or -1 with the limit or no_memory told. */
int tree_add(struct mime_tree *, const struct mime_place *);
/* A new reading of the part, the doubt being the reason for it (-1: none); its bit. */
uint32_t tree_reading(struct mime_tree *, unsigned part, int doubt);
/*
 * A doubt about the part; its index, or -1 without memory. One that matters
 * involves an attachment if the part turns out to be a file.
 */
int tree_doubt(
    struct mime_tree *, enum mime_doubt_kind, unsigned part, bool matters, const char *detail);
void tree_limit(struct mime_tree *, const char *what);
/* Room for n decoded bytes, which lives as long as the reading. NULL over the limit. */
unsigned char *tree_block(struct mime_tree *, size_t n);
/* Gives back the newest block, all of it (keep 0) or all but its first bytes. */
void tree_trim_block(struct mime_tree *, size_t keep);

#endif
