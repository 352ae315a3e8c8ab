#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: milter-load [options] SOCKET\n"
    "  SOCKET  unix:/path, inet:port@host, inet:host:port, inet6:port@host, inet6:[address]:port\n"
    "load\n"
    "  -c, --connections N    sessions at the same time (1)\n"
    "  -n, --messages N       messages altogether (1)\n"
    "  -s, --per-session N    messages before QUIT (1)\n"
    "      --rate R           messages a second (0: as fast as it goes)\n"
    "      --timeout SECONDS  for one reply (30)\n"
    "      --deadline SECONDS for everything (600)\n"
    "message\n"
    "      --size BYTES       of the body (4096); K and M are understood\n"
    "      --body KIND        mail (4 KB of text, then base64), text, base64\n"
    "      --message FILE     a message from a file instead; with %d in its name,\n"
    "                         one for each domain\n"
    "      --header-from A    address in From (author@example.com)\n"
    "      --domains N        %d in addresses and macros runs from 1 to N; without\n"
    "                         --header-from the author is author@d%d.example.com\n"
    "session\n"
    "      --mta KIND         postfix (default) or sendmail: where the two differ\n"
    "      --from A           envelope sender (that of --header-from); \"\" is <>\n"
    "      --rcpt A           envelope recipient, repeatable (colleague@example.net)\n"
    "      --client ADDRESS   of the SMTP client (127.0.0.1); \"unix\", \"unknown\"\n"
    "      --client-name N    (localhost)\n"
    "      --client-port N    (25025)\n"
    "      --helo NAME        (client.example.com)\n"
    "      --macro NAME=VALUE repeatable; %d domain, %n message, %s sender, %r recipient\n"
    "misfortune; COMMAND is connect, helo, mail, rcpt, data, header, eoh, body or eom\n"
    "      --disconnect-at COMMAND  close the socket right after sending it\n"
    "      --hold SECONDS@COMMAND   wait after it has been answered\n"
    "      --abort                  ABORT instead of end of message\n"
    "output\n"
    "      --json             figures as one JSON object\n"
    "      --dump FILE        one JSON line for each message: reply and edits\n"
    "exit status: 0 every message got what was wanted, 1 protocol error, 2 usage,\n"
    "  3 a connection was refused, lost or too slow\n";

enum {
	OPT_RATE = 256,
	OPT_TIMEOUT,
	OPT_DEADLINE,
	OPT_SIZE,
	OPT_BODY,
	OPT_MESSAGE,
	OPT_HEADER_FROM,
	OPT_DOMAINS,
	OPT_MTA,
	OPT_FROM,
	OPT_RCPT,
	OPT_CLIENT,
	OPT_CLIENT_NAME,
	OPT_CLIENT_PORT,
	OPT_HELO,
	OPT_MACRO,
	OPT_DISCONNECT_AT,
	OPT_HOLD,
	OPT_ABORT,
	OPT_JSON,
	OPT_DUMP,
};

static const struct option long_options[] = {
    {"connections", required_argument, NULL, 'c'},
    {"messages", required_argument, NULL, 'n'},
    {"per-session", required_argument, NULL, 's'},
    {"rate", required_argument, NULL, OPT_RATE},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"deadline", required_argument, NULL, OPT_DEADLINE},
    {"size", required_argument, NULL, OPT_SIZE},
    {"body", required_argument, NULL, OPT_BODY},
    {"message", required_argument, NULL, OPT_MESSAGE},
    {"header-from", required_argument, NULL, OPT_HEADER_FROM},
    {"domains", required_argument, NULL, OPT_DOMAINS},
    {"mta", required_argument, NULL, OPT_MTA},
    {"from", required_argument, NULL, OPT_FROM},
    {"rcpt", required_argument, NULL, OPT_RCPT},
    {"client", required_argument, NULL, OPT_CLIENT},
    {"client-name", required_argument, NULL, OPT_CLIENT_NAME},
    {"client-port", required_argument, NULL, OPT_CLIENT_PORT},
    {"helo", required_argument, NULL, OPT_HELO},
    {"macro", required_argument, NULL, OPT_MACRO},
    {"disconnect-at", required_argument, NULL, OPT_DISCONNECT_AT},
    {"hold", required_argument, NULL, OPT_HOLD},
    {"abort", no_argument, NULL, OPT_ABORT},
    {"json", no_argument, NULL, OPT_JSON},
    {"dump", required_argument, NULL, OPT_DUMP},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char *const step_names[] = {
    [STEP_NEGOTIATE] = "negotiate",
    [STEP_CONNECT] = "connect",
    [STEP_HELO] = "helo",
    [STEP_MAIL] = "mail",
    [STEP_RCPT] = "rcpt",
    [STEP_DATA] = "data",
    [STEP_HEADER] = "header",
    [STEP_EOH] = "eoh",
    [STEP_BODY] = "body",
    [STEP_EOM] = "eom",
    [STEP_DONE] = "done",
};

const char *
step_name(enum step step)
{
	return step_names[step];
}

static void __attribute__((noreturn)) bad(const char *what, const char *value)
{
	fprintf(stderr, "milter-load: %s: %s\n", value, what);
	exit(2);
}

static uint64_t
number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'M')
		v *= *end++ == 'K' ? 1024 : 1024 * 1024;
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || v < min || v > max)
		bad("not a number in range", text);
	return v;
}

static double
seconds(const char *text, char until, const char **rest)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != until || !(v >= 0 && v <= 1e6))
		bad("not a number of seconds, or not in range", text);
	if (rest != NULL)
		*rest = end + 1;
	return v;
}

