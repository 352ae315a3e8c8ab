/*
 * The supervisor: opens what needs root, starts the other processes, and
 * starts them again when they die. It reads the configuration and what its
 * children say of themselves, and nothing that came by mail or DNS.
 */
#ifndef GATEPOST_DAEMON_SUPERVISOR_H
#define GATEPOST_DAEMON_SUPERVISOR_H

#include "log.h"

/* Runs the daemon in the foreground until SIGTERM or SIGINT. Returns an exit status. */
int supervisor_main(const char *conf_path, enum log_target);

#endif
