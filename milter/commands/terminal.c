#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/utf8.h"

#define WIDTH_DEFAULT 80
#define COMBINING_MAX 2 /* marks on one letter; more of them climb over the lines above */

struct terminal
terminal_of(FILE *f)
{
	struct terminal t = {0};
	struct winsize size = {0};

	if (setlocale(LC_CTYPE, "") != NULL)
		t.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (!isatty(fileno(f)))
		return t;
	t.colour = getenv("NO_COLOR") == NULL;
	t.width = ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
									      : WIDTH_DEFAULT;
	return t;
}

static uint32_t
code_point(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t c = len == 1 ? u[0] : u[0] & (0xffU >> (len + 1));
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (u[i] & 0x3fU);
	return c;
}

/* What cannot be seen and changes how the rest is seen (Unicode's Cf, separators, tags). */
static bool
is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x115f || c == 0x1160 || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || c >= 0xe0000;
}

/* Columns of a character; -1 where it is not to be shown. By Unicode, whatever the locale is. */
static int
columns(uint32_t c)
{
	static locale_t unicode;
	locale_t before;
	int n;

	if (c < 0x7f)
		return c >= 0x20 ? 1 : -1;
	if (is_invisible(c))
		return -1;
	if (unicode == (locale_t)0)
		unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (unicode == (locale_t)0)
		return -1;
	before = uselocale(unicode);
	n = wcwidth((wchar_t)c);
	uselocale(before);
	return n;
}

/* One character on its way to the terminal. */
struct glyph {
	const char *s;
	size_t n;   /* bytes to write */
	size_t len; /* bytes of the source */
	int width;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct glyph
glyph_at(const struct terminal *t, const char *s, size_t n)
{
	size_t len = utf8_length(s, n), run = 0;
	struct glyph g = {.s = s, .n = len, .len = len};

	while (run < n && is_space(s[run]))
		run++;
	if (run > 0)
		return (struct glyph){.s = " ", .n = 1, .len = run, .width = 1};
	if (len > 0)
		g.width = columns(code_point(s, len));
	if (len > 0 && g.width >= 0 && (len == 1 || t->utf8))
		return g;
	return (struct glyph){.s = len == 0 && t->utf8 ? "\xef\xbf\xbd" : "?",
	    .n = len == 0 && t->utf8 ? 3 : 1,
	    .len = len > 0 ? len : 1,
	    .width = 1};
}

/* Where the text stood when an ellipsis still had room. */
struct cut {
	size_t len, used;
};

size_t
terminal_clean(const struct terminal *t, const char *s, size_t n, size_t max, struct buf *out)
{
	const char *ellipsis = t->utf8 ? "\xe2\x80\xa6" : "~";
	struct cut cut = {out->len, 0};
	size_t i = 0, used = 0, marks = 0;
	struct glyph g;

	while (i < n) {
		g = glyph_at(t, s + i, n - i);
		i += g.len;
		marks = g.width == 0 ? marks + 1 : 0;
		if (marks > COMBINING_MAX || (g.width == 0 && used == 0))
			continue;
		if (max > 0 && used + (size_t)g.width > max) {
			out->len = cut.len < out->len ? cut.len : out->len;
			buf_adds(out, ellipsis);
			return cut.used + 1;
		}
		buf_add(out, g.s, g.n);
		used += (size_t)g.width;
		if (used + 1 <= max)
			cut = (struct cut){out->len, used};
	}
	return used;
}

void
terminal_column(const struct terminal *t, const char *s, size_t n, size_t max, struct buf *out)
{
	size_t used = terminal_clean(t, s, n, max, out);

	for (; used < max; used++)
		buf_addc(out, ' ');
}
