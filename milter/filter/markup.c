#include "markup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "utf16.h"

#define MAX_ATTRIBUTES 128

struct reader {
	const char *p, *end;
	enum markup_kind kind;
	const struct markup_events *events;
	void *ctx;
	struct buf strings; /* name and attributes of the tag, each with a NUL behind it */
	size_t at[2 * MAX_ATTRIBUTES];
	size_t nstrings;
	const char *list[2 * MAX_ATTRIBUTES + 1];
	struct buf text;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- character references ---- */

static const struct {
	const char *name;
	char is;
} references[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''},
    {"colon", ':'}, {"tab", '\t'}, {"newline", '\n'}, {"lpar", '('}, {"rpar", ')'}, {"sol", '/'},
    {"bsol", '\\'}, {"period", '.'}, {"comma", ','}, {"semi", ';'}, {"equals", '='}, {"num", '#'},
    {"percnt", '%'}, {"plus", '+'}, {"lowbar", '_'}, {"grave", '`'}, {"excl", '!'}, {"nbsp", ' '}};

/* "#x41;" or "#65": the digits, with or without the semicolon. Bytes used, 0 if it is none. */
static size_t
numeric(const char *s, size_t len, struct buf *out)
{
	bool hex = len > 1 && (s[1] == 'x' || s[1] == 'X');
	size_t i = hex ? 2 : 1, begin = i;
	uint32_t c = 0;
	int v;

	for (; i < len; i++) {
		v = ascii_is_digit(s[i]) ? s[i] - '0'
		    : hex && ascii_lower(s[i]) >= 'a' && ascii_lower(s[i]) <= 'f'
			? ascii_lower(s[i]) - 'a' + 10
			: -1;
		if (v < 0)
			break;
		if (c < 0x110000)
			c = c * (hex ? 16 : 10) + (uint32_t)v;
	}
	if (i == begin)
		return 0;
	utf8_add(out, c);
	return i < len && s[i] == ';' ? i + 1 : i;
}

static size_t
named(const char *s, size_t len, struct buf *out)
{
	size_t i, n;

	for (i = 0; i < sizeof(references) / sizeof(*references); i++) {
		n = strlen(references[i].name);
		if (len <= n || strncasecmp(s, references[i].name, n) != 0)
			continue;
		if (s[n] != ';' && i > 3)
			continue;
		buf_addc(out, references[i].is);
		return s[n] == ';' ? n + 1 : n;
	}
	return 0;
}

static void
add_decoded(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len, *and;
	size_t n;

	while (s < end) {
		and = memchr(s, '&', (size_t)(end - s));
		if (and == NULL) {
			buf_add(out, s, (size_t)(end - s));
			return;
		}
		buf_add(out, s, (size_t)(and-s));
		s = and+1;
		n = s < end && *s == '#' ? numeric(s, (size_t)(end - s), out)
					 : named(s, (size_t)(end - s), out);
		if (n == 0)
			buf_addc(out, '&');
		s += n;
	}
}

/* ---- tags ---- */

static void
begin_string(struct reader *r)
{
	if (r->nstrings < 2 * MAX_ATTRIBUTES)
		r->at[r->nstrings++] = r->strings.len;
}

/* A name up to white space or a sign that ends it; of it the part behind the last colon. */
static void
read_name(struct reader *r, const char *ends)
{
	const char *begin = r->p, *s;

	while (r->p < r->end && !is_space(*r->p) && (*r->p == '\0' || strchr(ends, *r->p) == NULL))
		r->p++;
	for (s = begin; s < r->p; s++)
		if (*s == ':' && s + 1 < r->p)
			begin = s + 1;
	begin_string(r);
	for (s = begin; s < r->p; s++)
		if (*s != '\0')
			buf_addc(&r->strings, r->kind == MARKUP_HTML ? ascii_lower(*s) : *s);
	buf_addc(&r->strings, '\0');
}

static void
skip_space(struct reader *r, bool slashes)
{
	while (r->p < r->end && (is_space(*r->p) || *r->p == '\0' || (slashes && *r->p == '/')))
		r->p++;
}

static void
read_value(struct reader *r)
{
	const char *begin, *end;

	begin_string(r);
	skip_space(r, false);
	if (r->p < r->end && *r->p == '=') {
		r->p++;
		skip_space(r, false);
		if (r->p < r->end && (*r->p == '"' || *r->p == '\'')) {
			begin = r->p + 1;
			end = memchr(begin, *r->p, (size_t)(r->end - begin));
			r->p = end != NULL ? end + 1 : r->end;
			end = end != NULL ? end : r->end;
		} else {
			for (begin = r->p; r->p < r->end && !is_space(*r->p) && *r->p != '>';)
				r->p++;
			end = r->p;
		}
		add_decoded(&r->strings, begin, (size_t)(end - begin));
	}
	buf_addc(&r->strings, '\0');
}

