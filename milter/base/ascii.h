/* Letters, digits and white space of ASCII, whatever the locale. */
#ifndef GATEPOST_BASE_ASCII_H
#define GATEPOST_BASE_ASCII_H

#include <stdbool.h>

/* WSP of RFC 5234: SP and HTAB. */
static inline bool
ascii_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hex digit in either case; 16 for none. */
static inline unsigned
ascii_hex(char c)
{
	if (ascii_is_digit(c))
		return (unsigned)(c - '0');
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

#endif
