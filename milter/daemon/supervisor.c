#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf_file.h"
#include "notify.h"
#include "privileges.h"
#include "process.h"
#include "sealing.h"
#include "sign_proto.h"
#include "sockets.h"

#define SCANNERS_MAX 64

enum phase { PHASE_STARTING, PHASE_RUNNING, PHASE_STOPPING };
enum reload { RELOAD_NONE, RELOAD_SIGNER, RELOAD_GATE }; /* whose answer a reload waits for */

static struct {
	const char *path;
	enum log_target target;
	enum phase phase;
	struct conf *conf; /* in force */
	int conf_file;	   /* its text, sealed */
	struct conf *next; /* of a reload under way */
	int next_file;
	enum reload reload;
	bool reload_again; /* SIGHUP came during a reload */
	struct accounts accounts;
	struct sockets sockets;
	int catalog; /* the signer's latest, or -1 */
	unsigned channels;
	struct process signer, gate;
	struct process scanners[SCANNERS_MAX];
	int scanner_channel[SCANNERS_MAX]; /* the gate's end, until the scanner is ready; or -1 */
	size_t nscanners;
	int signals;
	int64_t stop_by; /* when children that still run are killed */
	int status;
} sv = {.conf_file = -1,
    .next_file = -1,
    .catalog = -1,
    .signer = {.role = "signer", .control = -1},
    .gate = {.role = "gate", .control = -1}};

/* ---- configuration ---- */

static struct conf *
read_conf(int *file)
{
	struct buf err;
	struct conf *c;

	buf_init(&err, 64 * 1024);
	c = conf_load(sv.path, CONF_CHECK_FILES, &err);
	if (c == NULL)
		log_lines(LOG_LEVEL_ERROR, &err);
	buf_free(&err);
	if (c == NULL)
		return NULL;
	*file = conf_file(c);
	if (*file != -1)
		return c;
	log_error("cannot keep the configuration in memory: %s", strerror(errno));
	conf_unref(c);
	return NULL;
}

static void
set_catalog(int fd)
{
	if (sv.catalog != -1)
		close(sv.catalog);
	sv.catalog = fd;
}

/* ---- starting children ---- */

static bool
send_conf(struct process *p, const struct account *who)
{
	struct ipc_msg m = {.type = IPC_CONFIG, .nfds = 1, .uid = who->uid, .gid = who->gid};

	return process_send(p, &m, &sv.conf_file);
}

static bool
start_signer(void)
{
	return process_start(&sv.signer, sv.target) && send_conf(&sv.signer, &sv.accounts.signer);
}

static bool
start_gate(void)
{
	struct ipc_msg m = {.type = IPC_LISTEN, .nfds = (uint32_t)sv.sockets.n};

	return process_start(&sv.gate, sv.target) && send_conf(&sv.gate, &sv.accounts.gate) &&
	       process_send(&sv.gate, &m, sv.sockets.fd);
}

/* Its life is that of its channel: when the gate ends, it ends. */
static bool
start_scanner(size_t i)
{
	struct ipc_msg m = {.type = IPC_CHANNELS, .nfds = 1};
	struct process *p = &sv.scanners[i];
	int pair[2];
	bool good;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		log_error("cannot join gate and scanner: %s", strerror(errno));
		return false;
	}
	good = process_start(p, sv.target) && send_conf(p, &sv.accounts.scanner) &&
	       process_send(p, &m, &pair[1]);
	close(pair[1]);
	sv.scanner_channel[i] = pair[0];
	return good;
}

static void
start_scanners(void)
{
	size_t i;

	for (i = 0; i < sv.nscanners; i++)
		if (sv.scanners[i].pid == 0 && !start_scanner(i))
			sv.scanners[i].restart = process_now() + 1000;
}

/* Called again after a reload: those that are there stay, also where the filter is off now. */
static void
count_scanners(void)
{
	long n = sv.conf->scanners != 0 ? (long)sv.conf->scanners : sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = n < 1 ? 1 : n > SCANNERS_MAX ? SCANNERS_MAX : (size_t)n;

	if (!sv.conf->filter || sv.nscanners > 0)
		return;
	for (sv.nscanners = 0; sv.nscanners < wanted; sv.nscanners++) {
		sv.scanners[sv.nscanners] = (struct process){.role = "scanner", .control = -1};
		sv.scanner_channel[sv.nscanners] = -1;
	}
}

