/* Whatever DNS says is a DMARC record with valid parts, or is none. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/dmarc_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_uris(const struct dmarc_uris *u)
{
	size_t i;

	assert(u->n <= DMARC_URIS_MAX);
	for (i = 0; i < u->n; i++) {
		assert(strlen(u->v[i].uri) <= DMARC_URI_MAX);
		assert(strpbrk(u->v[i].uri, ",! ;") == NULL);
		assert((strncasecmp(u->v[i].uri, "mailto:", 7) == 0) == (u->v[i].mailbox != NULL));
		assert(u->v[i].mailbox == NULL || strchr(u->v[i].mailbox, '@') != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dmarc_record r;
	struct arena mem;

	arena_init(&mem, 100000);
	dmarc_record_parse(&r, (const char *)data, size, &mem);
	assert(r.status != DMARC_RECORD_SEVERAL);
	assert(!dmarc_record_exists(&r) || (r.p != DMARC_POLICY_ABSENT && r.fo != 0));
	assert(r.status != DMARC_RECORD_BAD_POLICY || r.rua.n == 0);
	check_uris(&r.rua);
	check_uris(&r.ruf);
	arena_free(&mem);
	return 0;
}
