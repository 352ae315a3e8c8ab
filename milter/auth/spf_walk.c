#include "spf_walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/domain.h"

#define EXPANSION_MAX    16384 /* octets of an expanded macro string */
#define EXPLAIN_TEXT_MAX 2048  /* octets of an explanation before expansion */

static bool
add_string(struct spf_walk *w, char letter, const char *s)
{
	w->values.value[letter - 'a'] = s;
	return s != NULL;
}

/* %{i} of IPv6: 32 nibbles with dots between; upper case as in the RFC 7208 test suite. */
static const char *
dotted_ip(const struct spf_walk *w)
{
	const struct ip *ip = &w->request->ip;
	char text[64];
	size_t i;

	if (ip_is_v4(ip))
		return arena_strdup(w->mem, ip_print(ip, text));
	for (i = 0; i < 32; i++) {
		text[i * 2] = "0123456789ABCDEF"[(ip->b[i / 2] >> (i % 2 != 0 ? 0 : 4)) & 0xf];
		text[i * 2 + 1] = '.';
	}
	return arena_strndup(w->mem, text, 63);
}

static const char *
join(struct arena *mem, const char *local, const char *domain)
{
	size_t n = strlen(local);
	char *s = arena_alloc(mem, n + strlen(domain) + 2);

	if (s == NULL)
		return NULL;
	memcpy(s, local, n);
	s[n] = '@';
	strcpy(s + n + 1, domain);
	return s;
}

/* §4.3: without a local part it is "postmaster"; so it is for HELO and the null sender (§2.4). */
static const char *
local_part(const struct spf_request *r)
{
	if (r->identity == SPF_HELO || r->local[0] == '\0')
		return "postmaster";
	return r->local;
}

static unsigned
capped(unsigned n, unsigned cap)
{
	return n < cap ? n : cap;
}

bool
spf_walk_begin(struct spf_walk *w, struct dns_source *source, const struct spf_request *request,
    struct arena *mem, const char *domain)
{
	const char *local = local_part(request);

	memset(w, 0, sizeof(*w));
	w->source = source;
	w->request = request;
	w->mem = mem;
	w->limits = request->limits;
	w->limits.lookups = capped(w->limits.lookups, SPF_LOOKUPS_CAP);
	w->limits.names = capped(w->limits.names, SPF_NAMES_CAP);
	buf_init(&w->scratch, EXPANSION_MAX);
	return add_string(w, 's', join(mem, local, domain)) && add_string(w, 'l', local) &&
	    add_string(w, 'o', domain) && add_string(w, 'i', dotted_ip(w)) &&
	    add_string(w, 'v', ip_is_v4(&request->ip) ? "in-addr" : "ip6") &&
	    add_string(w, 'h', request->helo);
}

void
spf_walk_end(struct spf_walk *w)
{
	unsigned i;

	for (i = 0; i < w->nframes; i++)
		dns_answer_unref(w->frames[i].answer);
	buf_free(&w->scratch);
}

