#include "scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "command_conf.h"
#include "look.h"
#include "scan_print.h"

#define EXIT_FOUND 1
#define EXIT_TROUBLE 2
#define EXIT_UNWRITTEN 3 /* trouble, and no use in going on; only within */

static const char usage[] =
    "usage: gatepost [-c FILE] scan [options] FILE...\n"
    "Says what the attachment filter finds in saved messages (\"-\": standard input).\n"
    "  -c, --config FILE     whose actions and limits\n"
    "      --json            one JSON object for each message\n"
    "      --clamd ADDRESS   ask a virus scanner too: unix:/path or inet:port@host\n"
    "      --hashes          with the SHA-256 of each part (in JSON)\n"
    "exit status: 0 clean, 1 something was found, 2 trouble\n";

struct options {
	const char *conf_path;
	char **files;
	int nfiles;
	const char *clamd;
	bool json, hashes;
};

enum { OPT_JSON = 256, OPT_HASHES, OPT_CLAMD };

static const struct option long_options[] = {
    ARGUMENT_CONFIG,
    {"json", no_argument, NULL, OPT_JSON},
    {"clamd", required_argument, NULL, OPT_CLAMD},
    {"hashes", no_argument, NULL, OPT_HASHES},
    ARGUMENT_HELP,
    {NULL, 0, NULL, 0},
};

static bool
set_option(void *ctx, int option, char *value)
{
	struct options *o = ctx;

	switch (option) {
	case 'c':
		o->conf_path = value;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_CLAMD:
		if (!conf_is_clamd(value)) {
			fprintf(stderr,
			    "gatepost scan: --clamd: unix:/path or inet:port@host is wanted: %s\n",
			    value);
			return false;
		}
		o->clamd = value;
		return true;
	case OPT_HASHES:
		o->hashes = true;
		return true;
	default:
		return false;
	}
}

static const struct arguments arguments = {usage, long_options, set_option};

static bool
read_options(int argc, char **argv, struct options *o)
{
	const int first = arguments_read(&arguments, o, argc, argv);

	if (first == argc)
		fputs(usage, stderr);
	if (first == -1 || first == argc)
		return false;
	o->files = argv + first;
	o->nfiles = argc - first;
	return true;
}

/* ---- how far it is ---- */

/* Where the output goes elsewhere, a person at a terminal sees how far it is. */
static bool
shows_progress(int of)
{
	return of >= 10 && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

static void
show_progress(int done, int of)
{
	if (shows_progress(of))
		fprintf(stderr, "\r%d of %d", done, of);
	fflush(stderr);
}

/* Before something else is written there. */
static void
clear_progress(int of)
{
	if (shows_progress(of))
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* ---- one message ---- */

/* All that is the same for every message. */
struct work {
	const struct options *options;
	struct look look;
};

static int
report_error(const struct work *w, const char *path, const char *error)
{
	clear_progress(w->options->nfiles);
	scan_print_error(path, error);
	if (w->options->json)
		scan_print_json_error(path, error);
	return EXIT_TROUBLE;
}

static int
scan_file(struct work *w, const char *path)
{
	struct look *l = &w->look;
	const char *error = look_into(l, path, w->options->hashes ? LOOK_HASHES : LOOK_PLAIN);
	const struct scanned s = {.file = path,
	    .result = &l->answer.result,
	    .rules = &l->rules,
	    .outcome = &l->outcome,
	    .more = l->viruses.findings,
	    .nmore = l->viruses.nfindings};

	if (error != NULL)
		return report_error(w, path, error);
	if (w->options->json)
		scan_print_json(&s);
	else
		scan_print_text(&s);
	return l->outcome.action == SCAN_OFF ? EXIT_SUCCESS : EXIT_FOUND;
}

/* ---- all of them ---- */

/* What is known of a file is told at once. A reader that has seen enough needs no complaint. */
static bool
is_written(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	if (errno != EPIPE)
		fprintf(stderr, "gatepost scan: cannot write: %s\n", strerror(errno));
	return false;
}

static int
scan_files(struct work *w)
{
	int i, status, worst = EXIT_SUCCESS;

	for (i = 0; i < w->options->nfiles && worst != EXIT_UNWRITTEN; i++) {
		show_progress(i, w->options->nfiles);
		status = scan_file(w, w->options->files[i]);
		if (!is_written())
			status = EXIT_UNWRITTEN;
		if (status > worst)
			worst = status;
	}
	clear_progress(w->options->nfiles);
	return worst;
}

int
command_scan(int argc, char **argv, const char *conf_path)
{
	struct options o = {.conf_path = conf_path};
	struct work w = {.options = &o};
	struct conf *c;
	struct buf err;
	int status = EXIT_TROUBLE;

	if (!read_options(argc, argv, &o))
		return EXIT_TROUBLE;
	buf_init(&err, 0);
	c = command_conf(o.conf_path, &err);
	if (c == NULL) {
		command_complain("gatepost scan", &err);
	} else {
		look_begin(&w.look, c);
		w.look.clamd = o.clamd;
		status = scan_files(&w);
		look_end(&w.look);
		conf_unref(c);
	}
	buf_free(&err);
	return status == EXIT_UNWRITTEN ? EXIT_TROUBLE : status;
}
