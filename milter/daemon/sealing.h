/*
 * Sealing mail that goes on from here, to lists or to other hosts (RFC 8617
 * §5.1): for whom, with which key, and the three fields.
 *
 * Mail from outside: the chain's status and the results that are sealed are
 * those of inbound.h, found out for this very message; nothing that stands in
 * it is taken for them (§4.4). Order of calls: begin, recipients, headers,
 * body, end; reset at any point.
 *
 * Mail that a list manager on this host has changed since it was sealed here:
 * our message signature no longer holds, so a new set follows it, made after
 * the change (§5.1, step 1). What was found out when the message arrived is
 * what our own seal says; that this seal is ours, and untouched, is proved by
 * making it again. Order of calls: begin, continued, body, end.
 */
#ifndef GATEPOST_DAEMON_SEALING_H
#define GATEPOST_DAEMON_SEALING_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/arc_seal.h"
#include "auth/body_hash.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "inbound.h"
#include "keys/catalog.h"
#include "mail/header.h"

#define SEALING_FIELDS 3

struct sealing {
	const struct conf *conf; /* borrowed; NULL before begin() */
	struct catalog *catalog; /* borrowed */
	struct arena *mem;	 /* borrowed */
	bool wanted;		 /* one of the recipients is in arc_seal_for */
	struct catalog_key key;	 /* from headers() on, where it is wanted */
	struct dkim_sign_rules rules;
	struct arc_sealing *arc;   /* owned until reset */
	bool continued;		   /* mail that was sealed here before */
	struct arc_chain chain;	   /* what it carries */
	struct body_hashes bodies; /* owned until reset; those of inbound.h are shared otherwise */
	unsigned instance;	   /* of the new set, after SEALING_DONE */
	const char *reason;	   /* of SEALING_LEFT and SEALING_FAILED */
};

enum sealing_result {
	SEALING_NONE,	/* not to be sealed: switched off, for nobody in arc_seal_for, no chain */
	SEALING_DONE,	/* sealed */
	SEALING_LEFT,	/* the chain cannot be continued: reason */
	SEALING_FAILED, /* should be sealed and cannot be: reason */
};

/*
 * One field to be inserted at the top; those of one message in this order,
 * each above the one before, so that ARC-Seal ends on top.
 */
struct sealing_field {
	const char *name, *value; /* as smfi_insheader() wants it, in the arena */
};

void sealing_begin(struct sealing *, const struct conf *, struct catalog *, struct arena *);
/* As the MTA gives it, with or without brackets. */
void sealing_recipient(struct sealing *, const char *recipient);
/*
 * At end of headers, after inbound_headers() for the same message: its pass
 * over the body is shared. The header is the message as it will leave here.
 */
void sealing_headers(struct sealing *, const struct header *, const struct inbound *);
/* The same for mail from a list manager: at end of headers, in place of recipients and headers. */
void sealing_continued(struct sealing *, const struct header *);
void sealing_body(struct sealing *, const void *, size_t);
/*
 * After inbound_end(): the fields, where the result is SEALING_DONE. results
 * is the value of the Authentication-Results field that the message gets. Both
 * are NULL for mail from a list manager.
 */
enum sealing_result sealing_end(struct sealing *, const struct inbound *, const char *results,
    struct sealing_field fields[SEALING_FIELDS]);
/* Gives back what the arena does not hold. */
void sealing_reset(struct sealing *);

/*
 * Whether there is the key that the configuration seals with, if it does: a
 * line in err ("FILE:LINE: OPTION: what was expected") where there is none.
 */
bool sealing_check(const struct conf *, const struct catalog *, struct buf *err);

#endif
