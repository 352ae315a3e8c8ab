#include "hold.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "base/memfile.h"
#include "command_conf.h"
#include "conf/conf.h"
#include "hold_task.h"
#include "mail/encoded_word.h"
#include "terminal.h"

static const char usage[] =
    "usage: gatepost [-c FILE] hold list [--json]\n"
    "       gatepost [-c FILE] hold show [--json | --raw] ID\n"
    "       gatepost [-c FILE] hold release [--json] [--for RECIPIENT]... ID...\n"
    "       gatepost [-c FILE] hold delete [--json] ID...\n"
    "Lists, shows, releases and deletes mail that the mail server holds.\n"
    "      --json              one JSON object\n"
    "      --raw               the message itself, to a file or a program\n"
    "      --for RECIPIENT     release for this recipient only; the others stay held\n"
    "      --mta NAME          postfix, sendmail or auto\n"
    "      --queue-config PATH Postfix's configuration folder, or Sendmail's .cf file\n"
    "exit status: 0 done, 1 not found or not done, 2 trouble\n";

enum { OPT_JSON = 256, OPT_RAW, OPT_FOR, OPT_MTA, OPT_QUEUE };

static const struct option long_options[] = {
    ARGUMENT_CONFIG,
    {"json", no_argument, NULL, OPT_JSON},
    {"raw", no_argument, NULL, OPT_RAW},
    {"for", required_argument, NULL, OPT_FOR},
    {"mta", required_argument, NULL, OPT_MTA},
    {"queue-config", required_argument, NULL, OPT_QUEUE},
    ARGUMENT_HELP,
    {NULL, 0, NULL, 0},
};

/* What may be said to each: how many ids, which options. */
static const struct action {
	const char *name;
	int (*run)(struct hold_task *);
	size_t ids_min, ids_max;
	bool raw, recipients;
} actions[] = {
    {"list", hold_list, 0, 0, false, false},
    {"show", hold_show, 1, 1, true, false},
    {"release", hold_release, 1, SIZE_MAX, false, true},
    {"delete", hold_delete, 1, SIZE_MAX, false, false},
};

struct command {
	const struct action *action;
	const char *conf_path, *mta, *queue_config;
	struct hold_task task;
};

/* ---- the command line ---- */

static bool
complain_of_usage(const char *what, const char *value)
{
	fprintf(stderr, "gatepost hold: %s%s\n%s", what, value, usage);
	return false;
}

static bool
set_option(void *ctx, int option, char *value)
{
	struct command *c = ctx;

	switch (option) {
	case 'c':
		c->conf_path = value;
		return true;
	case OPT_JSON:
		c->task.json = true;
		return true;
	case OPT_RAW:
		c->task.raw = true;
		return true;
	case OPT_FOR:
		if (c->task.nrecipients == HOLD_RECIPIENTS_MAX)
			return complain_of_usage("too many recipients: ", value);
		c->task.recipients[c->task.nrecipients++] = value;
		return true;
	case OPT_MTA:
		c->mta = value;
		return true;
	case OPT_QUEUE:
		c->queue_config = value;
		return true;
	default:
		return false;
	}
}

static bool
fits(const struct command *c)
{
	const struct action *a = c->action;

	if (c->task.nids < a->ids_min || c->task.nids > a->ids_max)
		return complain_of_usage(
		    a->ids_max == 0 ? "no id is wanted here"
				    : (a->ids_max == 1 ? "one id is wanted" : "an id is wanted"),
		    "");
	if (c->task.raw && (!a->raw || c->task.json))
		return complain_of_usage("--raw goes with show alone", "");
	if (c->task.nrecipients > 0 && !a->recipients)
		return complain_of_usage("--for goes with release alone", "");
	return true;
}

static const struct arguments arguments = {usage, long_options, set_option};

static bool
read_command(int argc, char **argv, struct command *c)
{
	const int first = arguments_read(&arguments, c, argc, argv);
	size_t i;

	if (first == -1)
		return false;
	if (first == argc)
		return complain_of_usage("list, show, release or delete is wanted", "");
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(argv[first], actions[i].name) == 0)
			c->action = &actions[i];
	if (c->action == NULL)
		return complain_of_usage("no such command: ", argv[first]);
	c->task.ids = argv + first + 1;
	c->task.nids = (size_t)(argc - first - 1);
	return fits(c);
}