static const char *print(struct spf_walk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static enum spf_engine_answer stop(struct spf_walk *, enum spf_result, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static const char *
vprint(struct spf_walk *w, const char *fmt, va_list ap)
{
	char text[400], *s;
	const char *copy;

	vsnprintf(text, sizeof(text), fmt, ap);
	for (s = text; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			*s = '?';
	copy = arena_strdup(w->mem, text);
	return copy != NULL ? copy : "out of memory";
}

static const char *
print(struct spf_walk *w, const char *fmt, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	s = vprint(w, fmt, ap);
	va_end(ap);
	return s;
}

/* Ends the check; what stopped it first stays the reason. */
static enum spf_engine_answer
stop(struct spf_walk *w, enum spf_result result, const char *fmt, ...)
{
	va_list ap;

	if (!w->stopped) {
		w->stopped = true;
		w->result = result;
		va_start(ap, fmt);
		w->reason = vprint(w, fmt, ap);
		va_end(ap);
	}
	return w->result == SPF_PERMERROR ? SPF_ENGINE_PERM : SPF_ENGINE_TEMP;
}

static enum spf_engine_answer
out_of_memory(struct spf_walk *w)
{
	return stop(w, SPF_TEMPERROR, "out of memory");
}

/* An error of the DNS ends the check, but for ptr (§5). */
static enum spf_engine_answer
dns_error(struct spf_walk *w, const struct dns_answer *answer, const char *name)
{
	return stop(w, SPF_TEMPERROR, "DNS look-up of %s: %s", name, answer->reason);
}

/* Counts a term that looks something up (§4.6.4). */
static bool
count_lookup(struct spf_walk *w)
{
	if (++w->lookups <= w->limits.lookups)
		return true;
	stop(w, SPF_PERMERROR, "more than %u DNS look-ups", w->limits.lookups);
	return false;
}

/* Counts a term whose look-ups found nothing. */
static enum spf_engine_answer
count_void(struct spf_walk *w)
{
	if (++w->voids <= w->limits.void_lookups)
		return SPF_ENGINE_NO;
	return stop(w, SPF_PERMERROR, "%u void look-ups allowed, found %u", w->limits.void_lookups,
	    w->voids);
}

static bool
is_void(const struct dns_answer *answer)
{
	return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN;
}

static enum dns_type
address_type(const struct spf_walk *w)
{
	return ip_is_v4(&w->request->ip) ? DNS_A : DNS_AAAA;
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
find_address(const struct spf_walk *w, const struct dns_answer *answer, unsigned bits,
    struct ip *ip)
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
 * The client's domain names, validated (§5.5). Errors of the DNS are not the
 * publisher's: they find no name; but what is late ends the check, since
 * "not found" could make it a fail.
 */
static bool
late(struct spf_walk *w)
{
	if (dns_now() < w->request->deadline)
		return false;
	stop(w, SPF_TEMPERROR, "DNS look-ups took too long");
	return true;
}

static const char *
reverse_name(const struct spf_walk *w, char out[80])
{
	const struct ip *ip = &w->request->ip;
	char *p = out;
	int i;

	if (ip_is_v4(ip)) {
		snprintf(out, 80, "%u.%u.%u.%u.in-addr.arpa", ip->b[15], ip->b[14], ip->b[13],
		    ip->b[12]);
		return out;
	}
	for (i = 15; i >= 0; i--)
		p += sprintf(p, "%x.%x.", ip->b[i] & 0xfU, ip->b[i] >> 4U);
	strcpy(p, "ip6.arpa");
	return out;
}

static void
ask_addresses(struct spf_walk *w, const struct dns_answer *names, struct dns_query **queries)
{
	size_t i, n = names->n < w->limits.names ? names->n : w->limits.names;

	for (i = 0; i < n; i++) {
		queries[i] = NULL;
		if (names->records[i].name != NULL && names->records[i].name[0] != '\0')
			queries[i] = dns_ask(w->source, names->records[i].name, address_type(w));
	}
}

static void
validate(struct spf_walk *w, const struct dns_answer *ptr)
{
	struct dns_query *queries[SPF_NAMES_CAP];
	const struct dns_answer *answer;
	const char *name;
	struct ip ip;
	size_t i;

	ask_addresses(w, ptr, queries);
	for (i = 0; i < ptr->n && i < w->limits.names; i++) {
		if (queries[i] == NULL)
			continue;
		answer = dns_wait(queries[i], w->request->deadline);
		if (answer == NULL)
			continue;
		if (find_address(w, answer, 128, &ip)) {
			name = arena_strdup(w->mem, ptr->records[i].name);
			if (name != NULL)
				w->names[w->nnames++] = name;
		}
		dns_answer_unref(answer);
	}
}

/* False where the check has stopped. */
static bool
find_names(struct spf_walk *w)
{
	const struct dns_answer *ptr;
	char name[80];

	if (w->validated)
		return true;
	ptr = dns_lookup(w->source, reverse_name(w, name), DNS_PTR, w->request->deadline);
	if (ptr == NULL) {
		out_of_memory(w);
		return false;
	}
	w->ptr_void = is_void(ptr);
	validate(w, ptr);
	dns_answer_unref(ptr);
	w->validated = true;
	return w->nnames > 0 || !late(w);
}

/* %{p}: the domain itself, or else a name below it, or else any (§7.3). */
static const char *
client_name(const struct spf_walk *w, const char *domain)
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

/* Expands into the scratch buffer. False where the check has stopped. */
static bool
expand(struct spf_walk *w, const struct spf_frame *f, const struct spf_macro_string *m)
{
	w->values.value['d' - 'a'] = f->domain;
	if (spf_macro_uses(m, 'p')) {
		if (!find_names(w))
			return false;
		w->values.value['p' - 'a'] = client_name(w, f->domain);
	}
	buf_clear(&w->scratch);
	if (spf_macro_expand(m, &w->values, &w->scratch))
		return true;
	stop(w, SPF_PERMERROR, "macros of %s expand to too long a name", f->domain);
	return false;
}

/*
 * The target-name of a domain-spec (§4.8): lower case, without final dot, cut
 * to 253 octets from the left at a dot (§7.3). NULL where the check has
 * stopped.
 */
static const char *
target_name(struct spf_walk *w, const struct spf_frame *f, const struct spf_macro_string *m)
{
	const char *s, *dot;
	char *name, *p;
	size_t len;

	if (m->n == 0)
		return f->domain;
	if (!expand(w, f, m))
		return NULL;
	s = buf_str(&w->scratch);
	len = w->scratch.len;
	if (len > 0 && s[len - 1] == '.')
		len--;
	while (len > DOMAIN_MAX && (dot = memchr(s, '.', len)) != NULL) {
		len -= (size_t)(dot + 1 - s);
		s = dot + 1;
	}
	name = arena_strndup(w->mem, s, len);
	if (name == NULL)
		out_of_memory(w);
	for (p = name; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return name;
}

/* The prefix length that counts for this client, as in struct cidr. */
static unsigned
prefix_bits(const struct spf_walk *w, const struct spf_term *t)
{
	return ip_is_v4(&w->request->ip) ? 96U + t->cidr4 : t->cidr6;
}

/* §5.3 */
static enum spf_engine_answer
evaluate_a(struct spf_walk *w, const struct spf_term *t, const char *name, struct ip *ip)
{
	const struct dns_answer *answer =
	    dns_lookup(w->source, name, address_type(w), w->request->deadline);
	enum spf_engine_answer result = SPF_ENGINE_NO;

	if (answer == NULL)
		return out_of_memory(w);
	if (answer->status == DNS_TEMPFAIL)
		result = dns_error(w, answer, name);
	else if (is_void(answer))
		result = count_void(w);
	else if (find_address(w, answer, prefix_bits(w, t), ip))
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
evaluate_mx_hosts(struct spf_walk *w, const struct spf_term *t, const struct dns_answer *mx,
    struct ip *ip)
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
			out_of_memory(w);
			continue;
		}
		take_mx_host(w, &h, answer, mx->records[i].name, prefix_bits(w, t));
		dns_answer_unref(answer);
	}
	if (h.error != NULL && !h.matched)
		dns_error(w, h.error, h.error_name);
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
		return out_of_memory(w);
	if (mx->status == DNS_TEMPFAIL)
		result = dns_error(w, mx, name);
	else if (is_void(mx))
		result = count_void(w);
	else if (mx->n > w->limits.names)
		result = stop(w, SPF_PERMERROR, "more than %u MX records at %s", w->limits.names,
		    name);
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

	if (!find_names(w))
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
	const struct dns_answer *answer =
	    dns_lookup(w->source, name, DNS_A, w->request->deadline);
	enum spf_engine_answer result = SPF_ENGINE_NO;

	if (answer == NULL)
		return out_of_memory(w);
	if (answer->status == DNS_TEMPFAIL)
		result = dns_error(w, answer, name);
	else if (is_void(answer))
		result = count_void(w);
	else if (answer->n > 0)
		result = SPF_ENGINE_YES;
	dns_answer_unref(answer);
	return result;
}

static enum spf_engine_answer
evaluate(struct spf_walk *w, const struct spf_term *t, const char *name, struct ip *ip)
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

/* The frame that a made-up name speaks of. NULL for numbers that were never given out. */
static struct spf_frame *
frame_of(struct spf_walk *w, struct spf_engine_term at)
{
	struct spf_frame *f = at.frame < w->nframes ? &w->frames[at.frame] : NULL;

	if (f == NULL || (at.term >= f->record->n && at.term != SPF_ENGINE_REDIRECT))
		return NULL;
	return f;
}

enum spf_engine_answer
spf_walk_address(void *ctx, struct spf_engine_term at, struct ip *ip)
{
	struct spf_walk *w = ctx;
	struct spf_frame *f = frame_of(w, at);
	enum spf_engine_answer answer;
	const struct spf_term *t;
	const char *name;

	if (w->stopped)
		return SPF_ENGINE_TEMP;
	if (f == NULL || at.term == SPF_ENGINE_REDIRECT)
		return SPF_ENGINE_NO;
	t = &f->record->terms[at.term];
	if (!count_lookup(w))
		return SPF_ENGINE_PERM;
	name = target_name(w, f, &t->domain);
	if (name == NULL)
		return SPF_ENGINE_TEMP;
	answer = evaluate(w, t, name, ip);
	if (answer == SPF_ENGINE_YES)
		f->yes = (int)at.term;
	return answer;
}

enum spf_engine_answer
spf_walk_record(void *ctx, struct spf_engine_term at, const char **text)
{
	struct spf_walk *w = ctx;
	struct spf_frame *f = frame_of(w, at);
	enum spf_engine_answer answer;
	bool redirect = at.term == SPF_ENGINE_REDIRECT;
	const char *name;

	if (w->stopped)
		return SPF_ENGINE_TEMP;
	if (f == NULL)
		return SPF_ENGINE_NO;
	if (!count_lookup(w))
		return SPF_ENGINE_PERM;
	name = target_name(
	    w, f, redirect ? &f->record->redirect : &f->record->terms[at.term].domain);
	if (name == NULL)
		return SPF_ENGINE_TEMP;
	answer = spf_walk_open(w, name, at, text);
	if (answer == SPF_ENGINE_NO) /* §5.2, §6.1: a target without a record is an error */
		answer = stop(w, SPF_PERMERROR, "%s, to which %s of %s leads", w->reason,
		    redirect ? "redirect" : "include", f->domain);
	return answer;
}

/*
 * Writing a record anew for one client. Terms of the other family and
 * networks that do not hold the client are left out; so is all that follows a
 * term which matches in any case, and terms behind the limit of look-ups.
 * What is left is short. A prefix length of 0, which libspf2 refuses, is
 * "all" for a network, and "exists" where it takes an address at all.
 */
struct writer {
	struct spf_walk *walk;
	struct spf_frame *frame;
	struct buf *out;
	unsigned room; /* look-ups that can still be reached */
};

static void
write_net(struct writer *wr, const struct spf_term *t)
{
	bool v4 = ip_is_v4(&wr->walk->request->ip);

	if ((t->mechanism == SPF_IP4) != v4 || !cidr_match(&t->net, &wr->walk->request->ip))
		return;
	if (t->net.bits == (v4 ? 96U : 0U))
		spf_engine_add_all(wr->out, t->qualifier);
	else
		spf_engine_add_net(wr->out, t->qualifier, &t->net);
	wr->frame->sure = (int)(t - wr->frame->record->terms);
}

static void
write_lookup(struct writer *wr, const struct spf_term *t)
{
	unsigned frame = (unsigned)(wr->frame - wr->walk->frames);
	struct spf_engine_term at = {frame, (unsigned)(t - wr->frame->record->terms)};
	unsigned bits;

	wr->room--;
	if (t->mechanism == SPF_INCLUDE) {
		spf_engine_add_include(wr->out, t->qualifier, at);
		return;
	}
	bits = t->mechanism == SPF_A || t->mechanism == SPF_MX ? prefix_bits(wr->walk, t) : 0;
	if (bits == 0 || (bits == 96 && ip_is_v4(&wr->walk->request->ip)))
		spf_engine_add_exists(wr->out, t->qualifier, at);
	else
		spf_engine_add_address(wr->out, t->qualifier, at, bits);
}

static void
write_term(struct writer *wr, const struct spf_term *t)
{
	switch (t->mechanism) {
	case SPF_ALL:
		spf_engine_add_all(wr->out, t->qualifier);
		wr->frame->sure = (int)(t - wr->frame->record->terms);
		break;
	case SPF_IP4:
	case SPF_IP6:
		write_net(wr, t);
		break;
	default:
		write_lookup(wr, t);
		break;
	}
}

/* The text, in the walk's memory; NULL without memory. */
static const char *
write_record(struct spf_walk *w, struct spf_frame *f)
{
	struct writer wr = {w, f, &w->scratch, w->limits.lookups + 1 - w->lookups};
	const struct spf_record *r = f->record;
	size_t i;

	buf_clear(wr.out);
	spf_engine_begin(wr.out);
	for (i = 0; i < r->n && f->sure == -1 && wr.room > 0; i++)
		write_term(&wr, &r->terms[i]);
	if (f->sure == -1 && wr.room > 0 && r->redirect.n > 0)
		spf_engine_add_redirect(wr.out, (unsigned)(f - w->frames));
	if (wr.out->failed)
		return NULL;
	return arena_strndup(w->mem, buf_str(wr.out), wr.out->len);
}

static enum spf_engine_answer
open_frame(struct spf_walk *w, const struct dns_answer *answer, const struct spf_policy *policy,
    const char *domain, const char **text)
{
	struct spf_frame *f = &w->frames[w->nframes];

	f->answer = dns_answer_ref(answer);
	w->nframes++;
	f->record = &policy->record;
	f->domain = domain;
	f->sure = f->yes = -1;
	*text = write_record(w, f);
	return *text != NULL ? SPF_ENGINE_YES : out_of_memory(w);
}

static enum spf_engine_answer
open_answer(struct spf_walk *w, const struct dns_answer *answer, const char *domain,
    const char **text)
{
	const struct spf_policy *policy;

	if (answer->status == DNS_TEMPFAIL)
		return dns_error(w, answer, domain);
	if (answer->status != DNS_OK) {
		w->reason = print(w, answer->status == DNS_NODATA ? "no SPF record at %s" :
		    "%s does not exist", domain);
		return SPF_ENGINE_NO;
	}
	policy = spf_policy_of(answer);
	if (policy == NULL)
		return out_of_memory(w);
	if (policy->status == SPF_POLICY_ERROR)
		return stop(w, SPF_PERMERROR, "%s at %s", policy->reason, domain);
	if (policy->status == SPF_POLICY_OK)
		return open_frame(w, answer, policy, domain, text);
	w->reason = print(w, "no SPF record at %s", domain);
	return SPF_ENGINE_NO;
}

enum spf_engine_answer
spf_walk_open(struct spf_walk *w, const char *domain, struct spf_engine_term via,
    const char **text)
{
	const struct dns_answer *answer;
	enum spf_engine_answer result;

	if (strchr(domain, '.') == NULL) { /* §4.3 */
		w->reason = print(w, "\"%s\" is no domain name of several labels", domain);
		return SPF_ENGINE_NO;
	}
	if (w->nframes == sizeof(w->frames) / sizeof(w->frames[0]))
		return stop(w, SPF_PERMERROR, "too many records");
	w->frames[w->nframes].via = via;
	answer = dns_lookup(w->source, domain, DNS_TXT, w->request->deadline);
	if (answer == NULL)
		return out_of_memory(w);
	result = open_answer(w, answer, domain, text);
	dns_answer_unref(answer);
	return result;
}

/* What a frame came to: the frame that gave its result, and the term there, -1 by default. */
struct outcome {
	unsigned frame;
	int term;
};

static bool
is_pass(const struct spf_walk *w, struct outcome o)
{
	return o.term >= 0 && w->frames[o.frame].record->terms[o.term].qualifier == '+';
}

/*
 * A later frame's outcome is known before that of the one that led to it. Of
 * the includes of a frame only the last one opened can have matched.
 */
const struct spf_frame *
spf_walk_matched(const struct spf_walk *w, const struct spf_term **term)
{
	struct outcome o[SPF_LOOKUPS_CAP + 1];
	bool decided[SPF_LOOKUPS_CAP + 1] = {false};
	const struct spf_frame *f;
	unsigned i;

	for (i = 0; i < w->nframes; i++)
		o[i] = (struct outcome){i, w->frames[i].yes != -1 ? w->frames[i].yes
								  : w->frames[i].sure};
	for (i = w->nframes; i-- > 1;) {
		f = &w->frames[i];
		if (decided[f->via.frame])
			continue;
		decided[f->via.frame] = true;
		if (f->via.term == SPF_ENGINE_REDIRECT)
			o[f->via.frame] = o[i];
		else if (is_pass(w, o[i]) && w->frames[f->via.frame].yes == -1)
			o[f->via.frame].term = (int)f->via.term;
	}
	f = &w->frames[o[0].frame];
	*term = o[0].term >= 0 ? &f->record->terms[o[0].term] : NULL;
	return f;
}

/* Macros may bring in what the client said: only printable US-ASCII is left (§6.2). */
static const char *
printable(struct spf_walk *w, const struct buf *b)
{
	size_t i, n = b->len < SPF_EXPLANATION_MAX ? b->len : SPF_EXPLANATION_MAX;
	char *s = arena_strndup(w->mem, b->data != NULL ? b->data : "", n);

	for (i = 0; s != NULL && i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			s[i] = '?';
	return s != NULL ? s : "";
}

static const char *
explain(struct spf_walk *w, const struct spf_frame *f, const struct dns_record *txt)
{
	struct spf_macro_string m;
	struct spf_part *parts;
	char ip[IP_STRLEN], now[24];
	const char *receiver = w->request->receiver;

	if (txt->len > EXPLAIN_TEXT_MAX)
		return "";
	parts = arena_alloc(
	    w->mem, spf_macro_bound((const char *)txt->data, txt->len) * sizeof(*parts));
	if (parts == NULL || spf_macro_parse((const char *)txt->data, txt->len, SPF_MACRO_EXPLAIN,
				 parts, &m) != NULL)
		return "";
	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	add_string(w, 'c', ip_print(&w->request->ip, ip));
	add_string(w, 't', now);
	add_string(w, 'r', receiver != NULL && receiver[0] != '\0' ? receiver : "unknown");
	return expand(w, f, &m) ? printable(w, &w->scratch) : "";
}

const char *
spf_walk_explain(struct spf_walk *w, const struct spf_frame *f)
{
	const struct dns_answer *answer;
	const char *name, *text = "";

	if (f->record->exp.n == 0)
		return "";
	name = target_name(w, f, &f->record->exp);
	if (name == NULL)
		return "";
	answer = dns_lookup(w->source, name, DNS_TXT, w->request->deadline);
	if (answer == NULL)
		return "";
	if (answer->status == DNS_OK && answer->n == 1)
		text = explain(w, f, &answer->records[0]);
	dns_answer_unref(answer);
	return text;
}