static enum step
command(const char *name)
{
	int i;

	for (i = STEP_CONNECT; i <= STEP_EOM; i++)
		if (strcmp(step_names[i], name) == 0)
			return (enum step)i;
	bad("no such command", name);
}

static int
choice(const char *text, const char *const *names, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	bad("not one of the kinds there are", text);
}

static void
add_rcpt(struct options *o, const char *address)
{
	if (o->nrcpts == MAX_RCPTS)
		bad("too many recipients", address);
	o->rcpts[o->nrcpts++] = address;
}

static void
open_dump(struct options *o, const char *path)
{
	o->dump = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (o->dump == NULL)
		bad(strerror(errno), path);
}

static void
set_load(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'c':
		o->connections = (unsigned)number(arg, 1, 20000);
		return;
	case 'n':
		o->messages = number(arg, 1, 10000000);
		return;
	case 's':
		o->per_session = (unsigned)number(arg, 1, 10000000);
		return;
	case OPT_RATE:
		o->rate = seconds(arg, '\0', NULL);
		return;
	case OPT_TIMEOUT:
		o->reply_timeout = seconds(arg, '\0', NULL);
		return;
	default:
		o->deadline = seconds(arg, '\0', NULL);
		return;
	}
}

static void
set_message(struct options *o, int opt, const char *arg)
{
	static const char *const kinds[] = {"mail", "text", "base64"};

	switch (opt) {
	case OPT_SIZE:
		o->body_size = number(arg, 0, 128u << 20);
		return;
	case OPT_BODY:
		o->body_kind = (enum body_kind)choice(arg, kinds, 3);
		return;
	case OPT_MESSAGE:
		o->message_file = arg;
		return;
	case OPT_HEADER_FROM:
		o->header_from = arg;
		return;
	default:
		o->domains = number(arg, 1, UINT32_MAX);
		return;
	}
}

static void
set_session(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case OPT_FROM:
		o->from = arg;
		return;
	case OPT_RCPT:
		add_rcpt(o, arg);
		return;
	case OPT_CLIENT:
		o->client_addr = arg;
		return;
	case OPT_CLIENT_NAME:
		o->client_name = arg;
		return;
	case OPT_CLIENT_PORT:
		o->client_port = (uint16_t)number(arg, 0, 65535);
		return;
	case OPT_HELO:
		o->helo = arg;
		return;
	case OPT_MACRO:
		if (!macros_set(&o->macros, arg))
			bad("not NAME=VALUE, or too many macros", arg);
		return;
	default:
		return; /* --mta: read before everything else */
	}
}

static void
set_rest(struct options *o, int opt, const char *arg)
{
	const char *at;

	switch (opt) {
	case OPT_DISCONNECT_AT:
		o->disconnect_at = command(arg);
		return;
	case OPT_HOLD:
		o->hold = seconds(arg, '@', &at);
		o->hold_at = command(at);
		return;
	case OPT_ABORT:
		o->abort = true;
		return;
	case OPT_JSON:
		o->json = true;
		return;
	case OPT_DUMP:
		open_dump(o, arg);
		return;
	case 'h':
		fputs(usage_text, stdout);
		exit(0);
	default:
		fputs(usage_text, stderr);
		exit(2);
	}
}

static void
set_option(struct options *o, int opt, const char *arg)
{
	if (opt == 'c' || opt == 'n' || opt == 's' || (opt >= OPT_RATE && opt <= OPT_DEADLINE))
		set_load(o, opt, arg);
	else if (opt >= OPT_SIZE && opt <= OPT_DOMAINS)
		set_message(o, opt, arg);
	else if (opt >= OPT_MTA && opt <= OPT_MACRO)
		set_session(o, opt, arg);
	else
		set_rest(o, opt, arg);
}

/* The macros' first values depend on --mta, so that is looked for first. */
static enum mta
find_mta(int argc, char **argv)
{
	static const char *const kinds[] = {"postfix", "sendmail"};
	enum mta mta = MTA_POSTFIX;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:n:s:h", long_options, NULL)) != -1)
		if (opt == OPT_MTA)
			mta = (enum mta)choice(optarg, kinds, 2);
		else if (opt == '?')
			exit(2);
	optind = 1;
	return mta;
}

static void
fill_defaults(struct options *o)
{
	if (o->header_from == NULL)
		o->header_from = o->domains > 1 ? "author@d%d.example.com" : "author@example.com";
	if (o->from == NULL)
		o->from = o->header_from;
	if (o->nrcpts == 0)
		add_rcpt(o, "colleague@example.net");
	if (o->connections > o->messages)
		o->connections = (unsigned)o->messages;
}

void
options_parse(struct options *o, int argc, char **argv)
{
	int opt;

	*o = (struct options){.connections = 1,
	    .messages = 1,
	    .per_session = 1,
	    .body_size = 4096,
	    .domains = 1,
	    .client_addr = "127.0.0.1",
	    .client_name = "localhost",
	    .client_port = 25025,
	    .helo = "client.example.com",
	    .reply_timeout = 30,
	    .deadline = 600,
	    .disconnect_at = STEP_DONE,
	    .hold_at = STEP_DONE};
	o->mta = find_mta(argc, argv);
	macros_init(&o->macros, o->mta);
	while ((opt = getopt_long(argc, argv, "c:n:s:h", long_options, NULL)) != -1)
		set_option(o, opt, optarg);
	if (optind + 1 != argc) {
		fputs(usage_text, stderr);
		exit(2);
	}
	o->socket = argv[optind];
	fill_defaults(o);
}
