#include "author.h"

#include <string.h>

#include "address.h"

static struct author
none(const char *error)
{
	return (struct author){.error = error};
}

static struct author
from_field(const struct header_field *f, struct arena *mem)
{
	struct address_list list;
	size_t i;

	if (address_parse(f->value, f->value_len, mem, &list) != ADDRESS_OK)
		return none(list.reason != NULL ? list.reason : address_error_text(list.error));
	if (list.n == 0)
		return none("no address");
	for (i = 0; i < list.n; i++) {
		if (list.v[i].domain[0] == '\0')
			return none("an address without a domain name");
		if (strcmp(list.v[i].domain, list.v[0].domain) != 0)
			return none("addresses of several domains");
	}
	return (struct author){.domain = list.v[0].domain, .local = list.v[0].local};
}

struct author
author_of(const struct header *h, struct arena *mem)
{
	size_t n = header_count(h, "From");

	if (n == 0)
		return none("no From field");
	/* RFC 5322 §3.6: exactly one; with more of them every reader may choose another */
	if (n > 1)
		return none("several From fields");
	return from_field(header_first(h, "From"), mem);
}

struct author
author_sender(const struct header *h, struct arena *mem)
{
	size_t n = header_count(h, "Sender");

	if (n == 0)
		return author_of(h, mem);
	if (n > 1)
		return none("several Sender fields");
	return from_field(header_first(h, "Sender"), mem);
}
