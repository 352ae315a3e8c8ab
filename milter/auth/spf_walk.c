#include "spf_walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "spf_lookup.h"
#include "spf_write.h"

#define EXPANSION_MAX 16384 /* octets of an expanded macro string */

bool
spf_walk_set(struct spf_walk *w, char letter, const char *s)
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
	return spf_walk_set(w, 's', join(mem, local, domain)) && spf_walk_set(w, 'l', local) &&
	       spf_walk_set(w, 'o', domain) && spf_walk_set(w, 'i', dotted_ip(w)) &&
	       spf_walk_set(w, 'v', ip_is_v4(&request->ip) ? "in-addr" : "ip6") &&
	       spf_walk_set(w, 'h', request->helo);
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
enum spf_engine_answer
spf_walk_stop(struct spf_walk *w, enum spf_result result, const char *fmt, ...)
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

enum spf_engine_answer
spf_walk_no_memory(struct spf_walk *w)
{
	return spf_walk_stop(w, SPF_TEMPERROR, "out of memory");
}

/* An error of the DNS ends the check, but for ptr (§5). */
enum spf_engine_answer
spf_walk_dns_error(struct spf_walk *w, const struct dns_answer *answer, const char *name)
{
	return spf_walk_stop(w, SPF_TEMPERROR, "DNS look-up of %s: %s", name, answer->reason);
}

enum dns_type
spf_walk_address_type(const struct spf_walk *w)
{
	return ip_is_v4(&w->request->ip) ? DNS_A : DNS_AAAA;
}

/* The prefix length that counts for this client, as in struct cidr. */
unsigned
spf_walk_prefix_bits(const struct spf_walk *w, const struct spf_term *t)
{
	return ip_is_v4(&w->request->ip) ? 96U + t->cidr4 : t->cidr6;
}

/* ip4 matches IPv4 clients only, also where an IPv6 network would hold the mapped address (§5). */
bool
spf_walk_is_sure(const struct spf_walk *w, const struct spf_term *t)
{
	if (t->mechanism == SPF_ALL)
		return true;
	if (t->mechanism != SPF_IP4 && t->mechanism != SPF_IP6)
		return false;
	return (t->mechanism == SPF_IP4) == ip_is_v4(&w->request->ip) &&
	       cidr_match(&t->net, &w->request->ip);
}

/* Counts a term that looks something up (§4.6.4). */
static bool
count_lookup(struct spf_walk *w)
{
	if (++w->lookups <= w->limits.lookups)
		return true;
	spf_walk_stop(w, SPF_PERMERROR, "more than %u DNS look-ups", w->limits.lookups);
	return false;
}

/* Expands into the scratch buffer. False where the check has stopped. */
bool
spf_walk_expand(struct spf_walk *w, const struct spf_frame *f, const struct spf_macro_string *m)
{
	w->values.value['d' - 'a'] = f->domain;
	if (spf_macro_uses(m, 'p')) {
		if (!spf_lookup_names(w))
			return false;
		w->values.value['p' - 'a'] = spf_lookup_client_name(w, f->domain);
	}
	buf_clear(&w->scratch);
	if (spf_macro_expand(m, &w->values, &w->scratch))
		return true;
	spf_walk_stop(w, SPF_PERMERROR, "macros of %s expand to too long a name", f->domain);
	return false;
}

/*
 * The target-name of a domain-spec (§4.8): lower case, without final dot, cut
 * to 253 octets from the left at a dot (§7.3). NULL where the check has
 * stopped.
 */
const char *
spf_walk_target(struct spf_walk *w, const struct spf_frame *f, const struct spf_macro_string *m)
{
	const char *s, *dot;
	char *name, *p;
	size_t len;

	if (m->n == 0)
		return f->domain;
	if (!spf_walk_expand(w, f, m))
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
		spf_walk_no_memory(w);
	for (p = name; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return name;
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
	name = spf_walk_target(w, f, &t->domain);
	if (name == NULL)
		return SPF_ENGINE_TEMP;
	answer = spf_lookup_term(w, t, name, ip);
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
	name = spf_walk_target(
	    w, f, redirect ? &f->record->redirect : &f->record->terms[at.term].domain);
	if (name == NULL)
		return SPF_ENGINE_TEMP;
	answer = spf_walk_open(w, name, at, text);
	if (answer == SPF_ENGINE_NO) /* §5.2, §6.1: a target without a record is an error */
		answer = spf_walk_stop(w, SPF_PERMERROR, "%s, to which %s of %s leads", w->reason,
		    redirect ? "redirect" : "include", f->domain);
	return answer;
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
	*text = spf_write_record(w, f);
	return *text != NULL ? SPF_ENGINE_YES : spf_walk_no_memory(w);
}

static enum spf_engine_answer
open_answer(
    struct spf_walk *w, const struct dns_answer *answer, const char *domain, const char **text)
{
	const struct spf_policy *policy;

	if (answer->status == DNS_TEMPFAIL)
		return spf_walk_dns_error(w, answer, domain);
	if (answer->status != DNS_OK) {
		w->reason = print(w,
		    answer->status == DNS_NODATA ? "no SPF record at %s" : "%s does not exist",
		    domain);
		return SPF_ENGINE_NO;
	}
	policy = spf_policy_of(answer);
	if (policy == NULL)
		return spf_walk_no_memory(w);
	if (policy->status == SPF_POLICY_ERROR)
		return spf_walk_stop(w, SPF_PERMERROR, "%s at %s", policy->reason, domain);
	if (policy->status == SPF_POLICY_OK)
		return open_frame(w, answer, policy, domain, text);
	w->reason = print(w, "no SPF record at %s", domain);
	return SPF_ENGINE_NO;
}

enum spf_engine_answer
spf_walk_open(struct spf_walk *w, const char *domain, struct spf_engine_term via, const char **text)
{
	const struct dns_answer *answer;
	enum spf_engine_answer result;

	if (strchr(domain, '.') == NULL) { /* §4.3 */
		w->reason = print(w, "\"%s\" is no domain name of several labels", domain);
		return SPF_ENGINE_NO;
	}
	if (w->nframes == sizeof(w->frames) / sizeof(w->frames[0]))
		return spf_walk_stop(w, SPF_PERMERROR, "too many records");
	w->frames[w->nframes].via = via;
	answer = dns_lookup(w->source, domain, DNS_TXT, w->request->deadline);
	if (answer == NULL)
		return spf_walk_no_memory(w);
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
	struct outcome o[SPF_LOOKUPS_CAP + 1] = {{0}};
	bool decided[SPF_LOOKUPS_CAP + 1] = {false};
	const struct spf_frame *f;
	unsigned i;

	for (i = 0; i < w->nframes; i++)
		o[i] = (struct outcome){
		    i, w->frames[i].yes != -1 ? w->frames[i].yes : w->frames[i].sure};
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
