#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>

int
arguments_read(const struct arguments *a, void *ctx, int argc, char **argv)
{
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, "c:h", a->options, NULL)) != -1) {
		if (option == 'h') {
			fputs(a->usage, stdout);
			exit(EXIT_SUCCESS);
		}
		if (option == '?') {
			fputs(a->usage, stderr);
			return -1;
		}
		if (!a->set(ctx, option, optarg))
			return -1;
	}
	return optind;
}
