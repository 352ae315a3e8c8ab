#include "ole.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "utf16.h"

#define HEADER 512
#define ENTRY 128
#define DIFAT_IN_HEADER 109
#define MAX_ENTRIES 65536
#define END_OF_CHAIN 0xfffffffau /* this and what is above is no sector */

bool
ole_is(const uint8_t *bytes, size_t len)
{
	return len >= HEADER && memcmp(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* ---- sectors ---- */

/* Bytes of the sector that the file has; 0 where it lies beyond the end. */
static size_t
sector(const struct ole *o, uint32_t n, const uint8_t **at)
{
	uint64_t from = ((uint64_t)n + 1) << o->shift;
	size_t size = (size_t)1 << o->shift;

	if (n >= END_OF_CHAIN || from >= o->len)
		return 0;
	*at = o->bytes + from;
	return o->len - from < size ? (size_t)(o->len - from) : size;
}

static uint32_t
next_sector(const struct ole *o, uint32_t n)
{
	return n < o->nfat ? o->fat[n] : OLE_NONE;
}

/* The chain from `start`, at most max bytes; a chain that loops ends at the file's own length. */
static void
read_chain(struct ole *o, uint32_t start, uint64_t max, struct buf *out)
{
	const uint8_t *at;
	size_t n, sectors = 0;

	for (; out->len < max && sectors <= o->nfat; sectors++, start = next_sector(o, start)) {
		n = sector(o, start, &at);
		if (n > max - out->len)
			n = (size_t)(max - out->len);
		if (n == 0 || n > o->left)
			return;
		o->left -= n;
		buf_add(out, at, n);
	}
}

static void
read_mini_chain(struct ole *o, uint32_t start, uint64_t max, struct buf *out)
{
	size_t n, size = (size_t)1 << o->mini_shift, sectors = 0;
	uint64_t from;

	for (; out->len < max && sectors <= o->nminifat; sectors++) {
		from = (uint64_t)start << o->mini_shift;
		if (start >= END_OF_CHAIN || from >= o->mini.len)
			return;
		n = o->mini.len - from < size ? (size_t)(o->mini.len - from) : size;
		if (n > max - out->len)
			n = (size_t)(max - out->len);
		if (n > o->left)
			return;
		o->left -= n;
		buf_add(out, o->mini.data + from, n);
		start = start < o->nminifat ? o->minifat[start] : OLE_NONE;
	}
}

/* ---- tables ---- */

/* Adds one sector of the allocation table. */
static bool
add_fat_sector(struct ole *o, uint32_t n, size_t max)
{
	size_t per = ((size_t)1 << o->shift) / 4, i, have;
	const uint8_t *at;

	have = sector(o, n, &at) / 4;
	if (o->nfat + per > max)
		return false;
	for (i = 0; i < per; i++)
		o->fat[o->nfat++] = i < have ? le32(at + 4 * i) : OLE_NONE;
	return true;
}

/* The table of the table's sectors: the header's part, and the chain behind it (MS-CFB 2.5). */
static bool
read_fat(struct ole *o)
{
	size_t per = ((size_t)1 << o->shift) / 4, sectors = (o->len >> o->shift) + 1, i, hops, have;
	size_t max = sectors + 2 * per;
	uint32_t n = le32(o->bytes + 68);
	const uint8_t *at;

	o->fat = calloc(max, sizeof(*o->fat));
	if (o->fat == NULL)
		return false;
	for (i = 0; i < DIFAT_IN_HEADER; i++) {
		uint32_t s = le32(o->bytes + 76 + 4 * i);

		if (s < END_OF_CHAIN && !add_fat_sector(o, s, max))
			return true;
	}
	for (hops = 0; hops < sectors; hops++) {
		have = sector(o, n, &at) / 4;
		if (have < per)
			break;
		for (i = 0; i + 1 < per; i++)
			if (le32(at + 4 * i) < END_OF_CHAIN &&
			    !add_fat_sector(o, le32(at + 4 * i), max))
				return true;
		n = le32(at + 4 * (per - 1));
	}
	return true;
}

static bool
read_minifat(struct ole *o)
{
	struct buf raw;
	size_t i;

	buf_init(&raw, 0);
	read_chain(o, le32(o->bytes + 60), o->len, &raw);
	o->minifat = calloc(raw.len / 4 + 1, sizeof(*o->minifat));
	for (i = 0; o->minifat != NULL && i < raw.len / 4; i++)
		o->minifat[o->nminifat++] = le32(raw.data + 4 * i);
	buf_free(&raw);
	return o->minifat != NULL;
}

/* ---- the directory (MS-CFB 2.6) ---- */

static void
read_entry(const struct ole *o, const uint8_t *at, struct ole_entry *e)
{
	size_t n = le16(at + 64);
	struct buf name;

	*e = (struct ole_entry){.kind = at[66],
	    .left = le32(at + 68),
	    .right = le32(at + 72),
	    .child = le32(at + 76),
	    .parent = OLE_NONE,
	    .start = le32(at + 116),
	    .size = o->shift == 9 ? le32(at + 120) : le64(at + 120)};
	memcpy(e->id, at + 80, sizeof(e->id));
	n = n > 64 ? 64 : n < 2 ? 0 : n - 2;
	buf_init(&name, sizeof(e->name) - 1);
	utf16le_add(&name, at, n);
	memcpy(e->name, buf_str(&name), name.len);
	buf_free(&name);
}

static bool
read_directory(struct ole *o)
{
	struct buf raw;
	size_t i, n;

	buf_init(&raw, 0);
	read_chain(o, le32(o->bytes + 48), (uint64_t)MAX_ENTRIES * ENTRY, &raw);
	n = raw.len / ENTRY;
	o->entries = calloc(n + 1, sizeof(*o->entries));
	for (i = 0; o->entries != NULL && i < n; i++)
		read_entry(o, (const uint8_t *)raw.data + i * ENTRY, &o->entries[o->nentries++]);
	buf_free(&raw);
	return o->nentries > 0;
}

/* Pushes an entry that was not seen yet, as a member of `parent`. */
static void
visit(struct ole *o, uint32_t e, uint32_t parent, uint32_t *todo, size_t *n)
{
	if (e == 0 || e >= o->nentries || o->entries[e].parent != OLE_NONE)
		return;
	o->entries[e].parent = parent;
	todo[(*n)++] = e;
}

/* Tells each entry its storage. Each is visited once, whatever the links say. */
static bool
link_parents(struct ole *o)
{
	uint32_t *todo = calloc(o->nentries, sizeof(*todo)), e;
	size_t n = 0;

	if (todo == NULL)
		return false;
	visit(o, o->entries[0].child, 0, todo, &n);
	while (n > 0) {
		e = todo[--n];
		visit(o, o->entries[e].left, o->entries[e].parent, todo, &n);
		visit(o, o->entries[e].right, o->entries[e].parent, todo, &n);
		if (o->entries[e].kind == OLE_STORAGE)
			visit(o, o->entries[e].child, e, todo, &n);
	}
	free(todo);
	return true;
}

bool
ole_open(struct ole *o, const uint8_t *bytes, size_t len)
{
	*o = (struct ole){.bytes = bytes, .len = len, .left = 8 * (uint64_t)len};
	buf_init(&o->mini, 0);
	if (!ole_is(bytes, len))
		return false;
	o->shift = le16(bytes + 30);
	o->mini_shift = le16(bytes + 32);
	o->mini_cutoff = le32(bytes + 56);
	if (o->shift < 7 || o->shift > 16 || o->mini_shift < 4 || o->mini_shift > o->shift)
		return false;
	if (!read_fat(o) || !read_directory(o) || !read_minifat(o) || !link_parents(o))
		return false;
	read_chain(o, o->entries[0].start, o->len, &o->mini);
	return true;
}

void
ole_close(struct ole *o)
{
	free(o->fat);
	free(o->minifat);
	free(o->entries);
	buf_free(&o->mini);
	*o = (struct ole){0};
}

bool
ole_read(struct ole *o, uint32_t entry, struct buf *out)
{
	const struct ole_entry *e;
	uint64_t size;

	buf_clear(out);
	if (entry >= o->nentries)
		return false;
	e = &o->entries[entry];
	size = e->size < o->len ? e->size : o->len;
	if (e->kind != OLE_ROOT && e->size < o->mini_cutoff)
		read_mini_chain(o, e->start, size, out);
	else
		read_chain(o, e->start, size, out);
	return out->len > 0 && !out->failed;
}

uint32_t
ole_find(const struct ole *o, uint32_t storage, const char *name)
{
	uint32_t i;

	for (i = 1; i < o->nentries; i++)
		if (o->entries[i].parent == storage && o->entries[i].kind != OLE_UNUSED &&
		    strcasecmp(o->entries[i].name, name) == 0)
			return i;
	return OLE_NONE;
}

/* The path is built from its end; depth is bounded by the room in it. */
void
ole_path(const struct ole *o, uint32_t entry, struct buf *out)
{
	uint32_t way[16] = {0};
	size_t n = 0;
	const char *s;

	for (; entry != 0 && entry < o->nentries && n < 16; entry = o->entries[entry].parent)
		way[n++] = entry;
	while (n-- > 0) {
		for (s = o->entries[way[n]].name; *s != '\0'; s++)
			if ((unsigned char)*s < 0x20)
				buf_addf(out, "\\%d", *s);
			else
				buf_addc(out, *s);
		if (n > 0)
			buf_addc(out, '/');
	}
}
