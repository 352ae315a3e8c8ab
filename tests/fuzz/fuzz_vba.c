/* filter/ovba.h and filter/macro.h: any bytes as compressed source, as a list of modules, as Basic.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "filter/macro.h"
#include "filter/ovba.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ovba_module modules[8];
	uint8_t *copy = malloc(size != 0 ? size : 1);
	struct macro m = {0};
	struct buf out;
	size_t n;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	buf_init(&out, 1 << 20);
	if (ovba_decompress(copy, size, &out)) {
		macro_read(out.data, out.len, &m);
		assert(ovba_modules((const uint8_t *)out.data, out.len, modules, 8) <= 8);
	}
	n = ovba_modules(copy, size, modules, 8);
	while (n-- > 0)
		assert(strlen(modules[n].stream) < sizeof(modules[n].stream));
	assert(ovba_find_source(copy, size) <= size && ovba_pcode(copy, size) <= size);
	macro_read((const char *)copy, size, &m);
	assert(strlen(m.autorun) < sizeof(m.autorun));
	buf_free(&out);
	free(copy);
	return 0;
}
