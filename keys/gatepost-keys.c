/* The command line of gatepost-keys: which command, with which options. */
#include <config.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "command.h"
#include "conf/conf.h"
#include "pem.h"
#include "selector.h"

#define SIGNER_ACCOUNT "gatepost-signer"
#define DEFAULT_BITS 2048

enum option_value {
	OPT_KEYS_DIR = 256,
	OPT_SELECTOR,
	OPT_TYPE,
	OPT_BITS,
	OPT_ACTIVATE,
	OPT_FORCE,
	OPT_PLAIN,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION
};

/* Bits of the options that a command takes. */
enum takes {
	TAKES_SELECTOR = 1,
	TAKES_MAKING = 2,
	TAKES_FORCE = 4,
	TAKES_PLAIN = 8,
	TAKES_JSON = 16
};

struct subcommand {
	const char *name;
	int (*run)(const struct command *);
	unsigned takes;
	size_t min_args;
};

static const struct subcommand subcommands[] = {
    {"generate", command_generate, TAKES_SELECTOR | TAKES_MAKING, 1},
    {"activate", command_activate, TAKES_FORCE, 2},
    {"retire", command_retire, 0, 2},
    {"show", command_show, TAKES_SELECTOR | TAKES_PLAIN | TAKES_JSON, 1},
    {"list", command_list, TAKES_JSON, 0},
    {"check", command_check, TAKES_JSON, 0},
};

static const struct option long_options[] = {
    {"keys-dir", required_argument, NULL, OPT_KEYS_DIR},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"type", required_argument, NULL, OPT_TYPE},
    {"bits", required_argument, NULL, OPT_BITS},
    {"activate", no_argument, NULL, OPT_ACTIVATE},
    {"force", no_argument, NULL, OPT_FORCE},
    {"plain", no_argument, NULL, OPT_PLAIN},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: gatepost-keys [-c FILE] [--keys-dir DIR] COMMAND ...\n"
    "\n"
    "  generate DOMAIN...           make an RSA and an Ed25519 key, print their DNS records\n"
    "      --selector S             the selector (default: the date)\n"
    "      --type rsa|ed25519|both  what to make (default: both)\n"
    "      --bits N                 of the RSA key, 1024 to 8192 (default: 2048)\n"
    "      --activate               sign with it at once, even where other keys are active\n"
    "  show DOMAIN... [--selector S] [--plain|--json]\n"
    "                               the DNS records, for a zone file or a web form\n"
    "  check [DOMAIN...] [--json]   is every key's record published, and does it match?\n"
    "  activate DOMAIN SELECTOR... [--force]\n"
    "                               use a pending key, once its DNS record matches\n"
    "  retire DOMAIN SELECTOR...    stop using a key, without removing it\n"
    "  list [DOMAIN...] [--json]    the keys there are\n"
    "\n"
    "  -c FILE          configuration (default: " CONF_DEFAULT_PATH ")\n"
    "  --keys-dir DIR   keys are here; no configuration is read, unless by -c\n"
    "\n"
    "A new key for a domain that has one already is pending until it is activated.\n"
    "Exit status: 0 all well, 1 something is not, 2 the command line is wrong.\n";

int
command_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("gatepost-keys: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

bool
command_domain(const char *arg, char out[])
{
	if (domain_canonical(arg, strlen(arg), out))
		return true;
	command_fail("%s is no domain name", arg);
	return false;
}

static int
usage(const char *what, const char *which)
{
	command_fail("%s%s (see gatepost-keys --help)", what, which);
	return EXIT_USAGE;
}

/* ---- options ---- */

struct invocation {
	const char *config; /* NULL: not given */
	const char *keys_dir;
	unsigned used; /* of enum takes */
	char selector[SELECTOR_BUF];
	struct command command;
};

static int
set_type(struct command *c, const char *arg)
{
	static const char *const names[] = {
	    [MAKE_BOTH] = "both", [MAKE_RSA] = "rsa", [MAKE_ED25519] = "ed25519"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(arg, names[i]) == 0) {
			c->types = (enum make_types)i;
			return 0;
		}
	return usage("--type is rsa, ed25519 or both, not ", arg);
}

static int
set_bits(struct command *c, const char *arg)
{
	const char *problem;

	c->bits = (unsigned)strtonum(arg, PEM_MIN_RSA, PEM_MAX_RSA, &problem);
	return problem == NULL ? 0 : usage("--bits is a number from 1024 to 8192, not ", arg);
}

static int
set_selector(struct invocation *i, const char *arg)
{
	if (!selector_canonical(arg, strlen(arg), i->selector))
		return usage("no selector: ", arg);
	i->command.selector = i->selector;
	return 0;
}

/* 0, or what to exit with. */
static int
set_option(struct invocation *i, int option, const char *arg)
{
	switch (option) {
	case 'c':
		i->config = arg;
		return 0;
	case OPT_KEYS_DIR:
		i->keys_dir = arg;
		return 0;
	case OPT_SELECTOR:
		i->used |= TAKES_SELECTOR;
		return set_selector(i, arg);
	case OPT_TYPE:
		i->used |= TAKES_MAKING;
		return set_type(&i->command, arg);
	case OPT_BITS:
		i->used |= TAKES_MAKING;
		return set_bits(&i->command, arg);
	case OPT_ACTIVATE:
		i->used |= TAKES_MAKING;
		i->command.activate = true;
		return 0;
	case OPT_FORCE:
		i->used |= TAKES_FORCE;
		i->command.force = true;
		return 0;
	case OPT_PLAIN:
		i->used |= TAKES_PLAIN;
		i->command.output = OUTPUT_PLAIN;
		return 0;
	case OPT_JSON:
		i->used |= TAKES_JSON;
		i->command.output = OUTPUT_JSON;
		return 0;
	}
	return EXIT_USAGE;
}

static const struct subcommand *
find_subcommand(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(name, subcommands[i].name) == 0)
			return &subcommands[i];
	return NULL;
}

