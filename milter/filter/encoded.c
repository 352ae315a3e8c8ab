#include "encoded.h"

#include <stdlib.h>

#include "bytes.h"
#include "content.h"
#include "mail/uu.h"
#include "mail/yenc.h"
#include "member.h"
#include "message.h"

#define MAX_FILES 1000

/* Messages are read with what is in their texts. */
bool
encoded_applies(const struct object *o)
{
	const uint8_t *end = o->bytes + o->len;

	return !o->plain_text && content_kind_of(o->bytes, o->len) == NULL &&
	       bytes_find(o->bytes, end, "begin", 5) != NULL && !message_applies(o);
}

/* What is decoded takes no more room than what it is decoded from. */
static void
inspect_file(struct scan *s, const struct object *o, const unsigned char *name, size_t name_len,
    const unsigned char *bytes, size_t len)
{
	struct member m;

	if (!scan_may_unpack(s, o, len))
		return;
	member_init(&m, s, o);
	member_add_name(&m, (const char *)name, name_len);
	member_inspect_bytes(&m, bytes, len);
	member_free(&m);
}

static void
inspect_uu(struct scan *s, const struct object *o)
{
	struct uu_file f = {.next = 0};
	unsigned char *out;
	unsigned n = 0;

	while (n++ < MAX_FILES && scan_has_time(s, o) && uu_find(o->bytes, o->len, f.next, &f)) {
		out = malloc(UU_ROOM(f.data_len));
		if (out == NULL) {
			s->no_memory = true;
			return;
		}
		inspect_file(s, o, f.name, f.name_len, out, uu_read(&f, out));
		free(out);
	}
}

static void
inspect_yenc(struct scan *s, const struct object *o)
{
	struct yenc_file f = {.next = 0};
	unsigned char *out;
	unsigned n = 0;

	while (n++ < MAX_FILES && scan_has_time(s, o) && yenc_find(o->bytes, o->len, f.next, &f)) {
		out = malloc(f.data_len + 1);
		if (out == NULL) {
			s->no_memory = true;
			return;
		}
		inspect_file(s, o, f.name, f.name_len, out, yenc_read(&f, out));
		free(out);
	}
}

void
encoded_inspect(struct scan *s, const struct object *o)
{
	inspect_uu(s, o);
	inspect_yenc(s, o);
}
