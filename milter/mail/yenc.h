/* Files within a text in yEnc (yenc.org, version 1.3), as news programs write them. */
#ifndef GATEPOST_MAIL_YENC_H
#define GATEPOST_MAIL_YENC_H

#include <stdbool.h>
#include <stddef.h>

struct yenc_file {
	const unsigned char *name; /* as it stands in the text */
	size_t name_len;
	const unsigned char *data; /* the lines between "=ybegin", "=ypart" and "=yend" */
	size_t data_len;
	size_t next; /* offset in the text where to look for another one */
};

/* The next file in the text at or behind the offset; false for no more. */
bool yenc_find(const unsigned char *text, size_t n, size_t from, struct yenc_file *);
/* Decodes into out, which has room for data_len. Returns the bytes written. */
size_t yenc_read(const struct yenc_file *, unsigned char *out);

#endif
