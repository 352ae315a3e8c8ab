/*
 * libmilter listens on one socket of its own making; gatepost listens on any
 * number, opened elsewhere. This puts an epoll set in the place of
 * libmilter's socket and answers its accept(2): the set becomes readable when
 * any of ours has a connection, and the accept takes it from there.
 */
#ifndef GATEPOST_DAEMON_LISTENER_H
#define GATEPOST_DAEMON_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * To be called once, after smfi_register() and before smfi_main(), while
 * there is one thread. The descriptors stay open until the process ends.
 * False and errno where libmilter's socket cannot be had.
 */
bool listener_install(const int *fds, size_t n);
/*
 * A thread of libmilter's is about to wait for something else than the MTA,
 * and has done so. libmilter may promise two connections to one idle thread;
 * the second then waits until any thread has nothing to do, or until there is
 * something new on a connection. While threads wait, there soon is. Any
 * thread.
 */
void listener_wait_begins(void);
void listener_wait_ends(void);
/* No connection is accepted any more; they wait in the queue for the next gate. Any thread. */
void listener_pause(void);

#endif
