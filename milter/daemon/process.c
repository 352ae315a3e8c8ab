#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUICK 3000     /* ms: a shorter life counts as a quick death */
#define MAX_DELAY 5000 /* ms between restarts */

int64_t
process_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* In the child: only stdin, stderr and the control socket go with it. */
static void
become(const char *role, int control, enum log_target target)
{
	static char self[] = "/proc/self/exe";
	static char name[] = "gatepost", syslog_option[] = "--syslog";
	char option[32];
	char *argv[] = {name, option, target == LOG_TARGET_SYSLOG ? syslog_option : NULL, NULL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	snprintf(option, sizeof(option), "--role=%s", role);
	if (null != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (control == IPC_CHILD_FD)
		fcntl(control, F_SETFD, 0);
	else if (dup2(control, IPC_CHILD_FD) == -1)
		_exit(127);
	closefrom(IPC_CHILD_FD + 1);
	setpgid(0, 0); /* a Ctrl-C is for the supervisor */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(self, argv);
	dprintf(STDERR_FILENO, "gatepost: cannot start the %s: %s\n", role, strerror(errno));
	_exit(127);
}

bool
process_start(struct process *p, enum log_target target)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		log_error("cannot start the %s: %s", p->role, strerror(errno));
		return false;
	}
	p->pid = fork();
	if (p->pid == 0)
		become(p->role, pair[1], target);
	close(pair[1]);
	if (p->pid == -1) {
		log_error("cannot start the %s: %s", p->role, strerror(errno));
		close(pair[0]);
		p->pid = 0;
		return false;
	}
	p->control = pair[0];
	p->ready = false;
	p->started = process_now();
	p->restart = 0;
	return true;
}

bool
process_send(struct process *p, const struct ipc_msg *m, const int *fds)
{
	if (p->control == -1)
		return false;
	if (ipc_send(p->control, m, fds) == 0)
		return true;
	log_warning("cannot talk to the %s: %s", p->role, strerror(errno));
	return false;
}

static void
log_end(const struct process *p, int status)
{
	if (WIFSIGNALED(status))
		log_error("the %s (pid %d) was killed by signal %d (%s)", p->role, (int)p->pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		log_error("the %s (pid %d) ended with status %d", p->role, (int)p->pid,
		    WEXITSTATUS(status));
	else
		log_info("the %s (pid %d) ended", p->role, (int)p->pid);
}

void
process_ended(struct process *p, int status)
{
	int64_t now = process_now(), delay;

	log_end(p, status);
	if (p->control != -1)
		close(p->control);
	p->quick_deaths = now - p->started < QUICK ? p->quick_deaths + 1 : 0;
	delay = p->quick_deaths < 3 ? 0 : 200LL * (p->quick_deaths - 2);
	p->restart = now + (delay < MAX_DELAY ? delay : MAX_DELAY);
	p->pid = 0;
	p->control = -1;
	p->ready = false;
}
