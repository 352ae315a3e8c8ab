#include "command_conf.h"

#include <stdio.h>
#include <string.h>
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

void
command_complain(const char *command, struct buf *err)
{
	const char *line;
	char *rest;

	(void)buf_str(err);
	rest = err->data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (line[0] != '\0')
			fprintf(stderr, "%s: %s\n", command, line);
}
