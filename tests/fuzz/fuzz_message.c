/* filter/message.h: a message or mailbox as a file. */
#include "filter/message.h"
#include "inspector.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	inspect_as(data, size, NULL, message_applies);
	return 0;
}
