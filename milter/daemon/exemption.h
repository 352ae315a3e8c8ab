/* Which mail is not judged by its authentication: what the configuration says, and ARC. */
#ifndef GATEPOST_DAEMON_EXEMPTION_H
#define GATEPOST_DAEMON_EXEMPTION_H

#include <stdbool.h>

#include "conf/conf.h"
#include "inbound.h"
#include "policy/verdict.h"

struct exemption_facts {
	const struct conf *conf;
	const struct inbound *in; /* after inbound_end() */
	bool recipients_listed;	  /* all recipients are exempt, and there is one */
	/* Set by exemption_of(): it is none, but an unanswered query might have made it one. */
	bool undecided;
};

/* The first that applies, in the order of enum policy_exemption. */
enum policy_exemption exemption_of(struct exemption_facts *);

#endif
