/*
 * One message, from MAIL to the verdict: the whole flow in one place.
 *
 * gate.c hands over what the MTA says; nothing here knows libmilter. The
 * calls come in the order of SMTP: begin, recipients, headers, end_of_header,
 * body pieces, end. A message may be abandoned at any point and begun again;
 * memory is kept for the next one.
 */
#ifndef GATEPOST_DAEMON_MESSAGE_H
#define GATEPOST_DAEMON_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cidr.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "keys/catalog.h"

/* Who is at the other end of the SMTP connection; owned by the session. */
struct client {
	bool has_ip;
	struct ip ip;
	char *name;    /* as the MTA calls it; NULL if not said */
	char *helo;    /* NULL before HELO */
	char *daemon;  /* {daemon_name} or NULL */
	bool can_hold; /* the MTA has a quarantine */
};

/* In the order of strength. */
enum action { ACTION_ACCEPT, ACTION_HOLD, ACTION_TEMPFAIL, ACTION_REJECT, ACTION_DISCARD };

#define VERDICT_MAX_EDITS (CATALOG_MAX_KEYS + 4 + 3)

/* A field to take away: the index-th of its name, from 1, counted from the top. */
struct removal {
	const char *name;
	int index;
};

/* A field to insert at the top of the header section. */
struct edit {
	const char *name;
	const char *value; /* begins with one space; folds are LF and white space */
};

/* What is to be done; strings live until the message is begun again or freed. */
struct verdict {
	enum action action;
	const char *rcode, *xcode; /* to refuse or put off: "451", "4.7.1" */
	const char *text;	   /* the reply, or why it is held: printable ASCII, no "%" */
	struct edit
	    edits[VERDICT_MAX_EDITS]; /* to be inserted in this order, each above the one before */
	size_t nedits;
	const struct removal *removals; /* to be carried out in this order: highest index first */
	size_t nremovals;
};

struct message;

/* NULL without memory. */
struct message *message_new(void);
void message_free(struct message *);
/* What a message works with: conf and catalog are referenced, dns is borrowed. */
struct message_tools {
	const struct conf *conf;
	struct catalog *catalog;
	struct dns_source *dns;
};
/*
 * A new message: client is borrowed until the end. login ({auth_authen}) and
 * sender (MAIL FROM, with brackets) may be NULL.
 */
void message_begin(struct message *, const struct client *, const struct message_tools *,
    const char *login, const char *sender);
void message_recipient(struct message *, const char *recipient);
void message_header(struct message *, const char *name, const char *value);
void message_end_of_header(struct message *);
void message_body(struct message *, const char *, size_t);
/* The verdict, and the message's line in the log. queue_id may be NULL. */
void message_end(struct message *, const char *queue_id, struct verdict *);
/* The client or the MTA gave the message up. */
void message_abandon(struct message *);

#endif
