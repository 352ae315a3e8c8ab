#include "signer.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "conf/conf.h"
#include "ipc.h"
#include "keys/keystore.h"
#include "log.h"
#include "privileges.h"
#include "sign_proto.h"

#define CHANNEL_STACK (256 * 1024)

static struct {
	pthread_rwlock_t lock; /* over store: read to sign, written to replace it */
	struct keystore *store;
	struct buf errors;
} state = {.lock = PTHREAD_RWLOCK_INITIALIZER};

/* ---- channels ---- */

static void
answer(const struct sign_request *q, struct sign_answer *a)
{
	size_t len;
	uint32_t i;

	a->seq = q->seq;
	a->n = q->n;
	pthread_rwlock_rdlock(&state.lock);
	for (i = 0; i < q->n; i++) {
		len = 0;
		a->got[i].result = keystore_sign(
		    state.store, q->want[i].id, q->want[i].digest, a->got[i].sig, &len);
		a->got[i].len = (uint32_t)len;
	}
	pthread_rwlock_unlock(&state.lock);
}

static bool
is_request(const struct sign_request *q, ssize_t n)
{
	return n >= (ssize_t)SIGN_REQUEST_SIZE(1) && q->n >= 1 && q->n <= CATALOG_MAX_KEYS &&
	       n == (ssize_t)SIGN_REQUEST_SIZE(q->n);
}

static void *
serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct sign_request q;
	struct sign_answer *a = calloc(1, sizeof(*a));
	ssize_t n;

	while (a != NULL) {
		n = recv(fd, &q, sizeof(q), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (!is_request(&q, n))
			break; /* the gate is gone, or talks nonsense */
		answer(&q, a);
		if (send(fd, a, SIGN_ANSWER_SIZE(a->n), MSG_NOSIGNAL) == -1)
			break;
	}
	free(a);
	close(fd);
	return NULL;
}

static void
start_channels(const int *fds, uint32_t n)
{
	pthread_attr_t attr;
	pthread_t thread;
	uint32_t i;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, CHANNEL_STACK);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread, &attr, serve, (void *)(intptr_t)fds[i]) != 0) {
			log_error("cannot start a thread: %s", strerror(errno));
			close(fds[i]);
		}
	pthread_attr_destroy(&attr);
}

/* ---- start and reload ---- */

static struct keystore *
load(const struct conf *c, const struct keystore *prev)
{
	struct keystore_options opt = {
	    .cache = c->key_cache, .reader = geteuid(), .reader_group = getegid()};

	buf_clear(&state.errors);
	return keystore_load(c->keys_dir, prev, &opt, &state.errors);
}

static void
refuse(int control)
{
	struct ipc_msg m = {.type = IPC_REFUSED};

	strlcpy(m.text, buf_str(&state.errors), sizeof(m.text));
	if (ipc_send(control, &m, NULL) == -1)
		log_error("cannot tell the supervisor: %s", strerror(errno));
}

static bool
send_catalog(int control)
{
	struct ipc_msg m = {.type = IPC_READY, .nfds = 1};
	int fd = keystore_catalog(state.store), r;

	if (fd == -1) {
		buf_addf(&state.errors, "cannot make the catalog: %s\n", strerror(errno));
		return false;
	}
	m.number = (uint32_t)keystore_keys(state.store);
	r = ipc_send(control, &m, &fd);
	close(fd);
	return r == 0;
}

static bool
take_keys(int control, const struct conf *c)
{
	struct keystore *old = state.store, *new = load(c, old);

	if (new == NULL) {
		refuse(control);
		return false;
	}
	pthread_rwlock_wrlock(&state.lock);
	state.store = new;
	pthread_rwlock_unlock(&state.lock);
	keystore_free(old);
	log_configure(c);
	if (!send_catalog(control)) {
		refuse(control);
		return false;
	}
	return true;
}

static void
reload(int control, int fd)
{
	struct conf *c = child_read_conf(fd, &state.errors);

	if (c == NULL) {
		refuse(control);
		return;
	}
	take_keys(control, c);
	conf_unref(c);
}

static bool
start(int control)
{
	struct child_start s;
	bool good;

	if (!child_begin(control, "signer", &s))
		return false;
	if (sandbox_signer() == -1) {
		log_error("cannot close the sandbox: %s", strerror(errno));
		return false;
	}
	good = take_keys(control, s.conf);
	conf_unref(s.conf);
	return good;
}

int
signer_main(int control)
{
	struct ipc_msg m;
	int fds[IPC_MAX_FDS], r;

	buf_init(&state.errors, IPC_MAX_TEXT - 1);
	if (!start(control))
		return EXIT_FAILURE;
	while ((r = ipc_recv(control, &m, fds)) == 1) {
		if (m.type == IPC_CHANNELS)
			start_channels(fds, m.nfds);
		else if (m.type == IPC_RELOAD && m.nfds == 1) {
			reload(control, fds[0]);
			close(fds[0]);
		} else if (m.type == IPC_STOP)
			break;
	}
	/* channel threads may be at work: leave without taking anything from under them */
	_exit(r == -1 ? EXIT_FAILURE : EXIT_SUCCESS);
}
