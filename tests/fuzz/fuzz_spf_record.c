/* auth/spf_record.h: any octets as a TXT record. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf_record.h"
#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
expand(const struct spf_macro_string *m, struct buf *out)
{
	struct spf_macro_values v;
	size_t i;

	for (i = 0; i < 26; i++)
		v.value[i] = i % 2 == 0 ? "a.b-c+d.." : NULL;
	buf_clear(out);
	if (spf_macro_expand(m, &v, out))
		assert(out->len <= 4096);
}

static void
check_record(const struct spf_policy *p, const uint8_t *data, size_t size)
{
	const struct spf_record *r = &p->record;
	struct buf out;
	size_t i;

	assert(memchr(data, '\0', size) == NULL);
	buf_init(&out, 4096);
	for (i = 0; i < r->n; i++) {
		assert(strchr("+-~?", r->terms[i].qualifier) != NULL);
		assert(
		    r->terms[i].len > 0 && memchr(r->terms[i].text, ' ', r->terms[i].len) == NULL);
		assert(r->terms[i].cidr4 <= 32 && r->terms[i].cidr6 <= 128);
		expand(&r->terms[i].domain, &out);
	}
	expand(&r->redirect, &out);
	expand(&r->exp, &out);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* of the record's own size, so that a read past its end is seen */
	uint8_t *copy = malloc(size != 0 ? size : 1);
	struct dns_record record = {.data = copy, .len = size};
	struct dns_answer answer = {.status = DNS_OK, .records = &record, .n = 1};
	struct spf_policy *p;
	const char *s;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	p = spf_policy_parse(&answer);
	if (p != NULL) {
		assert((p->status == SPF_POLICY_ERROR) == (p->reason[0] != '\0'));
		for (s = p->reason; *s != '\0'; s++)
			assert(*s >= 0x20 && *s <= 0x7e);
		if (p->status == SPF_POLICY_OK)
			check_record(p, data, size);
	}
	spf_policy_free(p);
	free(copy);
	return 0;
}
