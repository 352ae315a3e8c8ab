/*
 * Domain names as mail writes them: letters with or without umlauts, upper or
 * lower case, with or without the root's dot. One canonical form for all:
 * A-labels in lower case (RFC 5890; IDNA2008 by libidn2, RFC 8616 §4).
 */
#ifndef GATEPOST_BASE_DOMAIN_H
#define GATEPOST_BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#define DOMAIN_MAX 253		    /* octets of a name, RFC 1035 §2.3.4, without the root's dot */
#define DOMAIN_BUF (DOMAIN_MAX + 1) /* with its NUL */

/*
 * Puts the canonical form of the n bytes at s (UTF-8) into out. False, and an
 * empty out, for what is not a host or mail domain name: empty, an empty
 * label, a label over 63 octets, characters other than letters, digits,
 * hyphen and underscore after conversion, a hyphen at either end of a label
 * (RFC 5321 §4.1.2), NUL or control characters, invalid UTF-8, a name IDNA
 * refuses (an "xn--" label that is no A-label, too), a bare IPv4 address. One
 * final dot is accepted and dropped. A name of one label is accepted. Address
 * literals are not names: false.
 *
 * Upper case and full width are mapped as UTS #46 has it (non-transitional:
 * a sharp s stays one). Only "." separates labels, as in RFC 5321: a name with
 * U+3002 or another sign that IDNA would make a dot of is refused, since
 * programs differ in what domain that is.
 */
bool domain_canonical(const char *s, size_t n, char out[DOMAIN_BUF]);
/* True where sub is a name below parent (not equal). Both canonical. */
bool domain_is_below(const char *sub, const char *parent);
/* The name without its first label, or NULL where it has only one. Points into it. */
const char *domain_parent(const char *);
/* The number of labels of a canonical name. */
size_t domain_labels(const char *);

#endif
