#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memfile.h"

#define SILENCE_MAX 120 /* seconds */
#define PIECE 65536

/* Nothing of the caller's environment reaches a program that runs as root. */
static char *const environment[] = {
    (char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, (char[]){"LC_ALL=C"}, NULL};

/* The child's three streams, as they are on our side. */
struct streams {
	int input;    /* a memory file, or /dev/null */
	int output;   /* the end of a pipe that we read */
	int output_w; /* the child's end */
	int errors;   /* a memory file */
};

static void
close_all(struct streams *s)
{
	int *const fds[] = {&s->input, &s->output, &s->output_w, &s->errors};
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] != -1)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static bool
open_all(const struct program *p, struct streams *s)
{
	int fds[2];

	*s = (struct streams){-1, -1, -1, -1};
	if (p->input != NULL && p->input->len > 0)
		s->input = memfile_make("gatepost-input", p->input->data, p->input->len);
	else
		s->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->errors = memfd_create("gatepost-errors", MFD_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC) == 0) {
		s->output = fds[0];
		s->output_w = fds[1];
	}
	/* a memory file stands at its end after it was made */
	(void)lseek(s->input, 0, SEEK_SET);
	return s->input != -1 && s->errors != -1 && s->output != -1;
}

static int
start(const struct program *p, const struct streams *s, pid_t *pid)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_adddup2(&fa, s->input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fa, s->output_w, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&fa, s->errors, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&fa, STDERR_FILENO + 1);
	error = posix_spawn(
	    pid, p->argv[0], &fa, &attr, (char *const *)(uintptr_t)p->argv, environment);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&attr);
	return error;
}

/*
 * postcat writes line by line: without a pause each of its lines would wake us
 * up. The pipe holds what comes meanwhile.
 */
static void
let_it_write(ssize_t n)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	if (n < PIECE / 4)
		nanosleep(&pause, NULL);
}

/* Until the output ends. False where the program must be ended. */
static bool
read_output(const struct program *p, int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	static char piece[PIECE];
	ssize_t n;
	int found;

	for (;;) {
		found = poll(&ready, 1, SILENCE_MAX * 1000);
		if (found == -1 && errno == EINTR)
			continue;
		if (found <= 0) {
			buf_addf(p->errors, "%s says nothing for %d s\n", p->argv[0], SILENCE_MAX);
			return false;
		}
		n = read(fd, piece, sizeof(piece));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (p->take != NULL && !p->take(p->arg, piece, (size_t)n))
			return false;
		let_it_write(n);
	}
}

/* What it said, without the line's end at its end; no more than fits. */
static void
read_errors(const struct program *p, int fd)
{
	char piece[4096];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return;
	while ((n = read(fd, piece, sizeof(piece))) > 0 && !p->errors->failed)
		buf_add(p->errors, piece, (size_t)n);
}

static int
wait_for(const struct program *p, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	buf_addf(p->errors, "%s was ended by signal %d\n", p->argv[0], WTERMSIG(status));
	return -1;
}

int
program_run(const struct program *p)
{
	struct streams s;
	int status = -1, error = 0;
	pid_t pid = -1;

	if (!open_all(p, &s))
		error = errno != 0 ? errno : EMFILE;
	else
		error = start(p, &s, &pid);
	if (error != 0)
		buf_addf(p->errors, "%s cannot be run: %s\n", p->argv[0], strerror(error));
	else {
		close(s.output_w);
		s.output_w = -1;
		if (!read_output(p, s.output) && pid > 0)
			kill(pid, SIGKILL);
		status = wait_for(p, pid);
		read_errors(p, s.errors);
	}
	close_all(&s);
	return status;
}

/* ---- lines ---- */

void
lines_init(struct lines *l, size_t max, void (*take)(void *, struct buf *), void *arg)
{
	*l = (struct lines){.max = max, .take = take, .arg = arg};
	buf_init(&l->line, 0);
}

static void
add_up_to(struct lines *l, const char *p, size_t n)
{
	size_t room = l->max - l->line.len;

	buf_add(&l->line, p, n < room ? n : room);
}

bool
lines_take(void *arg, const char *p, size_t n)
{
	struct lines *l = arg;
	const char *end = p + n, *lf;

	for (; (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1) {
		add_up_to(l, p, (size_t)(lf - p));
		l->take(l->arg, &l->line);
		buf_clear(&l->line);
	}
	add_up_to(l, p, (size_t)(end - p));
	return true;
}

void
lines_end(struct lines *l)
{
	if (l->line.len > 0)
		l->take(l->arg, &l->line);
	buf_free(&l->line);
}
