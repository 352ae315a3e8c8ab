#include "name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "confusable.h"
#include "extension.h"
#include "shown.h"
#include "utf16.h"

#define NAME_MAX_BYTES 4096 /* more is cut from the front: the end tells the type */
#define PADDING 10	    /* spaces in a row that no person writes */
#define PERCENT_ROUNDS 3

struct judge {
	struct scan *scan;
	const struct object *object;
	const char *name; /* as it was given */
};

bool
name_applies(const struct object *o)
{
	return o->nnames > 0;
}

static void
find(const struct judge *j, enum scan_rule rule, const char *what, const char *ext)
{
	char text[SHOWN_MAX];

	scan_find(
	    j->scan, j->object, rule, "the name %s %s%s", shown_str(text, j->name), what, ext);
}

/* ---- characters ---- */

static bool
is_space(uint32_t c)
{
	return uc_is_property_white_space(c) || c == 0x2800 || c == 0x3164 || c == 0xffa0 ||
	       c == 0x115f || c == 0x1160;
}

static bool
is_invisible(uint32_t c)
{
	return c < 0x20 || c == 0x7f || uc_is_property_default_ignorable_code_point(c);
}

/* Stops that NFKC leaves alone, but that are shown as one. */
static uint32_t
fold_stop(uint32_t c)
{
	return c == 0x3002 || c == 0x06d4 || c == 0x0701 || c == 0x0702 || c == 0xa4f8 ? '.' : c;
}

/* The name as code points, in the given normal form; NULL without memory. */
static uint32_t *
normalize(uninorm_t form, const char *name, size_t *n)
{
	uint32_t *raw, *out;
	struct buf text;
	size_t len = strlen(name), nraw;

	buf_init(&text, 0);
	if (len > NAME_MAX_BYTES)
		name += len - NAME_MAX_BYTES;
	utf8_from_bytes(&text, name, strlen(name));
	raw = u8_to_u32((const uint8_t *)buf_str(&text), text.len, NULL, &nraw);
	buf_free(&text);
	if (raw == NULL)
		return NULL;
	out = u32_normalize(form, raw, nraw, NULL, n);
	free(raw);
	return out;
}

/* Replaces out by the name as the most lenient program could take it. */
static void
fold(const char *name, struct buf *out)
{
	size_t n, i;
	uint32_t *c = normalize(UNINORM_NFKC, name, &n);

	buf_clear(out);
	if (c == NULL)
		return;
	for (i = 0; i < n; i++)
		if (!is_invisible(c[i]))
			utf8_add(out, uc_tolower(fold_stop(c[i])));
	free(c);
}

/* ---- pieces of a name ---- */

static bool
is_dropped(char c)
{
	return strchr(". \t\r\n\"'<>|*?,;_`)", c) != NULL;
}

/* What stands after the last path separator and before what is dropped from the end. */
static void
cut_leaf(const char **s, size_t *n)
{
	const char *at;
	size_t i;

	while (*n > 0 && (is_dropped((*s)[*n - 1]) || strchr("/\\", (*s)[*n - 1]) != NULL))
		(*n)--;
	for (i = *n, at = *s; i > 0; i--)
		if (at[i - 1] == '/' || at[i - 1] == '\\') {
			*s += i;
			*n -= i;
			return;
		}
}

/* The last extension of a leaf; what is before its dot is left in n. */
static void
cut_extension(const char *s, size_t *n, struct buf *ext)
{
	size_t i;

	buf_clear(ext);
	while (*n > 0 && is_dropped(s[*n - 1]))
		(*n)--;
	for (i = *n; i > 0 && s[i - 1] != '.'; i--)
		;
	if (i == 0)
		return;
	buf_add(ext, s + i, *n - i);
	*n = i - 1;
}

