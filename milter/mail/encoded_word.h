/*
 * Encoded words (RFC 2047), as generously as any reader might decode them:
 * anywhere, also within quotes and comments, with white space inside, without
 * an end. For finding out what a field could be taken for, not for showing it.
 */
#ifndef GATEPOST_MAIL_ENCODED_WORD_H
#define GATEPOST_MAIL_ENCODED_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Adds the n bytes at s to out with every encoded word decoded, and white
 * space between two of them left out (§6.2). Latin-1 and its kin become
 * UTF-8; bytes of other charsets stay what they are. True where there was an
 * encoded word. Takes time in proportion to n; out grows by 2 n at most.
 */
bool encoded_words_decode(const char *s, size_t n, struct buf *out);
/*
 * The same with the bytes of each word converted to UTF-8 by its charset;
 * words of one charset that stand together are converted together, since
 * programs cut characters apart. *misfit is set where a charset is unknown or
 * the bytes are not of it: they stay as they are. Others leave it alone.
 */
bool encoded_words_to_utf8(const char *s, size_t n, struct buf *out, bool *misfit);

#endif
