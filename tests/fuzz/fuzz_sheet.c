/* filter/sheet_text.h: sheets that are texts. */
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_bytes(data, size, "list.csv");
	return 0;
}
