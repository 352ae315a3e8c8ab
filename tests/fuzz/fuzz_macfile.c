/* filter/macfile.h: any AppleSingle, AppleDouble or MacBinary file. */
#include "filter/macfile.h"
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_as(data, size, NULL, macfile_applies);
	return 0;
}
