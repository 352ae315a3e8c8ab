/* The command line of milter-load, read once into a plain struct. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "macros.h"

/* The commands of one message, in the order in which an MTA sends them. */
enum step {
	STEP_NEGOTIATE,
	STEP_CONNECT,
	STEP_HELO,
	STEP_MAIL,
	STEP_RCPT,
	STEP_DATA,
	STEP_HEADER,
	STEP_EOH,
	STEP_BODY,
	STEP_EOM,
	STEP_DONE, /* also "nowhere" */
};

/* text: lines of words; base64: lines of 76 characters; mail: 4 KB of text, then base64. */
enum body_kind { BODY_MAIL, BODY_TEXT, BODY_BASE64 };

#define MAX_RCPTS 1000

struct options {
	const char *socket;
	unsigned connections; /* sessions at the same time */
	uint64_t messages;    /* altogether */
	unsigned per_session; /* messages before QUIT */
	enum mta mta;
	size_t body_size;
	enum body_kind body_kind;
	const char *message_file; /* NULL: a generated message */
	uint64_t domains;	  /* %d runs from 1 to this */
	const char *header_from;
	const char *from;
	const char *rcpts[MAX_RCPTS];
	unsigned nrcpts;
	const char *client_addr;
	const char *client_name;
	uint16_t client_port;
	const char *helo;
	struct macro_set macros;
	double rate;	      /* messages a second; 0: as fast as it goes */
	double reply_timeout; /* seconds for one reply */
	double deadline;      /* seconds for everything */
	enum step disconnect_at;
	enum step hold_at;
	double hold;
	bool abort; /* ABORT instead of end of message */
	bool json;
	FILE *dump; /* NULL: none */
};

/* Fills in the options; writes what is wrong to stderr and exits 2 where they make no sense. */
void options_parse(struct options *, int argc, char **argv);
/* "connect", "helo", ...; never NULL. */
const char *step_name(enum step);

#endif
