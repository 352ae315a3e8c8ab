#include "conf/report.h"

#include <stdarg.h>
#include <string.h>

#define MAX_ERRORS 65536 /* octets of errors */

struct report
report_to(struct buf *err, const char *name)
{
	return (struct report){.err = err, .before = err->len, .name = name};
}

bool
report_any(const struct report *r)
{
	return r->err->len != r->before || r->err->failed;
}

static bool
has_line(const char *text, const char *line, size_t n)
{
	const char *at;

	for (at = text; (at = strstr(at, line)) != NULL; at += n)
		if (at == text || at[-1] == '\n')
			return true;
	return false;
}

void
report(struct report *r, struct place at, const char *option, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	buf_init(&line, 8192);
	buf_adds(&line, at.file != NULL ? at.file : r->name);
	if (at.file != NULL && at.line != 0)
		buf_addf(&line, ":%u", at.line);
	buf_adds(&line, ": ");
	if (option != NULL)
		buf_addf(&line, "%s: ", option);
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	buf_addc(&line, '\n');
	if (r->err->len < MAX_ERRORS && !has_line(buf_str(r->err), buf_str(&line), line.len))
		buf_add(r->err, line.data, line.len);
	buf_free(&line);
}

void
report_show(struct buf *out, const char *value)
{
	size_t i;

	buf_addc(out, '"');
	for (i = 0; i < 100 && value[i] != '\0'; i++)
		buf_addc(out, (unsigned char)value[i] < 0x20 || value[i] == 0x7f ? '?' : value[i]);
	buf_adds(out, value[i] != '\0' ? "...\"" : "\"");
}

void
report_value(struct report *r, struct place at, const struct setting *s, const char *option)
{
	struct buf shown;

	buf_init(&shown, 1024);
	if (s->value != NULL) {
		buf_adds(&shown, ", not ");
		report_show(&shown, s->value);
	}
	report(r, at, option, "expected %s%s", buf_str(s->expected), buf_str(&shown));
	buf_free(&shown);
}
