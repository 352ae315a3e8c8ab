/*
 * Uuencoded files within a text (POSIX uuencode), also in the base64 form
 * ("begin-base64"): what mail programs show as attachments without any MIME.
 */
#ifndef GATEPOST_MAIL_UU_H
#define GATEPOST_MAIL_UU_H

#include <stdbool.h>
#include <stddef.h>

struct uu_file {
	const unsigned char *name; /* as it stands in the text */
	size_t name_len;
	const unsigned char *data; /* the lines behind the first one */
	size_t data_len;	   /* up to the line "end", or to where lines are no data */
	bool base64;
	bool ended;  /* there is a line "end" (or "====") */
	bool sound;  /* as encoders write it: with a mode and an end, no line too short or long */
	size_t next; /* offset in the text where to look for another one */
};

/*
 * The next file in the text at or behind the offset. A "begin" line counts
 * where a line of data (or "end") follows. False for no more.
 */
bool uu_find(const unsigned char *text, size_t n, size_t from, struct uu_file *);
/*
 * The same for a part whose transfer encoding says that it is one: data
 * without a "begin" line is taken from the first line on.
 */
bool uu_find_encoded(const unsigned char *text, size_t n, struct uu_file *);
/* Bytes that data of that length can be decoded to; letters may be missing in each line. */
#define UU_ROOM(n) (2 * (n) + 8)
/* Decodes into out, which has UU_ROOM(data_len). Returns the bytes written. */
size_t uu_read(const struct uu_file *, unsigned char *out);

#endif
