#include "screening_plain.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- header ---- */

static bool
is_usual_name(const struct header_field *f)
{
	size_t i;

	for (i = 0; i < f->name_len; i++)
		if (!isalnum((unsigned char)f->name[i]) && f->name[i] != '-' && f->name[i] != '_')
			return false;
	return f->name_len > 0;
}

/* Folds are the only line ends; no NUL. */
static bool
is_usual_value(const struct header_field *f)
{
	const char *v = f->value;
	size_t i;

	for (i = 0; i < f->value_len; i++) {
		if (v[i] == '\0')
			return false;
		if (v[i] == '\r' && (i + 1 == f->value_len || v[i + 1] != '\n'))
			return false;
		if (v[i] == '\n' && (i == 0 || v[i - 1] != '\r'))
			return false;
	}
	return true;
}

/* text/plain with charset and format and nothing else (RFC 2045 §5.1, RFC 3676). */
static bool
is_plain_type(const struct header_field *f)
{
	static const char type[] = "text/plain", *const good[] = {"charset=", "format=", "delsp="};
	const char *p = f->value, *end = p + f->value_len;
	size_t i;

	while (p < end && isspace((unsigned char)*p))
		p++;
	if ((size_t)(end - p) < strlen(type) || strncasecmp(p, type, strlen(type)) != 0)
		return false;
	p += strlen(type);
	while (p < end) {
		while (p < end && (isspace((unsigned char)*p) || *p == ';'))
			p++;
		if (p == end)
			return true;
		for (i = 0; i < 3; i++)
			if ((size_t)(end - p) > strlen(good[i]) &&
			    strncasecmp(p, good[i], strlen(good[i])) == 0)
				break;
		if (i == 3)
			return false;
		for (p += strlen(good[i]);
		     p < end && (isalnum((unsigned char)*p) || strchr("\"-_.:", *p) != NULL);)
			p++;
		if (p < end && *p != ';' && !isspace((unsigned char)*p))
			return false;
	}
	return true;
}

static bool
has_word(const struct header_field *f, const char *const *words)
{
	const char *p = f->value, *end = p + f->value_len;
	size_t n;

	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	for (; *words != NULL; words++) {
		n = strlen(*words);
		if ((size_t)(end - p) == n && strncasecmp(p, *words, n) == 0)
			return true;
	}
	return false;
}

static bool
is_plain_field(const struct header_field *f, unsigned *types, unsigned *encodings)
{
	static const char *const encoding[] = {"7bit", "8bit", NULL};

	if (!is_usual_name(f) || !is_usual_value(f))
		return false;
	if (f->name_len < 7 || strncasecmp(f->name, "content", 7) != 0)
		return true;
	if (header_is(f, "Content-Type"))
		return ++*types == 1 && is_plain_type(f);
	if (header_is(f, "Content-Transfer-Encoding"))
		return ++*encodings == 1 && has_word(f, encoding);
	return header_is(f, "Content-Language");
}

/* ---- body ---- */

/* Something that could begin a part, or a file within the text (uuencode, yEnc, BinHex). */
static bool
is_plain_line(const char *line, size_t n)
{
	if (n >= 7 && (strncasecmp(line, "content", 7) == 0 || strncmp(line, "=ybegin", 7) == 0))
		return false;
	if ((n >= 5 && strncasecmp(line, "begin", 5) == 0) ||
	    (n >= 10 && strncasecmp(line, "(this file", 10) == 0))
		return false;
	return memchr(line, '\r', n) == NULL && memchr(line, '\0', n) == NULL;
}

static bool
is_plain_body(const char *p, size_t n)
{
	const char *end = p + n, *lf;

	for (; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			return is_plain_line(p, (size_t)(end - p));
		if (lf == p || lf[-1] != '\r' || !is_plain_line(p, (size_t)(lf - p - 1)))
			return false;
	}
	return true;
}

bool
screening_is_plain(const struct header *h, const char *body, size_t len)
{
	unsigned types = 0, encodings = 0;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!is_plain_field(&h->fields[i], &types, &encodings))
			return false;
	return is_plain_body(body, len);
}
