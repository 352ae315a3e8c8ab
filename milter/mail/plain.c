#include "plain.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

/* ---- the header ---- */

static bool
has_letters_of(const struct header_field *f, const char *letters)
{
	size_t i, n = 0, len = strlen(letters);

	for (i = 0; i < f->name_len; i++) {
		if (!ascii_is_alpha(f->name[i]))
			continue;
		if (n == len || ascii_lower(f->name[i]) != letters[n])
			return false;
		n++;
	}
	return n == len;
}

/* A name of letters, digits and "-" as every program reads it. */
static bool
is_clean_name(const struct header_field *f)
{
	size_t i;

	for (i = 0; i < f->name_len; i++)
		if (f->name[i] <= 32 || f->name[i] >= 127)
			return false;
	return f->name_len > 0;
}

/* Folds in the form that all know, and no NUL. */
static bool
is_clean_value(const struct header_field *f)
{
	const char *p = f->value, *end = p + f->value_len;

	if (memchr(p, '\0', f->value_len) != NULL)
		return false;
	for (; (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++)
		if (end - p < 3 || p[1] != '\n' || !ascii_is_wsp(p[2]))
			return false;
	for (p = f->value; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		if (p == f->value || p[-1] != '\r' || end - p < 2 || !ascii_is_wsp(p[1]))
			return false;
	return true;
}

/* A fold that holds white space alone ends the header for some. */
static bool
has_blank_fold(const struct header_field *f)
{
	const char *p = f->value, *end = p + f->value_len;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		for (p++; p < end && (ascii_is_wsp(*p) || *p == '\r'); p++)
			;
		if (p == end || *p == '\n')
			return true;
	}
	return false;
}

/* Skips white space and folds. */
static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (ascii_is_wsp(*p) || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

static bool
take_word(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n || strncasecmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* A token or a quoted string without any quoted pair. */
static bool
take_value(const char **p, const char *end)
{
	const char *start = *p;

	if (*p < end && **p == '"') {
		for (++*p; *p < end && **p != '"' && **p != '\\' && **p != '\n'; ++*p)
			;
		return *p < end && *(*p)++ == '"';
	}
	while (*p<end &&* * p> 32 && **p < 127 && strchr("()<>@,;\\\"[]?=", **p) == NULL)
		++*p;
	return *p > start;
}

/* "text/plain" and the parameters that texts have (RFC 2046 §4.1, RFC 3676). */
static bool
is_plain_type(const struct header_field *f)
{
	static const char *const names[] = {"charset", "format", "delsp", "reply-type"};
	const char *end = f->value + f->value_len, *p = skip_space(f->value, end);
	size_t i, seen = 0;

	if (!take_word(&p, end, "text/plain"))
		return false;
	for (p = skip_space(p, end); p < end; p = skip_space(p, end)) {
		if (*p++ != ';')
			return false;
		p = skip_space(p, end);
		if (p == end)
			break;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (take_word(&p, end, names[i]))
				break;
		if (i == sizeof(names) / sizeof(names[0]) || (seen & 1U << i) != 0 || p == end ||
		    *p++ != '=' || !take_value(&p, end))
			return false;
		seen |= 1U << i;
	}
	return true;
}

static bool
is_word(const struct header_field *f, const char *word)
{
	const char *end = f->value + f->value_len, *p = skip_space(f->value, end);

	return take_word(&p, end, word) && skip_space(p, end) == end;
}

static bool
is_plain_encoding(const struct header_field *f, bool *qp)
{
	*qp = is_word(f, "quoted-printable");
	return *qp || is_word(f, "7bit") || is_word(f, "8bit");
}

static bool
check_field(struct plain *p, const struct header_field *f, unsigned seen[3])
{
	if (!is_clean_name(f) || !is_clean_value(f) || has_blank_fold(f))
		return false;
	if (has_letters_of(f, "contenttype"))
		return header_is(f, "Content-Type") && seen[0]++ == 0 && is_plain_type(f);
	if (has_letters_of(f, "contenttransferencoding"))
		return header_is(f, "Content-Transfer-Encoding") && seen[1]++ == 0 &&
		       is_plain_encoding(f, &p->qp);
	if (has_letters_of(f, "contentdisposition"))
		return header_is(f, "Content-Disposition") && seen[2]++ == 0 &&
		       is_word(f, "inline");
	return true;
}

void
plain_begin(struct plain *p, const struct header *h)
{
	unsigned seen[3] = {0};
	size_t i;

	*p = (struct plain){.no = h->overflow};
	for (i = 0; i < h->n && !p->no; i++)
		p->no = !check_field(p, &h->fields[i], seen);
}

/* ---- the body ---- */

/*
 * The beginning of a line of text: a file's ("begin 644 x", yEnc, BinHex), or
 * a field of a part's header, wherever a program may look for one.
 */
static bool
is_suspect(const char *s, size_t n)
{
	static const char *const words[] = {"begin", "=ybegin", "content-", "content_", "content ",
	    "mime-version", "(this file must be"};
	size_t i, len;

	while (n > 0 && (ascii_is_wsp(*s) || *s == '>')) {
		s++;
		n--;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i]);
		if (n >= len && strncasecmp(s, words[i], len) == 0)
			return i > 0 || n == len || s[len] == ' ' || s[len] == '-' ||
			       s[len] == '\t';
	}
	return false;
}

static void
end_line(struct plain *p)
{
	/* what announces BinHex may stand anywhere; its data begin with a colon, and the line */
	p->no = p->no || (p->len > 0 && p->line[0] == ':') ||
		(p->len >= 5 && is_suspect(p->line, p->len));
	p->len = 0;
}

static void
add(struct plain *p, char c)
{
	if (c == '\0') {
		p->no = true;
	} else if (c == '\n' || c == '\r') {
		end_line(p);
	} else if (p->len < PLAIN_LINE) {
		/* white space in front is not what fills it */
		if (p->len == 1 && ascii_is_wsp(p->line[0]) && ascii_is_wsp(c))
			return;
		p->line[p->len++] = c;
	}
}

/* One byte of quoted-printable (RFC 2045 §6.7). What is outside its grammar is not plain. */
static void
add_qp(struct plain *p, char c)
{
	if (p->held == 0 && c != '=') {
		add(p, c);
	} else if (p->held == 0 || (p->held == 1 && c == '\r')) {
		p->escape[p->held++] = c;
	} else if (c == '\n' && (p->held == 1 || p->escape[1] == '\r')) {
		p->held = 0; /* a soft break */
	} else if (ascii_hex(c) > 15 || p->escape[p->held - 1] == '\r') {
		p->no = true;
	} else if (p->held == 1) {
		p->escape[p->held++] = c;
	} else {
		p->held = 0;
		add(p, (char)(ascii_hex(p->escape[1]) << 4 | ascii_hex(c)));
	}
}

/* Whether there is a byte that counts wherever it stands in a line, so that each is to be seen. */
static bool
has_odd_byte(const struct plain *p, const char *s, size_t n)
{
	return memchr(s, '\r', n) != NULL || memchr(s, '\0', n) != NULL ||
	       (p->qp && memchr(s, '=', n) != NULL);
}

/* The length of what is left of a line, without the CR of its end; n where it does not end here. */
static size_t
line_length(const char *s, size_t n)
{
	const char *lf = memchr(s, '\n', n);

	if (lf != NULL)
		n = (size_t)(lf - s);
	return n > 0 && lf != NULL && s[n - 1] == '\r' ? n - 1 : n;
}

/*
 * Bytes in front that need no look of their own: the rest of a line whose
 * beginning is known, or a line that begins like nothing that is looked for.
 */
static size_t
skip(const struct plain *p, const char *s, size_t n)
{
	size_t len;

	if (p->held > 0 || (p->len > 0 && p->len < PLAIN_LINE))
		return 0;
	if (p->len == 0 && (ascii_is_wsp(*s) || strchr(">=(:bBcCmM", *s) != NULL))
		return 0;
	len = line_length(s, n);
	/* without its end a line goes on in the next piece, where its beginning must be known */
	if (p->len == 0 && len == n)
		return 0;
	return has_odd_byte(p, s, len) ? 0 : len;
}

void
plain_body(struct plain *p, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && !p->no; i++) {
		i += skip(p, s + i, n - i);
		if (i == n)
			break;
		if (p->qp)
			add_qp(p, s[i]);
		else
			add(p, s[i]);
	}
}

bool
plain_cannot_carry(struct plain *p)
{
	end_line(p);
	return !p->no;
}
