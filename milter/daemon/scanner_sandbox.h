/*
 * The wall around a scanner: what it may still ask of the kernel once it is
 * ready, and how much of the machine it may use.
 */
#ifndef GATEPOST_DAEMON_SCANNER_SANDBOX_H
#define GATEPOST_DAEMON_SCANNER_SANDBOX_H

#include <stddef.h>

/*
 * Limits of memory, files and processes. address_space: bytes; 0 for no
 * limit. 0, or -1 and errno.
 */
int scanner_limits(size_t address_space);
/*
 * From here on and for good, any system call that is not on a short list
 * kills the process: it may take and give memory, receive and send on the
 * channel and the control socket, make, write and seal memory files, read clocks, and end. 0, or -1
 * and errno. Builds with a sanitizer leave this out.
 */
int scanner_sandbox(int control, int channel);

#endif
