/*
 * No converter is loaded late. GMime and libarchive ask iconv_open(3) for
 * whatever charset a message names; in a process that has shut itself in,
 * glibc would try to open a module, which is the end of that process. This
 * program's own iconv_open() stands before glibc's: once sealed, it answers
 * that there is no such converter, and the libraries go on without.
 */
#ifndef GATEPOST_MAIL_CHARSET_SEAL_H
#define GATEPOST_MAIL_CHARSET_SEAL_H

/* From now on iconv_open() fails with EINVAL. Converters that are open stay usable. */
void charset_seal(void);

#endif
