#include "rtf.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "field.h"
#include "link.h"
#include "ole1.h"
#include "shown.h"
#include "text.h"
#include "utf16.h"

#define LEVELS                                                                                     \
	512 /* groups within groups whose destination is kept; deeper ones share the last          \
	     */
#define WORD_MAX 32
#define CLASS_MAX 64

/* What the text of a group is for. */
enum destination {
	DEST_TEXT,
	DEST_IGNORED,
	DEST_FIELD,
	DEST_CLASS,
	DEST_DATA,
	DEST_STORE,
	DEST_TEMPLATE
};

struct level {
	enum destination destination;
	bool begins; /* the destination began with this group, and ends with it */
};

struct rtf {
	struct scan *scan;
	const struct object *object;
	const uint8_t *p, *end;
	struct level levels[LEVELS];
	size_t depth;
	struct field_reader fields;
	bool star;	       /* "\*" was the last control */
	unsigned skip;	       /* characters that stand for the Unicode one before them */
	bool updates;	       /* the object is updated when the document is opened */
	struct buf text;       /* of DEST_CLASS and DEST_TEMPLATE */
	struct buf digits;     /* of the data: the values of digits, without ignored groups */
	struct buf all_digits; /* with them */
	char class[CLASS_MAX]; /* of the object */
};

static struct level *
level(struct rtf *r)
{
	return &r->levels[r->depth < LEVELS ? r->depth : LEVELS - 1];
}

/* ---- data of objects ---- */

/* Digits to bytes, from the given digit on. */
static void
pack(const struct buf *digits, size_t from, struct buf *out)
{
	size_t i;

	buf_clear(out);
	for (i = from; i + 1 < digits->len; i += 2)
		buf_addc(out, (char)(digits->data[i] << 4 | digits->data[i + 1]));
}

static bool
looks_right(const struct buf *b)
{
	const uint8_t *s = (const uint8_t *)b->data;

	return b->len >= 12 && (memcmp(s, "\1\5\0\0", 4) == 0 ||
				   bytes_find(s, s + b->len, "\xd0\xcf\x11\xe0", 4) != NULL ||
				   bytes_find(s, s + b->len, "Package", 8) != NULL);
}

static void
inspect_digits(struct rtf *r, const struct buf *digits, bool told)
{
	struct buf data, class;
	char text[SHOWN_MAX];

	buf_init(&data, 0);
	pack(digits, 0, &data);
	/* a single digit in front puts a reader out that does not count as Word does */
	if (!looks_right(&data)) {
		pack(digits, 1, &data);
		if (!looks_right(&data))
			pack(digits, 0, &data);
	}
	buf_str(&data);
	buf_init(&class, CLASS_MAX);
	ole1_class((const uint8_t *)data.data, data.len, &class);
	if (told)
		scan_find(r->scan, r->object, RULE_RTF_OBJECT, "an object of class %s%s",
		    shown_str(text, class.len > 0 ? buf_str(&class) : r->class),
		    r->updates ? ", updated when opened" : "");
	if (data.len > 0)
		ole1_inspect(
		    r->scan, r->object, (const uint8_t *)data.data, data.len, RULE_RTF_OBJECT);
	buf_free(&class);
	buf_free(&data);
}

static void
end_data(struct rtf *r, bool told)
{
	if (r->all_digits.len == 0) /* an object that was never stored */
		return;
	inspect_digits(r, &r->digits, told);
	if (r->all_digits.len != r->digits.len)
		inspect_digits(r, &r->all_digits, told);
	buf_clear(&r->digits);
	buf_clear(&r->all_digits);
}

/* ---- destinations ---- */

static void
end_template(struct rtf *r)
{
	enum link_kind kind = link_judge(buf_str(&r->text), r->text.len);
	char text[SHOWN_MAX];

	if (kind == LINK_WEB || kind == LINK_SHARE || kind == LINK_PROGRAM)
		scan_find(r->scan, r->object, RULE_REMOTE_TEMPLATE, "the template is at %s",
		    shown(text, r->text.data, r->text.len));
}

