/* filter/name.h: any bytes as the name of a file. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "filter/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = SCAN_LIMITS_DEFAULT;
	char *name = strndup((const char *)data, size);
	const char *names = name;
	struct object o = {.names = &names, .nnames = 1};
	struct arena mem;
	struct scan s;
	struct buf ext;
	size_t i;

	if (name == NULL)
		return 0;
	arena_init(&mem, 0);
	scan_init(&s, &limits, &mem);
	inspect(&s, &o);
	for (i = 0; i < s.report.nfindings; i++)
		assert(
		    utf8_valid(s.report.findings[i].reason, strlen(s.report.findings[i].reason)));
	buf_init(&ext, 0);
	name_extension(name, &ext);
	assert(memchr(buf_str(&ext), '.', ext.len) == NULL);
	assert(memchr(buf_str(&ext), '/', ext.len) == NULL);
	buf_free(&ext);
	scan_free(&s);
	arena_free(&mem);
	free(name);
	return 0;
}
