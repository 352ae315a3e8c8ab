#include "ole_document.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "biff.h"
#include "equation.h"
#include "msg.h"
#include "office_crypt.h"
#include "ole.h"
#include "package.h"
#include "powerpoint.h"
#include "shown.h"
#include "utf16.h"
#include "vba.h"
#include "word.h"

#define SMALLEST 1536 /* bytes: header, table and directory; nobody opens what has less */
#define MAX_PROJECTS 64
#define MAX_ATTACHMENTS 1000
#define MAX_SPUN 16    /* of one message; those of more need a password for all that we know */
#define INFO_MAX 65536 /* of what tells how a document is encrypted */

struct document {
	struct scan *scan;
	const struct object *object;
	struct ole ole;
	struct buf raw;	   /* the stream that is looked at */
	unsigned projects; /* seen so far */
	unsigned attachments;
	uint32_t project; /* the storage of the last project seen */
	uint32_t entry;	  /* the stream that is looked at */
};

bool
ole_document_applies(const struct object *o)
{
	return ole_is(o->bytes, o->len);
}

static const uint8_t *
raw(const struct document *d)
{
	return (const uint8_t *)d->raw.data;
}

/* ---- what a class tells: of the whole file, or of an object in it ---- */

static const struct {
	uint8_t id[16];
	enum scan_rule rule;
	const char *what;
} classes[] = {
    {{0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}, RULE_INSTALLER,
	"a Windows installer"},
    {{0x86, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}, RULE_INSTALLER,
	"a patch for the Windows installer"},
    {{0x82, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}, RULE_INSTALLER,
	"a transform for the Windows installer"},
    {{0x2e, 0xd7, 0x02, 0xf2, 0xcb, 0x7a, 0xd1, 0x11, 0x83, 0x83, 0, 0x60, 0x08, 0x20, 0xc7, 0x45},
	RULE_EMBEDDED_OBJECT, "a Shell.Explorer object"},
    {{0x61, 0xf9, 0x56, 0x88, 0x0a, 0x34, 0xd0, 0x11, 0xa9, 0x6b, 0, 0xc0, 0x4f, 0xd7, 0x05, 0xa2},
	RULE_ACTIVEX, "a web browser control"},
    {{0x6e, 0xdb, 0x7c, 0xd2, 0x6d, 0xae, 0xcf, 0x11, 0x96, 0xb8, 0x44, 0x45, 0x53, 0x54, 0, 0},
	RULE_ACTIVEX, "a Flash control"},
};

static void
judge_class(struct document *d, uint32_t entry)
{
	struct buf path;
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (memcmp(d->ole.entries[entry].id, classes[i].id, 16) != 0)
			continue;
		buf_init(&path, 512);
		ole_path(&d->ole, entry, &path);
		scan_find(d->scan, d->object, classes[i].rule, "%s%s%s", classes[i].what,
		    path.len > 0 ? " in " : "", buf_str(&path));
		buf_free(&path);
	}
}

static void
find_equation(struct document *d, uint32_t entry)
{
	struct buf path;

	buf_init(&path, 512);
	ole_path(&d->ole, entry, &path);
	scan_find(d->scan, d->object, RULE_EMBEDDED_OBJECT,
	    "an object of the old equation editor%s%s that is no ordinary formula",
	    path.len > 0 ? " in " : "", buf_str(&path));
	buf_free(&path);
}

