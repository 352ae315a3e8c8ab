#include "child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ipc.h"
#include "log.h"
#include "privileges.h"

struct conf *
child_read_conf(int fd, struct buf *err)
{
	buf_clear(err);
	return conf_load_fd(fd, "configuration", CONF_SYNTAX, err);
}

static struct conf *
receive_conf(int control, struct account *who)
{
	struct ipc_msg m;
	struct conf *c;
	struct buf err;
	int fds[IPC_MAX_FDS];

	if (ipc_recv(control, &m, fds) != 1 || m.type != IPC_CONFIG || m.nfds != 1)
		return NULL; /* the supervisor is gone */
	buf_init(&err, IPC_MAX_TEXT);
	c = child_read_conf(fds[0], &err);
	close(fds[0]);
	if (c == NULL)
		log_lines(LOG_LEVEL_ERROR, &err);
	buf_free(&err);
	*who = (struct account){.uid = m.uid, .gid = m.gid};
	return c;
}

/* A connection, a channel and a DNS query each take one; the hard limit is the admin's word. */
static void
raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == -1 || l.rlim_cur == l.rlim_max)
		return;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) == -1)
		log_warning("cannot raise the limit of open files: %s", strerror(errno));
}

bool
child_begin(int control, const char *role, struct child_start *s)
{
	struct account who;

	/* the supervisor decides when a child ends, not a signal to the whole group */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	s->conf = receive_conf(control, &who);
	if (s->conf == NULL)
		return false;
	log_configure(s->conf);
	raise_file_limit();
	if (privileges_drop(&who) == -1) {
		log_error("%s cannot become uid %u: %s", role, (unsigned)who.uid, strerror(errno));
		conf_unref(s->conf);
		return false;
	}
	return true;
}
