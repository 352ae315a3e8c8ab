#include "zip_directory.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"

#define LOCAL "PK\3\4"
#define CENTRAL "PK\1\2"
#define END "PK\5\6"
#define END64 "PK\6\6"
#define LOCATOR64 "PK\6\7"
#define DESCRIPTOR "PK\7\10"

enum {
	LOCAL_SIZE = 30,
	CENTRAL_SIZE = 46,
	END_SIZE = 22,
	END64_SIZE = 56,
	LOCATOR64_SIZE = 20,
	COMMENT_MAX = 65535
};

#define FLAG_ENCRYPTED 1
#define FLAG_DESCRIPTOR 8
#define EXTRA_ZIP64 1
#define EXTRA_UNICODE_PATH 0x7075

static bool
is_at(const struct zip_directory *z, size_t at, const char *sign, size_t size)
{
	return at <= z->len && z->len - at >= size && memcmp(z->bytes + at, sign, 4) == 0;
}

static void
doubt(struct zip_directory *z, const char *what)
{
	if (z->doubt == NULL)
		z->doubt = what;
}

static struct zip_entry *
add_entry(struct zip_directory *z)
{
	struct zip_entry *grown;

	if (z->nentries >= z->max) {
		z->more = true;
		return NULL;
	}
	if ((z->nentries & (z->nentries - 1)) == 0) {
		grown = reallocarray(
		    z->entries, z->nentries == 0 ? 1 : 2 * z->nentries, sizeof(*z->entries));
		if (grown == NULL) {
			z->no_memory = true;
			return NULL;
		}
		z->entries = grown;
	}
	z->entries[z->nentries] = (struct zip_entry){0};
	return &z->entries[z->nentries++];
}

/* ---- extra fields ---- */

/* The data of the extra field of that kind; NULL if it is not there. */
static const uint8_t *
find_extra(const uint8_t *at, size_t n, unsigned kind, size_t *len)
{
	for (; n >= 4; at += 4 + *len, n -= 4 + *len) {
		*len = le16(at + 2);
		if (*len > n - 4)
			return NULL;
		if (le16(at) == kind)
			return at + 4;
	}
	return NULL;
}

struct sizes {
	uint64_t size, packed, header;
};

/* Each value of 32 bits that is all ones stands in the zip64 field, in this order. */
static void
read_zip64(const uint8_t *extra, size_t n, struct sizes *v)
{
	uint64_t *fields[] = {&v->size, &v->packed, &v->header};
	size_t len, i;
	const uint8_t *at = find_extra(extra, n, EXTRA_ZIP64, &len);

	for (i = 0; at != NULL && i < 3; i++)
		if (*fields[i] == UINT32_MAX && len >= 8) {
			*fields[i] = le64(at);
			at += 8;
			len -= 8;
		}
}

static void
read_unicode_name(const uint8_t *extra, size_t n, struct zip_entry *e)
{
	size_t len;
	const uint8_t *at = find_extra(extra, n, EXTRA_UNICODE_PATH, &len);

	if (at == NULL || len <= 5)
		return;
	e->unicode_name = (const char *)at + 5;
	e->unicode_name_len = (uint16_t)(len - 5);
}

/* ---- local headers ---- */

static void
set_content(const struct zip_directory *z, struct zip_entry *e, uint64_t packed)
{
	e->cut = packed > z->len - e->data;
	e->packed = e->cut ? z->len - e->data : (size_t)packed;
}

/* Where the content begins; 0 where the header is cut. */
static size_t
local_data(const struct zip_directory *z, size_t header)
{
	const uint8_t *h = z->bytes + header;
	size_t at = header + LOCAL_SIZE + le16(h + 26) + le16(h + 28);

	return at <= z->len ? at : 0;
}

static struct sizes
local_sizes(const uint8_t *h)
{
	struct sizes v = {.packed = le32(h + 18), .size = le32(h + 22)};

	read_zip64(h + LOCAL_SIZE + le16(h + 26), le16(h + 28), &v);
	return v;
}

