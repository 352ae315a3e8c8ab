/* A tag list, written down again from its parts, is the same list. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/taglist.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tag(const struct taglist *l, const struct tag *t)
{
	struct tag_items it;
	const char *item;
	size_t len, total = 0, items = 0;
	uint64_t number;

	assert(t->name_len > 0 && t->value_len <= t->raw_len);
	assert(t->value >= t->raw && t->value + t->value_len <= t->raw + t->raw_len);
	assert(memchr(t->raw, ';', t->raw_len) == NULL);
	if (tag_number(t, UINT32_MAX, &number))
		assert(number <= UINT32_MAX && tag_is_ascii(t));
	for (tag_items_begin(&it, t); tag_items_next(&it, &item, &len); items++)
		total += len;
	assert(items > 0 && total + items - 1 <= t->value_len);
	assert(t >= l->v && t < l->v + l->n);
}

static void
check_again(const struct taglist *l)
{
	static struct taglist again;
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	for (i = 0; i < l->n; i++) {
		buf_add(&text, l->v[i].name, l->v[i].name_len);
		buf_addc(&text, '=');
		buf_add(&text, l->v[i].value, l->v[i].value_len);
		buf_addc(&text, ';');
	}
	assert(taglist_parse(text.data, text.len, &again) == TAGLIST_OK && again.n == l->n);
	for (i = 0; i < l->n; i++)
		assert(again.v[i].value_len == l->v[i].value_len &&
		       memcmp(again.v[i].value, l->v[i].value, l->v[i].value_len) == 0);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct taglist l;
	size_t i;

	if (taglist_parse((const char *)data, size, &l) != TAGLIST_OK)
		return 0;
	for (i = 0; i < l.n; i++)
		check_tag(&l, &l.v[i]);
	check_again(&l);
	return 0;
}
