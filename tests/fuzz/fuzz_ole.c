/* filter/ole_document.h: compound files, however damaged. */
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_bytes(data, size, NULL);
	return 0;
}
