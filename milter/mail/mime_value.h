/*
 * The value of a Content- field: a token ("text/plain", "base64",
 * "attachment") and parameters (RFC 2045 §5.1, RFC 2183 §2), read as loosely
 * as programs read them and with what is odd about it told.
 */
#ifndef GATEPOST_MAIL_MIME_VALUE_H
#define GATEPOST_MAIL_MIME_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* What is outside the grammar, as bits. */
enum value_oddity {
	VALUE_COMMENT = 1 << 0, /* in or before the token */
	VALUE_ENCODED = 1 << 1, /* an encoded word in the token */
	VALUE_NUL = 1 << 2,
	VALUE_CR = 1 << 3,	     /* bare */
	VALUE_LINE = 1 << 4,	     /* a line end without white space behind it */
	VALUE_TOKEN = 1 << 5,	     /* more than a token before the first ";" */
	VALUE_UNTERMINATED = 1 << 6, /* a quoted string without end */
	VALUE_BEHIND_QUOTE = 1 << 7, /* text between a quoted string and ";" */
	VALUE_HIDDEN = 1 << 8,	     /* a parameter within something else, or without ";" before */
	VALUE_TOO_MUCH = 1 << 9	     /* too long, or too many parameters; the rest is not read */
};

/* "name*1*=value" */
struct mime_param {
	const char *name; /* lower case, without "*1*" */
	size_t name_len;
	int section;   /* the number behind "*" (RFC 2231 §3), or -1 */
	bool extended; /* "*" before "=": charset and percent signs (§4) */
	bool quoted;
	bool hidden;
	const char *value; /* without quotes and quoted pairs; or a token */
	size_t len;
	const char *raw; /* all up to ";", without outer quotes; quoted pairs as they are */
	size_t raw_len;
};

struct mime_value {
	const char *token; /* lower case, without comments and white space; "" for none */
	size_t token_len;
	const char *as_is; /* all before the first ";", lower case, trimmed */
	size_t as_is_len;
	const char *sent;	   /* the same in its own case */
	struct mime_param *params; /* in mem */
	size_t n;
	unsigned odd;
};

#define MIME_VALUE_MAX (128u << 10) /* bytes that are read */
#define MIME_PARAMS_MAX 4096

/* Reads the n bytes behind the colon. False without memory. */
bool mime_value_read(const unsigned char *s, size_t n, struct arena *mem, struct mime_value *);

#endif
