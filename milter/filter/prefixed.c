#include "prefixed.h"

#include <string.h>
#include <zlib.h>

#include "archive_kind.h"
#include "base/bytes.h"
#include "content.h"
#include "extension.h"
#include "name.h"
#include "zip.h"

#define HEADER_MAX 512	     /* bytes of a header over which a checksum is made */
#define SEARCHED (16u << 20) /* bytes; programs that open archives give up earlier */

/* ---- what it applies to ---- */

static bool
is_of_archive(const char *extension)
{
	return extension_family(extension) == FAMILY_ARCHIVE;
}

bool
prefixed_is_called_archive(const struct object *o)
{
	return name_has(o, is_of_archive);
}

static bool
is_program(const struct object *o)
{
	const struct content_kind *k = content_kind_of(o->bytes, o->len);

	return k != NULL && k->rule == RULE_EXECUTABLE;
}

bool
prefixed_applies(const struct object *o)
{
	return !o->plain_text && o->len > 64 && archive_kind_of(o->bytes, o->len) == NULL &&
	       !zip_applies(o) && (is_program(o) || prefixed_is_called_archive(o));
}

/* ---- where an archive begins; more than its sign, which stands in programs too ---- */

static bool
is_7z(const uint8_t *b, size_t len)
{
	return len >= 32 && le32(b + 8) == crc32(0, b + 12, 20);
}

static bool
is_rar4(const uint8_t *b, size_t len)
{
	size_t n;

	if (len < 20 || b[9] != 0x73)
		return false;
	n = le16(b + 12);
	if (n < 13 || n > len - 7)
		return false;
	/* with a comment in it, which old ones had; the sum over it would be too much to ask often
	 */
	if (n > HEADER_MAX)
		return n + 10 <= len && b[7 + n + 2] >= 0x72 && b[7 + n + 2] <= 0x7b;
	return le16(b + 7) == (crc32(0, b + 9, (uInt)n - 2) & 0xffff);
}

static bool
is_rar5(const uint8_t *b, size_t len)
{
	/* the main header, or the one of encryption: a length of one byte, and as many more */
	return len >= 24 && b[12] < 0x80 && b[12] < len - 13 && (b[13] == 1 || b[13] == 4) &&
	       le32(b + 8) == crc32(0, b + 12, b[12] + 1u);
}

static bool
is_cab(const uint8_t *b, size_t len)
{
	return len >= 36 && b[24] == 3 && b[25] == 1 && le32(b + 8) <= len &&
	       le32(b + 16) < le32(b + 8);
}

static const struct {
	const char *sign;
	size_t n;
	bool (*is)(const uint8_t *, size_t);
} begins[] = {{"7z\xbc\xaf\x27\x1c", 6, is_7z}, {"Rar!\x1a\x07\0", 7, is_rar4},
    {"Rar!\x1a\x07\x01\0", 8, is_rar5}, {"MSCF\0\0\0\0", 8, is_cab}};

/* The first begin of the kind i; NULL for none. */
static const uint8_t *
find_begin(const struct object *o, size_t i)
{
	const uint8_t *end = o->bytes + o->len, *p = o->bytes + 1;
	const uint8_t *last = o->len > SEARCHED ? o->bytes + SEARCHED : end;

	for (; (p = bytes_find(p, last, begins[i].sign, begins[i].n)) != NULL; p++)
		if (begins[i].is(p, (size_t)(end - p)))
			return p;
	return NULL;
}

void
prefixed_inspect(struct scan *s, const struct object *o)
{
	const uint8_t *at;
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		at = find_begin(o, i);
		if (at == NULL)
			continue;
		if (!is_program(o))
			scan_find(
			    s, o, RULE_ARCHIVE_AMBIGUOUS, "there is something else before it");
		inspect_within(s, o, NULL, at, (size_t)(o->bytes + o->len - at));
		return;
	}
}
