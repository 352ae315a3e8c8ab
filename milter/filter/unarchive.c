#include "unarchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "archive_kind.h"
#include "base/ascii.h"
#include "base/bytes.h"
#include "deflated.h"
#include "rar.h"
#include "shown.h"

#define STEP 65536
#define MAX_WARNINGS 1000

struct unpacking {
	struct scan *scan;
	const struct object *object;
	const struct archive_kind *kind;
	struct archive *archive;
	struct member member;
	unsigned char piece[STEP];
};

/*
 * Names in archives are in many charsets; libarchive can only tell those that
 * the locale has. The one of the process may be "C".
 */
static locale_t utf8;

bool
unarchive_prepare(struct buf *err)
{
	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (utf8 == (locale_t)0)
		buf_adds(err, "there is no locale C.UTF-8");
	return utf8 != (locale_t)0;
}

bool
unarchive_applies(const struct object *o)
{
	return !o->plain_text && archive_kind_of(o->bytes, o->len) != NULL;
}

/* ---- content ---- */

enum reading { READ_WHOLE, READ_DAMAGED, READ_LIMIT };

static enum reading
read_content(struct archive *a, struct member *m, unsigned char *piece)
{
	unsigned warnings = 0;
	la_ssize_t n;

	while ((n = archive_read_data(a, piece, STEP)) != 0) {
		if (n == ARCHIVE_RETRY || n == ARCHIVE_WARN) {
			if (++warnings > MAX_WARNINGS)
				return READ_DAMAGED;
			continue;
		}
		if (n < 0)
			return READ_DAMAGED;
		if (!member_add(m, piece, (size_t)n))
			return READ_LIMIT;
	}
	return READ_WHOLE;
}

static const char *
why(struct unpacking *u)
{
	const char *error = archive_error_string(u->archive);

	return error != NULL ? error : "damaged";
}

static void
find_damage(struct unpacking *u)
{
	char name[SHOWN_MAX], error[SHOWN_MAX];

	scan_find(u->scan, u->object, RULE_CANNOT_INSPECT, "%s: %s in it cannot be unpacked: %s",
	    u->kind->what, shown_str(name, member_name(&u->member)), shown_str(error, why(u)));
}

/* ---- archives of files ---- */

/* In the charset that the format knows, or as it stands. */
static void
add_entry_name(struct member *m, struct archive_entry *e)
{
	const char *name = archive_entry_pathname_utf8(e);

	if (name == NULL)
		name = archive_entry_pathname(e);
	if (name != NULL)
		member_add_name(m, name, strlen(name));
}

static bool
is_file(struct archive_entry *e)
{
	return archive_entry_filetype(e) == AE_IFREG || archive_entry_filetype(e) == 0;
}

static void
find_encrypted(struct unpacking *u)
{
	char name[SHOWN_MAX];

	scan_find(u->scan, u->object, RULE_ENCRYPTED_ARCHIVE, "%s in it is encrypted",
	    shown_str(name, member_name(&u->member)));
}

/* Behind damage in a cabinet, libarchive 3.6 goes on by a pointer that it has not set. */
static bool
may_go_on(const struct unpacking *u, enum reading reading)
{
	return reading != READ_DAMAGED || u->kind->enable != archive_read_support_format_cab;
}

/* False where nothing more can be read of the archive. */
static bool
inspect_entry(struct unpacking *u, struct archive_entry *e)
{
	enum reading reading = READ_WHOLE;

	if (archive_entry_filetype(e) == AE_IFDIR)
		return true;
	member_clear(&u->member);
	add_entry_name(&u->member, e);
	if (archive_entry_is_encrypted(e))
		find_encrypted(u);
	else if (is_file(e))
		reading = read_content(u->archive, &u->member, u->piece);
	if (reading == READ_DAMAGED)
		find_damage(u);
	member_inspect(&u->member);
	return may_go_on(u, reading);
}

