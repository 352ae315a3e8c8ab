/* A configuration as a child process gets it: written out, in a sealed memory file. */
#ifndef GATEPOST_DAEMON_CONF_FILE_H
#define GATEPOST_DAEMON_CONF_FILE_H

#include "conf/conf.h"

/* A descriptor, the caller's; -1 and errno. */
int conf_file(const struct conf *);

#endif