static void
compare_local(struct zip_directory *z, const struct zip_entry *e, const uint8_t *h, uint64_t packed)
{
	struct sizes v = local_sizes(h);

	if (e->name_len != e->local_name_len || memcmp(e->name, e->local_name, e->name_len) != 0)
		doubt(z, "a file has one name in the directory and another where it stands");
	if (le16(h + 8) != e->method)
		doubt(z, "the directory says another packing than stands at the file");
	if ((le16(h + 6) & FLAG_ENCRYPTED) != e->encrypted)
		doubt(z, "the directory says otherwise than the file whether it is encrypted");
	if (v.packed == packed && v.size == e->size)
		return;
	if ((le16(h + 6) & FLAG_DESCRIPTOR) == 0 || v.packed != 0)
		doubt(z, "the directory says another size than stands at the file");
}

/* Joins an entry of the directory with its local header. */
static void
read_local(struct zip_directory *z, struct zip_entry *e, uint64_t packed)
{
	const uint8_t *h = z->bytes + e->header;

	if (!is_at(z, e->header, LOCAL, LOCAL_SIZE) || (e->data = local_data(z, e->header)) == 0) {
		z->missing = true;
		return;
	}
	e->local_name = (const char *)h + LOCAL_SIZE;
	e->local_name_len = le16(h + 26);
	set_content(z, e, packed);
	compare_local(z, e, h, packed);
	e->encrypted = e->encrypted || (le16(h + 6) & FLAG_ENCRYPTED) != 0;
}

/* ---- the directory ---- */

/* before: bytes before the archive, as its offsets count. Returns the entry's length, 0 for none.
 */
static size_t
read_central(struct zip_directory *z, size_t at, size_t before)
{
	const uint8_t *h = z->bytes + at, *extra;
	struct zip_entry *e;
	struct sizes v;
	size_t len;

	if (!is_at(z, at, CENTRAL, CENTRAL_SIZE))
		return 0;
	len = CENTRAL_SIZE + le16(h + 28) + le16(h + 30) + le16(h + 32);
	if (len > z->len - at || (e = add_entry(z)) == NULL)
		return 0;
	extra = h + CENTRAL_SIZE + le16(h + 28);
	v = (struct sizes){le32(h + 24), le32(h + 20), le32(h + 42)};
	read_zip64(extra, le16(h + 30), &v);
	read_unicode_name(extra, le16(h + 30), e);
	e->name = (const char *)h + CENTRAL_SIZE;
	e->name_len = le16(h + 28);
	e->method = le16(h + 10);
	e->encrypted = (le16(h + 8) & FLAG_ENCRYPTED) != 0;
	e->size = v.size;
	e->header = v.header > z->len - before ? z->len : (size_t)v.header + before;
	read_local(z, e, v.packed);
	return len;
}

static void
read_centrals(struct zip_directory *z, size_t at, size_t end, size_t before)
{
	size_t n;

	while (at < end && (n = read_central(z, at, before)) > 0)
		at += n;
	if (at != end && !z->more)
		z->missing = true;
}

struct end {
	size_t at; /* where the records of the end begin */
	uint64_t size, offset;
};

static void
read_end64(struct zip_directory *z, struct end *e)
{
	size_t locator, at;
	uint64_t offset;

	if (e->at < LOCATOR64_SIZE || !is_at(z, e->at - LOCATOR64_SIZE, LOCATOR64, LOCATOR64_SIZE))
		return;
	locator = e->at - LOCATOR64_SIZE;
	offset = le64(z->bytes + locator + 8);
	at = offset < locator && is_at(z, (size_t)offset, END64, END64_SIZE) ? (size_t)offset
	     : locator >= END64_SIZE					     ? locator - END64_SIZE
									     : 0;
	if (!is_at(z, at, END64, END64_SIZE))
		return;
	e->at = at;
	if (e->size == UINT32_MAX)
		e->size = le64(z->bytes + at + 40);
	if (e->offset == UINT32_MAX)
		e->offset = le64(z->bytes + at + 48);
}

