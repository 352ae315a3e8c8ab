/*
 * The attachment filter over one message: the parts as every mail program
 * could see them, each looked into, and the findings.
 */
#ifndef GATEPOST_FILTER_SCAN_H
#define GATEPOST_FILTER_SCAN_H

#include "base/arena.h"
#include "base/buf.h"
#include "inspect.h"
#include "mail/mime.h"

/*
 * To be called once, before the process closes its sandbox: opens what the
 * libraries would load late (libmagic's database, converters of charsets).
 * False with the reason in err.
 */
bool scan_prepare(struct buf *err);

/* Reads the message (as mime_read() takes it) and inspects it into s, which scan_init() has set up.
 */
void scan_message(struct scan *s, const void *message, size_t len, const struct mime_limits *);

#endif
