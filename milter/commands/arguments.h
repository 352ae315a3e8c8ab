/* The command line of gatepost's commands: options as getopt_long(3) has them, then operands. */
#ifndef GATEPOST_COMMANDS_ARGUMENTS_H
#define GATEPOST_COMMANDS_ARGUMENTS_H

#include <getopt.h>
#include <stdbool.h>

struct arguments {
	const char *usage;
	const struct option *options; /* "help" among them, with 'h' */
	/* Takes one option with its value; false where that is no good, which it has told then. */
	bool (*set)(void *ctx, int option, char *value);
};

/* Of every command. */
#define ARGUMENT_CONFIG                                                                            \
	{                                                                                          \
		"config", required_argument, NULL, 'c'                                             \
	}
#define ARGUMENT_HELP                                                                              \
	{                                                                                          \
		"help", no_argument, NULL, 'h'                                                     \
	}

/*
 * Reads the options of a command, whose name is argv[0]. "--help" prints the
 * usage and ends the process. The index of the first operand; -1 for a bad
 * command line, with the usage on standard error.
 */
int arguments_read(const struct arguments *, void *ctx, int argc, char **argv);

#endif
