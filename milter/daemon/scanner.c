#include "scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/memfile.h"
#include "child.h"
#include "fd_message.h"
#include "filter/scan.h"
#include "ipc.h"
#include "log.h"
#include "privileges.h"
#include "scan_proto.h"
#include "scanner_sandbox.h"

#define CHANNEL (IPC_CHILD_FD + 1)
#define LIFE 1000		/* messages */
#define STRINGS_MAX (64u << 20) /* bytes of names and reasons of one message */

static struct {
	struct arena mem;
	struct buf answer;
	EVP_MD *sha256;
	unsigned messages;
} state;

/* One message at work. */
struct job {
	struct scan_request q;
	struct scan scan;
	unsigned char (*hashes)[RESULT_HASH]; /* by line of the report */
	size_t nhashes;
	uint32_t handed;
	uint64_t handed_bytes;
	bool failed; /* no memory for what was asked */
};

/* ---- what is wanted beside the findings ---- */

static bool
has_hashes(struct job *j, size_t wanted)
{
	size_t n = j->nhashes > 0 ? j->nhashes : 64;
	unsigned char(*more)[RESULT_HASH];

	while (n < wanted)
		n *= 2;
	if (n <= j->nhashes)
		return true;
	more = reallocarray(j->hashes, n, sizeof(*more));
	if (more == NULL) {
		j->failed = true;
		return false;
	}
	memset(more + j->nhashes, 0, (n - j->nhashes) * sizeof(*more));
	j->hashes = more;
	j->nhashes = n;
	return true;
}

static void
keep_hash(struct job *j, const struct object *o)
{
	if (has_hashes(j, (size_t)o->part + 1) &&
	    EVP_Digest(o->bytes, o->len, j->hashes[o->part], NULL, state.sha256, NULL) != 1)
		j->failed = true;
}

static const char *
name_of(const struct job *j, const struct object *o)
{
	return j->scan.report.parts[o->part].name;
}

/* Half of the room is for the parts of the message alone, however many files lie in them. */
static bool
is_room_for(const struct job *j, const struct object *o)
{
	const unsigned share = o->parent == NULL ? 1 : 2;

	return j->handed < j->q.hand_parts / share &&
	       j->handed_bytes + o->len <= j->q.hand_bytes / share;
}

/* Files in archives can be left out: whoever gets the archive can open it, as a rule. */
static void
leave_out(struct job *j, const struct object *o)
{
	if (o->parent == NULL && !o->plain_text && j->q.hand_parts > 0)
		scan_find(&j->scan, o, RULE_LIMIT, "too much for the virus scanner");
}

static void
hand_back(struct job *j, const struct object *o)
{
	const struct scan_head h = {
	    .seq = j->q.seq, .type = SCAN_PART, .size = o->len, .part = o->part};
	struct buf name;
	int fd;

	if (!is_room_for(j, o)) {
		leave_out(j, o);
		return;
	}
	fd = memfile_make("part", o->bytes, o->len);
	if (fd == -1) {
		j->failed = true;
		return;
	}
	buf_init(&name, SCAN_HANDED_NAME);
	result_text(&name, name_of(j, o));
	if (fd_message_send(CHANNEL, &h, sizeof(h), buf_str(&name), name.len, fd) == -1)
		_exit(EXIT_SUCCESS); /* nobody waits for it any more */
	buf_free(&name);
	close(fd);
	j->handed++;
	j->handed_bytes += o->len;
}

static void
on_object(void *ctx, const struct object *o)
{
	struct job *j = ctx;

	if (j->q.hashes != 0)
		keep_hash(j, o);
	hand_back(j, o);
}

/* ---- one message ---- */

/* The kernel ends us where a message takes more. */
static void
limit_time(uint32_t seconds)
{
	struct rusage u;
	struct rlimit l;

	if (getrusage(RUSAGE_SELF, &u) == -1 || getrlimit(RLIMIT_CPU, &l) == -1)
		return;
	l.rlim_cur = (rlim_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + seconds + 2;
	if (l.rlim_cur > l.rlim_max)
		l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_CPU, &l);
}

