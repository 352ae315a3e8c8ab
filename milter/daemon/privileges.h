/*
 * Who each process runs as, and what it gives up for good.
 */
#ifndef GATEPOST_DAEMON_PRIVILEGES_H
#define GATEPOST_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "conf/conf.h"

struct account {
	uid_t uid;
	gid_t gid;
};

struct accounts {
	struct account gate, signer, scanner;
	bool shared;   /* gate and signer are one account: the wall between them is thin */
	bool not_root; /* everything runs as the caller */
};

/*
 * The accounts that the configuration names: `user`, and `signer_user`, which
 * is gatepost-signer where `user` is not set, else USER-signer if there is
 * such an account, else `user` itself; the same for the scanners, which need
 * an account only where `filter` is on. Without root, all are the caller.
 * False with a line in err where an account is missing.
 */
bool accounts_find(const struct conf *, struct accounts *, struct buf *err);
/*
 * Becomes the account, for good: no supplementary groups, no way back, no
 * core dumps, no new privileges by exec. Does nothing about ids where they
 * are the caller's own. 0, or -1 and errno.
 */
int privileges_drop(const struct account *);
/*
 * Forbids, for this process and for good, what it never needs: starting
 * programs, tracing, mounting, loading kernel code; for the signer also
 * sockets. A process that tries is killed. 0, or -1 and errno. Builds with a
 * sanitizer leave this out, since its runtime needs some of these calls.
 */
int sandbox_gate(void);
int sandbox_signer(void);

#endif
