/* Telling systemd about the service's state (sd_notify(3); nothing where NOTIFY_SOCKET is not set).
 */
#ifndef GATEPOST_DAEMON_NOTIFY_H
#define GATEPOST_DAEMON_NOTIFY_H

/* Keeps NOTIFY_SOCKET's address and takes it out of the environment, which children inherit. */
void notify_open(void);
/* Sends assignments such as "READY=1" or "STATUS=...", separated by newlines. */
void notify_send(const char *state);
/* "RELOADING=1" with the time stamp that goes with it. */
void notify_reloading(void);

#endif
