#include "macfile.h"

#include "base/ascii.h"
#include "base/bytes.h"

#define APPLE_SINGLE 0x00051600U
#define APPLE_DOUBLE 0x00051607U
#define APPLE_HEADER 26 /* before the entries */
#define APPLE_ENTRY 12
#define APPLE_ENTRIES 64 /* looked at; there are some fifteen kinds */
#define ENTRY_DATA 1
#define ENTRY_RESOURCE 2
#define ENTRY_NAME 3

#define MACBINARY_HEADER 128
#define NAME_MAX_LEN 255

struct fork {
	const uint8_t *bytes;
	size_t len;
};

/* What a file comes to. */
struct macfile {
	struct fork data, resource, name;
	bool damaged;
	unsigned seen; /* entries: 1 << their number */
};

/* What is there of a piece that the file says is at the offset. */
static struct fork
piece(const struct object *o, size_t at, size_t len, struct macfile *f)
{
	struct fork out = {.bytes = o->bytes, .len = 0};

	if (at > o->len || len > o->len - at)
		f->damaged = true;
	if (at >= o->len)
		return out;
	out.bytes += at;
	out.len = len < o->len - at ? len : o->len - at;
	return out;
}

/* ---- AppleSingle, AppleDouble ---- */

static bool
is_apple(const struct object *o)
{
	return o->len >= APPLE_HEADER &&
	       (be32(o->bytes) == APPLE_SINGLE || be32(o->bytes) == APPLE_DOUBLE);
}

static void
read_entry(const struct object *o, const uint8_t *e, struct macfile *f)
{
	struct fork p = {.bytes = NULL};
	uint32_t id = be32(e);

	if (id >= ENTRY_DATA && id <= ENTRY_NAME) {
		/* of two, programs take the first or the last */
		f->damaged |= (f->seen & 1U << id) != 0;
		f->seen |= 1U << id;
		p = piece(o, be32(e + 4), be32(e + 8), f);
	}
	if (id == ENTRY_DATA)
		f->data = p;
	else if (id == ENTRY_RESOURCE)
		f->resource = p;
	else if (id == ENTRY_NAME)
		f->name = p;
}

static void
read_apple(const struct object *o, struct macfile *f)
{
	unsigned i, n = be16(o->bytes + APPLE_HEADER - 2);
	const uint8_t *e = o->bytes + APPLE_HEADER;

	f->damaged = n > APPLE_ENTRIES;
	for (i = 0; i < n && i < APPLE_ENTRIES; i++, e += APPLE_ENTRY) {
		if ((size_t)(o->bytes + o->len - e) < APPLE_ENTRY) {
			f->damaged = true;
			return;
		}
		read_entry(o, e, f);
	}
}

/* ---- MacBinary ---- */

static size_t
padded(size_t n)
{
	return (n + 127) / 128 * 128;
}

/* There is no mark in its first version: lengths that fit, and zero bytes where they must be. */
static bool
is_macbinary(const struct object *o)
{
	const uint8_t *b = o->bytes;
	size_t data, resource, i;

	if (o->len <= MACBINARY_HEADER || b[0] != 0 || b[74] != 0 || b[82] != 0 || b[1] == 0 ||
	    b[1] > 63)
		return false;
	for (i = 2; i < 2U + b[1]; i++)
		if (b[i] < ' ')
			return false;
	data = be32(b + 83);
	resource = be32(b + 87);
	return data + resource > 0 && MACBINARY_HEADER + padded(data) + resource <= o->len &&
	       o->len <= MACBINARY_HEADER + padded(data) + padded(resource) + 512;
}

static void
read_macbinary(const struct object *o, struct macfile *f)
{
	size_t data = be32(o->bytes + 83);

	f->name = piece(o, 2, o->bytes[1], f);
	f->data = piece(o, MACBINARY_HEADER, data, f);
	f->resource = piece(o, MACBINARY_HEADER + padded(data), be32(o->bytes + 87), f);
}

/* ---- both ---- */

bool
macfile_applies(const struct object *o)
{
	return is_apple(o) || is_macbinary(o);
}

/* Letters beyond ASCII are in a charset of the Macintosh; none of them is in an extension. */
static const char *
readable(const struct fork *name, char out[NAME_MAX_LEN + 1])
{
	size_t i, n = name->len < NAME_MAX_LEN ? name->len : NAME_MAX_LEN;

	for (i = 0; i < n; i++)
		out[i] =
		    name->bytes[i] >= ' ' && name->bytes[i] < 0x7f ? (char)name->bytes[i] : '_';
	out[n] = '\0';
	return n > 0 ? out : NULL;
}

void
macfile_inspect(struct scan *s, const struct object *o)
{
	struct macfile f = {.damaged = false};
	char name[NAME_MAX_LEN + 1];

	if (is_apple(o)) {
		scan_say_type(s, o, "application/applefile");
		read_apple(o, &f);
	} else {
		scan_say_type(s, o, "application/x-macbinary");
		read_macbinary(o, &f);
	}
	if (f.damaged)
		scan_find(s, o, RULE_CANNOT_INSPECT, "a damaged file of the Macintosh");
	if (f.data.len > 0 && scan_may_unpack(s, o, f.data.len))
		inspect_within(s, o, readable(&f.name, name), f.data.bytes, f.data.len);
	if (f.resource.len > 0 && scan_may_unpack(s, o, f.resource.len))
		inspect_within(s, o, NULL, f.resource.bytes, f.resource.len);
}
