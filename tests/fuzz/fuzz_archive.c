/* filter/unarchive.h: whatever libarchive is given, within the limits. */
#include "filter/unarchive.h"
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_as(data, size, NULL, unarchive_applies);
	return 0;
}
