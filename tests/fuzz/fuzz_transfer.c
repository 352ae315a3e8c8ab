/* Decoders: never more than the room, the same for what has one meaning, and nothing made up. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "mail/base64_regular.h"
#include "mail/transfer.h"
#include "mail/uu.h"
#include "mail/yenc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Room of just the size, so that a byte too many is seen. */
static unsigned char *
room(size_t n)
{
	unsigned char *p = malloc(n != 0 ? n : 1);

	assert(p != NULL);
	return p;
}

/* What is strictly base64 comes to the same in every way that may differ. */
static void
check_base64(const uint8_t *data, size_t size)
{
	unsigned odd = base64_oddities(data, size), ways = base64_ways(odd), way;
	uint8_t *strict = room(BASE64_DECODED_MAX(size));
	size_t len, n;
	bool good = base64_decode((const char *)data, size, strict, &len);

	for (way = 0; way < BASE64_WAYS; way++) {
		unsigned char *out = room(TRANSFER_ROOM(size));

		n = base64_read((enum base64_way)way, data, size, out);
		assert(n <= TRANSFER_ROOM(size));
		if (good && (ways & 1U << way) != 0 && way != BASE64_BY_LINE)
			assert(n == len && memcmp(out, strict, n) == 0);
		free(out);
	}
	free(strict);
}

/* What can be read in one way alone is read as every way reads it, and nothing is odd about it. */
static void
check_regular(const uint8_t *data, size_t size)
{
	unsigned char *once = room(TRANSFER_ROOM(size)), *out = room(TRANSFER_ROOM(size));
	size_t len, n;
	unsigned way;

	if (base64_read_regular(data, size, once, &len)) {
		assert(base64_oddities(data, size) == 0);
		for (way = 0; way < BASE64_WAYS; way++) {
			n = base64_read((enum base64_way)way, data, size, out);
			assert(n == len && memcmp(out, once, n) == 0);
		}
	}
	free(once);
	free(out);
}

static void
check_qp(const uint8_t *data, size_t size)
{
	unsigned odd = qp_oddities(data, size), way;
	unsigned char *first = room(size), *out = room(size);
	size_t n = qp_read(QP_KEEP, data, size, first), k;

	assert(n <= size);
	for (way = 0; way <= QP_LINES; way++) {
		k = qp_read((enum qp_way)way, data, size, out);
		assert(k <= size);
		if (way < QP_WAYS && (odd & ~(unsigned)QP_LONG_LINE) == 0)
			assert(memchr(data, '=', size) == data + size - 1 ||
			       (size > 0 && data[size - 1] == '=') ||
			       (k == n && memcmp(first, out, n) == 0));
	}
	free(first);
	free(out);
}

static void
check_uu(const uint8_t *data, size_t size)
{
	struct uu_file f = {.next = 0};
	unsigned char *out;
	size_t from = 0;

	while (uu_find(data, size, from, &f)) {
		assert(f.next > from && f.next <= size);
		assert(f.name >= data && f.name + f.name_len <= data + size);
		from = f.next;
		out = room(UU_ROOM(f.data_len));
		assert(uu_read(&f, out) <= UU_ROOM(f.data_len));
		free(out);
	}
	if (uu_find_encoded(data, size, &f)) {
		out = room(UU_ROOM(f.data_len));
		assert(uu_read(&f, out) <= UU_ROOM(f.data_len));
		free(out);
	}
}

static void
check_yenc(const uint8_t *data, size_t size)
{
	struct yenc_file f = {.next = 0};
	unsigned char *out;
	size_t from = 0;

	while (yenc_find(data, size, from, &f)) {
		assert(f.next > from && f.next <= size);
		from = f.next;
		out = room(f.data_len);
		assert(yenc_read(&f, out) <= f.data_len);
		free(out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[1];

	if (size == 0)
		data = none;
	check_base64(data, size);
	check_qp(data, size);
	check_uu(data, size);
	check_yenc(data, size);
	return 0;
}
