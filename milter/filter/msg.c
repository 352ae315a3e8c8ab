#include "msg.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "shown.h"
#include "utf16.h"

#define NAMES 4

bool
msg_is_attachment(const struct ole_entry *e)
{
	return e->kind == OLE_STORAGE && strncasecmp(e->name, "__attach_version1.0_", 20) == 0;
}

/* A property that is a text: type 001F is UTF-16, 001E is in an 8-bit charset. */
static void
read_text(struct ole *o, uint32_t storage, const char *property, struct buf *out)
{
	char name[32] = "__substg1.0_";
	struct buf raw;

	buf_init(&raw, 0);
	memcpy(name + 12, property, 4);
	memcpy(name + 16, "001F", 5);
	if (ole_read(o, ole_find(o, storage, name), &raw)) {
		utf16le_add(out, (const uint8_t *)raw.data, raw.len);
	} else {
		name[19] = 'E';
		if (ole_read(o, ole_find(o, storage, name), &raw))
			utf8_from_bytes(out, raw.data, raw.len);
	}
	buf_free(&raw);
}

void
msg_inspect(struct scan *s, const struct object *o, struct ole *ole, uint32_t storage)
{
	/* long name, short name, shown name, and the media type */
	static const char *const properties[NAMES] = {"3707", "3704", "3001", "370E"};
	struct buf text[NAMES], data;
	const char *names[NAMES], *type;
	struct object within = {.parent = o, .names = names, .types = &type, .in_archive = true};
	size_t i, j;

	for (i = 0; i < NAMES; i++) {
		buf_init(&text[i], 1024);
		read_text(ole, storage, properties[i], &text[i]);
		if (i < NAMES - 1 && text[i].len > 0)
			names[within.nnames++] = buf_str(&text[i]);
	}
	for (j = 0; j < text[NAMES - 1].len; j++)
		text[NAMES - 1].data[j] = ascii_lower(text[NAMES - 1].data[j]);
	type = buf_str(&text[NAMES - 1]);
	within.ntypes = *type != '\0';
	buf_init(&data, 0);
	if (ole_read(ole, ole_find(ole, storage, "__substg1.0_37010102"), &data)) {
		within.bytes = (const uint8_t *)data.data;
		within.len = data.len;
		inspect(s, &within);
	}
	buf_free(&data);
	for (i = 0; i < NAMES; i++)
		buf_free(&text[i]);
}
