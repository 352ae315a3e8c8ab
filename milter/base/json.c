#include "json.h"

#include <inttypes.h>
#include <string.h>

#include "utf8.h"

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out};
}

static void
escape(struct buf *out, const char *s, size_t n)
{
	size_t i = 0, len;
	unsigned char c;

	buf_addc(out, '"');
	while (i < n) {
		c = (unsigned char)s[i];
		if (c == '"' || c == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, (char)c);
			i++;
		} else if (c < 0x20 || c == 0x7f) {
			buf_addf(out, "\\u%04x", c);
			i++;
		} else if (c < 0x80) {
			buf_addc(out, (char)c);
			i++;
		} else if ((len = utf8_length(s + i, n - i)) != 0) {
			buf_add(out, s + i, len);
			i += len;
		} else {
			buf_adds(out, "\xef\xbf\xbd");
			i++;
		}
	}
	buf_addc(out, '"');
}

static void
begin(struct json *j, const char *name)
{
	if (j->comma)
		buf_addc(j->out, ',');
	j->comma = true;
	if (name != NULL) {
		escape(j->out, name, strlen(name));
		buf_addc(j->out, ':');
	}
}

void
json_open_object(struct json *j, const char *name)
{
	begin(j, name);
	buf_addc(j->out, '{');
	j->comma = false;
}

void
json_close_object(struct json *j)
{
	buf_addc(j->out, '}');
	j->comma = true;
}

void
json_open_array(struct json *j, const char *name)
{
	begin(j, name);
	buf_addc(j->out, '[');
	j->comma = false;
}

void
json_close_array(struct json *j)
{
	buf_addc(j->out, ']');
	j->comma = true;
}

void
json_strn(struct json *j, const char *name, const char *s, size_t n)
{
	begin(j, name);
	escape(j->out, s, n);
}

void
json_str(struct json *j, const char *name, const char *s)
{
	if (s != NULL) {
		json_strn(j, name, s, strlen(s));
		return;
	}
	begin(j, name);
	buf_adds(j->out, "null");
}

void
json_int(struct json *j, const char *name, int64_t v)
{
	begin(j, name);
	buf_addf(j->out, "%" PRId64, v);
}

void
json_bool(struct json *j, const char *name, bool v)
{
	begin(j, name);
	buf_adds(j->out, v ? "true" : "false");
}
