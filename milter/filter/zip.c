#include "zip.h"

#include <string.h>

#include "archive_kind.h"
#include "deflate64.h"
#include "deflated.h"
#include "member.h"
#include "prefixed.h"
#include "shown.h"
#include "unarchive.h"
#include "zip_directory.h"

enum { METHOD_STORED = 0, METHOD_DEFLATED = 8, METHOD_DEFLATE64 = 9 };

struct zip {
	struct scan *scan;
	const struct object *object;
	struct zip_directory directory;
	struct member member;
};

/* Where nothing else tells what it is, the name makes a program look for a zip file in it. */
static bool
is_amid(const struct object *o)
{
	return prefixed_is_called_archive(o) && archive_kind_of(o->bytes, o->len) == NULL &&
	       zip_is_amid(o->bytes, o->len);
}

bool
zip_applies(const struct object *o)
{
	return !o->plain_text && (zip_is(o->bytes, o->len) || is_amid(o));
}

/* ---- content ---- */

static void
find_unreadable(struct zip *z, const char *why)
{
	char name[SHOWN_MAX];

	scan_find(z->scan, z->object, RULE_CANNOT_INSPECT, "%s in it %s",
	    shown_str(name, member_name(&z->member)), why);
}

static void
unpack(struct zip *z, const struct zip_entry *e)
{
	const char *error;
	size_t n;

	if (e->method == METHOD_DEFLATED) {
		if (deflated_unpack(&z->member, z->object->bytes + e->data, e->packed, DEFLATED_RAW,
			&n) == DEFLATED_DAMAGED)
			find_unreadable(z, "is damaged");
		return;
	}
	if (e->method == METHOD_DEFLATE64) {
		if (deflate64_unpack(&z->member, z->object->bytes + e->data, e->packed) ==
		    DEFLATED_DAMAGED)
			find_unreadable(z, "is damaged");
		return;
	}
	/* the local header is what libarchive reads the packing from */
	n = e->data - e->header + e->packed;
	error = unarchive_zip_entry(&z->member, z->object->bytes + e->header, n);
	if (error != NULL)
		find_unreadable(z, error);
}

/* A size that is wrong is what a program allocates, or where it stops. */
static void
check_size(struct zip *z, const struct zip_entry *e)
{
	if (e->size != UINT64_MAX && z->member.content.len > e->size)
		scan_find(z->scan, z->object, RULE_ARCHIVE_AMBIGUOUS,
		    "a file in it is larger than it says");
}

static void
inspect_content(struct zip *z, const struct zip_entry *e)
{
	if (e->data == 0 || z->directory.overlap) {
		member_inspect(&z->member);
		return;
	}
	if (e->cut)
		find_unreadable(z, "is cut short");
	if (e->method == METHOD_STORED) {
		if (scan_may_unpack(z->scan, z->object, e->packed))
			member_inspect_bytes(&z->member, z->object->bytes + e->data, e->packed);
		else
			member_inspect(&z->member);
		return;
	}
	unpack(z, e);
	check_size(z, e);
	member_inspect(&z->member);
}

/* ---- entries ---- */

static bool
is_folder(const char *name, size_t n)
{
	return n > 0 && (name[n - 1] == '/' || name[n - 1] == '\\');
}

static void
inspect_entry(struct zip *z, const struct zip_entry *e)
{
	struct member *m = &z->member;
	char name[SHOWN_MAX];

	if (e->packed == 0 && is_folder(e->name != NULL ? e->name : e->local_name,
				  e->name != NULL ? e->name_len : e->local_name_len))
		return;
	member_clear(m);
	if (e->name != NULL)
		member_add_name(m, e->name, e->name_len);
	if (e->local_name != NULL)
		member_add_name(m, e->local_name, e->local_name_len);
	if (e->unicode_name != NULL)
		member_add_name(m, e->unicode_name, e->unicode_name_len);
	if (!e->encrypted) {
		inspect_content(z, e);
		return;
	}
	scan_find(z->scan, z->object, RULE_ENCRYPTED_ARCHIVE, "%s in it is encrypted",
	    shown_str(name, member_name(m)));
	member_inspect(m);
}

static void
find_structure(struct zip *z)
{
	const struct zip_directory *d = &z->directory;

	if (d->doubt != NULL)
		scan_find(z->scan, z->object, RULE_ARCHIVE_AMBIGUOUS, "%s", d->doubt);
	if (d->volumes)
		scan_find(z->scan, z->object, RULE_CANNOT_INSPECT, "one of several volumes");
	else if (d->missing)
		scan_find(z->scan, z->object, RULE_CANNOT_INSPECT, "its directory is damaged");
	if (d->overlap)
		scan_find(z->scan, z->object, RULE_ARCHIVE_BOMB, "files in it overlap");
	if (d->more)
		scan_find(z->scan, z->object, RULE_ARCHIVE_BOMB, "too many files in it");
	if (d->no_memory)
		z->scan->no_memory = true;
}

/* ---- what kind of zip file it is ---- */

static bool
has(const struct zip_directory *d, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < d->nentries; i++)
		if (d->entries[i].name_len == n && d->entries[i].name != NULL &&
		    memcmp(d->entries[i].name, name, n) == 0)
			return true;
	return false;
}

static bool
has_class(const struct zip_directory *d)
{
	const struct zip_entry *e;

	for (e = d->entries; e < d->entries + d->nentries; e++)
		if (e->name_len > 6 && memcmp(e->name + e->name_len - 6, ".class", 6) == 0)
			return true;
	return false;
}

static const struct {
	const char *member;
	const char *type;
	enum scan_rule rule; /* RULE_COUNT for none */
	const char *what;
} kinds[] = {
    {"[Content_Types].xml", "application/vnd.openxmlformats-officedocument", RULE_COUNT, NULL},
    {"mimetype", "application/vnd.oasis.opendocument", RULE_COUNT, NULL},
    {"AndroidManifest.xml", "application/vnd.android.package-archive", RULE_INSTALLER,
	"a program for Android"},
    {"AppxManifest.xml", "application/appx", RULE_INSTALLER, "a package of Windows programs"},
    {"AppxMetadata/AppxBundleManifest.xml", "application/appxbundle", RULE_INSTALLER,
	"a package of Windows programs"},
    {"gadget.xml", "application/x-windows-gadget", RULE_INSTALLER, "a gadget of Windows"},
    {"extension.vsixmanifest", "application/vsix", RULE_INSTALLER, "an extension"},
};

static void
judge_kind(struct zip *z)
{
	const char *type = "application/zip";
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!has(&z->directory, kinds[i].member))
			continue;
		type = kinds[i].type;
		if (kinds[i].rule != RULE_COUNT)
			scan_find(z->scan, z->object, kinds[i].rule, "%s", kinds[i].what);
	}
	if (has(&z->directory, "META-INF/MANIFEST.MF") && has_class(&z->directory)) {
		type = "application/java-archive";
		scan_find(z->scan, z->object, RULE_EXECUTABLE, "a Java program");
	}
	scan_say_type(z->scan, z->object, type);
}

void
zip_inspect(struct scan *s, const struct object *o)
{
	struct zip z = {.scan = s, .object = o};
	size_t i;

	member_init(&z.member, s, o);
	zip_directory_read(&z.directory, o->bytes, o->len, s->limits.objects);
	find_structure(&z);
	judge_kind(&z);
	for (i = 0; i < z.directory.nentries; i++)
		inspect_entry(&z, &z.directory.entries[i]);
	zip_directory_free(&z.directory);
	member_free(&z.member);
}
