/* Selectors (RFC 6376 §3.1): what stands before "._domainkey" in the DNS. */
#ifndef GATEPOST_KEYS_SELECTOR_H
#define GATEPOST_KEYS_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#define SELECTOR_BUF 254 /* the longest that fits into a DNS name, with its NUL */

/*
 * Puts the n bytes at s into out in lower case. False where that is not a
 * selector: labels of 1 to 63 letters, digits, hyphens (not at either end)
 * and underscores, joined by dots.
 */
bool selector_canonical(const char *s, size_t n, char out[SELECTOR_BUF]);
/* Whether selector._domainkey.domain is short enough for the DNS. */
bool selector_fits(const char *selector, const char *domain);

#endif