static void
answer(struct job *j)
{
	struct scan_head h = {.seq = j->q.seq, .type = SCAN_RESULT};

	if (++state.messages >= LIFE)
		h.type = SCAN_LAST_RESULT;
	if (j->q.hashes != 0)
		has_hashes(j, j->scan.report.nparts);
	if (j->failed)
		j->scan.no_memory = true;
	buf_clear(&state.answer);
	result_write(&j->scan, (const unsigned char(*)[RESULT_HASH])j->hashes, &state.answer);
	if (fd_message_send(CHANNEL, &h, sizeof(h), buf_str(&state.answer), state.answer.len, -1) ==
		-1 ||
	    h.type == SCAN_LAST_RESULT)
		_exit(EXIT_SUCCESS);
}

static void
scan(const struct scan_request *q, const void *message)
{
	struct job j = {.q = *q};

	limit_time(q->cpu);
	scan_init(&j.scan, &q->limits, &state.mem);
	if (q->hashes != 0 || q->hand_parts > 0) {
		j.scan.each = on_object;
		j.scan.ctx = &j;
	}
	scan_message(&j.scan, message, q->size, &q->mime);
	answer(&j);
	scan_free(&j.scan);
	free(j.hashes);
	arena_reset(&state.mem);
}

static void
take_request(const struct scan_request *q, int fd)
{
	void *p = NULL;

	if (q->size > 0)
		p = mmap(NULL, q->size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		_exit(EXIT_FAILURE); /* too large for our limits: a new one does the next */
	scan(q, p != NULL ? p : "");
	if (q->size > 0)
		munmap(p, q->size);
}

static int
serve(void)
{
	struct scan_request q;
	ssize_t n;
	int fd;

	for (;;) {
		n = fd_message_recv(CHANNEL, &q, sizeof(q), &fd, 0);
		if (n == 0)
			return EXIT_SUCCESS; /* the gate is gone */
		if (n != sizeof(q) || fd == -1 || q.size > SCAN_MESSAGE_MAX)
			return EXIT_FAILURE;
		take_request(&q, fd);
	}
}

/* ---- start ---- */

static bool
refuse(int control, const char *what, const char *why)
{
	struct ipc_msg m = {.type = IPC_REFUSED};

	snprintf(m.text, sizeof(m.text), "%s: %s", what, why);
	ipc_send(control, &m, NULL);
	return false;
}

static bool
take_channel(int control)
{
	struct ipc_msg m;
	int fds[IPC_MAX_FDS];

	if (ipc_recv(control, &m, fds) != 1 || m.type != IPC_CHANNELS || m.nfds != 1)
		return false; /* the supervisor is gone */
	if (fds[0] == CHANNEL)
		return true;
	if (dup2(fds[0], CHANNEL) == -1)
		return refuse(control, "channel", strerror(errno));
	close(fds[0]);
	return true;
}

/* All that the libraries would open later. */
static bool
prepare(int control)
{
	struct buf err;
	bool good;

	setenv("TZ", "UTC0", 1); /* else mktime() looks at /etc/localtime again and again */
	tzset();
	arena_init(&state.mem, STRINGS_MAX);
	buf_init(&state.answer, RESULT_MAX);
	buf_reserve(&state.answer, RESULT_MAX);
	state.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (state.sha256 == NULL)
		return refuse(control, "SHA-256", "not in this OpenSSL");
	buf_init(&err, 1024);
	good = scan_prepare(&err) || refuse(control, "libraries", buf_str(&err));
	buf_free(&err);
	return good;
}

/*
 * What is left open: the channel, and nothing behind 0, 1 and 2, so that
 * neither log nor supervisor can be told lies.
 */
static void
close_files(void)
{
	int null = open("/dev/null", O_RDWR);

#ifndef __SANITIZE_ADDRESS__
	if (null != -1)
		dup2(null, STDERR_FILENO);
#endif
	if (null > CHANNEL || null == -1)
		closefrom(CHANNEL + 1);
	else if (null > STDERR_FILENO && null != CHANNEL)
		close(null);
}

static bool
start(int control)
{
	const struct ipc_msg ready = {.type = IPC_READY};
	struct child_start s;
	size_t memory;

	if (!child_begin(control, "scanner", &s))
		return false;
	memory = s.conf->scan_memory;
	conf_unref(s.conf);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!take_channel(control) || !prepare(control))
		return false;
	if (scanner_limits(memory) == -1)
		return refuse(control, "limits", strerror(errno));
	close_files();
	if (scanner_sandbox(control, CHANNEL) == -1)
		return refuse(control, "sandbox", strerror(errno));
	if (ipc_send(control, &ready, NULL) == -1)
		return false;
	close(control);
	return true;
}

int
scanner_main(int control)
{
	if (!start(control))
		return EXIT_FAILURE;
	_exit(serve());
}
