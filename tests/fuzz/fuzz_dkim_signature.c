/* A signature field without error has all that the RFC requires, and a digest. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/dkim_signature.h"
#include "base/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_good(const struct dkim_signature *s)
{
	assert(s->domain[0] != '\0' && s->selector[0] != '\0' && s->b_len > 0 && s->nnames > 0);
	assert(strcmp(s->agent, s->domain) == 0 || domain_is_below(s->agent, s->domain));
	assert(s->b_begin <= s->b_end && s->b_end <= s->field->value_len);
	assert(s->b_begin > 0 && s->field->value[s->b_begin - 1] == '=');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rest[] = "From: a@example.com\r\nTo: b\r\nto: c\r\n\r\n";
	const struct header_field field = {"DKIM-Signature", 14, (const char *)data, size};
	uint8_t digest[DKIM_DIGEST_LEN];
	struct dkim_signature s;
	struct dkim_fields *f;
	struct header h;
	struct arena mem;
	size_t body;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, rest, sizeof(rest) - 1, &body);
	assert(dkim_signature_parse(&s, &field, &mem));
	if (s.error == NULL) {
		check_good(&s);
		f = dkim_fields_new(&h, &mem);
		assert(f != NULL && dkim_signature_digest(&s, f, &mem, digest) == 0);
	}
	header_free(&h);
	arena_free(&mem);
	return 0;
}
