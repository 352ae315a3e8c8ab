#include "deflated.h"

#define ZLIB_CONST
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STEP 65536

static enum deflated_result
run(struct member *m, z_stream *z, unsigned char *piece)
{
	int status = Z_OK;

	while (status == Z_OK) {
		z->next_out = piece;
		z->avail_out = STEP;
		status = inflate(z, Z_SYNC_FLUSH);
		if (!member_add(m, piece, STEP - z->avail_out))
			return DEFLATED_LIMIT;
	}
	return status == Z_STREAM_END ? DEFLATED_WHOLE : DEFLATED_DAMAGED;
}

enum deflated_result
deflated_unpack(struct member *m, const unsigned char *bytes, size_t len, enum deflated_form form,
    size_t *taken)
{
	unsigned char *piece = malloc(STEP);
	enum deflated_result result = DEFLATED_DAMAGED;
	z_stream z;

	*taken = 0;
	memset(&z, 0, sizeof(z));
	if (piece == NULL || inflateInit2(&z, form) != Z_OK) {
		free(piece);
		m->scan->no_memory = true;
		return result;
	}
	z.next_in = bytes;
	z.avail_in = len > UINT_MAX ? UINT_MAX : (uInt)len;
	result = run(m, &z, piece);
	*taken = (size_t)z.total_in;
	inflateEnd(&z);
	free(piece);
	return result;
}
