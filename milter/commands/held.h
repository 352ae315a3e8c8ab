/* Messages that an MTA holds: what is known of each, however the MTA keeps them. */
#ifndef GATEPOST_COMMANDS_HELD_H
#define GATEPOST_COMMANDS_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* Strings are what stands in the queue: hostile, not decoded, never NULL unless that is said. */
struct held {
	const char *id;
	const char *path;   /* of the queue file where the MTA needs it, or NULL */
	int64_t arrived;    /* seconds since 1970 */
	int64_t size;	    /* bytes */
	const char *sender; /* "" is the null sender */
	const char **recipients;
	size_t nrecipients;
	const char *subject;	/* unfolded; NULL where there is none */
	const char *action;	/* gatepost's own field: "hold", "mark"; NULL where there is none */
	const char *rule;	/* the rules that decided, a comma between two, or "" */
	const char *reason;	/* in words, or "" */
	const char *mta_reason; /* what the MTA keeps as the reason, or "" */
};

struct held_list {
	struct arena mem; /* everything below */
	struct held *v;	  /* owned; in the order of arrival once sorted */
	size_t n, cap;
	bool failed; /* memory ran out, something is missing */
};

void held_list_init(struct held_list *);
void held_list_free(struct held_list *);
/* A new message at the end with everything empty; NULL, and `failed`, without memory. */
struct held *held_list_add(struct held_list *, const char *id, size_t n);
/* A copy that lives as long as the list; "" and `failed` without memory. */
const char *held_copy(struct held_list *, const char *, size_t);
/* The oldest first. */
void held_list_sort(struct held_list *);
/*
 * Takes subject and gatepost's own words from a header section (LF or CRLF).
 * Of several fields the topmost counts: gatepost's is above all that came
 * with the message.
 */
void held_read_header(struct held_list *, struct held *, const struct buf *header);
/* The message of that id, or NULL. */
struct held *held_find(const struct held_list *, const char *id);

/* The reason to show: gatepost's, else the MTA's, else "". */
const char *held_reason(const struct held *);

#endif
