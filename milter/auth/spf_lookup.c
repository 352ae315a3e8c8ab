#include "spf_lookup.h"

#include <stdio.h>
#include <string.h>

#include "base/domain.h"

static bool
is_void(const struct dns_answer *answer)
{
	return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN;
}

/* Counts a term whose look-ups found nothing. */
static enum spf_engine_answer
count_void(struct spf_walk *w)
{
	if (++w->voids <= w->limits.void_lookups)
		return SPF_ENGINE_NO;
	return spf_walk_stop(w, SPF_PERMERROR, "%u void look-ups allowed, found %u",
	    w->limits.void_lookups, w->voids);
}

/* The address of an A or AAAA record. False where the data is none. */
static bool
record_ip(const struct dns_record *r, struct ip *ip)
{
	*ip = (struct ip){{[10] = 0xff, [11] = 0xff}};
	if (r->len == 4)
		memcpy(ip->b + 12, r->data, 4);
	else if (r->len == 16)
		memcpy(ip->b, r->data, 16);
	else
		return false;
	return true;
}

/* The first of the answer's addresses whose leading bits are the client's. */
static bool
find_address(
    const struct spf_walk *w, const struct dns_answer *answer, unsigned bits, struct ip *ip)
{
	struct cidr net;
	size_t i;

	for (i = 0; i < answer->n; i++) {
		if (!record_ip(&answer->records[i], ip))
			continue;
		cidr_of(&net, ip, bits);
		if (cidr_match(&net, &w->request->ip))
			return true;
	}
	return false;
}

/*
 * Errors of the DNS in looking for the client's names are not the
 * publisher's: they find no name (§5.5); but what is late ends the check,
 * since "not found" could make it a fail.
 */
static bool
late(struct spf_walk *w)
{
	if (dns_now() < w->request->deadline)
		return false;
	spf_walk_stop(w, SPF_TEMPERROR, "DNS look-ups took too long");
	return true;
}

const char *
spf_lookup_reverse_name(const struct spf_walk *w, char out[SPF_REVERSE_BUF])
{
	const struct ip *ip = &w->request->ip;
	char *p = out;
	int i;

	if (ip_is_v4(ip)) {
		snprintf(out, SPF_REVERSE_BUF, "%u.%u.%u.%u.in-addr.arpa", ip->b[15], ip->b[14],
		    ip->b[13], ip->b[12]);
		return out;
	}
	for (i = 15; i >= 0; i--)
		p += sprintf(p, "%x.%x.", ip->b[i] & 0xfU, ip->b[i] >> 4U);
	strcpy(p, "ip6.arpa");
	return out;
}

/* NULL in queries is a name that cannot be asked for: the null MX (RFC 7505). */
static void
ask_addresses(struct spf_walk *w, const struct dns_answer *names, struct dns_query **queries)
{
	size_t i, n = names->n < w->limits.names ? names->n : w->limits.names;
	const char *name;

	for (i = 0; i < n; i++) {
		queries[i] = NULL;
		name = names->records[i].name;
		if (name == NULL || name[0] == '\0')
			continue;
		queries[i] = dns_ask(w->source, name, spf_walk_address_type(w));
		if (queries[i] == NULL)
			spf_walk_no_memory(w);
	}
}

static void
add_name(struct spf_walk *w, const char *name)
{
	const char *copy = arena_strdup(w->mem, name);

	if (copy == NULL)
		spf_walk_no_memory(w);
	else
		w->names[w->nnames++] = copy;
}

static void
validate(struct spf_walk *w, const struct dns_answer *ptr)
{
	struct dns_query *queries[SPF_NAMES_CAP] = {NULL};
	const struct dns_answer *answer;
	struct ip ip;
	size_t i;

	ask_addresses(w, ptr, queries);
	for (i = 0; i < ptr->n && i < w->limits.names; i++) {
		if (queries[i] == NULL)
			continue;
		answer = dns_wait(queries[i], w->request->deadline);
		if (answer == NULL) {
			spf_walk_no_memory(w);
			continue;
		}
		if (find_address(w, answer, 128, &ip))
			add_name(w, ptr->records[i].name);
		dns_answer_unref(answer);
	}
}

/* False where the check has stopped. */
bool
spf_lookup_names(struct spf_walk *w)
{
	const struct dns_answer *ptr;
	char name[SPF_REVERSE_BUF];

	if (w->validated)
		return true;
	ptr =
	    dns_lookup(w->source, spf_lookup_reverse_name(w, name), DNS_PTR, w->request->deadline);
	if (ptr == NULL) {
		spf_walk_no_memory(w);
		return false;
	}
	w->ptr_void = is_void(ptr);
	validate(w, ptr);
	dns_answer_unref(ptr);
	w->validated = true;
	return !w->stopped && (w->nnames > 0 || !late(w));
}

/* %{p}: the domain itself, or else a name below it, or else any (§7.3). */
const char *
spf_lookup_client_name(const struct spf_walk *w, const char *domain)
{
	unsigned i;

	for (i = 0; i < w->nnames; i++)
		if (strcmp(w->names[i], domain) == 0)
			return w->names[i];
	for (i = 0; i < w->nnames; i++)
		if (domain_is_below(w->names[i], domain))
			return w->names[i];
	return w->nnames > 0 ? w->names[0] : "unknown";
}

