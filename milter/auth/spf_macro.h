/*
 * Macro strings of SPF (RFC 7208 §7): parsed once into parts, expanded as
 * often as needed. Nothing here knows records or the DNS.
 */
#ifndef GATEPOST_AUTH_SPF_MACRO_H
#define GATEPOST_AUTH_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct spf_part {
	const char *literal; /* borrowed from the text or static; NULL for a macro letter */
	uint16_t len;	     /* of the literal */
	char letter;	     /* in lower case */
	uint8_t keep;	     /* right-hand parts to keep; 0 for all */
	uint8_t delimiters;  /* which, by position in ".-+,/_="; 0 for the default "." */
	bool reverse;
	bool escape; /* the letter was upper case: URL-escape the value */
};

struct spf_macro_string {
	const struct spf_part *parts;
	size_t n;
};

enum spf_macro_use {
	SPF_MACRO_DOMAIN,  /* domain-spec: ends in a top label or a macro, letters c, r, t forbidden
			    */
	SPF_MACRO_VALUE,   /* macro-string: an unknown modifier's value */
	SPF_MACRO_EXPLAIN, /* explain-string: spaces allowed */
};

#define SPF_MACRO_MAX 16384 /* octets of a text that can be parsed */

/* How many parts a text of len bytes can have at most. */
size_t spf_macro_bound(const char *text, size_t len);
/*
 * Parses len bytes strictly by the grammar of §7.1. parts has room for
 * spf_macro_bound() of them; it and text are borrowed by *out. Returns NULL,
 * or in a few words what is wrong (a static string).
 */
const char *spf_macro_parse(const char *text, size_t len, enum spf_macro_use,
    struct spf_part *parts, struct spf_macro_string *out);
/* True where the letter (lower case) occurs. */
bool spf_macro_uses(const struct spf_macro_string *, char letter);

/* What the letters stand for, by letter: value['s' - 'a'] is %{s}. NULL is empty. */
struct spf_macro_values {
	const char *value[26];
};

/* Adds the expansion to out (§7.3). False where it does not fit. */
bool spf_macro_expand(
    const struct spf_macro_string *, const struct spf_macro_values *, struct buf *out);

#endif
