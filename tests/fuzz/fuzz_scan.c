/* The scanner as a whole: any message gives a report that can be told, within the limits. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "filter/result.h"
#include "filter/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
prepare(void)
{
	static bool ready;
	struct buf err;

	if (ready)
		return;
	buf_init(&err, 1000);
	assert(scan_prepare(&err));
	buf_free(&err);
	ready = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct scan_limits limits = {.depth = 8,
	    .objects = 200,
	    .unpacked = 16u << 20,
	    .object_max = 4u << 20,
	    .ratio = 250,
	    .ratio_floor = 1u << 20,
	    .milliseconds = 5000,
	    .findings = 50};
	const struct mime_limits mime = {
	    .depth = 20, .parts = 100, .decoded = 16u << 20, .header_bytes = 65536, .doubts = 50};
	struct scan_result r;
	struct arena mem;
	struct scan s;
	struct buf b;

	prepare();
	arena_init(&mem, 0);
	buf_init(&b, RESULT_MAX);
	scan_init(&s, &limits, &mem);
	scan_message(&s, data, size, &mime);
	assert(s.report.nparts <= limits.objects && s.report.nfindings <= limits.findings);
	assert(s.unpacked <= limits.unpacked);
	result_write(&s, NULL, &b);
	assert(!b.failed && result_parse(b.data, b.len, &mem, &r));
	assert(r.report.nfindings + r.report.more == s.report.nfindings + s.report.more);
	scan_free(&s);
	buf_free(&b);
	arena_free(&mem);
	return 0;
}
