/* Any message: the reading is a tree within its limits, and a plain message has no file. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mime_limits limits = {
    .depth = 8, .parts = 200, .decoded = 1 << 20, .header_bytes = 1 << 16, .doubts = 20};

static void
check_part(const struct mime_reading *r, size_t at)
{
	const struct mime_part *p = &r->parts[at];
	unsigned char sum = 0;
	size_t i;

	assert(p->parent < (int)at && (p->parent >= 0) == (at > 0));
	assert(p->depth <= limits.depth + 1);
	assert(p->bytes != NULL);
	for (i = 0; i < p->len; i++)
		sum ^= p->bytes[i];
	for (i = 0; i < p->nnames; i++)
		assert(p->names[i][0] != '\0' && utf8_valid(p->names[i], strlen(p->names[i])));
	for (i = 0; i < p->ntypes; i++)
		assert(p->types[i][0] != '\0');
	assert(!p->plain_text || p->nnames == 0);
	(void)*(volatile unsigned char *)&sum;
}

static void
check_reading(const struct mime_reading *r)
{
	size_t i;

	assert(!r->no_memory);
	assert(r->nparts >= 1 && r->nparts <= limits.parts && r->ndoubts <= limits.doubts);
	for (i = 0; i < r->nparts; i++)
		check_part(r, i);
	for (i = 0; i < r->ndoubts; i++)
		assert(r->doubts[i].part < r->nparts && mime_doubt_name(r->doubts[i].kind) != NULL);
}

/* The message as an MTA gives it on: the header's fields, an empty line, the body. */
static void
check_plain(const uint8_t *data, size_t size)
{
	struct mime_reading r;
	struct arena mem;
	struct header h;
	struct plain p;
	struct buf whole;
	size_t body, i;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, (const char *)data, size, &body);
	plain_begin(&p, &h);
	for (i = body; i < size; i += 7)
		plain_body(&p, (const char *)data + i, size - i < 7 ? size - i : 7);
	if (plain_cannot_carry(&p)) {
		buf_init(&whole, 0);
		for (i = 0; i < h.n; i++) {
			buf_add(&whole, h.fields[i].name, h.fields[i].name_len);
			buf_addc(&whole, ':');
			buf_add(&whole, h.fields[i].value, h.fields[i].value_len);
			buf_adds(&whole, "\r\n");
		}
		buf_adds(&whole, "\r\n");
		buf_add(&whole, data + body, size - body);
		mime_read(whole.data, whole.len, &limits, &mem, &r);
		assert(r.nparts == 1 && r.parts[0].nnames == 0 && r.ndoubts == 0);
		assert(r.limit == NULL);
		mime_reading_free(&r);
		buf_free(&whole);
	}
	header_free(&h);
	arena_free(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_reading r;
	struct arena mem;
	struct buf err;

	buf_init(&err, 0);
	assert(charset_prepare(&err));
	arena_init(&mem, 0);
	mime_read(data, size, &limits, &mem, &r);
	check_reading(&r);
	mime_reading_free(&r);
	arena_free(&mem);
	check_plain(data, size);
	buf_free(&err);
	return 0;
}
