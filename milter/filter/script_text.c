#include "script_text.h"

#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "text.h"
#include "utf16.h"

#define LONG_DATA 2048 /* letters of base64, or of numbers and commas, in one run */
#define SHORT_FILE 128
#define MAX_PAYLOADS 64

static int
hex_value(char c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n hexadecimal digits; -1 if they are not there. */
static long
hex_number(const char *s, const char *end, size_t n)
{
	long v = 0;

	for (; n > 0; n--, s++) {
		if (s >= end || hex_value(*s) < 0)
			return -1;
		v = v * 16 + hex_value(*s);
	}
	return v;
}

/* An escape that begins at s; bytes used, 0 if it is none. */
static size_t
unescape(const char *s, const char *end, struct buf *out)
{
	size_t n;
	long v;

	if (*s == '%') {
		v = hex_number(s + 1, end, 2);
		n = 3;
	} else if (end - s > 1 && s[1] == 'x') {
		v = hex_number(s + 2, end, 2);
		n = 4;
	} else if (end - s > 1 && s[1] == 'u') {
		v = hex_number(s + 2, end, 4);
		n = 6;
	} else
		return 0;
	if (v < 0)
		return 0;
	if (v < 0x80)
		buf_addc(out, ascii_lower((char)v));
	else
		utf8_add(out, (uint32_t)v);
	return n;
}

static const char *
skip_space(const char *s, const char *end)
{
	while (s < end && (unsigned char)*s <= 0x20)
		s++;
	return s;
}

/* Where two strings are joined ("a" + 'b'): the begin of the second's text. NULL if not. */
static const char *
joint(const char *s, const char *end)
{
	s = skip_space(s + 1, end);
	if (s >= end || *s != '+')
		return NULL;
	s = skip_space(s + 1, end);
	return s < end && (*s == '"' || *s == '\'' || *s == '`') ? s + 1 : NULL;
}

void
script_plain(const char *s, size_t len, struct buf *out)
{
	const char *end = s + len, *next;
	size_t n;

	while (s < end) {
		if (*s == '\\' || *s == '%') {
			n = unescape(s, end, out);
			if (n > 0) {
				s += n;
				continue;
			}
		} else if (*s == '"' || *s == '\'' || *s == '`') {
			next = joint(s, end);
			if (next != NULL) {
				s = next;
				continue;
			}
		} else if (*s == '/' && end - s > 3 && s[1] == '*') {
			next = memmem(s + 2, (size_t)(end - s) - 2, "*/", 2);
			if (next != NULL) {
				s = next + 2;
				continue;
			}
		}
		buf_addc(out, ascii_lower(*s++));
	}
}

static const char *
find_any(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (text_find(s, len, *words) != NULL)
			return *words;
	return NULL;
}

static bool
is_base64(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '/' || c == '=';
}

/* The next run of base64 of at least that length; line ends and escapes of them may be in it. */
static size_t
next_run(const char **s, const char *end, size_t min)
{
	const char *begin;

	while (*s < end) {
		begin = *s;
		while (*s < end && (is_base64(**s) || **s == '\\' || **s == '\r' || **s == '\n'))
			++*s;
		if ((size_t)(*s - begin) >= min) {
			size_t n = (size_t)(*s - begin);

			*s = begin;
			return n;
		}
		++*s;
	}
	return 0;
}

static bool
has_long_data(const char *s, size_t len)
{
	const char *end = s + len, *p = s;
	size_t numbers = 0;

	if (next_run(&p, end, LONG_DATA) > 0)
		return true;
	for (p = s; p < end && numbers < LONG_DATA; p++)
		numbers =
		    *p == ',' || *p == ' ' || *p == 'x' || hex_value(*p) >= 0 ? numbers + 1 : 0;
	return numbers >= LONG_DATA;
}

const char *
script_smuggles(const char *s, size_t len)
{
	static const char *const builds[] = {"new blob", "new file(", "\"blob\"", "'blob'",
	    "showsavefilepicker", "blobbuilder", NULL};
	static const char *const drops[] = {"createobjecturl", "mssaveoropenblob", "mssaveblob",
	    ".download", "\"download\"", "'download'", "createwritable", "readasdataurl", NULL};
	static const char *const decodes[] = {"atob", "fromcharcode", "uint8array", "charcodeat",
	    "unescape(", "fromcodepoint", "textdecoder", "decodeuri", NULL};
	static const char *const shows[] = {"document.write", "eval(", "innerhtml", "location",
	    "srcdoc", "insertadjacenthtml", "data:", "function(", "window.open", NULL};
	const char *drop;

	if (find_any(s, len, builds) != NULL) {
		drop = find_any(s, len, drops);
		if (drop != NULL)
			return drop;
	}
	if (text_find(s, len, "mssaveoropenblob") != NULL ||
	    text_find(s, len, "mssaveblob") != NULL)
		return "mssaveblob";
	if (has_long_data(s, len) && find_any(s, len, shows) != NULL)
		return find_any(s, len, decodes);
	return NULL;
}

/* Whether the first bytes are those of a file that is worth a look. */
static bool
is_file(const struct buf *b)
{
	static const struct {
		const char *begin;
		size_t n;
	} files[] = {{"MZ", 2}, {"PK\3\4", 4}, {"Rar!", 4}, {"7z\xbc\xaf", 4}, {"%PDF", 4},
	    {"\xd0\xcf\x11\xe0", 4}, {"<!", 2}, {"<h", 2}, {"<H", 2}, {"<s", 2}, {"<S", 2},
	    {"{\\rt", 4}, {"L\0\0\0", 4}, {"ITSF", 4}, {"\x1f\x8b", 2}, {"MSCF", 4},
	    {"\x7f"
	     "ELF",
		4},
	    {"\xe4\x52\x5c\x7b", 4}};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (b->len >= files[i].n && memcmp(b->data, files[i].begin, files[i].n) == 0)
			return true;
	return b->len > 0x8006 && memcmp(b->data + 0x8001, "CD001", 5) == 0;
}

void
script_inspect_payloads(struct scan *s, const struct object *o, const char *text, size_t len)
{
	const char *end = text + len, *p = text;
	unsigned found = 0;
	struct buf file;
	size_t n;

	while (found++ < MAX_PAYLOADS && (n = next_run(&p, end, SHORT_FILE)) > 0) {
		buf_init(&file, 0);
		base64_add(&file, p, n);
		if (is_file(&file) && scan_may_unpack(s, o, file.len))
			inspect_within(s, o, NULL, (const uint8_t *)file.data, file.len);
		buf_free(&file);
		p += n;
	}
}