/* The last extension of a name, or the one before as many others. */
static void
find_extension(const char *name, unsigned before, struct buf *out)
{
	struct buf text;
	const char *s;
	size_t n;

	buf_init(&text, 0);
	fold(name, &text);
	s = buf_str(&text);
	n = text.len;
	cut_leaf(&s, &n);
	do
		cut_extension(s, &n, out);
	while (before-- > 0);
	buf_free(&text);
}

void
name_extension(const char *name, struct buf *out)
{
	find_extension(name, 0, out);
}

void
name_inner_extension(const char *name, struct buf *out)
{
	find_extension(name, 1, out);
}

/* ---- extensions ---- */

/* "{20D04FE0-3AEA-1069-A2D8-08002B30309D}": Windows opens what has that class. */
static bool
is_class_identifier(const char *ext)
{
	size_t n = strlen(ext);

	return n > 2 && ext[0] == '{' && ext[n - 1] == '}' &&
	       strspn(ext + 1, "0123456789abcdef-") == n - 2;
}

static bool
hides(enum extension_family f)
{
	return f == FAMILY_DOCUMENT || f == FAMILY_PDF || f == FAMILY_IMAGE || f == FAMILY_MEDIA ||
	       f == FAMILY_ARCHIVE;
}

/* Whether the extension is in the name as it was given, letter by letter. */
static bool
is_written(const char *name, const char *ext)
{
	size_t n = strlen(ext);

	for (; (name = strchr(name, '.')) != NULL; name++)
		if (strncasecmp(name + 1, ext, n) == 0)
			return true;
	return false;
}

static bool
is_message(const struct object *o)
{
	size_t i;

	for (i = 0; i < o->ntypes; i++)
		if (strcmp(o->types[i], "message/rfc822") != 0)
			return false;
	return o->ntypes > 0;
}

/* Names whose extension is none of that kind. */
static bool
is_exempt(const struct judge *j, const char *ext)
{
	size_t n = strlen(j->name);

	/* attached messages are named by their subject: "Your order at shop.example.com" */
	if (strcmp(ext, "com") == 0)
		return is_message(j->object);
	/* menu entries in sources; content tells those that do more */
	if (strcmp(ext, "desktop") == 0)
		return j->object->in_archive;
	return strcmp(ext, "lib") == 0 && n >= 11 && strcmp(j->name + n - 11, "COPYING.LIB") == 0;
}

static void
judge_extension(const struct judge *j, const char *ext, const char *before, bool folded)
{
	enum scan_rule rule = extension_rule(ext);

	if (rule == RULE_COUNT || is_exempt(j, ext))
		return;
	find(j, rule, "ends in .", ext);
	if (hides(extension_family(before)))
		find(j, RULE_DOUBLE_EXTENSION, "hides a second extension: .", ext);
	if (folded && !is_written(j->name, ext))
		find(j, RULE_LOOKALIKE_NAME, "has other characters that are read as .", ext);
}

static bool
is_packed(const char *ext)
{
	enum extension_family f = extension_family(ext);

	return f == FAMILY_ARCHIVE || f == FAMILY_COMPRESSED;
}

/* folded: not decoded from percent signs, which are no other characters */
static void
judge_leaf(const struct judge *j, const char *s, size_t n, bool folded)
{
	struct buf ext, before;
	bool volume;

	buf_init(&ext, 0);
	buf_init(&before, 0);
	cut_extension(s, &n, &ext);
	volume = extension_is_volume(buf_str(&ext));
	if (extension_family(buf_str(&ext)) == FAMILY_COMPRESSED)
		cut_extension(s, &n, &ext);
	cut_extension(s, &n, &before);
	if (volume && (!ascii_is_digit(ext.data[0]) || is_packed(buf_str(&before))))
		find(j, RULE_CANNOT_INSPECT, "is that of one of several volumes: .", buf_str(&ext));
	if (is_class_identifier(buf_str(&ext)))
		find(j, RULE_BLOCKED_NAME, "ends in a class identifier: .", buf_str(&ext));
	else if (ext.len > 0)
		judge_extension(j, buf_str(&ext), buf_str(&before), folded);
	buf_free(&ext);
	buf_free(&before);
}

