/* What is read of a result, written down again, is the same result. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "filter/outcome.h"
#include "filter/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct scan_result *r, struct arena *mem)
{
	struct scan s = {.report = r->report, .no_memory = r->incomplete};
	struct scan_result again;
	struct buf b;
	size_t i;

	buf_init(&b, RESULT_MAX);
	result_write(&s, r->hashes, &b);
	assert(!b.failed && result_parse(b.data, b.len, mem, &again));
	assert(again.report.nparts + again.more_parts == r->report.nparts);
	assert(again.report.nfindings + again.report.more == r->report.nfindings + r->report.more);
	for (i = 0; i < again.report.nparts; i++)
		assert(strcmp(again.report.parts[i].name, r->report.parts[i].name) == 0 &&
		       again.report.parts[i].parent == r->report.parts[i].parent);
	for (i = 0; i < again.report.nfindings; i++)
		assert(strcmp(again.report.findings[i].reason, r->report.findings[i].reason) == 0);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char listed[1][RESULT_HASH] = {{0}};
	struct outcome_rules rules;
	struct scan_result r;
	struct outcome o;
	struct arena mem;

	arena_init(&mem, 64u << 20);
	if (result_parse(data, size, &mem, &r)) {
		outcome_rules_default(&rules);
		rules.exempt = listed;
		rules.nexempt = 1;
		outcome_begin(&o);
		outcome_add_result(&o, &rules, &r);
		check_again(&r, &mem);
	}
	arena_free(&mem);
	return 0;
}