/* ---- configuration ---- */

/* An empty file gives every default. */
static struct conf *
load_defaults(struct buf *err)
{
	struct conf *conf;
	int fd;

	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	conf = conf_load_fd(fd, "defaults", CONF_SYNTAX, err);
	close(fd);
	return conf;
}

static struct conf *
load_conf(const struct invocation *i)
{
	const char *path = i->config != NULL ? i->config : CONF_DEFAULT_PATH;
	struct conf *conf;
	struct buf err;

	buf_init(&err, 0);
	if (i->config == NULL && (i->keys_dir != NULL || access(path, F_OK) == -1))
		conf = load_defaults(&err);
	else
		conf = conf_load(path, CONF_SYNTAX, &err);
	if (conf == NULL)
		fputs(buf_str(&err), stderr);
	buf_free(&err);
	return conf;
}

/* Whose keys they are: the signer's, where it has an account. */
static int
set_account(struct command *c, const struct conf *conf)
{
	const char *name = conf->signer_user;
	const struct passwd *pw;

	pw = getpwnam(name[0] != '\0' ? name : SIGNER_ACCOUNT);
	if (pw == NULL && name[0] != '\0')
		return command_fail("there is no account %s (signer_user)", name);
	c->own_account = pw == NULL;
	c->secrecy.self = geteuid();
	c->secrecy.reader = pw != NULL ? pw->pw_uid : geteuid();
	c->secrecy.group = pw != NULL ? pw->pw_gid : getegid();
	return 0;
}

static int
run(struct invocation *i, const struct subcommand *sub)
{
	struct conf *conf;
	int status;

	conf = load_conf(i);
	if (conf == NULL)
		return 1;
	i->command.keys_dir = i->keys_dir != NULL ? i->keys_dir : conf->keys_dir;
	i->command.resolvers = conf->resolver.v;
	i->command.nresolvers = conf->resolver.n;
	status = set_account(&i->command, conf);
	if (status == 0)
		status = sub->run(&i->command);
	conf_unref(conf);
	if (fflush(stdout) != 0)
		status = command_fail("cannot write");
	return status;
}

static int
check_usage(const struct invocation *i, const struct subcommand *sub)
{
	if ((i->used & ~sub->takes) != 0)
		return usage("an option that this command does not have: ", sub->name);
	if (i->command.nargs < sub->min_args)
		return usage(sub->min_args == 2 ? "DOMAIN SELECTOR is missing after "
						: "DOMAIN is missing after ",
		    sub->name);
	return 0;
}

int
main(int argc, char **argv)
{
	struct invocation i = {.command.bits = DEFAULT_BITS};
	const struct subcommand *sub;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		if (option == OPT_HELP || option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (option == OPT_VERSION) {
			puts("gatepost-keys " PACKAGE_VERSION);
			return 0;
		}
		status = set_option(&i, option, optarg);
		if (status != 0)
			return status;
	}
	if (optind == argc) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	sub = find_subcommand(argv[optind]);
	if (sub == NULL)
		return usage("no such command: ", argv[optind]);
	i.command.args = argv + optind + 1;
	i.command.nargs = (size_t)(argc - optind - 1);
	status = check_usage(&i, sub);
	return status != 0 ? status : run(&i, sub);
}
