/*
 * The words of an Authentication-Results field (RFC 8601 §2.2): what each may
 * be made of, and passing over them one by one. For the files of authres alone.
 */
#ifndef GATEPOST_AUTH_AUTHRES_WORDS_H
#define GATEPOST_AUTH_AUTHRES_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* ---- what they are made of; any bytes, none of them need end with NUL ---- */

bool words_is_alnum(char);
bool words_is_8bit(char);
bool words_is_control(char);
/* token of RFC 2045 §5.1, which "value" is made of. */
bool words_is_token(const char *, size_t n);
/* atext of RFC 5322 §3.2.3 */
bool words_is_atext(char);
/* A letter, a digit, "-" or "_". */
bool words_is_domain_char(char);
/* Words of one sort of characters with single dots between them. */
bool words_is_dotted(const char *, size_t n, bool (*is_char)(char));
/* Keyword of RFC 5321 §4.1.2: letters, digits, and hyphens within. */
bool words_is_keyword(const char *, size_t n);
/* The last "@", or NULL. */
const char *words_find_at(const char *, size_t n);

/* ---- one after the other ---- */

struct words {
	const char *p, *end; /* what is still to be read; borrowed, folds as CRLF WSP */
};

/* The next byte, or NUL at the end. */
char words_peek(const struct words *);
/* Passes over one comment, which begins here. False where it does not end. */
bool words_skip_comment(struct words *);
/* Passes over [CFWS]. False where a comment is malformed. */
bool words_skip_cfws(struct words *);
void words_skip_digits(struct words *);
/* Takes that sign after [CFWS], and the [CFWS] after it; false where another one stands here. */
bool words_take(struct words *, char sign);
/* How many bytes there are up to one that separates words. */
size_t words_span(const struct words *);
/* Adds the meaning of the quoted-string that begins here. False where it has none. */
bool words_read_quoted(struct words *, struct buf *text);
/* "value": a token, here also one in UTF-8, or a quoted-string. False where there is none. */
bool words_read_value(struct words *, struct buf *text);

enum words_head {
	HEAD_ID, /* [CFWS] authserv-id [CFWS version], and the results begin or nothing follows */
	HEAD_METHOD,  /* [CFWS] method "=" or method "/" version "=" */
	HEAD_UNCLEAR, /* something else */
};
/* Reads the beginning of a field up to the first ";", and adds its first word to id. */
enum words_head words_read_head(struct words *, struct buf *id);

#endif
