/*
 * One session with the milter, as an MTA holds it: connection, negotiation,
 * messages, QUIT. It never blocks; the loop tells it what happened.
 */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "endpoint.h"
#include "macros.h"
#include "message.h"
#include "options.h"
#include "outq.h"
#include "tally.h"

/* What all sessions share. */
struct load {
	const struct options *o;
	const struct message *messages;
	uint64_t nmessages;
	const struct endpoint *to;
	struct macro_list lists[STAGE_NONE]; /* for milters that ask for none */
	struct tally tally;
	int epoll;
	uint64_t taken;	     /* messages handed out to sessions */
	unsigned active;     /* sessions that are not over */
	uint64_t next_timer; /* no session's timer is earlier; ns, UINT64_MAX: none */
	unsigned complaints; /* errors told on stderr */
};

enum phase {
	PHASE_NEXT,	  /* no connection; takes its next message */
	PHASE_DIAL,	  /* has a message, and is to connect */
	PHASE_CONNECTING, /* waits for the connection */
	PHASE_TALK,	  /* commands and replies */
	PHASE_OVER
};

struct session {
	struct load *load;
	const struct message *m;
	int fd; /* -1: none */
	enum phase phase;
	enum step step;	     /* the command that comes next */
	enum step sent;	     /* the last one */
	bool awaiting;	     /* its reply is still to come */
	bool vanish;	     /* close as soon as everything is sent */
	bool paused;	     /* until timer */
	bool held;	     /* --hold has been done for this message */
	bool blocked;	     /* EPOLLOUT is asked for */
	uint64_t timer;	     /* end of the pause or of the patience for a reply; 0: none */
	uint64_t number;     /* of the message, from 1; 0: none */
	unsigned in_session; /* messages begun in it */
	unsigned rcpt, rcpts_left, field;
	size_t chunk;
	bool skip;		    /* the milter wants no more of the body */
	uint32_t actions, protocol; /* as negotiated */
	struct macro_list lists[STAGE_NONE];
	struct buf sender, rcpt_text; /* without angle brackets */
	struct outq out;
	struct buf in;
	uint64_t eom_at; /* when end of message was sent; 0: not yet */
	uint64_t latency;
	struct buf edits; /* JSON */
	struct json json;
	unsigned nedits;
	bool quarantined;
	char reply[128]; /* text of SMFIR_REPLYCODE, cut to size */
};

uint64_t now_ns(void);
void session_init(struct session *, struct load *);
void session_free(struct session *);
/* Goes as far as it can without waiting. */
void session_run(struct session *);
/* What epoll says about its socket. */
void session_event(struct session *, uint32_t events);
/* The time is `now`; its timer may have run out. */
void session_tick(struct session *, uint64_t now);
/* Gives up: its message ends as OUTCOME_TIMEOUT and it is over. */
void session_stop(struct session *);

#endif