static void
close_all(const int *fds, size_t n)
{
	while (n > 0)
		close(fds[--n]);
}

/* New channels between signer and gate: after either of them was started. */
static void
join_signer_and_gate(void)
{
	struct ipc_msg m = {.type = IPC_CHANNELS, .nfds = sv.channels};
	struct ipc_msg catalog = {.type = IPC_CATALOG, .nfds = 1};
	int ours[SIGN_MAX_CHANNELS], theirs[SIGN_MAX_CHANNELS], pair[2];
	size_t n;

	for (n = 0; n < sv.channels; n++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
			break;
		ours[n] = pair[0];
		theirs[n] = pair[1];
	}
	m.nfds = (uint32_t)n;
	if (n == 0)
		log_error("cannot join signer and gate: %s", strerror(errno));
	else if (process_send(&sv.signer, &m, ours) &&
		 process_send(&sv.gate, &catalog, &sv.catalog))
		process_send(&sv.gate, &m, theirs);
	close_all(ours, n);
	close_all(theirs, n);
}

/* ---- reload ---- */

static void
end_reload(void)
{
	if (sv.next != NULL)
		conf_unref(sv.next);
	if (sv.next_file != -1)
		close(sv.next_file);
	sv.next = NULL;
	sv.next_file = -1;
	sv.reload = RELOAD_NONE;
	notify_send("READY=1");
}

static void
log_what_needs_a_restart(void)
{
	struct buf names;

	buf_init(&names, 1024);
	if (conf_needs_restart(sv.conf, sv.next, &names) > 0)
		log_warning("changed in the configuration, but in force only after a restart: %s",
		    buf_str(&names));
	buf_free(&names);
}

static void
begin_reload(void)
{
	struct ipc_msg m = {.type = IPC_RELOAD, .nfds = 1};

	if (sv.reload != RELOAD_NONE) {
		sv.reload_again = true;
		return;
	}
	sv.reload_again = false;
	log_info("reloading %s", sv.path);
	notify_reloading();
	sv.next = read_conf(&sv.next_file);
	if (sv.next == NULL || !sv.signer.ready || !process_send(&sv.signer, &m, &sv.next_file)) {
		log_error("reload failed; the old configuration stays in force");
		end_reload();
		return;
	}
	sv.reload = RELOAD_SIGNER;
}

static void
pass_reload_to_gate(void)
{
	struct ipc_msg m = {.type = IPC_RELOAD, .nfds = 2};
	int fds[2] = {sv.next_file, sv.catalog};

	sv.reload = RELOAD_GATE;
	if (!process_send(&sv.gate, &m, fds)) {
		log_error("reload failed: the gate is not running");
		end_reload();
	}
}

static void
reload_done(void)
{
	log_what_needs_a_restart();
	conf_unref(sv.conf);
	close(sv.conf_file);
	sv.conf = sv.next;
	sv.conf_file = sv.next_file;
	sv.next = NULL;
	sv.next_file = -1;
	log_configure(sv.conf);
	count_scanners();
	log_info("reloaded");
	end_reload();
}

static void
reload_refused(const struct process *p, struct ipc_msg *m)
{
	struct buf lines;

	buf_init(&lines, IPC_MAX_TEXT);
	buf_adds(&lines, m->text);
	log_lines(LOG_LEVEL_ERROR, &lines);
	buf_free(&lines);
	log_error(
	    "reload refused by the %s; the old configuration and keys stay in force", p->role);
	end_reload();
}

/* ---- what children say ---- */

static void
stop(int status)
{
	struct ipc_msg m = {.type = IPC_STOP, .number = sv.conf->stop_timeout};

	if (sv.phase == PHASE_STOPPING)
		return;
	sv.phase = PHASE_STOPPING;
	sv.status = status;
	sv.stop_by = process_now() + (sv.conf->stop_timeout + 2) * 1000LL;
	notify_send("STOPPING=1");
	if (sv.gate.pid != 0)
		process_send(&sv.gate, &m, NULL);
	else if (sv.signer.pid != 0)
		process_send(&sv.signer, &m, NULL);
}

