#include "tnef.h"

#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "mapi.h"
#include "member.h"
#include "rtf_compressed.h"
#include "shown.h"
#include "utf16.h"

#define SIGNATURE 0x223e9f78
#define HEAD 6 /* signature and key */
#define ATTRIBUTE_HEAD 9
#define CHECKSUM 2
#define TYPE_MAX 128

enum attribute {
	ATT_BODY = 0x800c,
	ATT_ATTACH_DATA = 0x800f,
	ATT_ATTACH_TITLE = 0x8010,
	ATT_ATTACH_METAFILE = 0x8011,
	ATT_ATTACH_TRANSPORT_NAME = 0x9001,
	ATT_ATTACH_BEGIN = 0x9002,
	ATT_MESSAGE = 0x9003,
	ATT_ATTACHMENT = 0x9005
};

struct tnef {
	struct scan *scan;
	const struct object *object;
	struct member member; /* the attachment that is read */
	bool open;	      /* there is one */
	const uint8_t *data;  /* its content; borrowed */
	size_t len;
	char type[TYPE_MAX];
};

bool
tnef_applies(const struct object *o)
{
	return o->len >= HEAD && le32(o->bytes) == SIGNATURE;
}

/* ---- attachments ---- */

static void
end_attachment(struct tnef *t)
{
	if (t->open) {
		t->member.type = t->type[0] != '\0' ? t->type : NULL;
		member_inspect_bytes(&t->member, t->data, t->len);
	}
	member_clear(&t->member);
	t->open = false;
	t->data = NULL;
	t->len = 0;
	t->type[0] = '\0';
}

/* Content: what was there before is looked into as well, in case a program takes the first. */
static void
set_data(struct tnef *t, const uint8_t *bytes, size_t len)
{
	if (t->data != NULL)
		member_inspect_bytes(&t->member, t->data, t->len);
	t->open = true;
	t->data = bytes;
	t->len = len;
}

/* Without the NUL at its end. */
static void
add_name(struct tnef *t, const uint8_t *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	t->open = true;
	member_add_name(&t->member, (const char *)bytes, len);
}

static void
add_mapi_name(struct tnef *t, const struct mapi_value *v)
{
	struct buf name;

	if (v->type == MAPI_STRING8)
		add_name(t, v->bytes, v->len);
	if (v->type != MAPI_UNICODE)
		return;
	buf_init(&name, 0);
	utf16le_add(&name, v->bytes, v->len);
	add_name(t, (const uint8_t *)buf_str(&name), name.len);
	buf_free(&name);
}

static void
set_type(struct tnef *t, const struct mapi_value *v)
{
	size_t step = v->type == MAPI_UNICODE ? 2 : 1, i, n = 0;

	for (i = 0; i < v->len && v->bytes[i] != '\0' && n < TYPE_MAX - 1; i += step)
		t->type[n++] = ascii_lower((char)v->bytes[i]);
	t->type[n] = '\0';
}

/* An object begins with the identifier of its interface; a message in it is TNEF again. */
static void
set_object(struct tnef *t, const struct mapi_value *v)
{
	if (v->type == MAPI_OBJECT && v->len > 16)
		set_data(t, v->bytes + 16, v->len - 16);
	else
		set_data(t, v->bytes, v->len);
}

static void
take_property(struct tnef *t, const struct mapi_value *v)
{
	switch (v->id) {
	case MAPI_ATTACH_DATA:
		set_object(t, v);
		break;
	case MAPI_ATTACH_MIME_TAG:
		set_type(t, v);
		break;
	case MAPI_DISPLAY_NAME:
	case MAPI_ATTACH_EXTENSION:
	case MAPI_ATTACH_FILENAME:
	case MAPI_ATTACH_LONG_FILENAME:
	case MAPI_ATTACH_PATHNAME:
	case MAPI_ATTACH_LONG_PATHNAME:
		add_mapi_name(t, v);
		break;
	default:
		break;
	}
}

/* ---- the message itself ---- */

static void
inspect_rich_text(struct tnef *t, const struct mapi_value *v)
{
	struct buf text;

	buf_init(&text, t->scan->limits.object_max);
	if (v->len <= SIZE_MAX / 9 && scan_may_unpack(t->scan, t->object, v->len * 9) &&
	    rtf_decompress(v->bytes, v->len, &text)) {
		scan_unpacked_less(t->scan, t->object, v->len * 9 - text.len);
		inspect_within(
		    t->scan, t->object, NULL, (const unsigned char *)buf_str(&text), text.len);
	}
	buf_free(&text);
}

static void
take_message_property(struct tnef *t, const struct mapi_value *v)
{
	if (v->id == MAPI_RTF_COMPRESSED && v->type == MAPI_BINARY)
		inspect_rich_text(t, v);
	else if (v->id == MAPI_BODY_HTML)
		inspect_within(t->scan, t->object, "body.html", v->bytes, v->len);
}

static void
damaged(struct tnef *t)
{
	scan_find(t->scan, t->object, RULE_CANNOT_INSPECT, "a damaged winmail.dat");
}

static void
read_properties(struct tnef *t, const uint8_t *bytes, size_t len,
    void (*take)(struct tnef *, const struct mapi_value *))
{
	struct mapi_reader r;
	struct mapi_value v;

	mapi_begin(&r, bytes, len);
	while (mapi_next(&r, &v))
		take(t, &v);
	if (r.damaged)
		damaged(t);
}

/* ---- attributes ---- */

static void
take_attribute(struct tnef *t, unsigned id, const uint8_t *bytes, size_t len)
{
	switch (id) {
	case ATT_ATTACH_BEGIN:
		end_attachment(t);
		break;
	case ATT_ATTACH_DATA:
		set_data(t, bytes, len);
		break;
	case ATT_ATTACH_TITLE:
	case ATT_ATTACH_TRANSPORT_NAME:
		add_name(t, bytes, len);
		break;
	case ATT_ATTACHMENT:
		read_properties(t, bytes, len, take_property);
		break;
	case ATT_MESSAGE:
		read_properties(t, bytes, len, take_message_property);
		break;
	default:
		break;
	}
}

/* Takes the attribute at `at`; how long it is, 0 where it is cut (what there is, is taken). */
static size_t
read_attribute(struct tnef *t, size_t at)
{
	const uint8_t *b = t->object->bytes + at;
	size_t left = t->object->len - at, len;

	if (left < ATTRIBUTE_HEAD)
		return 0;
	len = le32(b + 5);
	if (len <= left - ATTRIBUTE_HEAD) {
		take_attribute(t, le16(b + 1), b + ATTRIBUTE_HEAD, len);
		len += ATTRIBUTE_HEAD + CHECKSUM;
		return len < left ? len : left;
	}
	take_attribute(t, le16(b + 1), b + ATTRIBUTE_HEAD, left - ATTRIBUTE_HEAD);
	return 0;
}

void
tnef_inspect(struct scan *s, const struct object *o)
{
	struct tnef t = {.scan = s, .object = o};
	size_t at = HEAD, n = 1;

	scan_say_type(s, o, "application/vnd.ms-tnef");
	member_init(&t.member, s, o);
	while (at < o->len && n > 0 && scan_has_time(s, o)) {
		/* a few bytes at the end are padding of mail programs */
		n = read_attribute(&t, at);
		if (n == 0 && o->len - at >= ATTRIBUTE_HEAD)
			damaged(&t);
		at += n;
	}
	end_attachment(&t);
	member_free(&t.member);
}
