#include "ole1.h"

#include <strings.h>

#include "base/bytes.h"
#include "link.h"
#include "package.h"
#include "shown.h"

#define LINKED 1

struct head {
	unsigned format;
	struct buf class, topic;
	const uint8_t *data;
	size_t len;
};

/* A string behind its length, which counts the NUL. */
static bool
take_string(const uint8_t **p, const uint8_t *end, struct buf *out)
{
	size_t n;

	if (end - *p < 4)
		return false;
	n = le32(*p);
	*p += 4;
	if (n > (size_t)(end - *p) || n > 4096)
		return false;
	if (out != NULL)
		utf8_from_bytes(out, (const char *)*p, strnlen((const char *)*p, n));
	*p += n;
	return true;
}

static bool
read_head(const uint8_t *p, size_t len, struct head *h)
{
	const uint8_t *end;

	if (len < 8)
		return false;
	end = p + len;
	h->format = le32(p + 4);
	p += 8;
	if (!take_string(&p, end, &h->class) || !take_string(&p, end, &h->topic) ||
	    !take_string(&p, end, NULL))
		return false;
	if (h->format == LINKED)
		return true;
	if (end - p < 4)
		return false;
	h->data = p + 4;
	h->len = le32(p);
	if (h->len > (size_t)(end - h->data))
		h->len = (size_t)(end - h->data);
	return true;
}

static void
judge_link(struct scan *s, const struct object *o, struct head *h)
{
	enum link_kind kind = link_judge(buf_str(&h->topic), h->topic.len);
	char text[SHOWN_MAX];

	if (kind == LINK_WEB || kind == LINK_SHARE || kind == LINK_PROGRAM)
		scan_find(s, o, RULE_EXTERNAL_LINK, "an object linked to %s",
		    shown_str(text, buf_str(&h->topic)));
}

static void
init(struct head *h)
{
	*h = (struct head){.data = NULL};
	buf_init(&h->class, 4096);
	buf_init(&h->topic, 8192);
}

void
ole1_inspect(
    struct scan *s, const struct object *o, const uint8_t *bytes, size_t len, enum scan_rule rule)
{
	const uint8_t *compound = bytes_find(bytes, bytes + len, "\xd0\xcf\x11\xe0", 4);
	struct head h;
	bool read;

	init(&h);
	read = read_head(bytes, len, &h);
	if (read && h.format == LINKED)
		judge_link(s, o, &h);
	if (!read || h.data == NULL ||
	    !package_inspect(s, o, h.data, h.len, rule, "an object of class \"Package\"")) {
		if (compound != NULL)
			inspect_within(s, o, NULL, compound, len - (size_t)(compound - bytes));
		else if (read && h.len > 0)
			inspect_within(s, o, NULL, h.data, h.len);
	}
	buf_free(&h.class);
	buf_free(&h.topic);
}

void
ole1_class(const uint8_t *bytes, size_t len, struct buf *out)
{
	struct head h;

	init(&h);
	read_head(bytes, len, &h);
	buf_adds(out, buf_str(&h.class));
	buf_free(&h.class);
	buf_free(&h.topic);
}
