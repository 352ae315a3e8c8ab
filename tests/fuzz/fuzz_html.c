/* filter/html.h: web pages and images, however written. */
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_bytes(data, size, "page.html");
	return 0;
}
