#include "author.h"

#include <string.h>

#include "address.h"

static struct author
none(enum author_status status, const char *error)
{
	return (struct author){.status = status, .error = error};
}

static struct author
no_list(const struct address_list *list)
{
	static const enum author_status status[] = {
	    [ADDRESS_EMPTY] = AUTHOR_EMPTY,
	    [ADDRESS_SYNTAX] = AUTHOR_SYNTAX,
	    [ADDRESS_DOMAIN] = AUTHOR_NO_DOMAIN,
	    [ADDRESS_TOO_MANY] = AUTHOR_TOO_MANY,
	    [ADDRESS_NO_MEMORY] = AUTHOR_NO_MEMORY,
	};

	return none(status[list->error], list->reason);
}

static struct author
from_field(const struct header_field *f, struct arena *mem)
{
	struct address_list list;
	size_t i;

	if (address_parse(f->value, f->value_len, mem, &list) != ADDRESS_OK)
		return no_list(&list);
	if (list.n == 0)
		return none(AUTHOR_GROUP, "a group without an address");
	for (i = 0; i < list.n; i++) {
		if (list.v[i].domain[0] == '\0')
			return none(AUTHOR_NO_DOMAIN, "an address without a domain name");
		if (strcmp(list.v[i].domain, list.v[0].domain) != 0)
			return none(AUTHOR_SEVERAL_DOMAINS, "addresses of several domains");
	}
	return (struct author){.domain = list.v[0].domain, .local = list.v[0].local};
}

struct author
author_of(const struct header *h, struct arena *mem)
{
	size_t n = header_count(h, "From");

	if (n == 0)
		return none(AUTHOR_MISSING, "no From field");
	/* RFC 5322 §3.6: exactly one; with more of them every reader may choose another */
	if (n > 1)
		return none(AUTHOR_SEVERAL_FIELDS, "several From fields");
	return from_field(header_first(h, "From"), mem);
}

struct author
author_sender(const struct header *h, struct arena *mem)
{
	size_t n = header_count(h, "Sender");

	if (n == 0)
		return author_of(h, mem);
	if (n > 1)
		return none(AUTHOR_SEVERAL_FIELDS, "several Sender fields");
	return from_field(header_first(h, "Sender"), mem);
}
