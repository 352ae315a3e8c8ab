/* UTF-8 (RFC 3629), as far as telling what is valid and what is not. */
#ifndef GATEPOST_BASE_UTF8_H
#define GATEPOST_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length in bytes (1..4) of the character that starts at s, of which n
 * bytes can be read. 0 where that is not valid UTF-8: cut short, overlong,
 * a surrogate, or over U+10FFFF.
 */
size_t utf8_length(const char *s, size_t n);
bool utf8_valid(const char *s, size_t n);

#endif