static void
find_end(struct unpacking *u, int status)
{
	char error[SHOWN_MAX];

	if (archive_read_has_encrypted_entries(u->archive) > 0)
		scan_find(u->scan, u->object, RULE_ENCRYPTED_ARCHIVE,
		    "%s whose content is encrypted", u->kind->what);
	else if (status != ARCHIVE_EOF && !u->scan->exhausted)
		scan_find(u->scan, u->object, RULE_CANNOT_INSPECT, "%s that cannot be read: %s",
		    u->kind->what, shown_str(error, why(u)));
}

static void
inspect_entries(struct unpacking *u)
{
	struct archive_entry *e;
	unsigned warnings = 0;
	int status = ARCHIVE_OK;

	while (status != ARCHIVE_EOF && status > ARCHIVE_FAILED && warnings < MAX_WARNINGS &&
	       scan_has_time(u->scan, u->object)) {
		status = archive_read_next_header(u->archive, &e);
		if (status == ARCHIVE_RETRY)
			warnings++;
		else if (status >= ARCHIVE_WARN && status != ARCHIVE_EOF && !inspect_entry(u, e))
			return;
	}
	find_end(u, status);
}

/* ---- compressed files ---- */

static bool
ends_in(const char *s, size_t n, const char *end)
{
	size_t len = strlen(end), i;

	if (n < len)
		return false;
	for (i = 0; i < len; i++)
		if (ascii_lower(s[n - len + i]) != end[i])
			return false;
	return true;
}

/* What a program calls the file that it unpacks. */
static void
add_name_within(struct member *m, const char *name)
{
	static const struct {
		const char *end, *instead;
	} ends[] = {{".tgz", ".tar"}, {".tbz", ".tar"}, {".tbz2", ".tar"}, {".txz", ".tar"},
	    {".tlz", ".tar"}, {".tzst", ".tar"}, {".taz", ".tar"}, {".svgz", ".svg"},
	    {".emz", ".emf"}, {".wmz", ".wmf"}, {".gz", ""}, {".bz2", ""}, {".bz", ""}, {".xz", ""},
	    {".lzma", ""}, {".lz", ""}, {".lz4", ""}, {".zst", ""}, {".z", ""}};
	size_t i, n = strlen(name);
	struct buf within;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (!ends_in(name, n, ends[i].end))
			continue;
		buf_init(&within, 0);
		buf_add(&within, name, n - strlen(ends[i].end));
		buf_adds(&within, ends[i].instead);
		member_add_name(m, buf_str(&within), within.len);
		buf_free(&within);
		return;
	}
}

/* The name in the header of a gzip file (RFC 1952 2.3). */
static void
add_gzip_name(struct member *m, const struct object *o)
{
	const uint8_t *b = o->bytes, *end;
	size_t at = 10;

	if (o->len < 18 || b[0] != 0x1f || b[1] != 0x8b || (b[3] & 8) == 0)
		return;
	if ((b[3] & 4) != 0)
		at += 2 + (size_t)le16(b + 10);
	end = at < o->len ? memchr(b + at, '\0', o->len - at) : NULL;
	if (end != NULL)
		member_add_name(m, (const char *)b + at, (size_t)(end - (b + at)));
}

static void
add_names_within(struct unpacking *u)
{
	size_t i;

	add_gzip_name(&u->member, u->object);
	for (i = 0; i < u->object->nnames; i++)
		add_name_within(&u->member, u->object->names[i]);
}

static void
inspect_compressed(struct unpacking *u)
{
	struct archive_entry *e;
	int status = archive_read_next_header(u->archive, &e);
	enum reading reading = READ_WHOLE;

	if (archive_filter_count(u->archive) < 2) /* it does not know how to unpack that one */
		reading = READ_DAMAGED;
	else if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
		reading = read_content(u->archive, &u->member, u->piece);
	else if (status != ARCHIVE_EOF)
		reading = READ_DAMAGED;
	add_names_within(u);
	if (reading == READ_DAMAGED)
		find_damage(u);
	member_inspect(&u->member);
}

