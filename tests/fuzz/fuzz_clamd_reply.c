/* Whatever clamd says: one of the meanings there are, and a text that can be shown. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "filter/clamd_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clamd_reply r;
	const char *p;

	clamd_reply_parse((const char *)data, size, &r);
	assert(r.said >= CLAMD_CLEAN && r.said <= CLAMD_NONSENSE);
	assert(strlen(r.text) < CLAMD_NAME_MAX);
	for (p = r.text; *p != '\0'; p++)
		assert(*p >= ' ' && *p <= '~');
	assert(r.said != CLAMD_INFECTED || r.text[0] != '\0');
	assert(r.said != CLAMD_CLEAN || (size <= 17 && memcmp(data + size - 2, "OK", 2) == 0));
	return 0;
}
