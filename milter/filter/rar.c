#include "rar.h"

#include <string.h>

#include "base/bytes.h"
#include "member.h"
#include "shown.h"

#define SIGN4 "Rar!\x1a\x07"
#define SIGN4_LEN 7
#define SIGN5_LEN 8

struct rar {
	struct scan *scan;
	const struct object *object;
	struct member member;
};

bool
rar_is(const uint8_t *bytes, size_t len)
{
	return len >= SIGN5_LEN && memcmp(bytes, SIGN4, 6) == 0;
}

static void
find_volume(struct rar *r)
{
	scan_find(r->scan, r->object, RULE_CANNOT_INSPECT, "one of several volumes");
}

static void
find_encrypted(struct rar *r)
{
	char name[SHOWN_MAX];

	if (r->member.nnames == 0) {
		scan_find(r->scan, r->object, RULE_ENCRYPTED_ARCHIVE, "all of it is encrypted");
		return;
	}
	scan_find(r->scan, r->object, RULE_ENCRYPTED_ARCHIVE, "%s in it is encrypted",
	    shown_str(name, member_name(&r->member)));
	member_inspect(&r->member);
}

/* ---- format 5 ---- */

/* A number of 7 bits a byte. False where it is cut, or longer than 64 bits. */
static bool
read_number(const uint8_t **at, const uint8_t *end, uint64_t *v)
{
	unsigned shift;

	*v = 0;
	for (shift = 0; shift < 64 && *at < end; shift += 7) {
		*v |= (uint64_t)(**at & 0x7f) << shift;
		if ((*(*at)++ & 0x80) == 0)
			return true;
	}
	return false;
}

enum { TYPE_MAIN = 1, TYPE_FILE = 2, TYPE_SERVICE = 3, TYPE_ENCRYPTION = 4, TYPE_END = 5 };

struct header5 {
	uint64_t type, flags, extra, data;
	const uint8_t *body, *end; /* of the header, extra records included */
};

/* Reads the header at `at`. Where the next one begins; NULL for no more. */
static const uint8_t *
read_header5(const uint8_t *at, const uint8_t *end, struct header5 *h)
{
	uint64_t size;

	*h = (struct header5){0};
	if (end - at < 7)
		return NULL;
	at += 4; /* checksum */
	if (!read_number(&at, end, &size) || size > (uint64_t)(end - at))
		return NULL;
	h->end = at + size;
	if (!read_number(&at, h->end, &h->type) || !read_number(&at, h->end, &h->flags))
		return NULL;
	if ((h->flags & 1) != 0 && !read_number(&at, h->end, &h->extra))
		return NULL;
	if ((h->flags & 2) != 0 && !read_number(&at, h->end, &h->data))
		return NULL;
	h->body = at;
	return h->data <= (uint64_t)(end - h->end) ? h->end + h->data : end;
}

/* Whether the extra area has a record of encryption. */
static bool
has_encryption(const struct header5 *h)
{
	const uint8_t *at, *next;
	uint64_t size, type;

	if (h->extra > (uint64_t)(h->end - h->body))
		return false;
	at = h->end - h->extra;
	while (read_number(&at, h->end, &size) && size <= (uint64_t)(h->end - at)) {
		next = at + size;
		if (!read_number(&at, next, &type))
			return false;
		if (type == 1)
			return true;
		at = next;
	}
	return false;
}

/* The name of a file or service header. */
static void
read_name5(struct rar *r, const struct header5 *h)
{
	const uint8_t *at = h->body;
	uint64_t flags, waste, len;
	unsigned skipped;

	if (!read_number(&at, h->end, &flags) || !read_number(&at, h->end, &waste) ||
	    !read_number(&at, h->end, &waste))
		return;
	skipped = ((flags & 2) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 4 : 0);
	if (h->end - at < skipped)
		return;
	at += skipped;
	if (!read_number(&at, h->end, &waste) || !read_number(&at, h->end, &waste) ||
	    !read_number(&at, h->end, &len) || len > (uint64_t)(h->end - at))
		return;
	member_add_name(&r->member, (const char *)at, (size_t)len);
}

