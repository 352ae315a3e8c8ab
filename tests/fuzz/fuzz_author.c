/* Whatever stands in From has an author or a reason why not, and the author is a candidate. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/domain.h"
#include "mail/author.h"
#include "mail/author_candidates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct author *a, const struct author_candidates *c)
{
	bool found = c->more || a->status != AUTHOR_OK;
	char again[DOMAIN_BUF];
	size_t i;

	assert((a->status == AUTHOR_OK) == (a->domain != NULL));
	assert((a->status == AUTHOR_OK) == (a->error == NULL));
	for (i = 0; i < c->n; i++) {
		assert(domain_canonical(c->v[i], strlen(c->v[i]), again));
		assert(strcmp(again, c->v[i]) == 0);
		found = found || strcmp(c->v[i], a->domain) == 0;
	}
	assert(found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data, *second = memchr(value, 1, size);
	size_t n = second != NULL ? (size_t)(second - value) : size;
	struct author_candidates c;
	struct author a;
	struct header h;
	struct arena mem;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 100);
	header_add(&h, "From", 4, value, n);
	if (second != NULL)
		header_add(&h, "from ", 5, second, size - n);
	a = author_of(&h, &mem);
	author_candidates(&h, &mem, &c);
	check(&a, &c);
	header_free(&h);
	arena_free(&mem);
	return 0;
}