static void
end_destination(struct rtf *r, enum destination d)
{
	size_t n;

	if (d == DEST_FIELD)
		field_end(&r->fields);
	else if (d == DEST_DATA || d == DEST_STORE)
		end_data(r, d == DEST_DATA);
	else if (d == DEST_TEMPLATE)
		end_template(r);
	else if (d == DEST_CLASS) {
		n = r->text.len < CLASS_MAX - 1 ? r->text.len : CLASS_MAX - 1;
		memcpy(r->class, buf_str(&r->text), n);
		r->class[n] = '\0';
	}
}

static void
begin_destination(struct rtf *r, enum destination d)
{
	struct level *l = level(r);

	if (l->begins)
		end_destination(r, l->destination);
	l->destination = d;
	l->begins = true;
	if (d == DEST_FIELD)
		field_begin(&r->fields);
	if (d == DEST_CLASS || d == DEST_TEMPLATE)
		buf_clear(&r->text);
}

static void
open_group(struct rtf *r)
{
	struct level outer = *level(r);

	r->depth++;
	if (r->depth < LEVELS)
		*level(r) = (struct level){outer.destination, false};
}

static void
close_group(struct rtf *r)
{
	struct level *l = level(r);

	if (r->depth < LEVELS && l->begins)
		end_destination(r, l->destination);
	l->begins = l->begins && r->depth >= LEVELS;
	if (r->depth > 0)
		r->depth--;
}

