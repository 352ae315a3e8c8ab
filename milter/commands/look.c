#include "look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memfile.h"
#include "daemon/scan_options.h"
#include "message_file.h"

void
look_begin(struct look *l, const struct conf *conf)
{
	*l = (struct look){.conf = conf};
	arena_init(&l->mem, 0);
	arena_init(&l->lasting, 0);
	scan_options_rules(conf, &l->lasting, &l->rules);
	memset(l->rules.dry_run, 0, sizeof(l->rules.dry_run));
	scan_worker_init(&l->worker, conf);
}

/* The message as a sealed memory file; -1 with the reason. */
static int
open_message(const char *path, size_t *size, const char **error)
{
	struct buf text;
	int fd = -1;

	buf_init(&text, MESSAGE_FILE_MAX);
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

static void
forget(struct look *l)
{
	scan_answer_close(&l->answer);
	l->answer = (struct scan_answer){0};
	l->viruses = (struct virus_check){0};
	arena_reset(&l->mem);
}

/* By a scanner and, where one is to be asked, by clamd. */
static const char *
ask(struct look *l, const struct scan_handed *message, enum look_hashes hashes)
{
	struct scan_request q;
	const char *error;

	scan_options_request(l->conf, message->size, &q);
	q.hashes = hashes == LOOK_HASHES || l->rules.nexempt > 0;
	if (l->clamd != NULL) {
		virus_check_want_parts(&q);
		virus_check_begin(&l->viruses, l->clamd, l->conf->clamd_timeout, message);
	}
	error = scan_worker_ask(&l->worker, &q, message->fd, &l->mem, &l->answer);
	if (error == NULL && l->answer.result.incomplete)
		error = "out of memory";
	if (l->clamd != NULL)
		virus_check_end(&l->viruses, &l->answer, &l->mem);
	if (error != NULL || virus_check_has_virus(&l->viruses))
		return error;
	return l->viruses.error;
}

const char *
look_into(struct look *l, const char *path, enum look_hashes hashes)
{
	struct scan_handed m = {.name = "the message"};
	const char *error;
	size_t size, i;

	forget(l);
	m.fd = open_message(path, &size, &error);
	if (m.fd == -1)
		return error;
	m.size = size;
	error = ask(l, &m, hashes);
	close(m.fd);
	if (error != NULL)
		return error;
	outcome_begin(&l->outcome);
	outcome_add_result(&l->outcome, &l->rules, &l->answer.result);
	for (i = 0; i < l->viruses.nfindings; i++)
		outcome_add(&l->outcome, &l->rules, &l->viruses.findings[i]);
	return NULL;
}

void
look_end(struct look *l)
{
	forget(l);
	scan_worker_end(&l->worker);
	arena_free(&l->mem);
	arena_free(&l->lasting);
}
