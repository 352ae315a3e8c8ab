/*
 * The scanner: looks into one message after another, in a sandbox that leaves
 * it neither files nor network. It keeps nothing of a message when the next
 * one comes, and ends after some messages, to begin anew.
 */
#ifndef GATEPOST_DAEMON_SCANNER_H
#define GATEPOST_DAEMON_SCANNER_H

/*
 * Runs a scanner: takes the configuration and its channel over the control
 * socket, says there that it is ready and closes it. It ends when the other
 * end of the channel is closed. Returns an exit status.
 */
int scanner_main(int control);

#endif
