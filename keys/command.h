/* The subcommands of gatepost-keys, and what the command line told them. */
#ifndef GATEPOST_KEYS_COMMAND_H
#define GATEPOST_KEYS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "secrecy.h"

#define EXIT_USAGE 2

enum make_types { MAKE_BOTH, MAKE_RSA, MAKE_ED25519 };
enum output { OUTPUT_TEXT, OUTPUT_PLAIN, OUTPUT_JSON };

struct command {
	const char *keys_dir;
	struct secrecy secrecy;
	bool own_account;	/* the signer has no account: keys are for the caller's */
	char *const *resolvers; /* address@port; none: /etc/resolv.conf */
	size_t nresolvers;
	/* options of single commands */
	const char *selector; /* lower case; NULL: not given */
	enum make_types types;
	unsigned bits; /* of a new RSA key */
	bool activate; /* generate: at once */
	bool force;    /* activate: whatever the DNS says */
	enum output output;
	/* what follows the options */
	char *const *args;
	size_t nargs;
};

/* Each returns what the program exits with, having said what there is to say. */
int command_generate(const struct command *);
int command_activate(const struct command *);
int command_retire(const struct command *);
int command_show(const struct command *);
int command_list(const struct command *);
int command_check(const struct command *);

/* Prints "gatepost-keys: " and the message to standard error. Returns 1. */
int command_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Puts the canonical form of an argument into out; false after saying that it is none. */
bool command_domain(const char *arg, char out[]);

#endif