static void
running(void)
{
	char status[80];
	size_t i;

	if (sv.phase != PHASE_STARTING || !sv.gate.ready)
		return;
	for (i = 0; i < sv.nscanners; i++)
		if (!sv.scanners[i].ready)
			return;
	sv.phase = PHASE_RUNNING;
	log_info("ready");
	snprintf(status, sizeof(status), "READY=1\nMAINPID=%d", (int)getpid());
	notify_send(status);
}

static bool
can_seal(int catalog)
{
	const struct conf *c = sv.reload == RELOAD_SIGNER ? sv.next : sv.conf;
	struct catalog *keys;
	struct buf err;
	bool good;

	buf_init(&err, 64 * 1024);
	keys = catalog_open(catalog, &err);
	good = keys != NULL && sealing_check(c, keys, &err);
	catalog_unref(keys);
	if (!good)
		log_lines(LOG_LEVEL_ERROR, &err);
	buf_free(&err);
	return good;
}

/* A signer that comes back with less than it had is used: what it lacks cannot be sealed. */
static void
keys_do_not_do(void)
{
	if (sv.reload == RELOAD_SIGNER) {
		log_error("reload refused; the old configuration and keys stay in force");
		end_reload();
	} else {
		log_error("gatepost does not start");
		stop(EXIT_FAILURE);
	}
}

static void
signer_ready(const struct ipc_msg *m, int catalog)
{
	bool good = can_seal(catalog);

	sv.signer.ready = true;
	if (!good && (sv.reload == RELOAD_SIGNER || sv.phase == PHASE_STARTING)) {
		close(catalog);
		keys_do_not_do();
		return;
	}
	set_catalog(catalog);
	log_info("the signer holds %u keys", m->number);
	if (sv.reload == RELOAD_SIGNER)
		pass_reload_to_gate();
	else if (sv.gate.pid != 0)
		join_signer_and_gate();
	else if (start_gate()) {
		join_signer_and_gate();
		start_scanners();
	}
}

static void
gate_ready(void)
{
	sv.gate.ready = true;
	if (sv.reload == RELOAD_GATE)
		reload_done();
	else
		running();
}

static void
scanner_ready(size_t i)
{
	struct ipc_msg m = {.type = IPC_SCANNER, .nfds = 1, .number = (uint32_t)sv.scanners[i].pid};

	sv.scanners[i].ready = true;
	process_send(&sv.gate, &m, &sv.scanner_channel[i]);
	close(sv.scanner_channel[i]);
	sv.scanner_channel[i] = -1;
	running();
}

/* The number comes from the gate: only a process that is a scanner of ours now is meant. */
static void
scanner_stuck(uint32_t pid)
{
	size_t i;

	for (i = 0; i < sv.nscanners; i++)
		if (sv.scanners[i].pid != 0 && sv.scanners[i].pid == (pid_t)pid)
			kill(sv.scanners[i].pid, SIGKILL);
}

static void
start_refused(const struct process *p, const struct ipc_msg *m)
{
	struct buf lines;

	buf_init(&lines, IPC_MAX_TEXT);
	buf_adds(&lines, m->text);
	log_lines(LOG_LEVEL_ERROR, &lines);
	buf_free(&lines);
	log_error("the %s does not start", p->role);
}

static bool
is_scanner(const struct process *p)
{
	return p >= sv.scanners && p < sv.scanners + sv.nscanners;
}

static void
hear(struct process *p)
{
	struct ipc_msg m;
	int fds[IPC_MAX_FDS];

	if (ipc_recv(p->control, &m, fds) != 1) {
		close(p->control); /* it is ending; waitpid() will say how */
		p->control = -1;
		return;
	}
	if (m.type == IPC_READY && p == &sv.signer && m.nfds == 1) {
		signer_ready(&m, fds[0]);
		return;
	}
	close_all(fds, m.nfds);
	if (m.type == IPC_READY && is_scanner(p))
		scanner_ready((size_t)(p - sv.scanners));
	else if (m.type == IPC_READY && p == &sv.gate)
		gate_ready();
	else if (m.type == IPC_STUCK && p == &sv.gate)
		scanner_stuck(m.number);
	else if (m.type == IPC_REFUSED && sv.reload != RELOAD_NONE && p->ready)
		reload_refused(p, &m);
	else if (m.type == IPC_REFUSED)
		start_refused(p, &m);
}

