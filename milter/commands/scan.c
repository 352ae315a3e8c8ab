#include "scan.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memfile.h"
#include "command_conf.h"
#include "daemon/scan_options.h"
#include "daemon/virus_check.h"
#include "message_file.h"
#include "scan_print.h"
#include "scan_worker.h"

#define MESSAGE_MAX (512u << 20)
#define EXIT_FOUND 1
#define EXIT_TROUBLE 2

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
    {"config", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, OPT_JSON},
    {"clamd", required_argument, NULL, OPT_CLAMD},
    {"hashes", no_argument, NULL, OPT_HASHES},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool
set_option(struct options *o, int c)
{
	switch (c) {
	case 'c':
		o->conf_path = optarg;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_CLAMD:
		if (strncmp(optarg, "unix:/", 6) != 0 && strncmp(optarg, "inet:", 5) != 0) {
			fprintf(stderr, "gatepost scan: --clamd: not an address: %s\n", optarg);
			return false;
		}
		o->clamd = optarg;
		return true;
	case OPT_HASHES:
		o->hashes = true;
		return true;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		fputs(usage, stderr);
		return false;
	}
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1)
		if (!set_option(o, c))
			return false;
	if (optind == argc) {
		fputs(usage, stderr);
		return false;
	}
	o->files = argv + optind;
	o->nfiles = argc - optind;
	return true;
}

/* ---- one message ---- */

/* All that is the same for every message. */
struct work {
	const struct options *options;
	const struct conf *conf;
	struct outcome_rules rules;
	struct scan_worker worker;
	struct arena mem; /* of one message */
};

/* The message as a sealed memory file; -1 with the reason. */
static int
open_message(const char *path, size_t *size, const char **error)
{
	struct buf text;
	int fd = -1;

	buf_init(&text, MESSAGE_MAX);
	*error = message_file_read(path, &text);
	if (*error == NULL) {
		fd = memfile_make("message", text.data, text.len);
		if (fd == -1)
			*error = strerror(errno);
	}
	*size = text.len;
	buf_free(&text);
	return fd;
}

/* Findings of the virus scanner, where one is to be asked. */
static const char *
look_into(struct work *w, const char *path, struct scan_answer *a, struct virus_check *v)
{
	struct scan_handed m = {.name = "the message"};
	struct scan_request q;
	const char *error;
	size_t size;

	*v = (struct virus_check){0};
	m.fd = open_message(path, &size, &error);
	if (m.fd == -1)
		return error;
	m.size = size;
	scan_options_request(w->conf, size, &q);
	q.hashes = w->options->hashes || w->rules.nexempt > 0;
	if (w->options->clamd != NULL)
		virus_check_want_parts(&q);
	error = scan_worker_ask(&w->worker, &q, m.fd, &w->mem, a);
	if (error == NULL && w->options->clamd != NULL) {
		virus_check(w->options->clamd, w->conf->clamd_timeout, &m, a, &w->mem, v);
		error = v->error;
	}
	close(m.fd);
	return error;
}

static int
report_error(const struct work *w, const char *path, const char *error)
{
	scan_print_error(path, error);
	if (w->options->json)
		scan_print_json_error(path, error);
	return EXIT_TROUBLE;
}

static int
scan_file(struct work *w, const char *path)
{
	struct scan_answer a = {0};
	struct virus_check v;
	struct outcome o;
	struct scanned s = {.file = path,
	    .result = &a.result,
	    .rules = &w->rules,
	    .outcome = &o,
	    .more = v.findings};
	const char *error = look_into(w, path, &a, &v);
	size_t i;

	if (error != NULL || a.result.incomplete) {
		scan_answer_close(&a);
		return report_error(w, path, error != NULL ? error : "out of memory");
	}
	outcome_begin(&o);
	outcome_add_result(&o, &w->rules, &a.result);
	for (i = 0; i < v.nfindings; i++)
		outcome_add(&o, &w->rules, &v.findings[i]);
	s.nmore = v.nfindings;
	if (w->options->json)
		scan_print_json(&s);
	else
		scan_print_text(&s);
	scan_answer_close(&a);
	return o.action == SCAN_OFF ? EXIT_SUCCESS : EXIT_FOUND;
}

/* ---- all of them ---- */

/* Where the output goes elsewhere, a person at a terminal sees how far it is. */
static void
show_progress(int done, int of)
{
	if (of < 10 || !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
		return;
	if (done == of)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\r%d of %d", done, of);
	fflush(stderr);
}

static int
scan_files(struct work *w)
{
	int i, status, worst = EXIT_SUCCESS;

	for (i = 0; i < w->options->nfiles; i++) {
		show_progress(i, w->options->nfiles);
		arena_reset(&w->mem);
		status = scan_file(w, w->options->files[i]);
		if (status > worst)
			worst = status;
	}
	show_progress(i, i);
	return worst;
}

int
command_scan(int argc, char **argv, const char *conf_path)
{
	struct options o = {.conf_path = conf_path};
	struct work w = {.options = &o};
	struct arena all;
	struct conf *c;
	struct buf err;
	int status = EXIT_TROUBLE;

	if (!read_options(argc, argv, &o))
		return EXIT_TROUBLE;
	buf_init(&err, 0);
	c = command_conf(o.conf_path, &err);
	if (c == NULL) {
		fprintf(stderr, "gatepost scan: %s\n", buf_str(&err));
	} else {
		w.conf = c;
		arena_init(&w.mem, 0);
		arena_init(&all, 0);
		scan_options_rules(c, &all, &w.rules);
		scan_worker_init(&w.worker, c);
		status = scan_files(&w);
		scan_worker_end(&w.worker);
		arena_free(&w.mem);
		arena_free(&all);
		conf_unref(c);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		status = EXIT_TROUBLE;
	buf_free(&err);
	return status;
}
