#include "text.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "utf16.h"

enum form { FORM_BYTES, FORM_UTF8_MARK, FORM_UTF16LE, FORM_UTF16BE };

/* Without a mark: nearly every second byte of the first ones is NUL. */
static enum form
guess(const uint8_t *s, size_t len)
{
	size_t n = len < 256 ? len & ~(size_t)1 : 256, i, even = 0, odd = 0;

	for (i = 0; i < n; i += 2) {
		even += s[i] == 0;
		odd += s[i + 1] == 0;
	}
	if (n < 8)
		return FORM_BYTES;
	if (odd > n / 2 * 3 / 4 && even < n / 16)
		return FORM_UTF16LE;
	if (even > n / 2 * 3 / 4 && odd < n / 16)
		return FORM_UTF16BE;
	return FORM_BYTES;
}

static enum form
form_of(const uint8_t *s, size_t len)
{
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		return FORM_UTF8_MARK;
	if (len >= 2 && memcmp(s, "\xff\xfe", 2) == 0)
		return FORM_UTF16LE;
	if (len >= 2 && memcmp(s, "\xfe\xff", 2) == 0)
		return FORM_UTF16BE;
	return guess(s, len);
}

void
text_open(struct text *t, const uint8_t *bytes, size_t len)
{
	enum form form = form_of(bytes, len);

	buf_init(&t->made, 0);
	t->s = (const char *)bytes;
	t->len = len;
	if (form == FORM_UTF8_MARK) {
		t->s += 3;
		t->len -= 3;
	} else if (form != FORM_BYTES) {
		if (form == FORM_UTF16LE)
			utf16le_add(&t->made, bytes, len);
		else
			utf16be_add(&t->made, bytes, len);
		t->s = buf_str(&t->made);
		t->len = t->made.len;
		if (t->len >= 3 && memcmp(t->s, "\xef\xbb\xbf", 3) == 0) {
			t->s += 3;
			t->len -= 3;
		}
	}
}

void
text_close(struct text *t)
{
	buf_free(&t->made);
}

bool
text_begins(const struct text *t, const char *with)
{
	size_t i = 0, n = strlen(with);

	while (i < t->len && (unsigned char)t->s[i] <= 0x20)
		i++;
	return t->len - i >= n && strncasecmp(t->s + i, with, n) == 0;
}

const char *
text_find(const char *s, size_t len, const char *what)
{
	const char *end = s + len, *a, *b, *from = s;
	size_t n = strlen(what);
	char upper = (char)(*what >= 'a' && *what <= 'z' ? *what - 0x20 : *what);

	a = b = s;
	while ((size_t)(end - from) >= n) {
		/* the next letter of either case; each is looked for only when it was passed */
		if (a != NULL && a <= from)
			a = memchr(from, *what, (size_t)(end - from));
		if (b != NULL && b <= from)
			b = upper != *what ? memchr(from, upper, (size_t)(end - from)) : NULL;
		if (a == NULL && b == NULL)
			return NULL;
		from = a == NULL || (b != NULL && b < a) ? b : a;
		if ((size_t)(end - from) >= n && strncasecmp(from, what, n) == 0)
			return from;
		from++;
	}
	return NULL;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

void
base64_add(struct buf *out, const char *s, size_t len)
{
	unsigned bits = 0, n = 0;
	size_t i;
	int v;

	for (i = 0; i < len; i++) {
		v = base64_value(s[i]);
		if (v < 0)
			continue;
		bits = bits << 6 | (unsigned)v;
		n += 6;
		if (n < 8)
			continue;
		n -= 8;
		buf_addc(out, (char)(bits >> n));
	}
}