/* ---- ends ---- */

/*
 * A message may have ended it: the next one must not wait for that, so that
 * only deaths before it was ready count as quick ones.
 */
static void
scanner_ended(size_t i, int status)
{
	struct process *p = &sv.scanners[i];
	bool was_ready = p->ready;

	process_ended(p, status);
	if (was_ready) {
		p->quick_deaths = 0;
		p->restart = 0;
	}
	if (sv.scanner_channel[i] != -1)
		close(sv.scanner_channel[i]);
	sv.scanner_channel[i] = -1;
	if (sv.phase == PHASE_STARTING && !was_ready) {
		log_error("gatepost does not start");
		stop(EXIT_FAILURE);
	}
}

static void
ended(struct process *p, int status)
{
	struct ipc_msg m = {.type = IPC_STOP};

	process_ended(p, status);
	if (sv.reload != RELOAD_NONE) {
		log_error("reload failed: the %s died", p->role);
		end_reload();
	}
	if (sv.phase == PHASE_STARTING) {
		log_error("gatepost does not start");
		stop(EXIT_FAILURE);
	}
	if (sv.phase == PHASE_STOPPING && p == &sv.gate && sv.signer.pid != 0)
		process_send(&sv.signer, &m, NULL);
}

static void
reap(void)
{
	pid_t pid;
	size_t i;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < sv.nscanners; i++)
			if (pid == sv.scanners[i].pid)
				scanner_ended(i, status);
		if (pid == sv.signer.pid)
			ended(&sv.signer, status);
		else if (pid == sv.gate.pid)
			ended(&sv.gate, status);
	}
}

static void
restart_what_died(void)
{
	int64_t now = process_now();
	size_t i;

	if (sv.phase != PHASE_RUNNING)
		return;
	if (sv.signer.pid == 0 && now >= sv.signer.restart && !start_signer())
		sv.signer.restart = now + 1000;
	if (sv.gate.pid == 0 && now >= sv.gate.restart && sv.signer.ready) {
		if (start_gate())
			join_signer_and_gate();
		else
			sv.gate.restart = now + 1000;
	}
	for (i = 0; i < sv.nscanners && sv.gate.pid != 0; i++)
		if (sv.scanners[i].pid == 0 && now >= sv.scanners[i].restart && !start_scanner(i))
			sv.scanners[i].restart = now + 1000;
}

static void
take_signal(void)
{
	struct signalfd_siginfo info;

	if (read(sv.signals, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGHUP:
		if (sv.phase == PHASE_RUNNING)
			begin_reload();
		break;
	case SIGTERM:
	case SIGINT:
		log_info("stopping: messages in flight may finish");
		stop(EXIT_SUCCESS);
		break;
	default:
		break;
	}
}

/* ---- the loop ---- */

static bool
has_scanners(void)
{
	size_t i;

	for (i = 0; i < sv.nscanners; i++)
		if (sv.scanners[i].pid != 0)
			return true;
	return false;
}

static void
kill_scanners(void)
{
	size_t i;

	for (i = 0; i < sv.nscanners; i++)
		if (sv.scanners[i].pid != 0)
			kill(sv.scanners[i].pid, SIGKILL);
}

static bool
finished(void)
{
	if (sv.phase != PHASE_STOPPING)
		return false;
	if (sv.gate.pid == 0 && sv.signer.pid == 0 && !has_scanners())
		return true;
	if (process_now() >= sv.stop_by) {
		if (sv.gate.pid != 0)
			kill(sv.gate.pid, SIGKILL);
		if (sv.signer.pid != 0)
			kill(sv.signer.pid, SIGKILL);
		kill_scanners();
		sv.stop_by += 1000;
	}
	return false;
}

/* How long the loop may sleep: until a restart is due, or a stop runs out of time. */
static int
patience(void)
{
	int64_t now = process_now(), until = now + 60000;
	size_t i;

	if (sv.phase == PHASE_STOPPING)
		until = sv.stop_by;
	if (sv.phase == PHASE_RUNNING && sv.signer.pid == 0 && sv.signer.restart < until)
		until = sv.signer.restart;
	if (sv.phase == PHASE_RUNNING && sv.gate.pid == 0 && sv.gate.restart < until)
		until = sv.gate.restart > now ? sv.gate.restart : now + 50;
	for (i = 0; i < sv.nscanners && sv.phase == PHASE_RUNNING && sv.gate.pid != 0; i++)
		if (sv.scanners[i].pid == 0 && sv.scanners[i].restart < until)
			until = sv.scanners[i].restart;
	return until > now ? (int)(until - now) : 0;
}

static void
hear_scanners(const struct pollfd *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i].revents != 0 && sv.scanners[i].control != -1)
			hear(&sv.scanners[i]);
}

