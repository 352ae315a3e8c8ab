#include "biff.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "biff_crypt.h"
#include "shown.h"
#include "utf16.h"

#define AUTO_OPEN 1 /* built-in names (MS-XLS 2.4.150) */
#define AUTO_CLOSE 2
#define AUTO_ACTIVATE 10
#define AUTO_DEACTIVATE 11

enum {
	BOF_2 = 0x009, /* of Excel 2, 3, 4, and those after */
	BOF_3 = 0x209,
	BOF_4 = 0x409,
	BOF = 0x809,
	EXTERNSHEET = 0x17,
	NAME = 0x18,
	FILEPASS = 0x2f,
	BOUNDSHEET = 0x85,
	SUPBOOK = 0x1ae,
	NAME_3 = 0x218
};

struct workbook {
	struct scan *scan;
	const struct object *object;
	bool biff8;   /* strings have a byte of flags */
	bool biff2;   /* names have fewer fields before them */
	bool xlm;     /* a macro sheet was seen */
	bool autorun; /* a name that runs by itself was seen */
};

/* A string of n characters, one or two bytes each as its flags say. */
static const char *
text(const struct workbook *w, const uint8_t *s, size_t len, size_t n, char out[SHOWN_MAX])
{
	bool wide = w->biff8 && len > 0 && (s[0] & 1);
	struct buf b;

	if (w->biff8 && len > 0)
		s++, len--;
	if (wide)
		n *= 2;
	if (n > len)
		n = len;
	buf_init(&b, 1024);
	if (wide)
		utf16le_add(&b, s, n);
	else
		utf8_from_bytes(&b, (const char *)s, n);
	shown(out, buf_str(&b), b.len);
	buf_free(&b);
	return out;
}

static void
read_sheet(struct workbook *w, const uint8_t *s, size_t len)
{
	static const char *const how[] = {"", "hidden ", "very hidden "};
	unsigned state, type;
	char name[SHOWN_MAX];

	if (len < 8)
		return;
	state = s[4] & 3;
	type = s[5];
	text(w, s + 7, len - 7, s[6], name);
	if (type == 1) {
		w->xlm = true;
		scan_find(w->scan, w->object, RULE_MACRO_XLM, "%sExcel 4 macro sheet %s",
		    state < 3 ? how[state] : "", name);
	} else if (type == 6)
		scan_find(w->scan, w->object, RULE_MACRO, "Excel 5 macro module %s", name);
}

/*
 * A name that the workbook defines (Lbl); the built-in ones are one character.
 * It stands at `at`.
 */
static void
read_name(struct workbook *w, const uint8_t *s, size_t len, size_t at)
{
	unsigned flags, c;
	char name[SHOWN_MAX];

	if (len <= at)
		return;
	flags = le16(s);
	c = s[at];
	if ((flags & 0x20) && s[3] > 0 &&
	    (c == AUTO_OPEN || c == AUTO_CLOSE || c == AUTO_ACTIVATE || c == AUTO_DEACTIVATE))
		w->autorun = true;
	else if (!(flags & 0x20) && s[3] >= 9) {
		/* behind a byte that says how wide its letters are */
		at -= w->biff8;
		text(w, s + at, len - at, s[3], name);
		w->autorun |= strncasecmp(name, "\"auto_open", 10) == 0;
	}
}

