/* What the fuzzers of inspectors share: one object, small limits, what must be so afterwards. */
#ifndef GATEPOST_TESTS_INSPECTOR_H
#define GATEPOST_TESTS_INSPECTOR_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "filter/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* libarchive may ask for more than there is at all, and takes no for an answer. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static inline void
check_report(const struct scan_report *r)
{
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		assert(r->findings[i].rule < RULE_COUNT && r->findings[i].part < r->nparts);
		assert(utf8_valid(r->findings[i].reason, strlen(r->findings[i].reason)));
		assert(strpbrk(r->findings[i].reason, "\r\n") == NULL);
	}
}

/*
 * The bytes lie in memory of their own size, so that a read past their end is
 * seen. What is an object for applies() has a type in the report; NULL for
 * no such promise.
 */
static inline void
inspect_as(
    const uint8_t *data, size_t size, const char *name, bool (*applies)(const struct object *))
{
	struct scan_limits limits = SCAN_LIMITS_DEFAULT;
	uint8_t *copy = malloc(size != 0 ? size : 1);
	struct object o = {.bytes = copy, .len = size, .names = &name, .nnames = name != NULL};
	struct arena mem;
	struct scan s;

	limits.unpacked = 4u << 20;
	limits.object_max = 1u << 20;
	limits.objects = 100;
	limits.depth = 6;
	if (copy == NULL)
		return;
	if (size > 0)
		memcpy(copy, data, size);
	arena_init(&mem, 0);
	scan_init(&s, &limits, &mem);
	inspect(&s, &o);
	check_report(&s.report);
	assert(s.unpacked <= limits.unpacked);
	assert(s.report.nparts <= limits.objects && s.report.nfindings <= limits.findings);
	if (applies != NULL && applies(&o))
		assert(s.report.parts[0].found[0] != '\0');
	scan_free(&s);
	arena_free(&mem);
	free(copy);
}

static inline void
inspect_bytes(const uint8_t *data, size_t size, const char *name)
{
	inspect_as(data, size, name, NULL);
}

#endif
