#include "activemime.h"

#include "base/bytes.h"
#include "inflate.h"

#define HEADER_MAX 4096 /* the deflated data begin at 0x32, or somewhat later */

bool
activemime_applies(const struct object *o)
{
	return bytes_begin(o->bytes, o->len, "ActiveMime");
}

void
activemime_inspect(struct scan *s, const struct object *o)
{
	const uint8_t *end = o->bytes + o->len, *at = o->bytes;
	struct buf out;

	scan_say_type(s, o, "application/x-mso");
	buf_init(&out, 0);
	while (out.len == 0 && (at = bytes_find(at, end, "\x78", 1)) != NULL &&
	       at - o->bytes < HEADER_MAX) {
		inflate_zlib(s, o, at, (size_t)(end - at), &out);
		at++;
	}
	if (out.len > 0)
		inspect_within(s, o, NULL, (const uint8_t *)out.data, out.len);
	else
		scan_find(s, o, RULE_CANNOT_INSPECT, "ActiveMime data that cannot be unpacked");
	buf_free(&out);
}
