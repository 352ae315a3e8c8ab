/* What there is of one message. For the files of message alone. */
#ifndef GATEPOST_DAEMON_MESSAGE_STATE_H
#define GATEPOST_DAEMON_MESSAGE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "inbound.h"
#include "judge.h"
#include "mail/header.h"
#include "message.h"
#include "outbound.h"
#include "policy/signing.h"
#include "screening.h"
#include "sealing.h"

struct message {
	struct arena mem; /* everything of this message; dies with it */
	const struct client *client;
	const struct conf *conf; /* a reference while active */
	struct catalog *catalog; /* a reference while active */
	bool active;
	const char *login;
	const char *sender; /* as the MTA gave it */
	enum direction direction;
	const char *why; /* the fact that decided the direction */
	struct header header;
	size_t body_bytes;
	int64_t began;		/* milliseconds */
	struct inbound inbound; /* DIRECTION_IN, where `verify` is on */
	bool verifying;
	struct sealing sealing; /* of what is verified, and of what a list manager brings back */
	bool from_list;
	enum sealing_result seal;
	struct outbound outbound; /* DIRECTION_OUT */
	enum outbound_result outcome;
	struct judge judge;
	bool screened;
	struct screening screening; /* unless it is returned */
	size_t unread_results;	    /* fields beyond the header's limit that must not stay */
	size_t unread_marks[2];
	bool cannot_hold;  /* it should be held, and the MTA has no quarantine */
	const char *error; /* of signing */
	struct buf note;   /* what may break the signature */
	bool fragile;
};

#endif