/* ---- what it works with ---- */

/* What the command line says of the mail server, on top of the configuration. */
static bool
choose_mta(const struct command *c, struct conf *conf)
{
	static const char *const names[] = {
	    [MTA_AUTO] = "auto", [MTA_POSTFIX] = "postfix", [MTA_SENDMAIL] = "sendmail"};
	size_t i;

	if (c->queue_config != NULL && c->queue_config[0] != '/')
		return complain_of_usage(
		    "--queue-config: an absolute path is wanted: ", c->queue_config);
	if (c->queue_config != NULL)
		conf->mta_config = (char *)(uintptr_t)c->queue_config;
	if (c->mta == NULL)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(c->mta, names[i]) == 0) {
			conf->mta = (enum conf_mta)i;
			return true;
		}
	return complain_of_usage("--mta: auto, postfix or sendmail is wanted: ", c->mta);
}

void
hold_complain(struct buf *err)
{
	const struct terminal t = terminal_of(stderr);
	struct buf clean;
	char *rest, *line;

	(void)buf_str(err);
	rest = err->data;
	buf_init(&clean, 0);
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		buf_clear(&clean);
		terminal_clean(&t, line, strlen(line), 0, &clean);
		fprintf(stderr, "gatepost hold: %s\n", buf_str(&clean));
	}
	buf_free(&clean);
	buf_clear(err);
}

void
hold_subject(const struct held *h, struct buf *out)
{
	if (h->subject != NULL)
		encoded_words_decode(h->subject, strlen(h->subject), out);
}

void
hold_json(struct json *j, const struct held *h)
{
	struct buf subject;
	size_t i;

	buf_init(&subject, 0);
	hold_subject(h, &subject);
	json_str(j, "id", h->id);
	json_int(j, "arrived", h->arrived);
	json_int(j, "size", h->size);
	json_str(j, "sender", h->sender);
	json_open_array(j, "recipients");
	for (i = 0; i < h->nrecipients; i++)
		json_str(j, NULL, h->recipients[i]);
	json_close_array(j);
	if (h->subject != NULL)
		json_strn(j, "subject", buf_str(&subject), subject.len);
	else
		json_str(j, "subject", NULL);
	json_str(j, "rule", h->rule);
	json_str(j, "reason", held_reason(h));
	buf_free(&subject);
}

static bool
ids_are_ids(const struct hold_task *t)
{
	size_t i;

	for (i = 0; i < t->nids; i++)
		if (!t->queue.methods->is_id(t->ids[i])) {
			fprintf(stderr, "gatepost hold: not a queue id of %s: argument %zu\n",
			    t->queue.methods->name, i + 1);
			return false;
		}
	return true;
}

static int
run(struct command *c, const struct conf *conf, struct buf *err)
{
	struct hold_task *t = &c->task;
	int status = HOLD_TROUBLE;

	t->conf = conf;
	held_list_init(&t->held);
	if (queue_open(&t->queue, conf, err) && ids_are_ids(t)) {
		if (t->queue.methods->list(&t->queue, &t->held, err)) {
			held_list_sort(&t->held);
			hold_complain(err);
			status = c->action->run(t);
		} else if (t->held.failed)
			buf_adds(err, "out of memory\n");
	}
	hold_complain(err);
	held_list_free(&t->held);
	queue_close(&t->queue);
	return status;
}

int
command_hold(int argc, char **argv, const char *conf_path)
{
	struct command c = {.conf_path = conf_path};
	struct conf *conf;
	struct buf err;
	int status = HOLD_TROUBLE;

	if (!read_command(argc, argv, &c))
		return HOLD_TROUBLE;
	buf_init(&err, 0);
	conf = command_conf(c.conf_path, &err);
	if (conf == NULL)
		hold_complain(&err);
	else if (choose_mta(&c, conf))
		status = run(&c, conf, &err);
	conf_unref(conf);
	buf_free(&err);
	return status;
}
