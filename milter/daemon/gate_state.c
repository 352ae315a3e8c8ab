#include "gate_state.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "dns_options.h"
#include "log.h"
#include "scanner_pool.h"
#include "signer_client.h"

static struct {
	pthread_mutex_t lock;
	const struct conf *conf;
	struct catalog *catalog;
	struct gate_sockets sockets;
	struct dns_source *dns; /* set once, before there are other threads */
	bool has_channels;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
replace(const struct conf *conf, struct catalog *catalog)
{
	const struct conf *old_conf = NULL;
	struct catalog *old_catalog = NULL;

	pthread_mutex_lock(&state.lock);
	if (conf != NULL) {
		old_conf = state.conf;
		state.conf = conf;
	}
	if (catalog != NULL) {
		old_catalog = state.catalog;
		state.catalog = catalog;
	}
	pthread_mutex_unlock(&state.lock);
	conf_unref(old_conf);
	catalog_unref(old_catalog);
}

static struct catalog *
open_catalog(int fd)
{
	struct catalog *c;
	struct buf err;

	buf_init(&err, IPC_MAX_TEXT);
	c = catalog_open(fd, &err);
	if (c == NULL)
		log_error("the signer's catalog cannot be used: %s", buf_str(&err));
	buf_free(&err);
	return c;
}

/* Configuration and catalog of one reload: both are good, or neither is taken. */
static void
reload(int control, int conf_fd, int catalog_fd)
{
	struct ipc_msg answer = {.type = IPC_READY};
	struct catalog *catalog = open_catalog(catalog_fd);
	struct conf *conf;
	struct buf err;

	buf_init(&err, IPC_MAX_TEXT - 1);
	conf = child_read_conf(conf_fd, &err);
	if (conf == NULL || catalog == NULL) {
		answer.type = IPC_REFUSED;
		strlcpy(
		    answer.text, conf == NULL ? buf_str(&err) : "bad catalog", sizeof(answer.text));
		conf_unref(conf);
		catalog_unref(catalog);
	} else {
		log_configure(conf);
		replace(conf, catalog);
	}
	buf_free(&err);
	ipc_send(control, &answer, NULL);
}

static void
close_all(const int *fds, uint32_t n)
{
	while (n > 0)
		close(fds[--n]);
}

void
gate_state_message(int control, const struct ipc_msg *m, const int *fds)
{
	if (m->type == IPC_CHANNELS) {
		signer_client_channels(fds, m->nfds);
		state.has_channels = true;
		return;
	}
	if (m->type == IPC_SCANNER && m->nfds == 1) {
		scanner_pool_add(fds[0], m->number);
		return;
	}
	if (m->type == IPC_LISTEN && m->nfds <= SOCKETS_MAX && state.sockets.n == 0) {
		memcpy(state.sockets.fd, fds, m->nfds * sizeof(int));
		state.sockets.n = m->nfds;
		return;
	}
	if (m->type == IPC_CATALOG && m->nfds == 1)
		replace(NULL, open_catalog(fds[0]));
	else if (m->type == IPC_RELOAD && m->nfds == 2)
		reload(control, fds[0], fds[1]);
	close_all(fds, m->nfds);
}

const struct gate_sockets *
gate_state_begin(int control, struct conf *conf)
{
	struct ipc_msg m;
	int fds[IPC_MAX_FDS];

	state.conf = conf;
	scanner_pool_open(control);
	while (state.catalog == NULL || state.sockets.n == 0 || !state.has_channels) {
		if (ipc_recv(control, &m, fds) != 1)
			return NULL;
		if (m.type == IPC_STOP)
			return NULL;
		gate_state_message(control, &m, fds);
	}
	return &state.sockets;
}

const struct conf *
gate_state_conf(void)
{
	const struct conf *c;

	pthread_mutex_lock(&state.lock);
	c = conf_ref(state.conf);
	pthread_mutex_unlock(&state.lock);
	return c;
}

struct catalog *
gate_state_catalog(void)
{
	struct catalog *c;

	pthread_mutex_lock(&state.lock);
	c = catalog_ref(state.catalog);
	pthread_mutex_unlock(&state.lock);
	return c;
}

bool
gate_state_open_dns(void)
{
	struct dns_resolver_options o;
	struct buf err;

	dns_options(state.conf, &o);
	buf_init(&err, 1024);
	state.dns = dns_resolver_new(&o, &err);
	if (state.dns == NULL)
		log_error("the resolver does not start: %s", buf_str(&err));
	buf_free(&err);
	return state.dns != NULL;
}

struct dns_source *
gate_state_dns(void)
{
	return state.dns;
}

unsigned
gate_state_stop_timeout(void)
{
	const struct conf *c = gate_state_conf();
	unsigned t = c->stop_timeout;

	conf_unref(c);
	return t;
}
