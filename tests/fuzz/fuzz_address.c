/* Whatever is read as an address has a canonical domain; nothing is read past the end. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_mailbox(const struct mailbox *m)
{
	char again[DOMAIN_BUF];
	size_t n = strlen(m->domain_raw);

	assert(m->display != NULL && m->local != NULL && n > 0);
	if (m->domain[0] == '\0')
		assert(m->domain_raw[0] == '[' && m->domain_raw[n - 1] == ']');
	else
		assert(domain_canonical(m->domain_raw, n, again) && strcmp(again, m->domain) == 0);
}

static void
check_list(const uint8_t *data, size_t size, struct arena *mem)
{
	struct address_list list;
	size_t i;

	assert(address_parse((const char *)data, size, mem, &list) == list.error);
	assert((list.error == ADDRESS_OK) == (list.reason == NULL));
	assert(list.error != ADDRESS_OK || list.n > 0 || list.group);
	for (i = 0; i < list.n; i++)
		check_mailbox(&list.v[i]);
}

static void
check_path(const uint8_t *data, size_t size, struct arena *mem)
{
	char *path = strndup((const char *)data, size);
	struct mailbox m;

	if (path != NULL && address_parse_path(path, mem, &m) == ADDRESS_OK &&
	    m.domain_raw[0] != '\0')
		check_mailbox(&m);
	free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem;

	arena_init(&mem, 0);
	check_list(data, size, &mem);
	check_path(data, size, &mem);
	arena_free(&mem);
	return 0;
}