/* ---- readings ---- */

/* A path that leads out of the folder where it is unpacked or saved. */
static void
judge_path(const struct judge *j, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i + 2 < n; i++)
		if ((i == 0 || strchr("/\\:", s[i - 1]) != NULL) && s[i] == '.' &&
		    s[i + 1] == '.' && strchr("/\\", s[i + 2]) != NULL) {
			find(j, RULE_BLOCKED_NAME, "leads out of its folder", "");
			return;
		}
}

/* Where the name of a stream begins; a colon before a space is punctuation. */
static const char *
find_colon(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if (s[i] == ':' && s[i + 1] != ' ')
			return s + i;
	return NULL;
}

/* "run.exe::$DATA" is run.exe itself, "readme.txt:run.exe" a stream of it. */
static void
judge_reading(const struct judge *j, const char *s, size_t n, bool folded)
{
	const char *colon;
	size_t len;

	judge_path(j, s, n);
	cut_leaf(&s, &n);
	while ((colon = find_colon(s, n)) != NULL) {
		len = (size_t)(colon - s);
		judge_leaf(j, s, len, folded);
		s += len + 1;
		n -= len + 1;
	}
	judge_leaf(j, s, n, folded);
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, ascii_lower(c));

	return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/*
 * Replaces out by the text with percent-encoded bytes decoded, up to a NUL.
 * False where there are none.
 */
static bool
decode_percent(const char *s, struct buf *out)
{
	bool any = false;
	int byte;

	buf_clear(out);
	for (; *s != '\0'; s++) {
		if (*s != '%' || hex(s[1]) < 0 || hex(s[2]) < 0) {
			buf_addc(out, *s);
			continue;
		}
		any = true;
		byte = hex(s[1]) * 16 + hex(s[2]);
		if (byte == 0)
			break;
		buf_addc(out, (char)byte);
		s += 2;
	}
	return any;
}

static void
judge_percent(const struct judge *j, const char *folded)
{
	struct buf text, decoded;
	unsigned i;

	buf_init(&text, 0);
	buf_init(&decoded, 0);
	buf_adds(&text, folded);
	for (i = 0; i < PERCENT_ROUNDS && decode_percent(buf_str(&text), &decoded); i++) {
		fold(buf_str(&decoded), &text);
		judge_reading(j, buf_str(&text), text.len, false);
	}
	buf_free(&text);
	buf_free(&decoded);
}

/* ---- what is odd about its characters ---- */

static bool
is_right_to_left(uint32_t c)
{
	return (c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xfe00) ||
	       (c >= 0xfe70 && c < 0xff00) || (c >= 0x10800 && c < 0x11000);
}

/* Overrides are never ordinary; other controls are, in names of scripts from right to left. */
static void
judge_bidi(const struct judge *j, const uint32_t *c, size_t n)
{
	bool controls = false, rtl = false, override = false;
	size_t i;

	for (i = 0; i < n; i++) {
		override = override || c[i] == 0x202d || c[i] == 0x202e;
		controls = controls || (c[i] >= 0x202a && c[i] <= 0x202e && c[i] != 0x202c) ||
			   (c[i] >= 0x2066 && c[i] <= 0x2068);
		rtl = rtl || is_right_to_left(c[i]);
	}
	if (override || (controls && !rtl))
		find(j, RULE_BIDI_NAME, "has characters that change the order of others", "");
}

static void
judge_padding(const struct judge *j, const uint32_t *c, size_t n)
{
	size_t i, run = 0;

	for (i = 0; i < n; i++) {
		if (is_space(c[i]))
			run++;
		else if (is_invisible(c[i]))
			continue;
		else if (run >= PADDING)
			break;
		else
			run = 0;
	}
	if (i < n)
		find(j, RULE_PADDED_NAME, "has a long run of spaces", "");
}

