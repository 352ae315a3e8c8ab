/* One child of the supervisor: a role of this same program, started anew by fork and exec. */
#ifndef GATEPOST_DAEMON_PROCESS_H
#define GATEPOST_DAEMON_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipc.h"
#include "log.h"

struct process {
	const char *role; /* "gate", "signer": also the name of the hidden option that starts it */
	pid_t pid;	  /* 0: not running */
	int control;	  /* our end of its control socket, or -1 */
	bool ready;	  /* has said so */
	int64_t started;  /* milliseconds, monotonic */
	int64_t restart;  /* when to start it again; 0: not waiting */
	unsigned quick_deaths; /* in a row, each soon after its start */
};

int64_t process_now(void);
/* Starts the child and its control socket. False with the reason logged. */
bool process_start(struct process *, enum log_target);
/* Sends to the child; a failure is logged (the child is dying, and will be seen to). */
bool process_send(struct process *, const struct ipc_msg *, const int *fds);
/*
 * To be called with what waitpid() said of it: logs the end, forgets the
 * child, and sets when it may start again: at once, and after several quick
 * deaths in a row later and later, up to 5 s.
 */
void process_ended(struct process *, int status);

#endif
