/*
 * What the gate works with, as the supervisor sends it: configuration,
 * catalog of keys, listening sockets, channels to the signer. Readers take
 * references; a reload replaces all that belongs together at once.
 */
#ifndef GATEPOST_DAEMON_GATE_STATE_H
#define GATEPOST_DAEMON_GATE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "dns/dns.h"
#include "ipc.h"
#include "keys/catalog.h"
#include "sockets.h"

struct gate_sockets {
	int fd[SOCKETS_MAX];
	size_t n;
};

/*
 * Takes the configuration (its reference too) and waits until the supervisor
 * has sent sockets, channels and catalog. NULL when it is gone or refuses.
 */
const struct gate_sockets *gate_state_begin(int control, struct conf *);
/* A later message of the supervisor's; takes its descriptors. */
void gate_state_message(int control, const struct ipc_msg *, const int *fds);
/* References; any thread. */
const struct conf *gate_state_conf(void);
struct catalog *gate_state_catalog(void);
/*
 * Starts the resolver with what the configuration says; once, when this
 * process has become who it will be. False with the reason logged.
 */
bool gate_state_open_dns(void);
/* Lives as long as the process. */
struct dns_source *gate_state_dns(void);
unsigned gate_state_stop_timeout(void);

#endif
