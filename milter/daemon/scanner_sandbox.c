#include "scanner_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#define MAX_FILES 1024 /* descriptors on their way to the gate count */

static int
limit(int what, rlim_t n)
{
	const struct rlimit l = {n, n};

	return setrlimit((__rlimit_resource_t)what, &l);
}

int
scanner_limits(size_t address_space)
{
#ifndef SANITIZED
	if (address_space > 0 && limit(RLIMIT_AS, address_space) == -1)
		return -1;
#else
	(void)address_space;
#endif
	if (limit(RLIMIT_NOFILE, MAX_FILES) == -1 || limit(RLIMIT_CORE, 0) == -1)
		return -1;
	return limit(RLIMIT_NPROC, 0);
}

#ifdef SANITIZED

int
scanner_sandbox(int control, int channel)
{
	(void)control;
	(void)channel;
	return 0;
}

#else

/* What malloc, threads' locks, stdio, GLib and libmagic need, and cannot harm with. */
static const char *const plain[] = {"brk", "clock_getres", "clock_gettime", "clock_nanosleep",
    "close", "exit", "exit_group", "fstat", "futex", "getpid", "getrandom", "getrusage", "gettid",
    "gettimeofday", "lseek", "madvise", "memfd_create", "mremap", "munmap", "nanosleep", "read",
    "restart_syscall", "rt_sigprocmask", "rt_sigreturn", "rseq", "sched_yield", "set_robust_list",
    "time", "write", "ftruncate"};

static int
fails(int r)
{
	if (r == 0)
		return 0;
	errno = -r;
	return -1;
}

static int
allow_plain(scmp_filter_ctx f)
{
	size_t i;
	int nr;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		nr = seccomp_syscall_resolve_name(plain[i]);
		if (nr == __NR_SCMP_ERROR || nr < 0)
			continue; /* not a call of this architecture */
		if (fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 0)) == -1)
			return -1;
	}
	return 0;
}

static int
allow_memory(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);

	if (fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable)) == -1)
		return -1;
	return fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable));
}

static int
allow_socket(scmp_filter_ctx f, int sock)
{
	const struct scmp_arg_cmp that = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)sock);

	if (fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, that)) == -1)
		return -1;
	return fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1, that));
}

/* Sealing memory files; the processor time of this process only; abort() of this process only. */
static int
allow_own(scmp_filter_ctx f)
{
	const scmp_datum_t pid = (scmp_datum_t)getpid();

	if (fails(seccomp_rule_add(
		f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, F_ADD_SEALS))) == -1 ||
	    fails(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
		SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU))) == -1)
		return -1;
	return fails(
	    seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, pid)));
}

int
scanner_sandbox(int control, int channel)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = -1;

	if (f == NULL)
		return -1;
	if (allow_plain(f) == 0 && allow_memory(f) == 0 && allow_socket(f, channel) == 0 &&
	    allow_socket(f, control) == 0 && allow_own(f) == 0)
		r = fails(seccomp_load(f));
	seccomp_release(f);
	return r;
}

#endif