static void
judge_file5(struct rar *r, const struct header5 *h)
{
	if ((h->flags & 0x18) != 0)
		find_volume(r);
	member_clear(&r->member);
	read_name5(r, h);
	if (has_encryption(h))
		find_encrypted(r);
	else if (h->type == TYPE_SERVICE && strcmp(member_name(&r->member), "STM") == 0)
		scan_find(
		    r->scan, r->object, RULE_CANNOT_INSPECT, "a hidden stream of a file is in it");
}

static void
judge_headers5(struct rar *r)
{
	const uint8_t *at = r->object->bytes + SIGN5_LEN, *end = r->object->bytes + r->object->len;
	struct header5 h;
	uint64_t flags;

	while (scan_has_time(r->scan, r->object) && (at = read_header5(at, end, &h)) != NULL) {
		if (h.type == TYPE_FILE || h.type == TYPE_SERVICE)
			judge_file5(r, &h);
		else if (h.type == TYPE_MAIN && read_number(&h.body, h.end, &flags) &&
			 (flags & 1) != 0)
			find_volume(r);
		else if (h.type == TYPE_ENCRYPTION)
			find_encrypted(r);
		if (h.type == TYPE_ENCRYPTION || h.type == TYPE_END)
			return;
	}
}

/* ---- formats 1.5 to 4 ---- */

enum { BLOCK_MAIN = 0x73, BLOCK_FILE = 0x74, BLOCK_END = 0x7b };
enum { FLAG_VOLUME = 1, FLAG_ENCRYPTED_HEADERS = 0x80 };	 /* of the archive */
enum { FLAG_SPLIT = 3, FLAG_ENCRYPTED = 4, FLAG_LARGE = 0x100 }; /* of a file */

#define FLAG_DATA 0x8000
#define FILE4_SIZE 32

/* b: a file header of size bytes. */
static void
judge_file4(struct rar *r, const uint8_t *b, size_t size)
{
	unsigned flags = le16(b + 3);
	size_t at = FILE4_SIZE + ((flags & FLAG_LARGE) != 0 ? 8 : 0), len = le16(b + 26);

	if ((flags & FLAG_SPLIT) != 0)
		find_volume(r);
	if ((flags & FLAG_ENCRYPTED) == 0)
		return;
	member_clear(&r->member);
	if (at + len <= size)
		member_add_name(&r->member, (const char *)b + at, len);
	find_encrypted(r);
}

static uint64_t
data4(const uint8_t *b, size_t size)
{
	if ((le16(b + 3) & FLAG_DATA) == 0 || size < 11)
		return 0;
	if (b[2] == BLOCK_FILE && (le16(b + 3) & FLAG_LARGE) != 0 && size >= FILE4_SIZE + 4)
		return le32(b + 7) | (uint64_t)le32(b + 32) << 32;
	return le32(b + 7);
}

/* False where the rest is encrypted. */
static bool
judge_block4(struct rar *r, const uint8_t *b, size_t size)
{
	unsigned flags = le16(b + 3);

	if (b[2] == BLOCK_FILE && size >= FILE4_SIZE)
		judge_file4(r, b, size);
	if (b[2] != BLOCK_MAIN)
		return true;
	if ((flags & FLAG_VOLUME) != 0)
		find_volume(r);
	if ((flags & FLAG_ENCRYPTED_HEADERS) != 0)
		find_encrypted(r);
	return (flags & FLAG_ENCRYPTED_HEADERS) == 0;
}

static void
judge_headers4(struct rar *r)
{
	const uint8_t *b = r->object->bytes + SIGN4_LEN;
	size_t left = r->object->len - SIGN4_LEN, size;
	uint64_t whole;

	while (left >= 7 && scan_has_time(r->scan, r->object)) {
		size = le16(b + 5);
		if (size < 7 || size > left || b[2] == BLOCK_END || !judge_block4(r, b, size))
			return;
		whole = size + data4(b, size);
		if (whole > left)
			return;
		b += whole;
		left -= (size_t)whole;
	}
}

void
rar_inspect_headers(struct scan *s, const struct object *o)
{
	struct rar r = {.scan = s, .object = o};

	member_init(&r.member, s, o);
	if (o->bytes[6] == 0)
		judge_headers4(&r);
	else
		judge_headers5(&r);
	member_free(&r.member);
}