/* A class has dots and no name of a program; "cmd.exe" is one. */
static bool
is_class(const char *s, size_t n)
{
	static const char *const ends[] = {".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".dll"};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (n > 4 && strncasecmp(s + n - 4, ends[i], 4) == 0)
			return false;
	return memchr(s, '.', n) != NULL && memchr(s, '\\', n) == NULL && memchr(s, '/', n) == NULL;
}

/* A link to another program: "cmd\3/c calc". An OLE link's first half is a class, with a dot. */
static void
judge_link(struct workbook *w, const uint8_t *s, size_t len, size_t n)
{
	char link[SHOWN_MAX];
	const char *mark;

	text(w, s, len, n, link);
	/* shown() writes the \3 that parts them as a question mark */
	mark = strchr(link, '?');
	if (mark != NULL && mark > link + 1 && !is_class(link, (size_t)(mark - link)))
		scan_find(w->scan, w->object, RULE_DDE, "a link to the program %s", link);
}

static void
read_supbook(struct workbook *w, const uint8_t *s, size_t len)
{
	size_t n = len >= 4 ? le16(s + 2) : 0;

	if (len >= 6 && n != 0x401 && n != 0x3a01)
		judge_link(w, s + 4, len - 4, n);
}

/* The same before Excel 97. */
static void
read_externsheet(struct workbook *w, const uint8_t *s, size_t len)
{
	if (!w->biff8 && len >= 4)
		judge_link(w, s + 1, len - 1, s[0]);
}

static void
read_bof(struct workbook *w, unsigned id, const uint8_t *s, size_t len)
{
	unsigned type = len >= 4 ? le16(s + 2) : 0;

	w->biff2 = id == BOF_2;
	if (id == BOF && len >= 2)
		w->biff8 = le16(s) == 0x600;
	if (type == 0x40 && !w->xlm) {
		w->xlm = true;
		scan_find(w->scan, w->object, RULE_MACRO_XLM, "an Excel 4 macro sheet");
	}
}

static void
read_record(struct workbook *w, unsigned id, const uint8_t *s, size_t len)
{
	switch (id) {
	case BOF_2:
	case BOF_3:
	case BOF_4:
	case BOF:
		read_bof(w, id, s, len);
		break;
	case BOUNDSHEET:
		read_sheet(w, s, len);
		break;
	case NAME:
		read_name(w, s, len, w->biff8 ? 15 : w->biff2 ? 5 : 14);
		break;
	case NAME_3:
		read_name(w, s, len, 6);
		break;
	case EXTERNSHEET:
		read_externsheet(w, s, len);
		break;
	case SUPBOOK:
		read_supbook(w, s, len);
		break;
	default:
		break;
	}
}

/* The same workbook in plain, if it opens without a question; NULL with a finding if it does not.
 */
static const uint8_t *
decrypt(struct workbook *w, const uint8_t *bytes, size_t len, size_t filepass, struct buf *plain)
{
	if (plain->len == 0 && scan_may_unpack(w->scan, w->object, len)) {
		buf_add(plain, bytes, len);
		if (plain->len == len && biff_crypt_open((uint8_t *)plain->data, len, filepass))
			return (const uint8_t *)plain->data;
	}
	scan_find(w->scan, w->object, RULE_ENCRYPTED_DOCUMENT, "an encrypted Excel workbook");
	return NULL;
}

void
biff_inspect(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len)
{
	struct workbook w = {.scan = s, .object = o};
	struct buf plain;
	size_t at, n;
	unsigned id;

	buf_init(&plain, 0);
	for (at = 0; bytes != NULL && len - at >= 4; at += 4 + n) {
		id = le16(bytes + at);
		n = le16(bytes + at + 2);
		if (n > len - at - 4)
			break;
		if (id == FILEPASS)
			bytes = decrypt(&w, bytes, len, at, &plain);
		else
			read_record(&w, id, bytes + at + 4, n);
	}
	if (w.xlm && w.autorun)
		scan_find(s, o, RULE_MACRO_AUTORUN, "an Excel 4 macro that runs when it is opened");
	buf_free(&plain);
}

/* ---- workbooks that are files by themselves ---- */

bool
biff_applies(const struct object *o)
{
	unsigned id, type;

	if (o->plain_text || o->len < 8)
		return false;
	id = le16(o->bytes);
	type = le16(o->bytes + 6);
	return (id == BOF_2 || id == BOF_3 || id == BOF_4 || id == BOF) &&
	       le16(o->bytes + 2) >= 4 && le16(o->bytes + 2) <= 16 &&
	       (type == 0x05 || type == 0x06 || type == 0x10 || type == 0x20 || type == 0x40 ||
		   type == 0x100);
}

void
biff_inspect_file(struct scan *s, const struct object *o)
{
	scan_say_type(s, o, "application/vnd.ms-excel");
	biff_inspect(s, o, o->bytes, o->len);
}
