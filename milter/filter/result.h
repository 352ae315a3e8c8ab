/*
 * What a scan found, as bytes: from the process that looked into a message to
 * the one that judges it. The reader trusts nothing: the writer may have been
 * taken over by what it looked at.
 */
#ifndef GATEPOST_FILTER_RESULT_H
#define GATEPOST_FILTER_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "inspect.h"

#define RESULT_MAX (128u * 1024) /* bytes of a result */
#define RESULT_TEXT 240		 /* bytes of one name or reason */
#define RESULT_HASH 32		 /* SHA-256 */

struct scan_result {
	struct scan_report report;
	size_t more_parts; /* beyond those in the report */
	bool incomplete;   /* memory ran out: nothing can be said of the message */
	/* Of the decoded content of each part, where it was asked for; else NULL. */
	const unsigned char (*hashes)[RESULT_HASH];
};

/* Adds the text as it stands in a result: at most RESULT_TEXT bytes, valid UTF-8. */
void result_text(struct buf *out, const char *);
/*
 * Writes what the scan found: findings first, then as many parts as have
 * room. Texts are cut to RESULT_TEXT bytes and made valid UTF-8 without NUL.
 * hashes has one for each part, or is NULL. out must take RESULT_MAX bytes.
 */
void result_write(const struct scan *, const unsigned char (*hashes)[RESULT_HASH], struct buf *out);

/*
 * Reads it back, into mem. False for anything that result_write() would not
 * have written: other lengths, unknown rules, parts within later parts,
 * findings about parts that are not there, texts that are no UTF-8.
 */
bool result_parse(const void *, size_t, struct arena *mem, struct scan_result *);

#endif
