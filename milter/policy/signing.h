/*
 * Whose mail is it, and who signs it: pure functions over facts.
 *
 * Only mail of our own is signed; a good signature under a domain is a
 * statement by that domain, so a login is held to the domains it may write
 * as.
 */
#ifndef GATEPOST_POLICY_SIGNING_H
#define GATEPOST_POLICY_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cidr.h"
#include "base/domain.h"

enum direction {
	DIRECTION_IN,	    /* from outside: verified, never signed */
	DIRECTION_OUT,	    /* ours: signed */
	DIRECTION_RETURNED, /* comes back from a content filter: left alone */
};

/* What the MTA said about where a message comes from; all borrowed. */
struct origin {
	const char *login;  /* {auth_authen}; NULL or "" without */
	const char *daemon; /* {daemon_name}; NULL or "" without */
	bool has_ip;	    /* the MTA named an address */
	struct ip ip;
	const char *client_name; /* what the MTA calls the client */
};

struct origin_rules {
	const struct cidr *internal;
	size_t ninternal;
	char *const *outbound_daemons;
	size_t noutbound_daemons;
	char *const *reinjection_daemons;
	size_t nreinjection_daemons;
};

/* *why is set to the fact that decided, in a few words (static). */
enum direction direction_of(const struct origin *, const struct origin_rules *, const char **why);

enum sign_decision {
	SIGN_YES,     /* with domain */
	SIGN_NO,      /* reason says why */
	SIGN_REFUSED, /* the login may not write as this domain: reject or leave unsigned */
};

enum sign_source { SIGN_FROM_AUTHOR, SIGN_FROM_SENDER, SIGN_FROM_FIXED };
enum login_entry {
	LOGIN_ENTRY_NONE,  /* the login is not named there */
	LOGIN_ENTRY_OTHER, /* it is, but without this domain */
	LOGIN_ENTRY_MATCH, /* it may write as this domain */
};
enum login_rule { LOGIN_RULE_OFF, LOGIN_RULE_LOG, LOGIN_RULE_REFUSE };

struct sign_facts {
	const char *login;  /* NULL or "" without */
	const char *author; /* canonical domain of the one From address; NULL if there is none */
	const char *author_error; /* why there is none */
	const char *sender;	  /* the same for Sender, From's where there is no Sender field */
	const char *sender_error;
};

struct sign_rules {
	enum sign_source source;
	const char *fixed; /* SIGN_FROM_FIXED */
	bool subdomains;   /* a parent's key may sign */
	enum login_rule login_rule;
	/* True where we hold a key of that canonical domain. */
	bool (*has_key)(void *ctx, const char *domain);
	/* What the configuration says of a login and a domain. */
	enum login_entry (*login_entry)(void *ctx, const char *login, const char *domain);
	void *ctx;
};

struct sign_plan {
	enum sign_decision decision;
	char domain[DOMAIN_BUF]; /* d= where decision is SIGN_YES */
	char author[DOMAIN_BUF]; /* the domain the message writes as; "" where unknown */
	bool login_mismatch;	 /* the login may not write as author (LOGIN_RULE_LOG signs all the
				    same) */
	const char *reason;	 /* static text or author_error */
};

void sign_plan(const struct sign_facts *, const struct sign_rules *, struct sign_plan *out);

#endif
