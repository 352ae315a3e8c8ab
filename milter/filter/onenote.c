#include "onenote.h"

#include "base/bytes.h"
#include "utf16.h"

#define FILE_HEADER 36 /* GUID, length, unused, reserved (2.6.13) */
#define MAX_FILES 1000
#define MAX_PROPERTIES 64 /* of an object; a file has a dozen */
#define NAME_MAX_BYTES 2048

static const char file_id[] = "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";

/* A section, or a table of contents, by the file's type (2.3.1). */
bool
onenote_applies(const struct object *o)
{
	return o->len >= 16 &&
	       (memcmp(o->bytes, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
		    16) == 0 ||
		   memcmp(o->bytes,
		       "\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f",
		       16) == 0);
}

/* ---- names of the files: a property of other objects (MS-ONE 2.2.71) ---- */

/* Bytes of a property's data by its kind (MS-ONESTORE 2.6.6); SIZE_MAX where that is not known. */
static size_t
property_size(uint32_t property, const uint8_t *at, const uint8_t *end)
{
	static const uint8_t sizes[] = {
	    [3] = 1, [4] = 2, [5] = 4, [6] = 8, [9] = 4, [11] = 4, [13] = 4};
	unsigned kind = property >> 26 & 0x1f;

	if (kind == 7)
		return end - at >= 4 ? 4 + (size_t)le32(at) : SIZE_MAX;
	return kind >= 1 && kind < sizeof(sizes) ? sizes[kind] : SIZE_MAX;
}

/*
 * The name, if the property found at `id` is the one with that number in its
 * set: the count of properties, what they are, and their data one by one.
 */
static bool
read_name(
    const uint8_t *begin, const uint8_t *id, const uint8_t *end, size_t number, struct buf *name)
{
	const uint8_t *first = id - 4 * number, *at;
	size_t count, i, n;

	if ((size_t)(id - begin) < 4 * number + 2)
		return false;
	count = le16(first - 2);
	if (count <= number || count > MAX_PROPERTIES || (size_t)(end - first) < 4 * count)
		return false;
	at = first + 4 * count;
	for (i = 0; i < number; i++) {
		n = property_size(le32(first + 4 * i), at, end);
		if (n > (size_t)(end - at))
			return false;
		at += n;
	}
	if (end - at < 4)
		return false;
	n = le32(at);
	if (n < 4 || n % 2 != 0 || n > NAME_MAX_BYTES || n > (size_t)(end - at) - 4)
		return false;
	buf_clear(name);
	utf16le_add(name, at + 4, n);
	return *buf_str(name) != '\0';
}

static void
inspect_names(struct scan *s, const struct object *o)
{
	const uint8_t *at = o->bytes, *end = o->bytes + o->len;
	size_t tries, number;
	struct buf name;

	buf_init(&name, 0);
	for (tries = 0; tries < MAX_FILES; tries++, at += 4) {
		at = bytes_find(at, end, "\x9c\x1d\x00\x1c", 4);
		if (at == NULL)
			break;
		for (number = 0; number < MAX_PROPERTIES; number++)
			if (read_name(o->bytes, at, end, number, &name)) {
				inspect_within(s, o, buf_str(&name), NULL, 0);
				break;
			}
	}
	buf_free(&name);
}

void
onenote_inspect(struct scan *s, const struct object *o)
{
	const uint8_t *at = o->bytes, *end = o->bytes + o->len;
	unsigned files;
	uint64_t n;

	scan_say_type(s, o, "application/onenote");
	for (files = 0; files < MAX_FILES; files++) {
		at = bytes_find(at, end, file_id, 16);
		if (at == NULL || end - at < FILE_HEADER)
			break;
		n = le64(at + 16);
		at += FILE_HEADER;
		if (n > (uint64_t)(end - at))
			n = (uint64_t)(end - at);
		/* they may lie in one another */
		if (!scan_may_unpack(s, o, (size_t)n))
			break;
		inspect_within(s, o, NULL, at, (size_t)n);
	}
	inspect_names(s, o);
	if (files == 0)
		scan_find(s, o, RULE_ONENOTE, "a notebook");
	else
		scan_find(s, o, RULE_ONENOTE, "a notebook with %u embedded file%s", files,
		    files == 1 ? "" : "s");
}
