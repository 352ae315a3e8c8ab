/* A message that was saved to a file, as it was on the wire. */
#ifndef GATEPOST_COMMANDS_MESSAGE_FILE_H
#define GATEPOST_COMMANDS_MESSAGE_FILE_H

#include "base/buf.h"

#define MESSAGE_FILE_MAX (512u << 20) /* bytes; what out should be limited to */

/*
 * Reads the file ("-": standard input) into out; where it has Unix line ends,
 * each LF becomes the CRLF that it stands for. What does not begin with a
 * header field is no message: it becomes one whose only part it is, under its
 * name. NULL, or what went wrong.
 */
const char *message_file_read(const char *path, struct buf *out);

#endif
