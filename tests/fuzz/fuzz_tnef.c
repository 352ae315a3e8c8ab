/* filter/tnef.h: any winmail.dat, and what is in it. */
#include "filter/tnef.h"
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_as(data, size, NULL, tnef_applies);
	return 0;
}
