#include "word.h"

#include "base/bytes.h"
#include "field.h"
#include "link.h"
#include "macro.h"
#include "shown.h"
#include "utf16.h"

#define FLAGS 0x0a /* in the header (FibBase) */
#define F_ENCRYPTED 0x0100
#define F_TABLE_1 0x0200
#define ASSOCIATED 0x19a /* place and length of the list of associated strings (SttbfAssoc) */
#define WORD_6 0xa5dc	 /* the file's sign; later ones have 0xa5ec */
#define COMMANDS 0x118	 /* place and length of Word 6's table of commands */
#define COMMAND_MACROS 1 /* its entries of macros */
#define INSTRUCTION_MAX 1024

/* ---- fields: an instruction stands between the characters 0x13 and 0x14 or 0x15 ---- */

/* step is 1 for 8-bit text and 2 for UTF-16. Both lie in the stream piece by piece. */
static void
judge_fields(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len, size_t step)
{
	const uint8_t *p = bytes, *end = bytes + len, *begin;
	struct buf text;

	buf_init(&text, 4 * INSTRUCTION_MAX);
	while ((p = bytes_find(p, end, "\x13\0", step)) != NULL) {
		p += step;
		/* as many as one likes stand before the field's name */
		while ((size_t)(end - p) >= step && *p == ' ' && (step == 1 || p[1] == 0))
			p += step;
		begin = p;
		while ((size_t)(end - p) >= step && p - begin < INSTRUCTION_MAX &&
		       (*p < 0x13 || *p > 0x15 || (step == 2 && p[1] != 0)))
			p += step;
		buf_clear(&text);
		if (step == 1)
			utf8_from_bytes(&text, (const char *)begin, (size_t)(p - begin));
		else
			utf16le_add(&text, begin, (size_t)(p - begin));
		field_judge(s, o, buf_str(&text), text.len);
	}
	buf_free(&text);
}

/* ---- the template: the second of the associated strings (MS-DOC 2.9.273) ---- */

static void
judge_template(struct scan *s, const struct object *o, const uint8_t *at, size_t len)
{
	struct buf name;
	char text[SHOWN_MAX];
	size_t n, skip;
	enum link_kind kind;

	if (len < 10 || le16(at) != 0xffff)
		return;
	skip = 6 + 2 + 2 * (size_t)le16(at + 6);
	if (len < skip + 2)
		return;
	n = 2 * (size_t)le16(at + skip);
	if (n > len - skip - 2)
		return;
	buf_init(&name, 4096);
	utf16le_add(&name, at + skip + 2, n);
	kind = link_judge(buf_str(&name), name.len);
	if (kind == LINK_WEB || kind == LINK_SHARE || kind == LINK_PROGRAM)
		scan_find(s, o, RULE_REMOTE_TEMPLATE, "the template %s",
		    shown(text, buf_str(&name), name.len));
	buf_free(&name);
}

static void
find_template(struct scan *s, const struct object *o, struct ole *ole, const struct buf *document)
{
	const uint8_t *d = (const uint8_t *)document->data;
	struct buf table;
	size_t from, n;

	if (document->len < ASSOCIATED + 8)
		return;
	from = le32(d + ASSOCIATED);
	n = le32(d + ASSOCIATED + 4);
	buf_init(&table, 0);
	ole_read(ole, ole_find(ole, 0, le16(d + FLAGS) & F_TABLE_1 ? "1Table" : "0Table"), &table);
	if (from < table.len)
		judge_template(s, o, (const uint8_t *)table.data + from,
		    n < table.len - from ? n : table.len - from);
	buf_free(&table);
}

/* ---- Word 6 and 95: macros of WordBasic, in the table of commands ---- */

/* How many macros the table has: kinds of entries with their number, each of a fixed size. */
static unsigned
count_macros(const uint8_t *p, const uint8_t *end)
{
	static const uint8_t sizes[] = {[COMMAND_MACROS] = 24, 4, 14, 14};
	unsigned kind;
	size_t n;

	if (p == end || *p++ != 0xff)
		return 0;
	while (end - p >= 3) {
		kind = p[0];
		n = le16(p + 1);
		if (kind == COMMAND_MACROS && n > 0)
			return (unsigned)n;
		if (kind == 0 || kind >= sizeof(sizes) || n * sizes[kind] > (size_t)(end - p) - 3)
			break;
		p += 3 + n * sizes[kind];
	}
	return 0;
}

static void
find_macros(struct scan *s, const struct object *o, const struct buf *document)
{
	const uint8_t *d = (const uint8_t *)document->data;
	struct macro m = {0};
	char text[SHOWN_MAX];
	size_t from, n;
	unsigned macros;

	if (document->len < COMMANDS + 8)
		return;
	from = le32(d + COMMANDS);
	n = le32(d + COMMANDS + 4);
	if (from > document->len)
		return;
	if (n > document->len - from)
		n = document->len - from;
	macros = count_macros(d + from, d + from + n);
	if (macros == 0)
		return;
	scan_find(s, o, RULE_MACRO, "%u macro%s of Word 6", macros, macros == 1 ? "" : "s");
	macro_find_autorun((const char *)d + from, n, &m);
	if (*m.autorun != '\0')
		scan_find(
		    s, o, RULE_MACRO_AUTORUN, "macro %s of Word 6", shown_str(text, m.autorun));
}

void
word_inspect(struct scan *s, const struct object *o, struct ole *ole, uint32_t entry)
{
	struct buf document;

	buf_init(&document, 0);
	if (ole_read(ole, entry, &document) && document.len > FLAGS + 2) {
		if (le16(document.data + FLAGS) & F_ENCRYPTED) {
			scan_find(s, o, RULE_ENCRYPTED_DOCUMENT, "an encrypted Word document");
		} else {
			judge_fields(s, o, (const uint8_t *)document.data, document.len, 1);
			judge_fields(s, o, (const uint8_t *)document.data, document.len, 2);
			if (le16(document.data) == WORD_6)
				find_macros(s, o, &document);
			else
				find_template(s, o, ole, &document);
		}
	}
	buf_free(&document);
}