static void
read_directory(struct zip_directory *z, size_t end_at)
{
	const uint8_t *h = z->bytes + end_at;
	struct end e = {.at = end_at, .size = le32(h + 12), .offset = le32(h + 16)};
	size_t start, n;

	if (le16(h + 4) != 0 && le16(h + 4) != UINT16_MAX)
		z->volumes = true;
	read_end64(z, &e);
	if (e.size > e.at) {
		z->missing = true;
		return;
	}
	start = e.at - (size_t)e.size;
	if (e.offset > start || (e.offset < start && is_at(z, (size_t)e.offset, CENTRAL, 4))) {
		doubt(z, "its directory is not where it says");
		if (e.offset < e.at)
			read_centrals(z, (size_t)e.offset, e.at, 0);
	}
	n = z->nentries;
	read_centrals(z, start, e.at, e.offset < start ? start - (size_t)e.offset : 0);
	if (!z->more && le16(h + 10) != UINT16_MAX &&
	    le16(h + 10) != ((z->nentries - n) & UINT16_MAX))
		doubt(z, "its directory has not as many files as it says");
}

/* ---- what only local headers tell ---- */

/* How many bytes the deflated data at `at` takes. */
static size_t
deflated_length(const struct zip_directory *z, size_t at)
{
	unsigned char waste[16384];
	z_stream s;
	int status = Z_OK;

	memset(&s, 0, sizeof(s));
	if (inflateInit2(&s, -15) != Z_OK)
		return 0;
	s.next_in = (Bytef *)(uintptr_t)(z->bytes + at);
	s.avail_in = (uInt)(z->len - at);
	/* never beyond what any member may unpack to */
	while (status == Z_OK && s.total_out < (128u << 20)) {
		s.next_out = waste;
		s.avail_out = sizeof(waste);
		status = inflate(&s, Z_NO_FLUSH);
	}
	inflateEnd(&s);
	return (size_t)s.total_in;
}

static size_t
length_until_sign(const struct zip_directory *z, size_t at)
{
	const uint8_t *end = z->bytes + z->len, *p = z->bytes + at;

	while ((p = bytes_find(p, end, "PK", 2)) != NULL && end - p >= 4) {
		if (memcmp(p, LOCAL, 4) == 0 || memcmp(p, CENTRAL, 4) == 0 ||
		    memcmp(p, DESCRIPTOR, 4) == 0)
			return (size_t)(p - (z->bytes + at));
		p++;
	}
	return z->len - at;
}

/* Adds the entry whose local header stands at `at`. Returns where to look on. */
static size_t
add_local(struct zip_directory *z, size_t at)
{
	const uint8_t *h = z->bytes + at;
	size_t data = local_data(z, at);
	struct sizes v = local_sizes(h);
	struct zip_entry *e;

	if (data == 0 || (e = add_entry(z)) == NULL)
		return at + 4;
	e->header = at;
	e->data = data;
	e->local_name = (const char *)h + LOCAL_SIZE;
	e->local_name_len = le16(h + 26);
	e->method = le16(h + 8);
	e->encrypted = (le16(h + 6) & FLAG_ENCRYPTED) != 0;
	e->size = v.size;
	if ((le16(h + 6) & FLAG_DESCRIPTOR) != 0 && v.packed == 0) {
		v.packed =
		    e->method == Z_DEFLATED ? deflated_length(z, data) : length_until_sign(z, data);
		e->size = UINT64_MAX;
	}
	set_content(z, e, v.packed);
	return data + e->packed;
}

/* Local headers between `from` and `to`, where the directory knows of no entry. */
static void
search_gap(struct zip_directory *z, size_t from, size_t to)
{
	const uint8_t *p;

	while (from < to && !z->more &&
	       (p = bytes_find(z->bytes + from, z->bytes + to, LOCAL, 4)) != NULL) {
		from = (size_t)(p - z->bytes);
		/* the four bytes alone can stand anywhere */
		if (z->len - from < LOCAL_SIZE || le16(p + 4) > 100 || local_data(z, from) == 0) {
			from += 4;
			continue;
		}
		doubt(z, "there is a file in it of which its directory does not know");
		from = add_local(z, from);
	}
}

static bool
has_second_end(const struct zip_directory *z, size_t from, size_t to)
{
	const uint8_t *p = z->bytes + from, *end = z->bytes + to;

	while ((p = bytes_find(p, end, END, 4)) != NULL) {
		if (end - p >= END_SIZE && le16(p + 4) == 0 && le16(p + 8) == le16(p + 10))
			return true;
		p += 4;
	}
	return false;
}

