/*
 * The signer: the one process that holds private keys. It reads keys_dir at
 * start and reload, tells the supervisor what it can sign, and answers
 * requests on its channels, a thread for each.
 */
#ifndef GATEPOST_DAEMON_SIGNER_H
#define GATEPOST_DAEMON_SIGNER_H

/* Runs the signer over the control socket until the supervisor ends it. Returns an exit status. */
int signer_main(int control);

#endif
