/* Writing an Authentication-Results field (RFC 8601). */
#ifndef GATEPOST_AUTH_AUTHRES_WRITE_H
#define GATEPOST_AUTH_AUTHRES_WRITE_H

#include "authres.h"
#include "base/buf.h"

/* What values may hold: UTF-8 only where the message is SMTPUTF8 (RFC 8601 §2.2, RFC 6532). */
enum authres_charset { AUTHRES_ASCII, AUTHRES_UTF8 };

#define AUTHRES_TEXT_MAX 400 /* bytes of one value or reason; longer ones are cut, "..." added */

/*
 * Writes the value of a field: one space, the authserv-id, then each result
 * on a line of its own, folded with CRLF HTAB below 78 columns but where one
 * value is longer; "none" where n is 0. What was in out before is lost.
 *
 * An address ("local@domain", the local part without quotes and escapes) is
 * written as one, other values as token or quoted-string. Control characters,
 * bytes that are no UTF-8, and with AUTHRES_ASCII each character that is not
 * US-ASCII, become "?". A property without a value is left out, and so is a
 * reason without a word: not every reader knows empty quoted-strings.
 * Returns 0, or -1 without memory, for an empty authserv-id, and for a method,
 * result, ptype or property name that is no keyword.
 */
int authres_write(struct buf *out, const char *authserv_id, const struct authres_result *, size_t n,
    enum authres_charset);

#endif
