#include "xlsb.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "shown.h"
#include "utf16.h"

#define BUILTIN "_xlnm."

enum { NAME = 39, BEGIN_BOOK = 131, BEGIN_LINK = 360 };
enum { LINK_DDE = 1 }; /* kinds of links */

struct reader {
	const uint8_t *p, *end;
};

struct record {
	unsigned id;
	const uint8_t *s;
	size_t len;
};

/* A number in at most n bytes, seven bits in each, the lowest first. */
static bool
take_number(struct reader *r, unsigned n, unsigned *out)
{
	unsigned shift;

	*out = 0;
	for (shift = 0; shift < 7 * n && r->p < r->end; shift += 7) {
		*out |= (*r->p & 0x7fu) << shift;
		if (!(*r->p++ & 0x80))
			return true;
	}
	return shift == 7 * n;
}

static bool
take_record(struct reader *r, struct record *out)
{
	unsigned len;

	if (!take_number(r, 2, &out->id) || !take_number(r, 4, &len) ||
	    len > (size_t)(r->end - r->p))
		return false;
	out->s = r->p;
	out->len = len;
	r->p += len;
	return true;
}

/* UTF-16 behind the number of its units; returns what is behind it. */
static size_t
read_string(const uint8_t *s, size_t len, struct buf *out)
{
	size_t n;

	buf_clear(out);
	if (len < 4)
		return len;
	n = le32(s);
	if (n > (len - 4) / 2)
		n = (len - 4) / 2;
	utf16le_add(out, s + 4, 2 * n);
	return 4 + 2 * n;
}

static void
judge_link(struct scan *s, const struct object *o, const struct record *r)
{
	char service_text[SHOWN_MAX], topic_text[SHOWN_MAX];
	struct buf service, topic;
	size_t at;

	if (r->len < 2 || le16(r->s) != LINK_DDE)
		return;
	buf_init(&service, 1024);
	buf_init(&topic, 1024);
	at = 2 + read_string(r->s + 2, r->len - 2, &service);
	read_string(r->s + at, r->len - at, &topic);
	scan_find(s, o, RULE_DDE, "a link to the program %s, %s",
	    shown_str(service_text, buf_str(&service)), shown_str(topic_text, buf_str(&topic)));
	buf_free(&service);
	buf_free(&topic);
}

/* "_xlnm.Auto_Open" and its like; of other names those that Excel knows. */
static bool
runs_by_itself(const char *name)
{
	return strncasecmp(name, BUILTIN "Auto_", sizeof(BUILTIN "Auto_") - 1) == 0 ||
	       strncasecmp(name, "Auto_Open", 9) == 0 || strncasecmp(name, "Auto_Close", 10) == 0;
}

static void
judge_name(struct scan *s, const struct object *o, const struct record *r)
{
	char text[SHOWN_MAX];
	struct buf name;

	if (r->len < 9)
		return;
	buf_init(&name, 1024);
	read_string(r->s + 9, r->len - 9, &name);
	if (runs_by_itself(buf_str(&name)))
		scan_find(s, o, RULE_MACRO_AUTORUN, "the name %s", shown_str(text, buf_str(&name)));
	buf_free(&name);
}

/* The part of the workbook itself, or of a link. */
bool
xlsb_applies(const struct object *o)
{
	struct reader r = {o->bytes, o->bytes + o->len};
	struct record first;

	return o->in_archive && o->len >= 3 && take_record(&r, &first) &&
	       ((first.id == BEGIN_BOOK && first.len == 0) ||
		   (first.id == BEGIN_LINK && first.len >= 2 && le16(first.s) <= 2));
}

void
xlsb_inspect(struct scan *s, const struct object *o)
{
	struct reader r = {o->bytes, o->bytes + o->len};
	struct record record;

	while (take_record(&r, &record)) {
		if (record.id == BEGIN_LINK)
			judge_link(s, o, &record);
		else if (record.id == NAME)
			judge_name(s, o, &record);
	}
}
