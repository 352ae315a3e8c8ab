/* Zone files, and look-ups of the names in them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/dns.h"
#include "dns/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
look_up(struct dns_source *s, const char *name, enum dns_type type)
{
	const struct dns_answer *a = dns_lookup(s, name, type, 0);

	if (a == NULL || (a->status == DNS_OK) != (a->n > 0) ||
	    (a->status == DNS_OK) != (*a->reason == 0))
		abort();
	dns_answer_unref(a);
}

/* Each first word of a line, with a label before it. */
static void
look_up_all(struct dns_source *s, const char *text, size_t len)
{
	static const enum dns_type types[] = {DNS_A, DNS_TXT, DNS_MX, DNS_CNAME};
	char name[300] = "x.";
	size_t i, n, lines = 0;

	for (i = 0; i < len && lines++ < 50; i += strcspn(text + i, "\n") + 1) {
		n = strcspn(text + i, " \t\n");
		if (n > sizeof(name) - 3)
			continue;
		memcpy(name + 2, text + i, n);
		name[2 + n] = '\0';
		look_up(s, name, types[lines % 4]);
		look_up(s, name + 2, types[lines / 4 % 4]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct dns_source *s;
	struct buf error;

	memcpy(text, data, len);
	text[len] = '\0';
	buf_init(&error, 0);
	s = dns_zone_new(text, len, &error);
	if ((s == NULL) != (error.len > 0))
		abort();
	if (s != NULL)
		look_up_all(s, text, len);
	dns_source_free(s);
	buf_free(&error);
	free(text);
	return 0;
}
