/* The configuration that a command works with. */
#ifndef GATEPOST_COMMANDS_COMMAND_CONF_H
#define GATEPOST_COMMANDS_COMMAND_CONF_H

#include "base/buf.h"
#include "conf/conf.h"

/*
 * The file at path; for NULL the system's where there is one, else the
 * defaults. NULL with the errors in err.
 */
struct conf *command_conf(const char *path, struct buf *err);

/* Says what went wrong, each line with the command's name in front. Uses the buffer up. */
void command_complain(const char *command, struct buf *err);

#endif