static bool
is_gzip(const uint8_t *bytes, size_t len)
{
	return len >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* Gzip by zlib itself, which gives what there is of a damaged file. */
static void
inspect_gzip(struct unpacking *u)
{
	const uint8_t *at = u->object->bytes;
	size_t left = u->object->len, taken;
	enum deflated_result result = DEFLATED_WHOLE;

	while (result == DEFLATED_WHOLE && is_gzip(at, left)) {
		result = deflated_unpack(&u->member, at, left, DEFLATED_GZIP, &taken);
		at += taken;
		left -= taken;
	}
	add_names_within(u);
	if (result == DEFLATED_DAMAGED)
		scan_find(
		    u->scan, u->object, RULE_CANNOT_INSPECT, "%s that is damaged", u->kind->what);
	member_inspect(&u->member);
}

/* ---- the inspector ---- */

/*
 * The formats are enabled one by one, never all: some filters would start a
 * program, and content must not be taken for something else at second sight.
 */
static bool
open_archive(struct unpacking *u)
{
	int status = u->kind->enable(u->archive);
	size_t skipped;

	if (u->kind->sort == ARCHIVE_COMPRESSED && status >= ARCHIVE_WARN) {
		status = archive_read_support_format_raw(u->archive);
		archive_read_support_format_empty(u->archive);
	}
	if (status < ARCHIVE_WARN)
		return false;
	skipped = archive_kind_skipped(u->object->bytes, u->object->len);
	return archive_read_open_memory(
		   u->archive, u->object->bytes + skipped, u->object->len - skipped) == ARCHIVE_OK;
}

static void
inspect_opened(struct unpacking *u)
{
	char error[SHOWN_MAX];

	if (!open_archive(u))
		scan_find(u->scan, u->object, RULE_CANNOT_INSPECT, "%s that cannot be read: %s",
		    u->kind->what, shown_str(error, why(u)));
	else if (u->kind->sort == ARCHIVE_OF_FILES)
		inspect_entries(u);
	else
		inspect_compressed(u);
}

static void
unpack(struct unpacking *u)
{
	if (is_gzip(u->object->bytes, u->object->len)) {
		member_init(&u->member, u->scan, u->object);
		inspect_gzip(u);
		member_free(&u->member);
		return;
	}
	u->archive = archive_read_new();
	if (u->archive == NULL) {
		u->scan->no_memory = true;
		return;
	}
	member_init(&u->member, u->scan, u->object);
	inspect_opened(u);
	member_free(&u->member);
	archive_read_free(u->archive);
}

static void
unpack_within(struct scan *s, const struct object *o, const struct archive_kind *kind)
{
	struct unpacking *u = malloc(sizeof(*u));

	if (u == NULL) {
		s->no_memory = true;
		return;
	}
	u->scan = s;
	u->object = o;
	u->kind = kind;
	unpack(u);
	free(u);
}

void
unarchive_inspect(struct scan *s, const struct object *o)
{
	const struct archive_kind *kind = archive_kind_of(o->bytes, o->len);
	locale_t before = uselocale((locale_t)0);

	scan_say_type(s, o, kind->type);
	if (kind->sort == ARCHIVE_FOREIGN) {
		scan_find(s, o, RULE_CANNOT_INSPECT, "%s", kind->what);
		return;
	}
	if (utf8 != (locale_t)0)
		uselocale(utf8);
	if (rar_is(o->bytes, o->len))
		rar_inspect_headers(s, o);
	unpack_within(s, o, kind);
	uselocale(before);
}

const char *
unarchive_zip_entry(struct member *m, const uint8_t *bytes, size_t len)
{
	struct archive *a = archive_read_new();
	unsigned char *piece = malloc(STEP);
	struct archive_entry *e;
	enum reading reading = READ_DAMAGED;

	if (a == NULL || piece == NULL)
		m->scan->no_memory = true;
	else if (archive_read_support_format_zip_streamable(a) == ARCHIVE_OK &&
		 archive_read_open_memory(a, bytes, len) == ARCHIVE_OK &&
		 archive_read_next_header(a, &e) >= ARCHIVE_WARN)
		reading = read_content(a, m, piece);
	free(piece);
	archive_read_free(a);
	return reading == READ_DAMAGED ? "is damaged, or packed in a way that cannot be read"
				       : NULL;
}
