#include "inflate.h"

#define ZLIB_CONST
#include <limits.h>
#include <string.h>
#include <zlib.h>

#define STEP 65536

/* False where a limit was reached. */
static bool
run(struct scan *s, const struct object *o, z_stream *z, struct buf *out)
{
	int status = Z_OK;

	while (status == Z_OK) {
		if (out->len > s->limits.object_max - STEP || !scan_may_unpack(s, o, STEP))
			return false;
		if (!buf_reserve(out, STEP))
			return false;
		z->next_out = (Bytef *)out->data + out->len;
		z->avail_out = STEP;
		status = inflate(z, Z_SYNC_FLUSH);
		out->len += STEP - z->avail_out;
		scan_unpacked_less(s, o, z->avail_out);
	}
	return true;
}

/* bits as inflateInit2() takes them: 15 with a header, -15 without. */
static bool
try(struct scan *s, const struct object *o, const uint8_t *in, size_t len, int bits,
    struct buf *out)
{
	z_stream z;
	bool within;

	memset(&z, 0, sizeof(z));
	if (inflateInit2(&z, bits) != Z_OK) {
		s->no_memory = true;
		return false;
	}
	z.next_in = in;
	z.avail_in = len > UINT_MAX ? UINT_MAX : (uInt)len;
	within = run(s, o, &z, out);
	inflateEnd(&z);
	return within;
}

bool
inflate_zlib(struct scan *s, const struct object *o, const uint8_t *in, size_t len, struct buf *out)
{
	size_t before = out->len;

	if (len == 0 || !try(s, o, in, len, 15, out))
		return false;
	if (out->len == before && len > 2 && !try(s, o, in + 2, len - 2, -15, out))
		return false;
	if (out->len == before && !try(s, o, in, len, -15, out))
		return false;
	return out->len > before && !out->failed;
}
