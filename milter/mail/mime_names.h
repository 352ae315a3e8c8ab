/*
 * What the parameters of Content- fields can be taken to say: every way of
 * putting them together (RFC 2231, RFC 2047 where it does not belong, the
 * plain form), and file names of it in UTF-8.
 */
#ifndef GATEPOST_MAIL_MIME_NAMES_H
#define GATEPOST_MAIL_MIME_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "mime_value.h"

#define PARAM_READINGS_MAX 12

/* One way of reading a parameter: bytes, and the charset that they are said to be in. */
struct param_reading {
	const char *s;
	size_t len;
	const char *charset; /* not NUL-terminated; len 0: none */
	size_t charset_len;
	bool hidden;
};

/*
 * All readings of the parameter, the likeliest first, without repetition.
 * *doubled where it is there twice in the same form with different values.
 * Returns how many; strings live in mem or in the value.
 */
size_t param_readings(const struct mime_value *, const char *name, struct arena *mem,
    struct param_reading out[PARAM_READINGS_MAX], bool *doubled);

#define NAMES_MAX 32

struct names {
	struct arena *mem;
	const char *v[NAMES_MAX]; /* UTF-8, the likeliest first */
	size_t n;
	bool misfit;  /* a charset that is unknown or does not fit */
	bool doubled; /* a parameter twice */
};

/* Adds the names that a parameter gives, in every decoding. */
void names_add(struct names *, const struct mime_value *, const char *param);
/* Adds a name as it stands in a text, e.g. of a uuencoded file. */
void names_add_raw(struct names *, const char *s, size_t n);

/*
 * The extension, in lower case: 1 to 8 letters and digits behind the last
 * dot, not digits alone; trailing dots and spaces, which Windows leaves out,
 * do not count. False for none.
 */
bool mime_name_extension(const char *name, char out[9]);
/* Whether two of the names have different extensions. */
bool names_contradict(const char *const *names, size_t n);

#endif
