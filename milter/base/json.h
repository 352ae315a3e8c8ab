/*
 * Writing JSON (RFC 8259) into a buffer. Only writing: gatepost reads none.
 * Commas are set by the writer; a caller opens, adds and closes.
 */
#ifndef GATEPOST_BASE_JSON_H
#define GATEPOST_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct json {
	struct buf *out; /* borrowed */
	bool comma;	 /* something stands before in this object or array */
};

void json_init(struct json *, struct buf *out);
/* name is the member's name within an object, NULL within an array or at the top. */
void json_open_object(struct json *, const char *name);
void json_close_object(struct json *);
void json_open_array(struct json *, const char *name);
void json_close_array(struct json *);
/* n bytes at s, escaped; bytes that are not valid UTF-8 become U+FFFD. */
void json_strn(struct json *, const char *name, const char *s, size_t n);
/* NULL is written as null. */
void json_str(struct json *, const char *name, const char *s);
void json_int(struct json *, const char *name, int64_t);
void json_bool(struct json *, const char *name, bool);

#endif