static int
hex_value(uint8_t c)
{
	if (ascii_is_digit((char)c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether a group around the current one holds the data of an object. */
static bool
within_data(struct rtf *r)
{
	size_t i;

	for (i = r->depth < LEVELS ? r->depth + 1 : LEVELS; i-- > 0;)
		if (r->levels[i].begins && (r->levels[i].destination == DEST_DATA ||
					       r->levels[i].destination == DEST_STORE))
			return true;
	return false;
}

/* Characters of the text, in an 8-bit charset. */
static void
take(struct rtf *r, const uint8_t *s, size_t n)
{
	enum destination d = level(r)->destination;
	char digit;
	size_t i;
	int v;

	for (; n > 0 && r->skip > 0; r->skip--)
		s++, n--;
	if (d == DEST_FIELD) {
		field_text(&r->fields, (const char *)s, n);
	} else if (d == DEST_CLASS || d == DEST_TEMPLATE) {
		buf_add(&r->text, s, n);
	} else if (d == DEST_DATA || d == DEST_STORE || (d == DEST_IGNORED && within_data(r))) {
		for (i = 0; i < n; i++) {
			v = hex_value(s[i]);
			if (v < 0)
				continue;
			digit = (char)v;
			buf_addc(&r->all_digits, digit);
			if (d != DEST_IGNORED)
				buf_addc(&r->digits, digit);
		}
	}
}

/* ---- controls ---- */

/* N bytes as they are; in an object's data they are data. */
static void
take_binary(struct rtf *r, long n)
{
	enum destination d = level(r)->destination;
	long i;

	if (n <= 0 || n > r->end - r->p)
		return;
	for (i = 0; i < n && (d == DEST_DATA || d == DEST_STORE); i++) {
		buf_addc(&r->digits, (char)(r->p[i] >> 4));
		buf_addc(&r->digits, (char)(r->p[i] & 0xf));
		buf_addc(&r->all_digits, (char)(r->p[i] >> 4));
		buf_addc(&r->all_digits, (char)(r->p[i] & 0xf));
	}
	r->p += n;
}

static void
take_unicode(struct rtf *r, long n)
{
	uint32_t c = (uint32_t)(n < 0 ? n + 65536 : n);
	char utf8[8];
	struct buf b;
	size_t len;

	buf_init(&b, sizeof(utf8));
	utf8_add(&b, c);
	len = b.len;
	memcpy(utf8, buf_str(&b), len);
	buf_free(&b);
	r->skip = 0;
	if (level(r)->destination != DEST_DATA && level(r)->destination != DEST_IGNORED)
		take(r, (const uint8_t *)utf8, len);
	r->skip = 1;
}

static const struct {
	const char *word;
	enum destination destination;
} destinations[] = {
    {"datastore", DEST_STORE},
    {"fldinst", DEST_FIELD},
    {"objclass", DEST_CLASS},
    {"objdata", DEST_DATA},
    {"template", DEST_TEMPLATE},
};

/* star: the destination may be ignored by readers that do not know it. */
static void
act(struct rtf *r, const char *word, long n)
{
	bool star = r->star;
	size_t i;

	r->star = false;
	for (i = 0; i < sizeof(destinations) / sizeof(*destinations); i++)
		if (strcmp(word, destinations[i].word) == 0) {
			begin_destination(r, destinations[i].destination);
			return;
		}
	if (strcmp(word, "bin") == 0)
		take_binary(r, n);
	else if (strcmp(word, "u") == 0)
		take_unicode(r, n);
	else if (strcmp(word, "objupdate") == 0)
		r->updates = true;
	else if (strcmp(word, "objocx") == 0)
		scan_find(r->scan, r->object, RULE_ACTIVEX, "a control");
	else if (star && !level(r)->begins)
		begin_destination(r, DEST_IGNORED);
}

/* A word of letters, a number, and one space that ends it. */
static void
read_word(struct rtf *r)
{
	char word[WORD_MAX];
	size_t n = 0;
	bool minus;
	long number = 0;

	for (; r->p < r->end && ascii_is_alpha((char)*r->p); r->p++)
		if (n < WORD_MAX - 1)
			word[n++] = (char)*r->p;
	word[n] = '\0';
	minus = r->p < r->end && *r->p == '-';
	if (minus)
		r->p++;
	for (; r->p < r->end && ascii_is_digit((char)*r->p); r->p++)
		if (number < 100000000)
			number = number * 10 + (*r->p - '0');
	if (r->p < r->end && *r->p == ' ')
		r->p++;
	act(r, word, minus ? -number : number);
}

static void
read_control(struct rtf *r)
{
	uint8_t c;

	r->p++;
	if (r->p >= r->end)
		return;
	c = *r->p;
	if (ascii_is_alpha((char)c)) {
		read_word(r);
		return;
	}
	r->p++;
	if (c == '*')
		r->star = true;
	else if (c == '\'' && r->end - r->p >= 2) {
		int high = hex_value(r->p[0]), low = hex_value(r->p[1]);

		c = (uint8_t)(high * 16 + low);
		if (high >= 0 && low >= 0) {
			r->p += 2;
			/* in the data of an object it is no digit */
			if (level(r)->destination != DEST_DATA)
				take(r, &c, 1);
		}
	} else if (c == '\\' || c == '{' || c == '}')
		take(r, &c, 1);
}

static void
read_text(struct rtf *r)
{
	const uint8_t *begin = r->p;

	while (r->p < r->end && *r->p != '\\' && *r->p != '{' && *r->p != '}' && *r->p != '\r' &&
	       *r->p != '\n')
		r->p++;
	if (r->p > begin)
		take(r, begin, (size_t)(r->p - begin));
	else
		r->p++;
}

static void
read_all(struct rtf *r)
{
	while (r->p < r->end) {
		if (*r->p == '\\') {
			read_control(r);
			continue;
		}
		if (*r->p == '{')
			open_group(r);
		else if (*r->p == '}')
			close_group(r);
		else {
			read_text(r);
			continue;
		}
		r->p++;
		r->star = false;
	}
	/* what was not closed */
	while (r->depth > 0)
		close_group(r);
}

bool
rtf_applies(const struct object *o)
{
	struct text t = {(const char *)o->bytes, o->len < 512 ? o->len : 512, {0}};

	return !o->plain_text && text_begins(&t, "{\\rt");
}

void
rtf_inspect(struct scan *s, const struct object *o)
{
	struct rtf *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		s->no_memory = true;
		return;
	}
	scan_say_type(s, o, "text/rtf");
	r->scan = s;
	r->object = o;
	r->p = o->bytes;
	r->end = o->bytes + o->len;
	field_init(&r->fields, s, o);
	buf_init(&r->text, 65536);
	buf_init(&r->digits, 0);
	buf_init(&r->all_digits, 0);
	read_all(r);
	field_end_all(&r->fields);
	buf_free(&r->text);
	buf_free(&r->digits);
	buf_free(&r->all_digits);
	free(r);
}
