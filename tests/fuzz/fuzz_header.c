/* What is split off a message, written down again, is split in the same way. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fields(const struct header *h, struct arena *mem)
{
	const struct header_field *f;
	size_t i, n;
	char *s;

	for (i = 0; i < h->n; i++) {
		f = &h->fields[i];
		assert(
		    (s = header_unfold(f, mem, &n)) != NULL && n <= f->value_len && s[n] == '\0');
		assert(header_is(f, "from") ==
		       (header_first(h, "From") != NULL && header_count(h, "FROM") > 0 &&
			   header_is(f, "From")));
	}
}

static void
check_again(const struct header *h, struct arena *mem)
{
	struct header again;
	struct buf text;
	size_t i, body;

	buf_init(&text, 0);
	for (i = 0; i < h->n; i++) {
		buf_add(&text, h->fields[i].name, h->fields[i].name_len);
		buf_addc(&text, ':');
		buf_add(&text, h->fields[i].value, h->fields[i].value_len);
		buf_adds(&text, "\r\n");
	}
	assert(text.len == h->bytes);
	buf_adds(&text, "\r\n");
	header_init(&again, mem, 0, 0);
	assert(header_parse(&again, text.data, text.len, &body) && body == text.len);
	assert(again.n == h->n && again.bytes == h->bytes);
	for (i = 0; i < h->n; i++)
		assert(
		    again.fields[i].name_len == h->fields[i].name_len &&
		    again.fields[i].value_len == h->fields[i].value_len &&
		    memcmp(again.fields[i].value, h->fields[i].value, h->fields[i].value_len) == 0);
	header_free(&again);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;
	struct header h;
	size_t body;

	arena_init(&mem, 0);
	header_init(&h, &mem, size / 2, 100);
	header_parse(&h, (const char *)data, size, &body);
	assert(body <= size && h.bytes <= size / 2 && h.n <= 100);
	check_fields(&h, &mem);
	check_again(&h, &mem);
	header_free(&h);
	arena_free(&mem);
	return 0;
}
