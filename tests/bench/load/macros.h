/* Macros: their values, and which of them go before which command. */
#ifndef LOAD_MACROS_H
#define LOAD_MACROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum mta { MTA_POSTFIX, MTA_SENDMAIL };

/* Where a list of macros belongs; the numbers are those of the protocol (SMFIM_*). */
enum stage {
	STAGE_CONNECT,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_EOM,
	STAGE_EOH,
	STAGE_NONE /* how many there are; also "no macros" */
};

#define MAX_MACROS 64
#define MAX_STAGE_MACROS 32

struct macro {
	char *name;  /* as sent: "i" or "{auth_authen}"; owned */
	char *value; /* a template, see template_render(); owned */
};

struct macro_set {
	struct macro v[MAX_MACROS];
	unsigned n;
};

/* What one milter gets before one command: indices into the set. */
struct macro_list {
	uint8_t v[MAX_STAGE_MACROS];
	unsigned n;
};

/* What a template may speak of. */
struct facts {
	uint64_t domain;    /* %d: number of the domain, from 1 */
	uint64_t number;    /* %n: number of the message, from 1 */
	const char *sender; /* %s: without angle brackets */
	const char *rcpt;   /* %r: without angle brackets */
	bool queued;	    /* the MTA has a queue id: macro i is known */
};

/* Adds the template with %d, %n, %s, %r and %% replaced; any other % stays. */
void template_render(struct buf *, const char *tmpl, const struct facts *);

/* The values that an MTA knows without being told. */
void macros_init(struct macro_set *, enum mta);
void macros_free(struct macro_set *);
/* Sets "name=value"; a name of several letters gets its braces. False where that is malformed or
 * full. */
bool macros_set(struct macro_set *, const char *assignment);
/* The lists of an MTA whose milter asked for none. */
void macros_default_lists(const struct macro_set *, enum mta, struct macro_list[STAGE_NONE]);
/* A list as SMFIR_SETSYMLIST has it: names between spaces or commas. Names without a value are
 * dropped. */
void macros_parse_list(const struct macro_set *, const char *names, struct macro_list *);
/* Adds the name and value pairs of a list, each with its NUL. */
void macros_add(
    struct buf *, const struct macro_set *, const struct macro_list *, const struct facts *);

#endif
