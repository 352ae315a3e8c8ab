/*
 * The command line of gatepost: which subcommand. Each is a function in
 * commands/ or a role in daemon/; nothing is done here.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/check.h"
#include "commands/hold.h"
#include "commands/scan.h"
#include "commands/verify.h"
#include "conf/conf.h"
#include "config.h"
#include "daemon/gate.h"
#include "daemon/ipc.h"
#include "daemon/log.h"
#include "daemon/scanner.h"
#include "daemon/signer.h"
#include "daemon/supervisor.h"

enum { OPT_CHECK = 256, OPT_PRINT, OPT_SYSLOG, OPT_ROLE, OPT_VERSION, OPT_HELP };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, OPT_CHECK},
    {"print-config", no_argument, NULL, OPT_PRINT},
    {"syslog", no_argument, NULL, OPT_SYSLOG},
    {"role", required_argument, NULL, OPT_ROLE}, /* how the supervisor starts its children */
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char usage[] =
    "usage: gatepost [-c FILE] [--syslog]    run the milter in the foreground\n"
    "       gatepost [-c FILE] --check       say what is wrong with the configuration\n"
    "       gatepost [-c FILE] --print-config\n"
    "       gatepost [-c FILE] scan [options] FILE...\n"
    "                                        what the attachment filter finds in saved messages\n"
    "       gatepost [-c FILE] verify [options] FILE\n"
    "                                        what DKIM and SPF make of a saved message\n"
    "       gatepost [-c FILE] hold list | show ID | release ID... | delete ID...\n"
    "                                        the mail that is held\n"
    "       gatepost --version | --help\n"
    "\n"
    "  -c, --config FILE  the configuration (default " CONF_DEFAULT_PATH ")\n"
    "      --syslog       log to syslog, facility mail, instead of stderr or the journal\n"
    "\n"
    "See gatepost(8), gatepost.conf(5), gatepost-hold(8) and gatepost-keys(8).\n";

struct command_line {
	const char *conf_path; /* NULL: not said */
	const char *role;
	char **command; /* a subcommand and its arguments, or NULL */
	int what;	/* OPT_..., or 0 for the daemon */
	enum log_target target;
};

/* 0, or the exit status for a command line that is wrong. */
static int
read_options(int argc, char **argv, struct command_line *cl)
{
	int c;

	/* "+": what follows a subcommand is its own */
	while ((c = getopt_long(argc, argv, "+c:", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			cl->conf_path = optarg;
			break;
		case OPT_ROLE:
			cl->role = optarg;
			break;
		case OPT_SYSLOG:
			cl->target = LOG_TARGET_SYSLOG;
			break;
		case OPT_CHECK:
		case OPT_PRINT:
		case OPT_VERSION:
		case OPT_HELP:
			cl->what = c;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc)
		cl->command = argv + optind;
	return 0;
}

static int
run_role(const char *role, enum log_target target)
{
	int (*run)(int) = NULL;

	if (strcmp(role, "signer") == 0)
		run = signer_main;
	else if (strcmp(role, "gate") == 0)
		run = gate_main;
	else if (strcmp(role, "scanner") == 0)
		run = scanner_main;
	if (run == NULL) {
		fprintf(stderr, "gatepost: no such role: %s\n", role);
		return 2;
	}
	setproctitle("%s", role);
	log_open(role, target);
	return run(IPC_CHILD_FD);
}

static int
run_command(int argc, char **argv, const char *conf_path)
{
	static char scan[] = "gatepost scan", verify[] = "gatepost verify",
		    hold[] = "gatepost hold";
	static const struct {
		char *title; /* what getopt_long(3) puts in front of its complaints */
		int (*run)(int, char **, const char *);
	} commands[] = {{scan, command_scan}, {verify, command_verify}, {hold, command_hold}};
	char *own = argv[0];
	size_t i;
	int status;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[0], strchr(commands[i].title, ' ') + 1) == 0) {
			argv[0] = commands[i].title;
			status = commands[i].run(argc, argv, conf_path);
			argv[0] = own; /* setproctitle(3) has allocated it */
			return status;
		}
	fprintf(stderr, "gatepost: no such command: %s\n%s", argv[0], usage);
	return 2;
}

int
main(int argc, char **argv, char **envp)
{
	struct command_line cl = {0};
	const char *conf_path;
	int status;

	setproctitle_init(argc, argv, envp);
	status = read_options(argc, argv, &cl);
	if (status != 0)
		return status;
	if (cl.role != NULL)
		return run_role(cl.role, cl.target);
	if (cl.command != NULL)
		return run_command(argc - (int)(cl.command - argv), cl.command, cl.conf_path);
	conf_path = cl.conf_path != NULL ? cl.conf_path : CONF_DEFAULT_PATH;
	switch (cl.what) {
	case OPT_VERSION:
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	case OPT_HELP:
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	case OPT_CHECK:
		return command_check(conf_path);
	case OPT_PRINT:
		return command_print_config(conf_path);
	default:
		return supervisor_main(conf_path, cl.target);
	}
}
