#include "command_conf.h"

#include <unistd.h>

#include "base/memfile.h"

struct conf *
command_conf(const char *path, struct buf *err)
{
	struct conf *c;
	int fd;

	if (path != NULL)
		return conf_load(path, CONF_SYNTAX, err);
	if (access(CONF_DEFAULT_PATH, F_OK) == 0)
		return conf_load(CONF_DEFAULT_PATH, CONF_SYNTAX, err);
	fd = memfile_make("gatepost-conf", "", 0);
	if (fd == -1)
		return NULL;
	c = conf_load_fd(fd, "defaults", CONF_SYNTAX, err);
	close(fd);
	return c;
}
