#include "conf_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memfile.h"

int
conf_file(const struct conf *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int fd = -1;

	if (f == NULL)
		return -1;
	if (conf_print(c, f) == 0 && fclose(f) == 0)
		fd = memfile_make("gatepost-conf", text, n);
	free(text);
	return fd;
}
