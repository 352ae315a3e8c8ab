#include "scan_worker.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/conf_file.h"

void
scan_worker_init(struct scan_worker *w, const struct conf *c)
{
	*w = (struct scan_worker){
	    .conf = c, .process = {.role = "scanner", .control = -1}, .channel = -1};
	signal(SIGPIPE, SIG_IGN);
}

/* Takes the dead process away; how it ended, in words. */
static const char *
bury(struct scan_worker *w, struct arena *mem, const char *what)
{
	struct buf text;
	const char *kept;
	int status = 0;

	buf_init(&text, 400);
	buf_adds(&text, what);
	if (w->process.pid != 0 && waitpid(w->process.pid, &status, 0) == w->process.pid &&
	    WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		buf_addf(&text, " (%s)", strsignal(WTERMSIG(status)));
	w->process.pid = 0;
	if (w->process.control != -1)
		close(w->process.control);
	if (w->channel != -1)
		close(w->channel);
	w->process.control = w->channel = -1;
	kept = mem != NULL ? arena_strdup(mem, buf_str(&text)) : NULL;
	buf_free(&text);
	return kept != NULL ? kept : what;
}

/* Without root the caller himself; else an account that owns nothing. */
static void
set_account(struct ipc_msg *m)
{
	const struct passwd *pw;

	m->uid = geteuid();
	m->gid = getegid();
	if (m->uid != 0)
		return;
	pw = getpwnam("gatepost-scanner");
	if (pw == NULL)
		pw = getpwnam("nobody");
	if (pw != NULL) {
		m->uid = pw->pw_uid;
		m->gid = pw->pw_gid;
	}
}

static bool
send_start(struct scan_worker *w, int channel)
{
	struct ipc_msg m = {.type = IPC_CONFIG, .nfds = 1};
	int conf = conf_file(w->conf);
	bool good;

	if (conf == -1)
		return false;
	set_account(&m);
	good = process_send(&w->process, &m, &conf);
	close(conf);
	m.type = IPC_CHANNELS;
	return good && process_send(&w->process, &m, &channel);
}

static const char *
start(struct scan_worker *w, struct arena *mem)
{
	int pair[2], fds[IPC_MAX_FDS];
	const char *why;
	struct ipc_msg m;
	bool sent;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return strerror(errno);
	w->channel = pair[0];
	sent = process_start(&w->process, LOG_TARGET_AUTO) && send_start(w, pair[1]);
	close(pair[1]);
	if (!sent || ipc_recv(w->process.control, &m, fds) != 1)
		return bury(w, mem, "the scanner does not start");
	if (m.type == IPC_READY)
		return NULL;
	why = arena_strdup(mem, m.text);
	return bury(w, mem, why != NULL ? why : "out of memory");
}

const char *
scan_worker_ask(struct scan_worker *w, struct scan_request *q, int message, struct arena *mem,
    struct scan_answer *a)
{
	const char *error = w->channel == -1 ? start(w, mem) : NULL;
	enum scan_fate f;

	*a = (struct scan_answer){0};
	if (error != NULL)
		return error;
	q->seq = ++w->seq;
	f = scan_channel_ask(
	    w->channel, q, message, process_now() + w->conf->scan_timeout * 1000LL, mem, a);
	if (f == SCAN_DONE)
		return NULL;
	if (f != SCAN_GONE && f != SCAN_DONE_LAST)
		kill(w->process.pid, SIGKILL);
	error = bury(w, mem, scan_fate_text(f));
	return f == SCAN_DONE_LAST ? NULL : error;
}

void
scan_worker_end(struct scan_worker *w)
{
	if (w->channel == -1)
		return;
	close(w->channel);
	w->channel = -1;
	bury(w, NULL, "");
}