/* Formulas of its own are read with their stream; the editor takes data of other kinds too. */
static void
judge_equation_editor(struct document *d, uint32_t entry)
{
	static const uint8_t editor[16] = {
	    0x02, 0xce, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

	if (memcmp(d->ole.entries[entry].id, editor, 16) == 0 &&
	    (ole_find(&d->ole, entry, "Equation Native") == OLE_NONE ||
		ole_find(&d->ole, entry, "\1Ole10Native") != OLE_NONE))
		find_equation(d, entry);
}

/* ---- streams ---- */

static void
read_native(struct document *d, const char *path)
{
	if (!scan_may_unpack(d->scan, d->object, d->raw.len))
		return;
	/* what is no package is an object of an old program: a picture, as a rule */
	if (!package_inspect_stream(
		d->scan, d->object, raw(d), d->raw.len, RULE_EMBEDDED_OBJECT, path) &&
	    d->raw.len > 4)
		inspect_within(d->scan, d->object, NULL, raw(d) + 4, d->raw.len - 4);
}

static void
read_equation(struct document *d, const char *path)
{
	static const uint8_t mathtype[16] = {
	    0x03, 0xce, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
	uint32_t storage = d->ole.entries[d->entry].parent;

	(void)path;
	if (equation_is_ordinary(raw(d), d->raw.len))
		return;
	if (storage == OLE_NONE || !equation_is_mathtype(raw(d), d->raw.len) ||
	    memcmp(d->ole.entries[storage].id, mathtype, 16) != 0)
		find_equation(d, d->entry);
}

static void
read_control(struct document *d, const char *path)
{
	scan_find(d->scan, d->object, RULE_ACTIVEX, "a control in %s", path);
}

static void
read_encrypted(struct document *d, const char *path)
{
	uint32_t storage = d->ole.entries[d->entry].parent;
	struct buf info;

	(void)path;
	if (storage == OLE_NONE)
		storage = 0;
	buf_init(&info, INFO_MAX);
	if (ole_read(&d->ole, ole_find(&d->ole, storage, "EncryptionInfo"), &info) &&
	    d->scan->spun++ < MAX_SPUN && scan_may_unpack(d->scan, d->object, d->raw.len) &&
	    office_crypt_open((const uint8_t *)buf_str(&info), info.len, &d->raw))
		inspect_within(d->scan, d->object, NULL, raw(d), d->raw.len);
	else
		scan_find(
		    d->scan, d->object, RULE_ENCRYPTED_DOCUMENT, "an encrypted Office document");
	buf_free(&info);
}

static void
read_rights(struct document *d, const char *path)
{
	(void)path;
	scan_find(d->scan, d->object, RULE_ENCRYPTED_DOCUMENT,
	    "an Office document encrypted by rights management");
}

static void
read_workbook(struct document *d, const char *path)
{
	(void)path;
	biff_inspect(d->scan, d->object, raw(d), d->raw.len);
}

static void
read_presentation(struct document *d, const char *path)
{
	(void)path;
	powerpoint_inspect(d->scan, d->object, raw(d), d->raw.len);
}

static void
read_user(struct document *d, const char *path)
{
	(void)path;
	powerpoint_inspect_user(d->scan, d->object, raw(d), d->raw.len);
}

/* A file of another format that stands in a stream as it is. */
static void
read_file(struct document *d, const char *path)
{
	(void)path;
	/* several streams may lie in the same place, and have the like within */
	if (scan_may_unpack(d->scan, d->object, d->raw.len))
		inspect_within(d->scan, d->object, NULL, raw(d), d->raw.len);
}

/* What the object is linked to: monikers, of which one of a URL is read when it is updated. */
static void
read_link(struct document *d, const char *path)
{
	static const struct {
		const char *id;
		const char *what;
	} monikers[] = {
	    {"\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\x00\xaa\x00\x4b\xa9\x0b", "a web address"},
	    {"\xc6\xaf\xab\xec\x19\x7f\xd2\x11\x97\x8e\x00\x00\xf8\x75\x7e\x2a", "a script"},
	    {"\xc7\xb0\xab\xec\x19\x7f\xd2\x11\x97\x8e\x00\x00\xf8\x75\x7e\x2a", "a web service"},
	    {"\xd3\x0b\x29\x06\xaa\x48\xd2\x11\x84\x32\x00\x60\x08\xc3\xfb\xfc", "a script"}};
	const uint8_t *end = raw(d) + d->raw.len, *at;
	char text[SHOWN_MAX];
	struct buf url;
	size_t i;

	for (i = 0; i < sizeof(monikers) / sizeof(*monikers); i++) {
		at = bytes_find(raw(d), end, monikers[i].id, 16);
		if (at == NULL)
			continue;
		buf_init(&url, 1024);
		at += end - at >= 20 ? 20 : end - at;
		utf16le_add(&url, at, end - at < 200 ? (size_t)(end - at) : 200);
		scan_find(d->scan, d->object, RULE_EXTERNAL_LINK,
		    "an object linked to %s in %s: %s", monikers[i].what, path,
		    shown(text, buf_str(&url), strlen(buf_str(&url))));
		buf_free(&url);
	}
}

static const struct {
	const char *name;
	void (*read)(struct document *, const char *path);
} streams[] = {
    {"\1Ole10Native", read_native},
    {"\1Ole", read_link},
    {"\3LinkInfo", read_link},
    {"\3OCXNAME", read_control},
    {"\3OCXDATA", read_control},
    {"Ctls", read_control},
    {"\tDRMContent", read_rights},
    {"Book", read_workbook},
    {"CONTENTS", read_file},
    {"Current User", read_user},
    {"EncryptedPackage", read_encrypted},
    {"Equation Native", read_equation},
    {"Package", read_file},
    {"PowerPoint Document", read_presentation},
    {"Workbook", read_workbook},
};

static void
inspect_stream(struct document *d, uint32_t entry)
{
	const char *name = d->ole.entries[entry].name;
	struct buf path;
	size_t i;

	d->entry = entry;
	if (strcasecmp(name, "WordDocument") == 0) {
		word_inspect(d->scan, d->object, &d->ole, entry);
		return;
	}
	for (i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		if (strcasecmp(name, streams[i].name) != 0 || !ole_read(&d->ole, entry, &d->raw))
			continue;
		buf_init(&path, 512);
		ole_path(&d->ole, entry, &path);
		streams[i].read(d, buf_str(&path));
		buf_free(&path);
	}
}

/* False, with a finding, where there are more of a kind than any document has. */
static bool
count(struct document *d, unsigned *n, unsigned max)
{
	if (++*n <= max)
		return true;
	scan_find(d->scan, d->object, RULE_CANNOT_INSPECT, "too many objects of one kind in it");
	return false;
}

static void
inspect_entry(struct document *d, uint32_t entry)
{
	const struct ole_entry *e = &d->ole.entries[entry];

	judge_class(d, entry);
	judge_equation_editor(d, entry);
	if (msg_is_attachment(e) && count(d, &d->attachments, MAX_ATTACHMENTS))
		msg_inspect(d->scan, d->object, &d->ole, entry);
	if (e->kind != OLE_STREAM)
		return;
	if (vba_is_sign(e) && e->parent != d->project && e->parent != OLE_NONE &&
	    count(d, &d->projects, MAX_PROJECTS)) {
		d->project = e->parent;
		vba_inspect(d->scan, d->object, &d->ole, e->parent);
	}
	inspect_stream(d, entry);
}

void
ole_document_inspect(struct scan *s, const struct object *o)
{
	struct document d = {.scan = s, .object = o, .project = OLE_NONE};
	uint32_t i;

	buf_init(&d.raw, 0);
	if (ole_open(&d.ole, o->bytes, o->len)) {
		for (i = 0; i < d.ole.nentries; i++)
			if (d.ole.entries[i].kind != OLE_UNUSED)
				inspect_entry(&d, i);
	} else if (o->len >= SMALLEST)
		scan_find(s, o, RULE_CANNOT_INSPECT, "a damaged compound file");
	ole_close(&d.ole);
	buf_free(&d.raw);
}
