#include "queue.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool
is_there(struct queue *q, const char *program)
{
	const char *path = queue_program(q, program);

	return path != NULL && access(path, X_OK) == 0;
}

static const struct queue_methods *
choose(struct queue *q, enum conf_mta wanted)
{
	switch (wanted) {
	case MTA_POSTFIX:
		return &queue_postfix;
	case MTA_SENDMAIL:
		return &queue_sendmail;
	case MTA_AUTO:
		break;
	}
	/* Postfix brings a program `sendmail` too, but only Postfix has a postsuper */
	if (is_there(q, "postsuper"))
		return &queue_postfix;
	return is_there(q, "sendmail") ? &queue_sendmail : NULL;
}

bool
queue_open(struct queue *q, const struct conf *c, struct buf *err)
{
	*q = (struct queue){.programs = c->mta_programs, .config = c->mta_config};
	arena_init(&q->mem, 0);
	if (geteuid() != 0) {
		buf_addf(err, "this needs root: the queue of the mail server is closed to others "
			      "(try sudo)\n");
		return false;
	}
	q->methods = choose(q, c->mta);
	if (q->methods != NULL)
		return true;
	buf_addf(err,
	    "no mail server found: neither postsuper nor sendmail is in %s (options mta and "
	    "mta_programs)\n",
	    q->programs);
	return false;
}

void
queue_close(struct queue *q)
{
	arena_free(&q->mem);
}

const char *
queue_program(struct queue *q, const char *name)
{
	struct buf path;
	const char *copy;

	buf_init(&path, 0);
	buf_addf(&path, "%s/%s", q->programs, name);
	copy = arena_strdup(&q->mem, buf_str(&path));
	buf_free(&path);
	return copy;
}

bool
queue_copy(int from, int to)
{
	char piece[65536];
	ssize_t n, done, w;

	while ((n = read(from, piece, sizeof(piece))) > 0)
		for (done = 0; done < n; done += w) {
			w = write(to, piece + done, (size_t)(n - done));
			if (w == -1 && errno == EINTR)
				w = 0;
			else if (w == -1)
				return false;
		}
	return n == 0;
}
