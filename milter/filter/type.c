#include "type.h"

#include <magic.h>
#include <string.h>

#include "base/utf8.h"
#include "content.h"
#include "extension.h"
#include "launcher.h"
#include "name.h"
#include "shown.h"

#define MAGIC_BYTES 16384 /* that libmagic sees: most signs stand at the very begin */
#define TEXT_BYTES 4096	  /* without a control character in them it is a text */
#define TEXT_SURE 256	  /* even where they are no UTF-8 */

/* One for the process: scanners have one thread. */
static _Thread_local magic_t magic;

bool
type_prepare(struct buf *err)
{
	if (magic == NULL)
		magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF |
				   MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_CDF);
	if (magic != NULL && magic_load(magic, NULL) == 0) {
		/* its expressions are compiled at first use, which takes a tenth of a second */
		magic_buffer(magic, "a text\n", 7);
		return true;
	}
	buf_addf(err, "libmagic: %s", magic != NULL ? magic_error(magic) : "no memory");
	if (magic != NULL)
		magic_close(magic);
	magic = NULL;
	return false;
}

bool
type_applies(const struct object *o)
{
	return !o->plain_text && (o->len > 0 || o->ntypes > 0);
}

/* ---- what it says that it is ---- */

/* The family that a media type promises. */
static enum extension_family
type_family(const char *type)
{
	static const struct {
		const char *begin;
		enum extension_family family;
	} families[] = {{"application/pdf", FAMILY_PDF}, {"image/png", FAMILY_IMAGE},
	    {"image/jp", FAMILY_IMAGE}, {"image/gif", FAMILY_IMAGE}, {"image/webp", FAMILY_IMAGE},
	    {"image/bmp", FAMILY_IMAGE}, {"image/tiff", FAMILY_IMAGE}, {"image/hei", FAMILY_IMAGE},
	    {"audio/", FAMILY_MEDIA}, {"video/", FAMILY_MEDIA}, {"text/plain", FAMILY_DOCUMENT},
	    {"text/csv", FAMILY_DOCUMENT}, {"application/zip", FAMILY_ARCHIVE}};
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (strncmp(type, families[i].begin, strlen(families[i].begin)) == 0)
			return families[i].family;
	return FAMILY_NONE;
}

/* Documents that are no archives themselves, nor taken for a document when they are HTML. */
static bool
is_plain_document(const char *ext)
{
	static const char *const list[] = {"txt", "csv", "log", "rtf", "ics", "vcf", "html", "htm"};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (strcmp(list[i], ext) == 0)
			return true;
	return false;
}

/* Web applications write HTML and call it a document; as a text or page it is none the worse. */
static bool
may_be_html(const char *ext)
{
	static const char *const list[] = {"doc", "xls", "csv", "eml", "mht", "mhtml", "htm",
	    "html", "xhtml", "txt", "log", "md", "xml", "asc"};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (strcmp(list[i], ext) == 0)
			return true;
	return false;
}

/* Names that programs give to documents of any format, and that Office opens as what they are. */
static bool
may_be_document(const char *ext)
{
	return strcmp(ext, "csv") == 0 || strcmp(ext, "rtf") == 0;
}

/* An archive, as all new documents are. */
static bool
is_document(const struct scan *s, const struct object *o)
{
	const char *found = s->report.parts[o->part].found;

	return strncmp(found, "application/vnd.o", 17) == 0;
}

/* Whether content of that kind under that extension hides a danger. */
static bool
name_hides(enum content_family content, const char *ext, bool document)
{
	enum extension_family f = extension_family(ext);
	bool shown = f == FAMILY_PDF || f == FAMILY_IMAGE || f == FAMILY_MEDIA;

	if (content == CONTENT_RUNS) /* much that starts something is XML by right */
		return shown || f == FAMILY_ARCHIVE ||
		       (f == FAMILY_DOCUMENT && strcmp(ext, "xml") != 0);
	if (content == CONTENT_PACKED)
		return (shown && strcmp(ext, "svg") != 0) ||
		       (f == FAMILY_DOCUMENT && is_plain_document(ext) &&
			   !(document && may_be_document(ext)));
	if (content == CONTENT_OLE)
		return shown;
	if (content == CONTENT_HTML)
		return (shown && strcmp(ext, "svg") != 0) ||
		       (f == FAMILY_DOCUMENT && !may_be_html(ext));
	return false;
}

static bool
type_hides(enum content_family content, const char *type)
{
	enum extension_family f = type_family(type);
	bool shown = f == FAMILY_IMAGE || f == FAMILY_MEDIA || f == FAMILY_PDF;

	if (content == CONTENT_RUNS)
		return shown || f == FAMILY_DOCUMENT || f == FAMILY_ARCHIVE;
	return shown && (content == CONTENT_PACKED || content == CONTENT_OLE);
}

/* ---- judging ---- */

static void
judge_names(struct scan *s, const struct object *o, const struct content_kind *k, const char *type)
{
	struct buf ext;
	size_t i;

	buf_init(&ext, 0);
	for (i = 0; i < o->nnames; i++) {
		name_extension(o->names[i], &ext);
		if (name_hides(k->family, buf_str(&ext), is_document(s, o)))
			scan_find(s, o, RULE_TYPE_MISMATCH, "named .%s, but it is %s",
			    buf_str(&ext), type);
	}
	buf_free(&ext);
}

/*
 * "report.pdf.gz" declared as a PDF: the type of what is within, of which the
 * name tells that it is packed. Scores and plans have sound and film types of
 * their own, and are packed: there, an extension of no other consequence says
 * what it is.
 */
