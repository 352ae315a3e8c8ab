/* filter/office_xml.h: parts of documents, well-formed or not. */
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_bytes(data, size, "part.xml");
	return 0;
}
