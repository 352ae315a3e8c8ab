#include "domain.h"

#include <idn2.h>
#include <string.h>

#include "ascii.h"
#include "cidr.h"
#include "utf8.h"

#define LABEL_MAX 63 /* RFC 1035 §2.3.4 */
/* A label of U-label or mapped form; no A-label comes of more (4 octets a character). */
#define LABEL_RAW_MAX (LABEL_MAX * 4)

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static bool
is_ascii(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* IDNA's word on one label: its ASCII form in lower case, or false. */
static bool
idna_label(const char *s, size_t n, char out[LABEL_MAX + 1])
{
	char raw[LABEL_RAW_MAX + 1];
	uint8_t *ascii = NULL;
	bool ok;

	memcpy(raw, s, n);
	raw[n] = '\0';
	if (idn2_lookup_u8((const uint8_t *)raw, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
	    IDN2_OK)
		return false;
	ok = strlen((const char *)ascii) <= LABEL_MAX;
	if (ok)
		strcpy(out, (const char *)ascii);
	idn2_free(ascii);
	return ok;
}

/* An "xn--" label must be what IDNA makes of the U-label it stands for (RFC 5891 §5.4). */
static bool
is_a_label(const char *label)
{
	char again[LABEL_MAX + 1];

	return idna_label(label, strlen(label), again) && strcmp(again, label) == 0;
}

static bool
canonical_label(const char *s, size_t n, char out[LABEL_MAX + 1])
{
	size_t i;

	if (n == 0 || n > LABEL_RAW_MAX)
		return false;
	if (!is_ascii(s, n)) {
		if (!idna_label(s, n, out))
			return false;
		n = strlen(out);
	} else {
		if (n > LABEL_MAX)
			return false;
		memcpy(out, s, n);
		out[n] = '\0';
	}
	for (i = 0; i < n; i++) {
		out[i] = ascii_lower(out[i]);
		if (!is_label_char(out[i]))
			return false;
	}
	if (n == 0 || out[0] == '-' || out[n - 1] == '-')
		return false;
	return strncmp(out, "xn--", 4) != 0 || is_a_label(out);
}

static bool
canonical_labels(const char *s, size_t n, char out[DOMAIN_BUF])
{
	char label[LABEL_MAX + 1];
	size_t len, used = 0;
	const char *dot;

	for (;;) {
		dot = memchr(s, '.', n);
		if (!canonical_label(s, dot != NULL ? (size_t)(dot - s) : n, label))
			return false;
		len = strlen(label);
		if (used + len > DOMAIN_MAX)
			return false;
		memcpy(out + used, label, len + 1);
		used += len;
		if (dot == NULL)
			return true;
		if (used == DOMAIN_MAX)
			return false;
		out[used++] = '.';
		n -= (size_t)(dot - s) + 1;
		s = dot + 1;
	}
}

bool
domain_canonical(const char *s, size_t n, char out[DOMAIN_BUF])
{
	struct ip ip;

	out[0] = '\0';
	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0 || memchr(s, '\0', n) != NULL || !utf8_valid(s, n) ||
	    !canonical_labels(s, n, out) || ip_parse(out, &ip)) {
		out[0] = '\0';
		return false;
	}
	return true;
}

bool
domain_is_below(const char *sub, const char *parent)
{
	size_t ns = strlen(sub), np = strlen(parent);

	return np > 0 && ns > np + 1 && sub[ns - np - 1] == '.' &&
	       memcmp(sub + ns - np, parent, np) == 0;
}

const char *
domain_parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot != NULL ? dot + 1 : NULL;
}

size_t
domain_labels(const char *name)
{
	size_t n = name[0] != '\0';

	for (; *name != '\0'; name++)
		n += *name == '.';
	return n;
}