static bool
name_explains(const char *name, enum extension_family declared)
{
	struct buf ext;
	enum extension_family f;
	bool explains;

	buf_init(&ext, 0);
	name_extension(name, &ext);
	f = extension_family(buf_str(&ext));
	explains = declared == FAMILY_MEDIA && f == FAMILY_NONE && ext.len > 0;
	if (f == FAMILY_ARCHIVE || f == FAMILY_COMPRESSED) {
		name_inner_extension(name, &ext);
		explains = extension_family(buf_str(&ext)) == declared;
	}
	buf_free(&ext);
	return explains;
}

static bool
names_explain(const struct object *o, const char *type)
{
	size_t i;

	for (i = 0; i < o->nnames; i++)
		if (!name_explains(o->names[i], type_family(type)))
			return false;
	return o->nnames > 0;
}

static void
judge_types(struct scan *s, const struct object *o, const struct content_kind *k, const char *type)
{
	char declared[SHOWN_MAX];
	size_t i;

	for (i = 0; i < o->ntypes; i++)
		if (type_hides(k->family, o->types[i]) &&
		    (k->family == CONTENT_RUNS || !names_explain(o, o->types[i])))
			scan_find(s, o, RULE_TYPE_MISMATCH, "declared as %s, but it is %s",
			    shown_str(declared, o->types[i]), type);
}

/* The name that a mail program gives to what has none goes by its type. */
static void
judge_declared(struct scan *s, const struct object *o)
{
	static const struct {
		const char *type;
		enum scan_rule rule;
	} types[] = {{"application/x-msdownload", RULE_EXECUTABLE},
	    {"application/x-msdos-program", RULE_EXECUTABLE},
	    {"application/x-dosexec", RULE_EXECUTABLE},
	    {"application/vnd.microsoft.portable-executable", RULE_EXECUTABLE},
	    {"application/hta", RULE_HTML_APPLICATION},
	    {"application/x-ms-shortcut", RULE_SHORTCUT},
	    {"application/x-ms-installer", RULE_INSTALLER}, {"application/x-msi", RULE_INSTALLER},
	    {"application/onenote", RULE_ONENOTE}, {"text/vbscript", RULE_SCRIPT},
	    {"application/x-vbs", RULE_SCRIPT}, {"application/x-bat", RULE_SCRIPT},
	    {"application/bat", RULE_SCRIPT}};
	size_t i, t;

	for (t = 0; t < o->ntypes && o->nnames == 0; t++)
		for (i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (strcmp(types[i].type, o->types[t]) == 0)
				scan_find(s, o, types[i].rule, "declared as %s, without a name",
				    types[i].type);
}

/*
 * Text without any sign that steers a printer: what could be told of it by its
 * words is not libmagic's to find (content_kind_of(), and the inspectors of
 * documents), and it takes long. But for "@" and "#!", which begin scripts.
 */
static bool
is_plain_text(const struct object *o)
{
	static const char front[] = "\xef\xbb\xbf \t\r\n";
	const size_t n = o->len < TEXT_BYTES ? o->len : TEXT_BYTES;
	bool ascii = true;
	size_t i;

	for (i = 0; i < n && o->bytes[i] != '\0' && strchr(front, o->bytes[i]) != NULL; i++)
		;
	if (i < n && (o->bytes[i] == '@' || o->bytes[i] == '#'))
		return false;
	for (i = 0; i < n; i++) {
		if (o->bytes[i] < ' ' && (o->bytes[i] < '\t' || o->bytes[i] > '\r'))
			return false;
		ascii &= o->bytes[i] < 0x7f;
	}
	/* in other charsets any bytes are letters: a long run of them is no accident */
	return ascii || n >= TEXT_SURE || utf8_valid((const char *)o->bytes, n);
}

static const char *
ask_magic(const struct object *o)
{
	const char *type = NULL;

	if (is_plain_text(o))
		return "text/plain";
	if (magic != NULL)
		type = magic_buffer(magic, o->bytes, o->len < MAGIC_BYTES ? o->len : MAGIC_BYTES);
	return type != NULL ? type : "application/octet-stream";
}

/* Whether it promises what is looked at or listened to. */
static bool
is_of_shown(const char *extension)
{
	enum extension_family f = extension_family(extension);

	return (f == FAMILY_PDF || f == FAMILY_IMAGE || f == FAMILY_MEDIA) &&
	       strcmp(extension, "svg") != 0;
}

/* Scripts are texts, of which much is written: one is told where a name says something else. */
static const struct content_kind *
find_kind(const struct object *o)
{
	const struct content_kind *k = content_kind_of(o->bytes, o->len), *launcher = NULL;

	if (k == NULL || k->family == CONTENT_HTML || k->family == CONTENT_XML)
		launcher = launcher_kind_of(o->bytes, o->len);
	if (k == NULL && launcher == NULL && name_has(o, is_of_shown))
		launcher = launcher_script_kind_of(o->bytes, o->len);
	return launcher != NULL ? launcher : k;
}

void
type_inspect(struct scan *s, const struct object *o)
{
	const struct content_kind *k = find_kind(o);
	const char *type = k != NULL ? k->type : NULL;

	judge_declared(s, o);
	if (o->len == 0)
		return;
	if (k == NULL) {
		type = ask_magic(o);
		k = content_kind_of_type(type);
	}
	if (type != NULL && s->report.parts[o->part].found[0] == '\0')
		scan_say_type(s, o, type);
	if (k == NULL)
		return;
	if (k->rule != RULE_COUNT)
		scan_find(s, o, k->rule, "%s", k->what);
	if (type == NULL)
		type = "an archive";
	judge_names(s, o, k, type);
	judge_types(s, o, k, type);
}
