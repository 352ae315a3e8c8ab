/*
 * Tag=value lists (RFC 6376 §3.2): DKIM and ARC signatures, and key records.
 *
 * Strict, as §6.1.1 asks: what the grammar does not allow spoils the whole
 * list. Two things go beyond its letters: white space after a final ";",
 * which everybody writes, and UTF-8 in values (RFC 8616 §5), which the reader
 * of a tag that has none must refuse (tag_is_ascii()).
 */
#ifndef GATEPOST_AUTH_TAGLIST_H
#define GATEPOST_AUTH_TAGLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAGLIST_MAX 100

enum taglist_error {
	TAGLIST_OK,
	TAGLIST_SYNTAX,
	TAGLIST_DUPLICATE, /* a name occurs twice: the list is invalid (§3.2) */
	TAGLIST_TOO_MANY,  /* more than TAGLIST_MAX tags */
};

/* All of it points into the text that was parsed. */
struct tag {
	const char *name;
	size_t name_len;
	const char *value; /* without white space around it; folds within stay */
	size_t value_len;
	const char *raw; /* all between "=" and ";" or the end: what §3.7 deletes for b= */
	size_t raw_len;
};

struct taglist {
	struct tag v[TAGLIST_MAX]; /* in the order of the text, unknown tags too */
	size_t n;		   /* on an error: the tags before it */
};

/* Parses len bytes, folds (CRLF WSP) allowed. The text must outlive the list. */
enum taglist_error taglist_parse(const char *text, size_t len, struct taglist *);
const char *taglist_error_text(enum taglist_error);

/* The tag of that name (names are compared with case, §3.2), or NULL. */
const struct tag *taglist_find(const struct taglist *, const char *name);
/* True where the value is exactly that. */
bool tag_is(const struct tag *, const char *value);
bool tag_is_ascii(const struct tag *);
/*
 * The value as a number: digits only, not over max. False for anything else,
 * so also for what would overflow.
 */
bool tag_number(const struct tag *, uint64_t max, uint64_t *out);

/* A place in a colon-separated value (h=, k=, s=, t= of key records). */
struct tag_items {
	const char *p, *end;
	bool done;
};

void tag_items_begin(struct tag_items *, const struct tag *);
/*
 * The next item without white space around it. False after the last one. An
 * empty value has one empty item; "a::b" has an empty one in the middle.
 */
bool tag_items_next(struct tag_items *, const char **item, size_t *len);

#endif
