/* gatepost --check and gatepost --print-config: what the configuration says, and whether it can. */
#ifndef GATEPOST_COMMANDS_CHECK_H
#define GATEPOST_COMMANDS_CHECK_H

/*
 * Checks the file and that the files and folders it names are there. Says on
 * stdout that it is good and returns 0, or its errors on stderr and returns 1.
 */
int command_check(const char *path);
/*
 * Writes the configuration in force with that file, defaults and included
 * files written out, to stdout and returns 0, or its errors to stderr and
 * returns 1.
 */
int command_print_config(const char *path);

#endif
