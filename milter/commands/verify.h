/* `gatepost verify FILE`: what the daemon would say of a saved message. */
#ifndef GATEPOST_COMMANDS_VERIFY_H
#define GATEPOST_COMMANDS_VERIFY_H

/*
 * argv[0] is "gatepost verify". Exit status: 0 when DKIM or SPF passed, 1 when neither
 * did, 2 for a wrong command line or a file that cannot be read.
 */
int command_verify(int argc, char **argv, const char *conf_path);

#endif
