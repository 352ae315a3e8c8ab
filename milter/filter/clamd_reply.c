#include "clamd_reply.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

struct span {
	const char *p;
	size_t n;
};

static bool
ends_with(struct span *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n < n || memcmp(s->p + s->n - n, end, n) != 0)
		return false;
	s->n -= n;
	return true;
}

static bool
begins_with(struct span *s, const char *begin)
{
	size_t n = strlen(begin);

	if (s->n < n || memcmp(s->p, begin, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

/* "stream: " or "fd[NUMBER]: " */
static bool
take_subject(struct span *s)
{
	size_t digits = 0;

	if (begins_with(s, "stream: "))
		return true;
	if (!begins_with(s, "fd["))
		return false;
	while (digits < s->n && digits < 10 && ascii_is_digit(s->p[digits]))
		digits++;
	s->p += digits;
	s->n -= digits;
	return digits > 0 && begins_with(s, "]: ");
}

static bool
is_printable(const struct span *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->p[i] < ' ' || s->p[i] > '~')
			return false;
	return true;
}

static void
keep(struct clamd_reply *r, const struct span *s)
{
	size_t n = s->n < sizeof(r->text) - 1 ? s->n : sizeof(r->text) - 1;

	memcpy(r->text, s->p, n);
	r->text[n] = '\0';
}

void
clamd_reply_parse(const char *text, size_t n, struct clamd_reply *out)
{
	struct span s = {text, n};

	*out = (struct clamd_reply){.said = CLAMD_NONSENSE};
	if (n == 0 || n >= CLAMD_REPLY_MAX || !is_printable(&s))
		return;
	if (ends_with(&s, " ERROR")) {
		take_subject(&s);
		keep(out, &s);
		out->said = CLAMD_ERROR;
		if (begins_with(&s, "INSTREAM size limit exceeded"))
			out->said = CLAMD_TOO_LARGE;
		return;
	}
	if (!take_subject(&s))
		return;
	if (s.n == 2 && memcmp(s.p, "OK", 2) == 0)
		out->said = CLAMD_CLEAN;
	else if (ends_with(&s, " FOUND") && s.n > 0) {
		out->said = CLAMD_INFECTED;
		keep(out, &s);
	}
}
