/* A canonical name is canonical, and has the labels that its parents say. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char once[DOMAIN_BUF], twice[DOMAIN_BUF];
	const char *parent = once;
	size_t labels = 0;

	if (!domain_canonical((const char *)data, size, once)) {
		assert(once[0] == '\0');
		return 0;
	}
	assert(strlen(once) <= DOMAIN_MAX);
	assert(strspn(once, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(once));
	assert(domain_canonical(once, strlen(once), twice) && strcmp(once, twice) == 0);
	for (; parent != NULL; parent = domain_parent(parent), labels++)
		assert(parent == once || domain_is_below(once, parent));
	assert(labels == domain_labels(once));
	return 0;
}