static int
by_header(const void *a, const void *b)
{
	size_t x = ((const struct zip_entry *)a)->header, y = ((const struct zip_entry *)b)->header;

	return x < y ? -1 : x > y;
}

/* What lies between the entries of the directory; entries overlap where one begins too early. */
static void
search_gaps(struct zip_directory *z, size_t end_at)
{
	size_t i, n = z->nentries, at = 0;

	if (n > 0)
		qsort(z->entries, n, sizeof(*z->entries), by_header);
	for (i = 0; i < n; i++) {
		if (z->entries[i].data == 0)
			continue;
		if (z->entries[i].header < at) {
			z->overlap = true;
			continue;
		}
		if (has_second_end(z, at, z->entries[i].header))
			doubt(z, "there is another archive before it");
		search_gap(z, at, z->entries[i].header);
		at = z->entries[i].data + z->entries[i].packed;
	}
	if (at < end_at)
		search_gap(z, at, end_at);
	if (at < end_at && has_second_end(z, at, end_at))
		doubt(z, "it has two ends");
}

/* ---- the whole ---- */

static bool
is_begin(const uint8_t *bytes, size_t len)
{
	return len >= 4 && (memcmp(bytes, LOCAL, 4) == 0 || memcmp(bytes, DESCRIPTOR, 4) == 0 ||
			       memcmp(bytes, "PK00", 4) == 0 || memcmp(bytes, END, 4) == 0);
}

/* A drawing of Autodesk's: "(DWF V06.00)", and then the zip file. */
static bool
is_drawing(const uint8_t *bytes, size_t len)
{
	return len >= 16 && memcmp(bytes, "(DWF V", 6) == 0 && is_begin(bytes + 12, len - 12);
}

/* The offset of the last record of an end; SIZE_MAX if there is none. */
static size_t
find_end(const uint8_t *bytes, size_t len)
{
	size_t at, least = !is_begin(bytes, len) && len > COMMENT_MAX + END_SIZE
			       ? len - COMMENT_MAX - END_SIZE
			       : 0;
	const uint8_t *p;

	if (len < END_SIZE)
		return SIZE_MAX;
	for (at = len - END_SIZE + 1; at > least;) {
		p = memrchr(bytes + least, 'P', at - least);
		if (p == NULL)
			break;
		at = (size_t)(p - bytes);
		if (memcmp(p, END, 4) == 0)
			return at;
	}
	return SIZE_MAX;
}

static bool
has_directory_before(const uint8_t *bytes, size_t at)
{
	uint32_t size = le32(bytes + at + 12);

	return size >= CENTRAL_SIZE && size <= at && memcmp(bytes + at - size, CENTRAL, 4) == 0;
}

bool
zip_is(const uint8_t *bytes, size_t len)
{
	size_t end;

	if (is_begin(bytes, len))
		return true;
	end = find_end(bytes, len);
	return end != SIZE_MAX && end + END_SIZE + le16(bytes + end + 20) == len &&
	       has_directory_before(bytes, end);
}

bool
zip_is_amid(const uint8_t *bytes, size_t len)
{
	size_t end = find_end(bytes, len);

	return end != SIZE_MAX && has_directory_before(bytes, end);
}

void
zip_directory_read(struct zip_directory *z, const uint8_t *bytes, size_t len, size_t max)
{
	size_t end = find_end(bytes, len);

	*z = (struct zip_directory){.bytes = bytes, .len = len, .max = max};
	if (len >= 4 && memcmp(bytes, DESCRIPTOR, 4) == 0 && !is_at(z, 4, LOCAL, 4))
		z->volumes = true;
	if (end == SIZE_MAX) {
		z->missing = true;
		search_gap(z, 0, len);
		z->doubt = NULL;
		return;
	}
	if (!is_begin(bytes, len) && !is_drawing(bytes, len))
		doubt(z, "there is something else before it");
	read_directory(z, end);
	search_gaps(z, end);
	if (len - end > END_SIZE &&
	    bytes_find(bytes + end + END_SIZE, bytes + len, LOCAL, 4) != NULL)
		search_gap(z, end + END_SIZE, len);
}

void
zip_directory_free(struct zip_directory *z)
{
	free(z->entries);
	z->entries = NULL;
	z->nentries = 0;
}
