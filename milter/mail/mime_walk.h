/*
 * Going through a message: the pieces that are still to be read, and the one
 * that is read. For the files of the MIME reader alone; mime.h is its face.
 */
#ifndef GATEPOST_MAIL_MIME_WALK_H
#define GATEPOST_MAIL_MIME_WALK_H

#include "mime_content.h"
#include "mime_header.h"
#include "mime_tree.h"

#define PLAIN_TYPE "text/plain"

/* A piece of the message that is still to be read: a header section and a body. */
struct mime_entity {
	const unsigned char *s;
	size_t n;
	struct mime_place at;
	enum header_way way;
	bool other_way; /* a second reading of a part, as the way says */
	const char *default_type;
};

struct mime_walk {
	struct mime_tree t;
	struct mime_entity *todo; /* a stack; owned */
	size_t ntodo, cap;
	size_t work, max_work;
};

/* One entity while it is read. */
struct mime_piece {
	struct mime_walk *w;
	unsigned index;
	const struct mime_entity *e;
	struct content *c;
	const unsigned char *body;
	size_t len;
	int doubts[CONTENT_DOUBTS_MAX]; /* those of the content, as they are in the tree */
	uint32_t first;			/* the bit of the likeliest reading, kept for later */
	bool beside;			/* what is read now is not the likeliest reading */
	bool harmless_uu; /* uuencoded as it should be, and of no danger: who does not decode it
			     sees a text */
};

/* One more that is to be read, before those that wait already; a limit where it is too deep. */
void walk_push(struct mime_walk *, const struct mime_entity *);
/* False, and a limit, where going through n more bytes would be too much. */
bool walk_may(struct mime_walk *, size_t n);

/* A part within this one, of those readings. */
void part_push(
    struct mime_piece *, const unsigned char *, size_t n, uint32_t in, const char *default_type);
/* A doubt about it, as tree_doubt(). */
int part_doubt(struct mime_piece *, enum mime_doubt_kind, bool matters, const char *detail);
/* The doubt of the tree that a reading of the content points to. */
int part_reason(const struct mime_piece *, int content_doubt);
/* Keeps the number of the likeliest reading while others are looked at before. */
void part_keep_first(struct mime_piece *);
/* The bit of one more reading of it; the first one asked for is the likeliest. */
uint32_t part_reading(struct mime_piece *, int why);
struct mime_part *part_in_tree(struct mime_piece *);
/* Its body with that encoding undone, as a message or multipart may not have it; or NULL. */
unsigned char *part_decode(struct mime_piece *, enum transfer, size_t *len);

#endif
