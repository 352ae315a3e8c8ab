#include "pdf_script.h"

#include <string.h>

#include "base/ascii.h"
#include "text.h"

static bool
begins(const char *s, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && memcmp(s, with, k) == 0;
}

/* Past "new Array(" where there is one: a list of fields, not a call. */
static size_t
skip_array(const char *s, size_t n, size_t from)
{
	const char *at = text_find(s + from, n - from, "new Array");
	size_t i;

	if (at == NULL)
		return from;
	for (i = (size_t)(at - s); i < n && s[i] != '('; i++)
		;
	/* what stands before it counts */
	return memchr(s + from, '(', i - from) == NULL && i < n ? i + 1 : from;
}

/* "AFNumber_Format(", but no other call behind it. */
static bool
is_form_function(const char *s, size_t n)
{
	size_t i = 2, from;

	if (!begins(s, n, "AF") || n < 4)
		return false;
	while (i < n && (ascii_is_alpha(s[i]) || s[i] == '_'))
		i++;
	if (i == n || s[i] != '(')
		return false;
	from = skip_array(s, n, i + 1);
	return memchr(s + from, '(', n - from) == NULL && memchr(s + i, '=', n - i) == NULL;
}

static bool
is_statement_ordinary(const char *s, size_t n)
{
	static const char *const views[] = {"this.print(", "print(", "this.pageNum", "this.zoom",
	    "this.layout", "this.calculateNow(", "this.dirty"};
	size_t i;

	if (n == 0 || is_form_function(s, n))
		return true;
	for (i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (begins(s, n, views[i]))
			return memchr(s + strlen(views[i]), '(', n - strlen(views[i])) == NULL;
	return false;
}

bool
pdf_script_is_ordinary(const char *s, size_t len)
{
	struct text t;
	size_t i, begin = 0;
	bool ordinary = true;

	text_open(&t, (const uint8_t *)s, len);
	for (i = 0; i <= t.len && ordinary; i++) {
		if (i < t.len && t.s[i] != ';' && t.s[i] != '\r' && t.s[i] != '\n')
			continue;
		while (begin < i && (unsigned char)t.s[begin] <= 0x20)
			begin++;
		ordinary = is_statement_ordinary(t.s + begin, i - begin);
		begin = i + 1;
	}
	text_close(&t);
	return ordinary;
}