static void
judge_decoding(const struct judge *j, const uint32_t *c, size_t n)
{
	bool bad = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (c[i] == '.')
			bad = false;
		else if (c[i] == 0xfffd)
			bad = true;
	}
	if (bad)
		find(j, RULE_UNREADABLE_NAME, "has an extension that cannot be decoded", "");
}

static bool
is_latin(uint32_t c)
{
	const uc_script_t *script = uc_script(c);

	return script != NULL && strcmp(script->name, "Latin") == 0;
}

/*
 * A Latin word with letters of other scripts that look alike. A word with few
 * Latin letters is no finding: there, people err at the keyboard.
 */
static void
judge_words(const struct judge *j, const uint32_t *c, size_t n)
{
	size_t i, latin = 0, alike = 0, other = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && uc_is_property_alphabetic(c[i])) {
			if (is_latin(c[i]))
				latin++;
			else if (confusable_letter(uc_tolower(c[i])) != 0)
				alike++;
			else
				other++;
			continue;
		}
		if (latin >= 3 && alike > 0 && latin > alike && other == 0) {
			find(j, RULE_LOOKALIKE_NAME,
			    "has letters of another script that look alike", "");
			return;
		}
		latin = alike = other = 0;
	}
}

/* What an extension in other letters looks like; empty where it is all ASCII, or no likeness. */
static void
draw_extension(const char *ext, struct buf *out)
{
	size_t n, i;
	uint32_t *c = normalize(UNINORM_NFKD, ext, &n);
	char letter;

	buf_clear(out);
	for (i = 0; c != NULL && i < n; i++) {
		if (uc_combining_class(c[i]) != 0)
			continue;
		letter = c[i] < 0x80 ? (char)c[i] : confusable_letter(uc_tolower(c[i]));
		if (letter == 0) {
			buf_clear(out);
			break;
		}
		buf_addc(out, ascii_lower(letter));
	}
	free(c);
	if (strcmp(buf_str(out), ext) == 0)
		buf_clear(out);
}

static void
judge_drawing(const struct judge *j)
{
	struct buf ext, drawn;

	buf_init(&ext, 0);
	buf_init(&drawn, 0);
	name_extension(j->name, &ext);
	draw_extension(buf_str(&ext), &drawn);
	if (extension_family(buf_str(&drawn)) != FAMILY_NONE)
		find(j, RULE_LOOKALIKE_NAME, "has an extension that only looks like .",
		    buf_str(&drawn));
	buf_free(&ext);
	buf_free(&drawn);
}

static void
judge_characters(const struct judge *j)
{
	size_t n;
	uint32_t *c = normalize(UNINORM_NFC, j->name, &n);

	if (c == NULL)
		return;
	judge_bidi(j, c, n);
	judge_padding(j, c, n);
	judge_decoding(j, c, n);
	judge_words(j, c, n);
	free(c);
	judge_drawing(j);
}

static void
judge_name(const struct judge *j)
{
	struct buf text;

	buf_init(&text, 0);
	fold(j->name, &text);
	judge_reading(j, buf_str(&text), text.len, true);
	judge_percent(j, buf_str(&text));
	buf_free(&text);
	judge_characters(j);
}

void
name_inspect(struct scan *s, const struct object *o)
{
	size_t i;

	for (i = 0; i < o->nnames; i++)
		judge_name(&(struct judge){.scan = s, .object = o, .name = o->names[i]});
}

bool
name_has(const struct object *o, bool (*is)(const char *extension))
{
	struct buf ext;
	bool any = false;
	size_t i;

	buf_init(&ext, 0);
	for (i = 0; i < o->nnames && !any; i++) {
		name_extension(o->names[i], &ext);
		any = is(buf_str(&ext));
	}
	buf_free(&ext);
	return any;
}
