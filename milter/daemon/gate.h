/*
 * The gate: the process that speaks milter (libmilter's threads). It copies
 * what the MTA says into a message, carries the verdict out, and decides
 * nothing itself.
 */
#ifndef GATEPOST_DAEMON_GATE_H
#define GATEPOST_DAEMON_GATE_H

/* Runs the gate over the control socket until the supervisor ends it. Returns an exit status. */
int gate_main(int control);

#endif
