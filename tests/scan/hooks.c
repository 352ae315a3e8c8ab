/*
 * Part of gatepost-hooked, which no one installs: gatepost, but for a message
 * with a field "X-Hook: WHAT" the scanner does in its sandbox what a scanner
 * that was taken over would try, or fails as a scanner might.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/fd_message.h"
#include "daemon/ipc.h"
#include "filter/scan.h"

void __wrap_scan_message(
    struct scan *, const void *message, size_t len, const struct mime_limits *);
void __real_scan_message(
    struct scan *, const void *message, size_t len, const struct mime_limits *);

static void
open_file(void)
{
	open("/etc/passwd", O_RDONLY);
}

static void
write_file(void)
{
	open("/tmp/gatepost-was-here", O_WRONLY | O_CREAT, 0600);
}

static void
look_at_file(void)
{
	struct stat st;

	stat("/etc/passwd", &st);
}

static void
open_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void
open_unix_socket(void)
{
	socket(AF_UNIX, SOCK_STREAM, 0);
}

static void
start_process(void)
{
	fork();
}

static void
start_thread(void)
{
	vfork();
}

static void
start_program(void)
{
	char *const argv[] = {NULL};

	execve("/bin/true", argv, argv);
}

static void
signal_parent(void)
{
	kill(getppid(), SIGTERM);
}

static void
signal_by_tgkill(void)
{
	syscall(SYS_tgkill, 1, 1, SIGTERM);
}

static void
trace_parent(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void
make_executable(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
send_elsewhere(void)
{
	fd_message_send(1, "x", 1, NULL, 0, -1);
}

static void
crash(void)
{
	raise(SIGABRT);
	abort();
}

static void
fall(void)
{
	volatile char *volatile p = NULL;

	*p = 1;
}

static void
hang(void)
{
	for (;;)
		usleep(1000000);
}

static void
spin(void)
{
	volatile unsigned n = 0;

	for (;;)
		n++;
}

static void
talk_nonsense(void)
{
	char text[200] = "this is no answer at all, but long enough to be a head";

	fd_message_send(IPC_CHILD_FD + 1, text, sizeof(text), NULL, 0, -1);
}

static void
end(void)
{
	_exit(0);
}

static void
eat_memory(void)
{
	size_t i;
	char *p;

	for (i = 0; i < 100000; i++) {
		p = malloc(1 << 20);
		if (p == NULL)
			abort();
		memset(p, 1, 1 << 20);
	}
}

static const struct {
	const char *name;
	void (*act)(void);
} hooks[] = {
    {"open-file", open_file},
    {"write-file", write_file},
    {"stat", look_at_file},
    {"socket", open_socket},
    {"unix-socket", open_unix_socket},
    {"fork", start_process},
    {"vfork", start_thread},
    {"exec", start_program},
    {"kill", signal_parent},
    {"tgkill", signal_by_tgkill},
    {"ptrace", trace_parent},
    {"map-executable", make_executable},
    {"send-elsewhere", send_elsewhere},
    {"abort", crash},
    {"segfault", fall},
    {"hang", hang},
    {"spin", spin},
    {"nonsense", talk_nonsense},
    {"exit", end},
    {"memory", eat_memory},
};

void
__wrap_scan_message(
    struct scan *s, const void *message, size_t len, const struct mime_limits *limits)
{
	static const char field[] = "X-Hook: ";
	const char *at = memmem(message, len, field, strlen(field));
	size_t i, n;

	for (i = 0; at != NULL && i < sizeof(hooks) / sizeof(*hooks); i++) {
		n = strlen(hooks[i].name);
		if (len - (size_t)(at - (const char *)message) > strlen(field) + n + 2 &&
		    memcmp(at + strlen(field), hooks[i].name, n) == 0 &&
		    at[strlen(field) + n] == '\r')
			hooks[i].act();
	}
	__real_scan_message(s, message, len, limits);
}
