/*
 * The log: lines of "key=value" or JSON, to the journal, syslog or stderr.
 *
 * Values may be hostile: they are quoted and escaped, so that one event is
 * one line and nothing from a message can look like a key. Safe from any
 * thread; one line is one write(2).
 */
#ifndef GATEPOST_DAEMON_LOG_H
#define GATEPOST_DAEMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "conf/conf.h"

enum log_target {
	LOG_TARGET_AUTO,  /* stderr; as the journal wants it where stderr is the journal */
	LOG_TARGET_SYSLOG /* syslog, facility mail */
};

/* role names the process in every line ("gate"); borrowed. */
void log_open(const char *role, enum log_target);
/* Format and level from a configuration; until then text and info. */
void log_configure(const struct conf *);
bool log_wants(enum log_level);

/* One line for people, under the key "msg". */
void log_msg(enum log_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)
/* Each line of a list of errors as a message of its own. */
void log_lines(enum log_level, struct buf *lines);

/* A line of several keys: begin, add, send. */
struct log_line {
	enum log_level level;
	bool is_json;
	struct buf text;
	struct json json;
};
void log_line_begin(struct log_line *, enum log_level, const char *event);
/* NULL and "" add nothing. */
void log_line_str(struct log_line *, const char *key, const char *value);
void log_line_strn(struct log_line *, const char *key, const char *value, size_t n);
void log_line_int(struct log_line *, const char *key, int64_t value);
void log_line_send(struct log_line *);

#endif
