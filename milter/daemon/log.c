#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 16384

enum sink { SINK_STDERR, SINK_JOURNAL, SINK_SYSLOG };

static struct {
	const char *role;
	enum sink sink;
	_Atomic enum log_format format;
	_Atomic enum log_level level;
} out = {.role = "gatepost", .level = LOG_LEVEL_INFO};

static _Atomic unsigned lost_lines;

static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* systemd says in JOURNAL_STREAM which device and inode its pipe has (systemd.exec(5)). */
static bool
stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s != NULL && sscanf(s, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_open(const char *role, enum log_target target)
{
	out.role = role;
	if (target == LOG_TARGET_SYSLOG) {
		out.sink = SINK_SYSLOG;
		openlog("gatepost", LOG_PID | LOG_NDELAY, LOG_MAIL);
	} else
		out.sink = stderr_is_journal() ? SINK_JOURNAL : SINK_STDERR;
}

void
log_configure(const struct conf *c)
{
	out.format = c->log_format;
	out.level = c->log_level;
}

bool
log_wants(enum log_level level)
{
	return level <= out.level;
}

static void
timestamp(char text[32])
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, 32 - n, ".%03ldZ", now.tv_nsec / 1000000);
}

void
log_line_begin(struct log_line *l, enum log_level level, const char *event)
{
	char when[32];

	l->level = level;
	l->is_json = out.format == LOG_JSON;
	buf_init(&l->text, LINE_MAX_BYTES);
	if (out.sink == SINK_JOURNAL)
		buf_addf(&l->text, "<%d>", priorities[level]);
	if (out.sink == SINK_STDERR)
		timestamp(when);
	if (l->is_json) {
		json_init(&l->json, &l->text);
		json_open_object(&l->json, NULL);
		if (out.sink == SINK_STDERR)
			json_str(&l->json, "time", when);
		json_str(&l->json, "level", level_names[level]);
		json_str(&l->json, "process", out.role);
		json_str(&l->json, "event", event);
		return;
	}
	if (out.sink == SINK_STDERR)
		buf_addf(&l->text, "%s ", when);
	buf_addf(&l->text, "%s: %s: %s", out.role, level_names[level], event);
}

static bool
is_plain(const char *s, size_t n)
{
	size_t i, len;
	uint32_t c;

	for (i = 0; i < n; i += len) {
		len = utf8_length(s + i, n - i);
		if (len == 0 || s[i] == ' ' || s[i] == '"' || s[i] == '\\' || s[i] == '=' ||
		    clean_is_hidden(s + i, len, &c))
			return false;
	}
	return n > 0;
}

static void
add_quoted(struct buf *b, const char *s, size_t n)
{
	size_t i = 0, len;
	unsigned char c;
	uint32_t number;

	buf_addc(b, '"');
	while (i < n) {
		c = (unsigned char)s[i];
		len = utf8_length(s + i, n - i);
		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f || len == 0)
			buf_addf(b, "\\x%02x", c);
		else if (clean_is_hidden(s + i, len, &number))
			buf_addf(b, "\\u{%04x}", number);
		else
			buf_add(b, s + i, len);
		i += len != 0 ? len : 1;
	}
	buf_addc(b, '"');
}

void
log_line_strn(struct log_line *l, const char *key, const char *value, size_t n)
{
	if (value == NULL || n == 0)
		return;
	if (l->is_json) {
		json_strn(&l->json, key, value, n);
		return;
	}
	buf_addf(&l->text, " %s=", key);
	if (is_plain(value, n))
		buf_add(&l->text, value, n);
	else
		add_quoted(&l->text, value, n);
}

void
log_line_str(struct log_line *l, const char *key, const char *value)
{
	if (value != NULL)
		log_line_strn(l, key, value, strlen(value));
}

void
log_line_int(struct log_line *l, const char *key, int64_t value)
{
	if (l->is_json)
		json_int(&l->json, key, value);
	else
		buf_addf(&l->text, " %s=%lld", key, (long long)value);
}

/* Where even stderr fails there is nobody left to tell; the count shows in a debugger. */
static void
count_lost_line(void)
{
	lost_lines++;
}

void
log_line_send(struct log_line *l)
{
	if (l->is_json)
		json_close_object(&l->json);
	if (log_wants(l->level)) {
		if (out.sink == SINK_SYSLOG)
			syslog(priorities[l->level], "%s", buf_str(&l->text));
		else {
			l->text.failed = false;
			buf_addc(&l->text, '\n');
			if (write(STDERR_FILENO, l->text.data, l->text.len) == -1)
				count_lost_line();
		}
	}
	buf_free(&l->text);
}

void
log_msg(enum log_level level, const char *fmt, ...)
{
	struct log_line l;
	struct buf text;
	va_list ap;

	if (!log_wants(level))
		return;
	buf_init(&text, LINE_MAX_BYTES / 2);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (out.format == LOG_JSON) {
		log_line_begin(&l, level, "message");
		log_line_str(&l, "msg", buf_str(&text));
	} else
		log_line_begin(&l, level, buf_str(&text));
	log_line_send(&l);
	buf_free(&text);
}

void
log_lines(enum log_level level, struct buf *lines)
{
	char *s = lines->data, *end;

	buf_str(lines);
	for (; s != NULL && *s != '\0'; s = end) {
		end = s + strcspn(s, "\n");
		log_msg(level, "%.*s", (int)(end - s), s);
		if (*end == '\n')
			end++;
	}
}
