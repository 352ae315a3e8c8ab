/* The command line of gatepost: which subcommand. */
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("gatepost %s\n", "0.1.0");
		return 0;
	}
	fputs("usage: gatepost --version\n", stderr);
	return 2;
}
