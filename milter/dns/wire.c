#include "wire.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/answer.h"

/* RFC 2308 §5: without a SOA record a negative answer should not be kept; a little is safe. */
#define NEGATIVE_TTL 30
#define FAILURE_TTL 5

const struct dns_answer *
dns_wire_failure(unsigned rcode)
{
	static const char *const names[] = {"no answer", "FORMERR", "SERVFAIL", "NXDOMAIN",
	    "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	return dns_answer_empty(DNS_TEMPFAIL, FAILURE_TTL,
	    rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : "error of the DNS server");
}

static bool
expand(const ns_msg *m, const uint8_t *name, uint8_t out[NS_MAXCDNAME])
{
	return ns_name_unpack(ns_msg_base(*m), ns_msg_end(*m), name, out, NS_MAXCDNAME) >= 0;
}

/* The target of a CNAME as text, in the way the owners are. */
static bool
cname_target(const ns_msg *m, const ns_rr *rr, char target[NS_MAXDNAME])
{
	uint8_t name[NS_MAXCDNAME];

	if (!expand(m, ns_rr_rdata(*rr), name) || ns_name_ntop(name, target, NS_MAXDNAME) < 0)
		return false;
	return true;
}

static size_t
wire_length(const uint8_t *name)
{
	size_t n = 0;

	while (name[n] != 0)
		n += 1 + (size_t)name[n];
	return n + 1;
}

static void
add_record(struct dns_draft *d, const ns_msg *m, const ns_rr *rr)
{
	uint8_t data[2 + NS_MAXCDNAME];
	size_t fixed = d->type == DNS_MX ? 2 : 0;

	if (d->type == DNS_A || d->type == DNS_AAAA || d->type == DNS_TXT) {
		dns_draft_add(d, ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
		return;
	}
	if (ns_rr_rdlen(*rr) <= fixed || !expand(m, ns_rr_rdata(*rr) + fixed, data + fixed)) {
		d->malformed = true;
		return;
	}
	memcpy(data, ns_rr_rdata(*rr), fixed);
	dns_draft_add(d, data, fixed + wire_length(data + fixed));
}

static void
lower_ttl(struct dns_draft *d, uint32_t ttl)
{
	/* RFC 2181 §8: with the highest bit set it counts as zero. */
	if (ttl > INT32_MAX)
		ttl = 0;
	if (ttl < d->ttl)
		d->ttl = ttl;
}

/* Records of the name asked for, or of the one its CNAMEs lead to. */
static bool
collect(struct dns_draft *d, ns_msg *m)
{
	char name[NS_MAXDNAME];
	ns_rr rr;
	int i;

	if (ns_parserr(m, ns_s_qd, 0, &rr) == -1)
		return false;
	strcpy(name, ns_rr_name(rr));
	for (i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		if (ns_parserr(m, ns_s_an, i, &rr) == -1)
			return false;
		if (ns_rr_class(rr) != ns_c_in || strcasecmp(ns_rr_name(rr), name) != 0)
			continue;
		if ((int)ns_rr_type(rr) == (int)d->type)
			add_record(d, m, &rr);
		else if (ns_rr_type(rr) != ns_t_cname)
			continue;
		else if (!cname_target(m, &rr, name))
			return false;
		lower_ttl(d, ns_rr_ttl(rr));
	}
	return true;
}

/* RFC 2308 §5: the lesser of the SOA's TTL and its MINIMUM field, which ends its data. */
static uint32_t
negative_ttl(ns_msg *m)
{
	uint32_t ttl, minimum;
	ns_rr rr;
	int i;

	for (i = 0; i < ns_msg_count(*m, ns_s_ns); i++) {
		if (ns_parserr(m, ns_s_ns, i, &rr) == -1)
			break;
		if (ns_rr_type(rr) != ns_t_soa || ns_rr_rdlen(rr) < 22)
			continue;
		ttl = ns_rr_ttl(rr);
		minimum = ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4);
		return minimum < ttl ? minimum : ttl;
	}
	return NEGATIVE_TTL;
}

const struct dns_answer *
dns_wire_answer(const uint8_t *message, size_t len, enum dns_type type, bool secure)
{
	struct dns_draft d;
	unsigned rcode;
	ns_msg m;

	if (len > UINT16_MAX || ns_initparse(message, (int)len, &m) == -1)
		return dns_wire_failure(ns_r_formerr);
	rcode = ns_msg_getflag(m, ns_f_rcode);
	if (rcode != ns_r_noerror && rcode != ns_r_nxdomain)
		return dns_wire_failure(rcode);
	if (ns_msg_getflag(m, ns_f_tc))
		return dns_answer_empty(DNS_TEMPFAIL, FAILURE_TTL, "truncated");
	dns_draft_init(&d, type);
	d.secure = secure;
	d.ttl = UINT32_MAX;
	if (!collect(&d, &m)) {
		buf_free(&d.bytes);
		return dns_wire_failure(ns_r_formerr);
	}
	if (d.n == 0)
		lower_ttl(&d, negative_ttl(&m));
	if (rcode == ns_r_noerror || d.n > 0)
		return dns_draft_finish(&d);
	buf_free(&d.bytes);
	return dns_answer_nxdomain(d.ttl, secure);
}
