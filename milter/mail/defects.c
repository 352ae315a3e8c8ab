#include "defects.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* RFC 5322 §3.6: at most once each. Several From fields are a case of their own. */
static const char *const once[] = {"Date", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID",
    "In-Reply-To", "References", "Subject", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding"};
static const char *const read_by_policy[] = {"From", "Sender", "Reply-To", "To", "Cc", "Subject",
    "DKIM-Signature", "Authentication-Results"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_any_of(const struct header_field *f, const char *const *names, size_t n, size_t *which)
{
	for (*which = 0; *which < n; ++*which)
		if (header_is(f, names[*which]))
			return true;
	return false;
}

/* RFC 5322 §3.6.8: printable US-ASCII without the colon. */
static unsigned
name_defects(const struct header_field *f)
{
	size_t i;

	for (i = 0; i < f->name_len; i++)
		if (f->name[i] <= ' ' || f->name[i] >= 0x7f || f->name[i] == ':')
			return DEFECT_NAMELESS;
	return f->name_len == 0 ? DEFECT_NAMELESS : 0;
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* The CR of a fold is one that LF and white space follow. */
static unsigned
line_defect(const struct header_field *f, size_t i)
{
	const char *v = f->value;
	size_t n = f->value_len;

	if (v[i] == '\r')
		return i + 1 < n && v[i + 1] == '\n' ? 0 : DEFECT_BARE_CR;
	return i + 1 < n && is_wsp(v[i + 1]) ? 0 : DEFECT_BARE_LF;
}

static unsigned
value_defects(const struct header_field *f)
{
	unsigned found = 0;
	size_t i;
	char c;

	for (i = 0; i < f->value_len; i++) {
		c = f->value[i];
		if (c == '\0')
			found |= DEFECT_NUL;
		else if (c == '\r' || c == '\n')
			found |= line_defect(f, i);
		else if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
			found |= DEFECT_CONTROL;
	}
	if (!utf8_valid(f->value, f->value_len))
		found |= DEFECT_RAW_8BIT;
	return found;
}

unsigned
defects_of(const struct header *h)
{
	const unsigned everywhere = DEFECT_NUL | DEFECT_BARE_CR | DEFECT_BARE_LF;
	unsigned found = 0, value, seen = 0;
	size_t i, which;

	for (i = 0; i < h->n; i++) {
		found |= name_defects(&h->fields[i]);
		value = value_defects(&h->fields[i]);
		if (!is_any_of(&h->fields[i], read_by_policy, COUNT(read_by_policy), &which))
			value &= everywhere;
		found |= value;
		if (!is_any_of(&h->fields[i], once, COUNT(once), &which))
			continue;
		if ((seen & 1U << which) != 0)
			found |= DEFECT_DOUBLED;
		seen |= 1U << which;
	}
	if ((seen & 1U) == 0)
		found |= DEFECT_NO_DATE;
	return found;
}
