/* Files in BinHex 4.0 (RFC 1741), as programs on the Macintosh once sent them. */
#ifndef GATEPOST_MAIL_BINHEX_H
#define GATEPOST_MAIL_BINHEX_H

#include <stdbool.h>
#include <stddef.h>

/* The letters of one file, between the colons. */
struct binhex {
	const unsigned char *s;
	size_t n;
	size_t next; /* offset in the text where to look for another one */
};

/* What the letters stand for; all pieces are within the decoded bytes. */
struct binhex_file {
	const unsigned char *name;
	size_t name_len;
	const unsigned char *data, *resource; /* the two forks */
	size_t data_len, resource_len;
	bool whole; /* nothing is missing, and nothing is left */
};

/*
 * The next file in the text at or behind the offset. Its letters come behind a
 * line that says what to do with them, or, where that is not asked for, behind
 * any colon that begins a line. False for no more.
 */
bool binhex_find(const unsigned char *text, size_t n, size_t from, bool announced, struct binhex *);
/* How many bytes the letters come to: repeated bytes can make that more than there are letters. */
size_t binhex_size(const struct binhex *);
/* Decodes into out, which has room for binhex_size(). */
void binhex_read(const struct binhex *, unsigned char *out);
/* Takes the decoded bytes apart. False where there is not even a name. */
bool binhex_open(const unsigned char *bytes, size_t n, struct binhex_file *);

#endif
