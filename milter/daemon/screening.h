/*
 * One message and the attachment filter: keeps the message as it comes in, in
 * a memory file, has it looked into at its end, and says what is to be done.
 *
 * A message of plain text that can carry no attachment never leaves the gate,
 * unless there is a virus scanner; a short one not even goes to a file.
 */
#ifndef GATEPOST_DAEMON_SCREENING_H
#define GATEPOST_DAEMON_SCREENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "filter/outcome.h"
#include "mail/header.h"
#include "mail/plain.h"

#define SCREENING_FIELD "X-Gatepost-Filter"

enum screening_state {
	SCREENING_OFF,	   /* the filter is off */
	SCREENING_EXEMPT,  /* by sender, client, login, or all recipients */
	SCREENING_PLAIN,   /* text only, not looked into */
	SCREENING_DONE,	   /* outcome says what was found */
	SCREENING_FAILED,  /* it could not be looked into: outcome has that as a finding */
	SCREENING_PUT_OFF, /* the virus scanner is away: tempfail or reject, as configured */
};
const char *screening_state_name(enum screening_state);

struct screening_envelope {
	const char *login;  /* "" for none */
	const char *sender; /* MAIL FROM, with brackets */
	bool has_ip;
	struct ip ip;
};

struct screening {
	const struct conf *conf; /* borrowed */
	struct arena *mem;	 /* borrowed */
	struct buf start;	 /* the message, as long as it is short */
	int file;		 /* else; -1 for none */
	size_t size;
	const char *error;  /* the message is not whole in file */
	const char *exempt; /* by what; NULL for none */
	size_t recipients, listed;
	struct plain plain;	    /* whether it could carry an attachment */
	enum screening_state state; /* after the end */
	struct outcome_rules rules;
	struct outcome outcome;
	unsigned findings;   /* all that were told */
	const char *failure; /* of the virus scanner */
	bool rejects;	     /* SCREENING_PUT_OFF: for good */
	int64_t ms;	     /* that it took at the end */
};

/* Zeroed memory is a screening that was never begun. */
void screening_begin(
    struct screening *, const struct conf *, struct arena *, const struct screening_envelope *);
void screening_recipient(struct screening *, const char *path);
/* The header, whole. */
void screening_headers(struct screening *, const struct header *);
void screening_body(struct screening *, const char *, size_t);
/* Has the message looked into. Waits. */
void screening_end(struct screening *);
/* Gives back all but the memory for the next message. */
void screening_reset(struct screening *);
void screening_free(struct screening *);

/* What the message, or something in it, is exempt by; NULL for nothing. */
const char *screening_exemption(const struct screening *);
/* "5.7.1"-like text for the sender: rule and attachment, printable US-ASCII without "%". */
void screening_text(const struct screening *, struct buf *out);
/*
 * The value of SCREENING_FIELD, begins with a space, folds as CRLF TAB;
 * nothing where nothing is done, nor would be without dry_run.
 */
void screening_field(const struct screening *, struct buf *out);

#endif
