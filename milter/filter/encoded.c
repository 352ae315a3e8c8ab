#include "encoded.h"

#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "mail/uu.h"
#include "mail/yenc.h"
#include "member.h"
#include "message.h"
#include "text.h"

/* What is no file of its own, or has only a sign of one that can stand in a text. */
static bool
may_be_text(const struct object *o)
{
	const struct content_kind *k = content_kind_of(o->bytes, o->len);

	return k == NULL || k->family == CONTENT_HTML || k->family == CONTENT_XML ||
	       (k->type != NULL && strcmp(k->type, "application/pdf") == 0);
}

/* Messages are read with what is in their texts. */
bool
encoded_applies(const struct object *o)
{
	return !o->plain_text && may_be_text(o) &&
	       text_find((const char *)o->bytes, o->len, "begin") != NULL && !message_applies(o);
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

	while (scan_has_time(s, o) && uu_find(o->bytes, o->len, f.next, &f)) {
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

	while (scan_has_time(s, o) && yenc_find(o->bytes, o->len, f.next, &f)) {
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
