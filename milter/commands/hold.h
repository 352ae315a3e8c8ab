/* `gatepost hold`: what an admin does with held mail: list, show, release, delete. */
#ifndef GATEPOST_COMMANDS_HOLD_H
#define GATEPOST_COMMANDS_HOLD_H

/*
 * argv[0] is "gatepost hold". Exit status: 0 done, 1 where a message was not found or
 * something could not be done to it, 2 for a wrong command line, without the
 * rights, or where the mail server cannot be asked.
 */
int command_hold(int argc, char **argv, const char *conf_path);

#endif
