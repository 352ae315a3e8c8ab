/* DNS messages; the first byte chooses the type asked for. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dns/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum dns_type types[] = {DNS_A, DNS_CNAME, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA};
	const struct dns_answer *a;

	if (len == 0)
		return 0;
	a = dns_wire_answer(data + 1, len - 1, types[data[0] % 6], false);
	if (a == NULL || (a->status == DNS_OK) != (a->n > 0))
		abort();
	dns_answer_unref(a);
	return 0;
}
