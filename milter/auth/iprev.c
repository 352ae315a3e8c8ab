#include "iprev.h"

#include <stdio.h>
#include <string.h>

#define REVERSE_MAX 80 /* 32 nibbles with dots, "ip6.arpa", and a NUL */

static void
reverse_name(const struct ip *ip, char out[REVERSE_MAX])
{
	const uint8_t *b = ip->b;
	char *p = out;
	int i;

	if (ip_is_v4(ip)) {
		snprintf(out, REVERSE_MAX, "%u.%u.%u.%u.in-addr.arpa", b[15], b[14], b[13], b[12]);
		return;
	}
	for (i = 15; i >= 0; i--)
		p += sprintf(p, "%x.%x.", b[i] & 15U, b[i] >> 4);
	strcpy(p, "ip6.arpa");
}

void
iprev_begin(struct iprev *r, struct dns_source *dns, const struct ip *ip)
{
	char name[REVERSE_MAX];

	*r = (struct iprev){.ip = *ip, .result = IPREV_TEMPERROR, .reason = "out of memory"};
	reverse_name(ip, name);
	r->query = dns_ask(dns, name, DNS_PTR);
}

void
iprev_cancel(struct iprev *r)
{
	if (r->query != NULL)
		dns_cancel(r->query);
	r->query = NULL;
}

static bool
holds(const struct dns_answer *a, const struct ip *ip)
{
	bool v4 = ip_is_v4(ip);
	size_t i, n = v4 ? 4 : 16;

	for (i = 0; i < a->n; i++)
		if (a->records[i].len == n && memcmp(a->records[i].data, ip->b + 16 - n, n) == 0)
			return true;
	return false;
}

static void
set(struct iprev *r, enum iprev_result result, const char *reason)
{
	r->result = result;
	r->reason = reason;
}

static void
judge(struct iprev *r, const char *name, const struct dns_answer *a)
{
	if (a == NULL || a->status == DNS_TEMPFAIL)
		set(r, IPREV_TEMPERROR, "no answer about the client's name");
	else if (holds(a, &r->ip)) {
		set(r, IPREV_PASS, "");
		strlcpy(r->name, name, sizeof(r->name));
	}
}

/* The names' addresses: asked for together, so that one slow name does not add to the others. */
static void
look_forward(
    struct iprev *r, struct dns_source *dns, const struct dns_answer *names, int64_t deadline)
{
	enum dns_type type = ip_is_v4(&r->ip) ? DNS_A : DNS_AAAA;
	struct dns_query *q[IPREV_MAX_NAMES];
	const struct dns_answer *a;
	size_t i, n = names->n < IPREV_MAX_NAMES ? names->n : IPREV_MAX_NAMES;

	set(r, IPREV_FAIL, "the client's name does not lead back to its address");
	for (i = 0; i < n; i++)
		q[i] = dns_ask(dns, names->records[i].name, type);
	for (i = 0; i < n; i++) {
		a = q[i] != NULL ? dns_wait(q[i], deadline) : NULL;
		if (r->result != IPREV_PASS)
			judge(r, names->records[i].name, a);
		if (a != NULL)
			dns_answer_unref(a);
	}
}

void
iprev_finish(struct iprev *r, struct dns_source *dns, int64_t deadline)
{
	const struct dns_answer *names;

	if (r->query == NULL)
		return;
	names = dns_wait(r->query, deadline);
	r->query = NULL;
	if (names == NULL)
		return;
	switch (names->status) {
	case DNS_OK:
		look_forward(r, dns, names, deadline);
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		set(r, IPREV_FAIL, "the client's address has no name");
		break;
	case DNS_TEMPFAIL:
		set(r, IPREV_TEMPERROR, "no answer about the client's address");
		break;
	case DNS_BADNAME:
		set(r, IPREV_PERMERROR, "the client's address cannot be looked up");
		break;
	}
	dns_answer_unref(names);
}

const char *
iprev_result_name(enum iprev_result result)
{
	static const char *const names[] = {[IPREV_PASS] = "pass",
	    [IPREV_FAIL] = "fail",
	    [IPREV_TEMPERROR] = "temperror",
	    [IPREV_PERMERROR] = "permerror"};

	return names[result];
}
