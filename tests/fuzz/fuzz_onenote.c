/* filter/onenote.h and filter/shortcut.h: small formats of Windows. */
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_bytes(data, size, NULL);
	return 0;
}
