/* filter/unarchive.h: whatever libarchive is given, within the limits. */
#include <assert.h>
#include <stdint.h>

#include "filter/inspect.h"
#include "filter/unarchive.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = SCAN_LIMITS_DEFAULT;
	struct object o = {.bytes = data, .len = size};
	struct arena mem;
	struct scan s;

	limits.objects = 200;
	limits.unpacked = limits.object_max = 4u << 20;
	arena_init(&mem, 0);
	scan_init(&s, &limits, &mem);
	inspect(&s, &o);
	assert(s.unpacked <= limits.unpacked);
	assert(s.report.nparts <= limits.objects && s.report.nfindings <= limits.findings);
	if (unarchive_applies(&o))
		assert(s.report.parts[0].found[0] != '\0');
	scan_free(&s);
	arena_free(&mem);
	return 0;
}