static void
loop(void)
{
	struct pollfd p[3 + SCANNERS_MAX];
	size_t i;

	while (!finished()) {
		p[0] = (struct pollfd){.fd = sv.signals, .events = POLLIN};
		p[1] = (struct pollfd){.fd = sv.signer.control, .events = POLLIN};
		p[2] = (struct pollfd){.fd = sv.gate.control, .events = POLLIN};
		for (i = 0; i < sv.nscanners; i++)
			p[3 + i] = (struct pollfd){.fd = sv.scanners[i].control, .events = POLLIN};
		if (poll(p, 3 + i, patience()) == -1 && errno != EINTR) {
			log_error("poll: %s", strerror(errno));
			stop(EXIT_FAILURE);
		}
		if (p[1].revents != 0)
			hear(&sv.signer);
		if (p[2].revents != 0)
			hear(&sv.gate);
		hear_scanners(p + 3, i);
		if (p[0].revents != 0)
			take_signal();
		reap();
		restart_what_died();
		if (sv.reload_again && sv.reload == RELOAD_NONE && sv.phase == PHASE_RUNNING)
			begin_reload();
	}
}

static bool
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sv.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return sv.signals != -1;
}

static void
count_channels(void)
{
	long n = sv.conf->signer_threads != 0 ? (long)sv.conf->signer_threads
					      : sysconf(_SC_NPROCESSORS_ONLN);

	sv.channels = n < 2 ? 2 : n > SIGN_MAX_CHANNELS ? SIGN_MAX_CHANNELS : (unsigned)n;
}

static void
say_what_is_weak(void)
{
	if (sv.accounts.not_root)
		log_warning("not started as root: every process runs as uid %u, "
			    "and the gate could read the keys",
		    (unsigned)geteuid());
	else if (sv.accounts.shared)
		log_warning("gate and signer run as one account (user = \"%s\"): "
			    "set signer_user, so that the gate cannot read the keys",
		    sv.conf->user);
	else if (sv.conf->filter && sv.accounts.gate.uid == sv.accounts.scanner.uid)
		log_warning("gate and scanners run as one account (user = \"%s\"): "
			    "set scanner_user",
		    sv.conf->user);
}

static bool
begin(void)
{
	struct buf err;
	bool good;

	sv.conf = read_conf(&sv.conf_file);
	if (sv.conf == NULL)
		return false;
	log_configure(sv.conf);
	count_channels();
	count_scanners();
	buf_init(&err, 64 * 1024);
	good =
	    accounts_find(sv.conf, &sv.accounts, &err) && sockets_open(sv.conf, &sv.sockets, &err);
	if (!good)
		log_lines(LOG_LEVEL_ERROR, &err);
	buf_free(&err);
	if (good)
		say_what_is_weak();
	return good;
}

int
supervisor_main(const char *conf_path, enum log_target target)
{
	log_open("gatepost", target);
	notify_open();
	sv.path = conf_path;
	sv.target = target;
	if (!open_signals() || !begin())
		return EXIT_FAILURE;
	if (start_signer())
		loop();
	else
		sv.status = EXIT_FAILURE;
	sockets_close(&sv.sockets);
	log_info("stopped");
	return sv.status;
}
