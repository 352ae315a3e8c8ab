#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static bool
look_up(const char *name, struct account *a)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		return false;
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	return true;
}

/* An account of a process beside the gate: as the option says, or by the rule of accounts_find().
 */
static bool
find_beside(const struct conf *c, const char *role, const char *said, struct account *a,
    const struct account *gate, struct buf *err)
{
	char own[64];

	if (said[0] == '\0' && c->user_set) {
		snprintf(own, sizeof(own), "%s-%s", c->user, role);
		if (!look_up(own, a))
			*a = *gate;
		return true;
	}
	snprintf(own, sizeof(own), "gatepost-%s", role);
	if (look_up(said[0] != '\0' ? said : own, a))
		return true;
	buf_addf(err,
	    "%s_user: there is no account %s; make it with: "
	    "adduser --system --group --home /nonexistent --no-create-home %s\n",
	    role, said[0] != '\0' ? said : own, said[0] != '\0' ? said : own);
	return false;
}

bool
accounts_find(const struct conf *c, struct accounts *a, struct buf *err)
{
	*a = (struct accounts){0};
	if (geteuid() != 0) {
		a->gate = a->signer = a->scanner =
		    (struct account){.uid = geteuid(), .gid = getegid()};
		a->not_root = a->shared = true;
		return true;
	}
	if (!look_up(c->user, &a->gate)) {
		buf_addf(err,
		    "user: there is no account %s; make it with: "
		    "adduser --system --group --home /nonexistent --no-create-home %s\n",
		    c->user, c->user);
		return false;
	}
	if (!find_beside(c, "signer", c->signer_user, &a->signer, &a->gate, err))
		return false;
	a->scanner = a->gate; /* of use only if a reload switches the filter on */
	if (c->filter && !find_beside(c, "scanner", c->scanner_user, &a->scanner, &a->gate, err))
		return false;
	a->shared = a->gate.uid == a->signer.uid;
	return true;
}

int
privileges_drop(const struct account *a)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (geteuid() == 0 && a->uid != 0) {
		if (setgroups(1, &a->gid) == -1 || setresgid(a->gid, a->gid, a->gid) == -1 ||
		    setresuid(a->uid, a->uid, a->uid) == -1)
			return -1;
		if (setuid(0) == 0) {
			errno = EPERM;
			return -1;
		}
	}
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED

int
sandbox_gate(void)
{
	return 0;
}

int
sandbox_signer(void)
{
	return 0;
}

#else

static const char *const never[] = {"execve", "execveat", "ptrace", "process_vm_readv",
    "process_vm_writev", "mount", "umount2", "pivot_root", "chroot", "setns", "unshare",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf",
    "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "reboot", "swapon",
    "swapoff", "setuid", "setresuid", "setreuid"};
static const char *const no_sockets[] = {
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"};

static int
forbid(scmp_filter_ctx filter, const char *const *calls, size_t n)
{
	size_t i;
	int nr, r;

	for (i = 0; i < n; i++) {
		nr = seccomp_syscall_resolve_name(calls[i]);
		if (nr == __NR_SCMP_ERROR || nr < 0)
			continue; /* not a call of this architecture */
		r = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, nr, 0);
		if (r != 0) {
			errno = -r;
			return -1;
		}
	}
	return 0;
}

static int
load(const char *const *more, size_t nmore)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (filter == NULL)
		return -1;
	r = forbid(filter, never, sizeof(never) / sizeof(never[0]));
	if (r == 0)
		r = forbid(filter, more, nmore);
	if (r == 0 && (r = seccomp_load(filter)) != 0) {
		errno = -r;
		r = -1;
	}
	seccomp_release(filter);
	return r;
}

int
sandbox_gate(void)
{
	return load(NULL, 0);
}

int
sandbox_signer(void)
{
	return load(no_sockets, sizeof(no_sockets) / sizeof(no_sockets[0]));
}

#endif
