/*
 * The canonical form of a body does not depend on how it is cut, is its own
 * canonical form, and is never longer than the body and a CRLF; l= cuts it.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/canon.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sink(void *ctx, const void *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
}

static void
body(enum canon mode, const void *data, size_t size, size_t step, struct buf *out)
{
	struct canon_body b;
	size_t at, n;

	canon_body_init(&b, mode, UINT64_MAX, sink, out);
	for (at = 0; at < size; at += n) {
		n = size - at < step ? size - at : step;
		canon_body_update(&b, (const char *)data + at, n);
	}
	canon_body_final(&b);
	assert(b.out == out->len);
}

static void
assert_same(const struct buf *a, const struct buf *b)
{
	assert(a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0));
}

static void
check_limit(enum canon mode, const uint8_t *data, size_t size, const struct buf *whole)
{
	struct canon_body b;
	struct buf cut;

	buf_init(&cut, 0);
	canon_body_init(&b, mode, data[0], sink, &cut);
	canon_body_update(&b, data, size);
	canon_body_final(&b);
	assert(b.out == whole->len && cut.len == (whole->len < data[0] ? whole->len : data[0]));
	assert(cut.len == 0 || memcmp(cut.data, whole->data, cut.len) == 0);
	buf_free(&cut);
}

static void
check_header(enum canon mode, const uint8_t *data, size_t size)
{
	const struct header_field f = {
	    .name = "X ", .name_len = 2, .value = (const char *)data, .value_len = size};
	struct buf out;

	buf_init(&out, 0);
	canon_header(mode, &f, sink, &out);
	assert(out.len <= size + 5 && memcmp(out.data + out.len - 2, "\r\n", 2) == 0);
	buf_free(&out);
}

static void
check(enum canon mode, const uint8_t *data, size_t size)
{
	struct buf whole, pieces;

	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	body(mode, data, size, size, &whole);
	body(mode, data, size, data[0] % 37 + 1, &pieces);
	assert_same(&whole, &pieces);
	buf_clear(&pieces);
	body(mode, data, size, 1, &pieces);
	assert_same(&whole, &pieces);
	buf_clear(&pieces);
	body(mode, whole.data, whole.len, whole.len, &pieces);
	assert_same(&whole, &pieces);
	assert(whole.len <= size + 2);
	check_limit(mode, data, size, &whole);
	check_header(mode, data, size);
	buf_free(&whole);
	buf_free(&pieces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	check(CANON_SIMPLE, data, size);
	check(CANON_RELAXED, data, size);
	return 0;
}
