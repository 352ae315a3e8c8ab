#include "spf_prefetch.h"

#include <string.h>

#include "base/domain.h"
#include "spf_lookup.h"
#include "spf_walk.h"

/* What is under way. Records still to be read are a list, so that nothing recurses. */
struct prefetch {
	struct spf_walk *walk;
	const char *domains[SPF_LOOKUPS_CAP + 1];
	unsigned ndomains;
	unsigned names;	  /* asked for so far: no more than the check may */
	unsigned waiting; /* answers that are not there yet */
};

/* The answer, if it is there already; asks for it if not. */
static const struct dns_answer *
peek(struct prefetch *p, const char *name, enum dns_type type)
{
	struct dns_query *query = dns_ask(p->walk->source, name, type);
	const struct dns_answer *answer = query != NULL ? dns_wait(query, 0) : NULL;

	if (answer == NULL)
		return NULL;
	if (answer->status == DNS_TEMPFAIL)
		p->waiting++;
	if (answer->status == DNS_OK)
		return answer;
	dns_answer_unref(answer);
	return NULL;
}

static void
ask(struct prefetch *p, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = peek(p, name, type);

	if (answer != NULL)
		dns_answer_unref(answer);
}

/* Names that lead to addresses: MX, PTR. */
static void
ask_hosts(struct prefetch *p, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = peek(p, name, type);
	size_t i;

	if (answer == NULL)
		return;
	for (i = 0; i < answer->n && i < p->walk->limits.names; i++)
		if (answer->records[i].name[0] != '\0')
			ask(p, answer->records[i].name, spf_walk_address_type(p->walk));
	dns_answer_unref(answer);
}

static void
ask_client_names(struct prefetch *p)
{
	char name[SPF_REVERSE_BUF];

	spf_lookup_reverse_name(p->walk, name);
	ask_hosts(p, name, DNS_PTR);
}

static void
add_domain(struct prefetch *p, const char *domain)
{
	unsigned i;

	for (i = 0; i < p->ndomains; i++)
		if (strcmp(p->domains[i], domain) == 0)
			return;
	if (p->ndomains < sizeof(p->domains) / sizeof(p->domains[0]))
		p->domains[p->ndomains++] = domain;
}

/* NULL where the name cannot be told yet: %{p}. */
static const char *
target(struct prefetch *p, const struct spf_frame *f, const struct spf_macro_string *m)
{
	if (spf_macro_uses(m, 'p')) {
		ask_client_names(p);
		return NULL;
	}
	return spf_walk_target(p->walk, f, m);
}

static void
ask_term(struct prefetch *p, const struct spf_frame *f, const struct spf_term *t)
{
	const char *name;

	p->names++;
	if (t->mechanism == SPF_PTR) {
		ask_client_names(p);
		return;
	}
	name = target(p, f, &t->domain);
	if (name == NULL)
		return;
	if (t->mechanism == SPF_INCLUDE)
		add_domain(p, name);
	else if (t->mechanism == SPF_MX)
		ask_hosts(p, name, DNS_MX);
	else
		ask(p, name, t->mechanism == SPF_EXISTS ? DNS_A : spf_walk_address_type(p->walk));
}

static void
ask_record(struct prefetch *p, const struct spf_frame *f)
{
	const struct spf_record *r = f->record;
	const char *name;
	size_t i;

	for (i = 0; i < r->n && p->names < p->walk->limits.lookups; i++) {
		if (spf_walk_is_sure(p->walk, &r->terms[i]))
			return;
		if (spf_term_looks_up(&r->terms[i]))
			ask_term(p, f, &r->terms[i]);
	}
	if (r->redirect.n > 0 && (name = target(p, f, &r->redirect)) != NULL)
		add_domain(p, name);
}

static void
ask_domain(struct prefetch *p, const char *domain)
{
	const struct dns_answer *answer = peek(p, domain, DNS_TXT);
	const struct spf_policy *policy = answer != NULL ? spf_policy_of(answer) : NULL;
	struct spf_frame frame = {.domain = domain};

	if (policy != NULL && policy->status == SPF_POLICY_OK) {
		frame.record = &policy->record;
		ask_record(p, &frame);
	}
	if (answer != NULL)
		dns_answer_unref(answer);
}

unsigned
spf_prefetch(struct dns_source *source, const struct spf_request *request, struct arena *mem)
{
	struct prefetch p = {.walk = arena_alloc(mem, sizeof(*p.walk))};
	char domain[DOMAIN_BUF];
	unsigned i;

	if (p.walk == NULL || !spf_domain(request, domain))
		return 0;
	add_domain(&p, domain);
	if (spf_walk_begin(p.walk, source, request, mem, domain))
		for (i = 0; i < p.ndomains && !p.walk->stopped; i++)
			ask_domain(&p, p.domains[i]);
	spf_walk_end(p.walk);
	return p.waiting;
}
