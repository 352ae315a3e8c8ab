/* Whatever DNS says is a key or has a reason why not; a key refuses a signature made of its record.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/dkim_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t digest[DKIM_DIGEST_LEN] = {1};
	struct dkim_key k;

	dkim_key_parse(&k, (const char *)data, size);
	assert((k.status == DKIM_KEY_OK) == (k.reason[0] == '\0'));
	if (k.status == DKIM_KEY_OK) {
		assert(k.pkey != NULL && k.bits > 0);
		assert(!dkim_key_verify(&k, digest, data, size));
	}
	dkim_key_free(&k);
	return 0;
}
