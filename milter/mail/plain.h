/*
 * Whether a message cannot carry an attachment for any mail program, found
 * out while it passes by: one text/plain without a name, in an encoding that
 * every program reads alike, without a file in its text and without anything
 * that could be the header of a part. Such a message needs no look into its
 * parts. When in doubt the answer is no.
 *
 * HTML is never plain here: it can carry a file in a script or a link.
 */
#ifndef GATEPOST_MAIL_PLAIN_H
#define GATEPOST_MAIL_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "header.h"

#define PLAIN_LINE 32 /* bytes of a decoded line that are looked at */

struct plain {
	bool no;       /* it could carry one */
	bool qp;       /* quoted-printable */
	unsigned held; /* bytes of an escape that is not whole */
	char escape[3];
	size_t len; /* of the decoded line so far, up to PLAIN_LINE */
	char line[PLAIN_LINE];
};

/* The header as the MTA gave it. */
void plain_begin(struct plain *, const struct header *);
/* The body, in pieces cut anywhere; costs little. */
void plain_body(struct plain *, const char *, size_t);
/* At the end: true where the message cannot carry an attachment. */
bool plain_cannot_carry(struct plain *);

#endif
