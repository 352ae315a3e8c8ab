/*
 * libmilter asks the kernel five times for each packet: is one there, its
 * length, is the rest there, the rest. An MTA sends dozens of packets for a
 * message, mostly together. So this takes what has come in one go, and
 * answers libmilter's poll(2) and read(2) from memory as long as that lasts.
 */
#ifndef GATEPOST_DAEMON_READAHEAD_H
#define GATEPOST_DAEMON_READAHEAD_H

/*
 * Over TCP an MTA sends a message in several writes and waits for the
 * acknowledgement of one before the next (RFC 896), which the kernel would
 * keep back for 40 ms: there it is sent at once.
 */
enum readahead_transport { READAHEAD_LOCAL, READAHEAD_TCP };

/*
 * To be called with a new connection, before libmilter has it. From then on
 * one thread at a time may use it, as libmilter does. It ends with close(2).
 * Without memory the connection is read as libmilter asks.
 */
void readahead_begin(int fd, enum readahead_transport);

#endif
