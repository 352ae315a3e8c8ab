/*
 * Sendmail's control files, qf and hf (Sendmail Installation and Operation
 * Guide, appendix B.2): lines, each with a letter in front; white space in
 * front goes on with the line before. Text in, text out.
 */
#ifndef GATEPOST_COMMANDS_SENDMAIL_CONTROL_H
#define GATEPOST_COMMANDS_SENDMAIL_CONTROL_H

#include <stdbool.h>

#include "base/buf.h"
#include "held.h"

/*
 * Envelope, time of arrival and reason of quarantine into h, strings in the
 * list's memory. False where the file is not complete (it ends with a line ".").
 */
bool control_read(const struct buf *text, struct held_list *, struct held *h);
/* The header section as it would be sent (line ends LF), without Return-Path. */
void control_header(const struct buf *text, struct buf *out);
/* The folder of the data file, where it is not that of the control file; "" where it is. */
void control_data_folder(const struct buf *text, struct buf *out);
/*
 * The same message for two groups of recipients: `taken` gets those that are
 * marked in chosen (in the order of control_read()), `kept` the others. False
 * where the file is of a version that is not known.
 */
bool control_split(
    const struct buf *text, const bool *chosen, size_t n, struct buf *kept, struct buf *taken);

#endif