static void
read_attributes(struct reader *r)
{
	const char *before;

	for (;;) {
		skip_space(r, true);
		if (r->p >= r->end || *r->p == '>')
			return;
		if (r->nstrings + 2 > 2 * MAX_ATTRIBUTES) {
			before = memchr(r->p, '>', (size_t)(r->end - r->p));
			r->p = before != NULL ? before : r->end;
			return;
		}
		before = r->p;
		if (*r->p == '=')
			r->p++;
		read_name(r, "/>=");
		read_value(r);
		if (r->p == before)
			r->p++;
	}
}

/* What follows up to the end tag of that name is text, whatever signs are in it. */
static void
read_raw(struct reader *r, const char *name)
{
	const char *begin = r->p, *s = r->p;
	size_t n = strlen(name);

	for (;;) {
		s = memmem(s, (size_t)(r->end - s), "</", 2);
		if (s == NULL || (size_t)(r->end - s) < n + 2) {
			s = r->end;
			break;
		}
		if (strncasecmp(s + 2, name, n) == 0)
			break;
		s += 2;
	}
	if (s > begin)
		r->events->text(r->ctx, begin, (size_t)(s - begin));
	r->p = s;
}

static bool
is_raw(const char *name)
{
	static const char *const raw[] = {"script", "style", "textarea", "title", "xmp", "noembed"};
	size_t i;

	for (i = 0; i < sizeof(raw) / sizeof(*raw); i++)
		if (strcmp(name, raw[i]) == 0)
			return true;
	return false;
}

static void
tell_tag(struct reader *r, bool stop, bool empty)
{
	const char *name = r->strings.data + r->at[0];
	size_t i;

	for (i = 1; i < r->nstrings; i++)
		r->list[i - 1] = r->strings.data + r->at[i];
	r->list[r->nstrings - 1] = NULL;
	if (!stop) {
		r->events->start(r->ctx, name, r->list);
		if (r->kind == MARKUP_HTML && is_raw(name))
			read_raw(r, name);
	}
	if ((stop || empty) && r->events->end != NULL)
		r->events->end(r->ctx, name);
}

static void
read_tag(struct reader *r)
{
	bool stop = r->p[1] == '/', empty;

	r->p += stop ? 2 : 1;
	buf_clear(&r->strings);
	r->nstrings = 0;
	read_name(r, "/>");
	read_attributes(r);
	empty = r->kind == MARKUP_XML && r->p[-1] == '/';
	if (r->p < r->end)
		r->p++;
	if (!r->strings.failed)
		tell_tag(r, stop, empty);
}

/* From `skip` bytes on, what ends with that string; NULL if nothing does. */
static const char *
end_of(const struct reader *r, size_t skip, const char *with)
{
	size_t left = (size_t)(r->end - r->p);

	return left > skip ? memmem(r->p + skip, left - skip, with, strlen(with)) : NULL;
}

/* Comments, declarations, instructions and CDATA; all begin with "<!" or "<?". */
static void
read_declaration(struct reader *r)
{
	size_t left = (size_t)(r->end - r->p);
	const char *end;

	if (bytes_begin(r->p, left, "<!--")) {
		/* "<!-->" is a whole comment */
		end = end_of(r, 2, "-->");
		r->p = end != NULL ? end + 3 : r->end;
	} else if (bytes_begin(r->p, left, "<![CDATA[")) {
		end = end_of(r, 9, "]]>");
		r->events->text(
		    r->ctx, r->p + 9, (size_t)((end != NULL ? end : r->end) - r->p) - 9);
		r->p = end != NULL ? end + 3 : r->end;
	} else {
		end = end_of(r, 2, ">");
		r->p = end != NULL ? end + 1 : r->end;
	}
}

static void
read_text(struct reader *r)
{
	const char *end = memchr(r->p + 1, '<', (size_t)(r->end - r->p) - 1);

	if (end == NULL)
		end = r->end;
	buf_clear(&r->text);
	add_decoded(&r->text, r->p, (size_t)(end - r->p));
	r->p = end;
	if (r->text.len > 0 && !r->text.failed)
		r->events->text(r->ctx, r->text.data, r->text.len);
}

void
markup_read(
    const char *s, size_t len, enum markup_kind kind, const struct markup_events *events, void *ctx)
{
	struct reader *r = malloc(sizeof(*r));
	char next;

	if (r == NULL)
		return;
	r->p = s;
	r->end = s + len;
	r->kind = kind;
	r->events = events;
	r->ctx = ctx;
	buf_init(&r->strings, 0);
	buf_init(&r->text, 0);
	while (r->p < r->end) {
		next = r->end - r->p > 1 ? r->p[1] : ' ';
		if (*r->p == '<' && (next == '!' || next == '?'))
			read_declaration(r);
		else if (*r->p == '<' && (ascii_is_alpha(next) || next == '_' || next == '/'))
			read_tag(r);
		else
			read_text(r);
	}
	buf_free(&r->strings);
	buf_free(&r->text);
	free(r);
}

const char *
markup_attribute(const char *const *attributes, const char *name)
{
	for (; attributes[0] != NULL; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return "";
}
