/* From the configuration to what the filter takes. */
#ifndef GATEPOST_DAEMON_SCAN_OPTIONS_H
#define GATEPOST_DAEMON_SCAN_OPTIONS_H

#include "conf/conf.h"
#include "filter/outcome.h"
#include "scan_proto.h"

/* Actions of the rules, and exempt content, in mem. */
void scan_options_rules(const struct conf *, struct arena *mem, struct outcome_rules *);
/* Limits and time for a message of that size; no parts are asked for. */
void scan_options_request(const struct conf *, size_t size, struct scan_request *);

#endif