/* §5.3 */
static enum spf_engine_answer
evaluate_a(struct spf_walk *w, const struct spf_term *t, const char *name, struct ip *ip)
{
	const struct dns_answer *answer =
	    dns_lookup(w->source, name, spf_walk_address_type(w), w->request->deadline);
	enum spf_engine_answer result = SPF_ENGINE_NO;

	if (answer == NULL)
		return spf_walk_no_memory(w);
	if (answer->status == DNS_TEMPFAIL)
		result = spf_walk_dns_error(w, answer, name);
	else if (is_void(answer))
		result = count_void(w);
	else if (find_address(w, answer, spf_walk_prefix_bits(w, t), ip))
		result = SPF_ENGINE_YES;
	dns_answer_unref(answer);
	return result;
}

/* The address look-ups of an mx term, as far as their answers are known. */
struct mx_hosts {
	bool asked, found_any, matched;
	const struct dns_answer *error; /* reference held */
	const char *error_name;
	struct ip ip; /* that matched */
};

static void
take_mx_host(struct spf_walk *w, struct mx_hosts *h, const struct dns_answer *answer,
    const char *name, unsigned bits)
{
	struct ip ip;

	h->asked = true;
	if (answer->status == DNS_OK)
		h->found_any = true;
	if (answer->status == DNS_TEMPFAIL && h->error == NULL) {
		h->error = dns_answer_ref(answer);
		h->error_name = name;
	}
	if (!h->matched && find_address(w, answer, bits, &ip)) {
		h->matched = true;
		h->ip = ip;
	}
}

/* A match by any host counts, also where the look-up of another failed. */
static enum spf_engine_answer
evaluate_mx_hosts(
    struct spf_walk *w, const struct spf_term *t, const struct dns_answer *mx, struct ip *ip)
{
	struct dns_query *queries[SPF_NAMES_CAP];
	const struct dns_answer *answer;
	struct mx_hosts h = {0};
	size_t i;

	ask_addresses(w, mx, queries);
	for (i = 0; i < mx->n; i++) {
		if (queries[i] == NULL)
			continue;
		answer = dns_wait(queries[i], w->request->deadline);
		if (answer == NULL) {
			spf_walk_no_memory(w);
			continue;
		}
		take_mx_host(w, &h, answer, mx->records[i].name, spf_walk_prefix_bits(w, t));
		dns_answer_unref(answer);
	}
	if (h.error != NULL && !h.matched)
		spf_walk_dns_error(w, h.error, h.error_name);
	if (h.error != NULL)
		dns_answer_unref(h.error);
	if (w->stopped)
		return SPF_ENGINE_TEMP;
	*ip = h.ip;
	if (h.matched)
		return SPF_ENGINE_YES;
	return h.asked && !h.found_any ? count_void(w) : SPF_ENGINE_NO;
}

/* §5.4; the term is void at most once, however many hosts it has. */
static enum spf_engine_answer
evaluate_mx(struct spf_walk *w, const struct spf_term *t, const char *name, struct ip *ip)
{
	const struct dns_answer *mx = dns_lookup(w->source, name, DNS_MX, w->request->deadline);
	enum spf_engine_answer result = SPF_ENGINE_NO;

	if (mx == NULL)
		return spf_walk_no_memory(w);
	if (mx->status == DNS_TEMPFAIL)
		result = spf_walk_dns_error(w, mx, name);
	else if (is_void(mx))
		result = count_void(w);
	else if (mx->n > w->limits.names)
		result = spf_walk_stop(
		    w, SPF_PERMERROR, "more than %u MX records at %s", w->limits.names, name);
	else
		result = evaluate_mx_hosts(w, t, mx, ip);
	dns_answer_unref(mx);
	return result;
}

/* §5.5 */
static enum spf_engine_answer
evaluate_ptr(struct spf_walk *w, const char *name)
{
	unsigned i;

	if (!spf_lookup_names(w))
		return SPF_ENGINE_TEMP;
	if (w->ptr_void)
		return count_void(w);
	for (i = 0; i < w->nnames; i++)
		if (strcmp(w->names[i], name) == 0 || domain_is_below(w->names[i], name))
			return SPF_ENGINE_YES;
	return late(w) ? SPF_ENGINE_TEMP : SPF_ENGINE_NO;
}

/* §5.7: an A record, whatever the client's family. */
static enum spf_engine_answer
evaluate_exists(struct spf_walk *w, const char *name)
{
	const struct dns_answer *answer = dns_lookup(w->source, name, DNS_A, w->request->deadline);
	enum spf_engine_answer result = SPF_ENGINE_NO;

	if (answer == NULL)
		return spf_walk_no_memory(w);
	if (answer->status == DNS_TEMPFAIL)
		result = spf_walk_dns_error(w, answer, name);
	else if (is_void(answer))
		result = count_void(w);
	else if (answer->n > 0)
		result = SPF_ENGINE_YES;
	dns_answer_unref(answer);
	return result;
}

enum spf_engine_answer
spf_lookup_term(struct spf_walk *w, const struct spf_term *t, const char *name, struct ip *ip)
{
	switch (t->mechanism) {
	case SPF_A:
		return evaluate_a(w, t, name, ip);
	case SPF_MX:
		return evaluate_mx(w, t, name, ip);
	case SPF_PTR:
		return evaluate_ptr(w, name);
	case SPF_EXISTS:
		return evaluate_exists(w, name);
	default:
		return SPF_ENGINE_NO;
	}
}
