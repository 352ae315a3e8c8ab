/* `gatepost scan FILE...`: what the attachment filter finds in saved messages. */
#ifndef GATEPOST_COMMANDS_SCAN_H
#define GATEPOST_COMMANDS_SCAN_H

/*
 * argv[0] is "gatepost scan". Exit status: 0 when all messages are clean, 1 when
 * something was found, 2 for a wrong command line, a file that cannot be read
 * or looked into.
 */
int command_scan(int argc, char **argv, const char *conf_path);

#endif
