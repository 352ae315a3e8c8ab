#include "dmarc.h"

#include <string.h>

#include "base/buf.h"

#define REASON_MAX 400
#define REASON_DOMAINS 4 /* DKIM domains that a reason names */

/* ---- alignment (§4.4, §4.10.2) ---- */

static bool
is_or_is_below(const char *domain, const char *parent)
{
	return strcmp(domain, parent) == 0 || domain_is_below(domain, parent);
}

/* Domains without a common end have no common Organizational Domain: nothing need be asked. */
static bool
same_top(const char *a, const char *b)
{
	const char *da = strrchr(a, '.'), *db = strrchr(b, '.');

	return strcmp(da != NULL ? da + 1 : a, db != NULL ? db + 1 : b) == 0;
}

static const struct dmarc_organization *
organization(struct dmarc *d)
{
	if (!d->has_organization)
		d->organization = dmarc_walk_end(&d->walk, d->deadline);
	d->has_organization = true;
	return &d->organization;
}

/* Each domain walks by itself: a psd=n may make a part of the tree an organization of its own. */
static enum dmarc_alignment
aligned_by_walk(struct dmarc *d, const char *domain)
{
	const struct dmarc_organization *author = organization(d);
	struct dmarc_organization other;
	struct dmarc_walk walk;

	if (author->domain == NULL)
		return DMARC_ALIGNMENT_UNKNOWN;
	if (!is_or_is_below(domain, author->domain))
		return DMARC_NOT_ALIGNED;
	dmarc_walk_begin(&walk, &d->lookups, domain);
	other = dmarc_walk_end(&walk, d->deadline);
	if (other.domain == NULL)
		return DMARC_ALIGNMENT_UNKNOWN;
	return strcmp(other.domain, author->domain) == 0 ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
}

static enum dmarc_alignment
aligned(struct dmarc *d, const char *domain, enum dmarc_mode mode)
{
	if (strcmp(domain, d->walk.domain) == 0)
		return DMARC_ALIGNED;
	if (mode == DMARC_STRICT || !same_top(domain, d->walk.domain))
		return DMARC_NOT_ALIGNED;
	return aligned_by_walk(d, domain);
}

/* ---- which record applies (§4.10.1) ---- */

static void
conclude(struct dmarc *d, enum dmarc_result result, const char *reason, const char *domain)
{
	struct buf text;
	const char *kept;

	d->outcome.result = result;
	buf_init(&text, REASON_MAX);
	buf_adds(&text, reason);
	buf_adds(&text, domain);
	kept = arena_strdup(d->mem, buf_str(&text));
	d->outcome.reason = kept != NULL ? kept : "out of memory";
	buf_free(&text);
}

static bool
apply(struct dmarc *d, const struct dmarc_lookup *at)
{
	switch (at->record->status) {
	case DMARC_RECORD_NO_POLICY:
		conclude(d, DMARC_NONE, "neither p= nor rua= in the DMARC record of ", at->domain);
		return false;
	case DMARC_RECORD_BAD_POLICY:
		conclude(d, DMARC_PERMERROR, "bad policy in the DMARC record of ", at->domain);
		return false;
	default:
		d->outcome.record = at->record;
		d->outcome.policy_domain = at->domain;
		return true;
	}
}

static bool
without_record(struct dmarc *d, const struct dmarc_record *own)
{
	if (own->status == DMARC_RECORD_SEVERAL)
		conclude(d, DMARC_NONE, "several DMARC records at ", d->walk.domain);
	else
		conclude(d, DMARC_NONE, "no DMARC record for ", d->walk.domain);
	return false;
}

static bool
unanswered(struct dmarc *d, const char *domain)
{
	conclude(d, DMARC_TEMPERROR, "no answer from DNS about _dmarc.", domain);
	return false;
}

/* The record of the author domain, its Organizational Domain, or its Public Suffix Domain. */
static bool
find_record(struct dmarc *d)
{
	const struct dmarc_record *own = dmarc_lookup_wait(d->walk.at[0], d->deadline);
	const struct dmarc_organization *org;

	if (own == NULL)
		return unanswered(d, d->walk.domain);
	if (dmarc_record_exists(own))
		return apply(d, d->walk.at[0]);
	org = organization(d);
	if (org->domain == NULL)
		return unanswered(d, org->failed);
	if (org->own != NULL)
		return apply(d, org->own);
	if (org->psd != NULL)
		return apply(d, org->psd);
	return without_record(d, own);
}

/* ---- which policy of the record ---- */

enum existence { EXISTS, DOES_NOT_EXIST, EXISTENCE_UNKNOWN };

/*
 * §3.2.13: NXDOMAIN, and nothing else. A name that "_dmarc" stands below
 * exists (RFC 8020).
 */
static enum existence
author_domain_exists(struct dmarc *d)
{
	const struct dns_answer *a = d->walk.at[0]->answer;
	enum dns_status status = a->status;

	if (status == DNS_OK || status == DNS_NODATA)
		return EXISTS;
	a = dns_lookup(d->lookups.dns, d->walk.domain, DNS_A, d->deadline);
	status = a != NULL ? a->status : DNS_TEMPFAIL;
	if (a != NULL)
		dns_answer_unref(a);
	if (status == DNS_TEMPFAIL)
		return EXISTENCE_UNKNOWN;
	return status == DNS_NXDOMAIN ? DOES_NOT_EXIST : EXISTS;
}

static void
set_policy(struct dmarc *d, enum dmarc_policy policy, enum dmarc_policy_tag tag)
{
	d->outcome.policy = policy;
	d->outcome.tag = tag;
}

/*
 * §4.10.1: p= of the author domain's own record; of another, np= or sp=
 * where they apply. Whether the author domain exists is asked only where that
 * makes a difference; false where it cannot be told.
 */
static bool
choose_policy(struct dmarc *d)
{
	const struct dmarc_record *r = d->outcome.record;
	enum existence exists;

	set_policy(d, r->p, DMARC_TAG_P);
	if (strcmp(d->outcome.policy_domain, d->walk.domain) == 0)
		return true;
	if (r->sp != DMARC_POLICY_ABSENT)
		set_policy(d, r->sp, DMARC_TAG_SP);
	if (r->np == DMARC_POLICY_ABSENT)
		return true;
	exists = author_domain_exists(d);
	if (exists == DOES_NOT_EXIST)
		set_policy(d, r->np, DMARC_TAG_NP);
	return exists != EXISTENCE_UNKNOWN || r->np == d->outcome.policy;
}

/* §4.7, t: a policy under test is one level below what it says. */
static enum dmarc_policy
requested(const struct dmarc_outcome *o)
{
	if (!o->record->testing || o->policy == DMARC_POLICY_NONE)
		return o->policy;
	return o->policy == DMARC_POLICY_REJECT ? DMARC_POLICY_QUARANTINE : DMARC_POLICY_NONE;
}

/* ---- pass or fail (§5.3.4, §5.3.5) ---- */

/* So that their walks run side by side. */
static void
ask_ahead(struct dmarc *d, const struct dmarc_identifier *id, enum dmarc_mode mode)
{
	const struct dmarc_organization *author;
	struct dmarc_walk walk;

	if (id->is == DMARC_NOT_AUTHENTICATED || id->domain[0] == '\0' || mode == DMARC_STRICT ||
	    strcmp(id->domain, d->walk.domain) == 0 || !same_top(id->domain, d->walk.domain))
		return;
	author = organization(d);
	if (author->domain != NULL && is_or_is_below(id->domain, author->domain))
		dmarc_walk_begin(&walk, &d->lookups, id->domain);
}

static size_t
walkers(const struct dmarc_facts *facts)
{
	return facts->ndkim < DMARC_WALKS_MAX ? facts->ndkim : DMARC_WALKS_MAX;
}

/* True where this identifier gives a pass. */
static bool
judge(struct dmarc *d, const struct dmarc_identifier *id, enum dmarc_mode mode)
{
	enum dmarc_alignment alignment;

	if (id->is == DMARC_NOT_AUTHENTICATED || id->domain[0] == '\0')
		return false;
	alignment = aligned(d, id->domain, mode);
	if (alignment == DMARC_ALIGNED && id->is == DMARC_AUTHENTICATED)
		return true;
	/* an identifier that would not count if it passed is no reason to hesitate */
	if (alignment != DMARC_NOT_ALIGNED)
		d->unanswered = id->domain;
	return false;
}

/* Equal domains first: they need nothing from DNS. */
static const char *
aligned_dkim(struct dmarc *d, const struct dmarc_facts *facts)
{
	enum dmarc_mode mode = d->outcome.record->adkim;
	size_t i;

	for (i = 0; i < facts->ndkim; i++)
		if (judge(d, &facts->dkim[i], DMARC_STRICT))
			return facts->dkim[i].domain;
	for (i = 0; i < walkers(facts); i++)
		if (judge(d, &facts->dkim[i], mode))
			return facts->dkim[i].domain;
	return "";
}

static void
find_aligned(struct dmarc *d, const struct dmarc_facts *facts)
{
	const struct dmarc_record *r = d->outcome.record;
	size_t i;

	/* that of SPF asks when it is judged, which is now */
	for (i = 0; i < walkers(facts); i++)
		ask_ahead(d, &facts->dkim[i], r->adkim);
	if (judge(d, &facts->spf, r->aspf))
		d->outcome.spf_domain = facts->spf.domain;
	d->outcome.dkim_domain = aligned_dkim(d, facts);
}

/* ---- what is said of it ---- */

static void
tell_pass(struct dmarc *d)
{
	const struct dmarc_outcome *o = &d->outcome;

	if (o->dkim_domain[0] != '\0')
		conclude(d, DMARC_PASS, "aligned DKIM pass for ", o->dkim_domain);
	else
		conclude(d, DMARC_PASS, "aligned SPF pass for ", o->spf_domain);
}

static void
add_dkim_domains(struct buf *text, const struct dmarc_facts *facts, const char *before)
{
	size_t i, n = 0;

	for (i = 0; i < facts->ndkim; i++) {
		if (facts->dkim[i].is != DMARC_AUTHENTICATED)
			continue;
		if (n++ == REASON_DOMAINS) {
			buf_adds(text, " and others");
			return;
		}
		buf_addf(text, "%s%s", n == 1 ? before : ", ", facts->dkim[i].domain);
	}
}

static void
tell_fail(struct dmarc *d, const struct dmarc_facts *facts)
{
	const char *before = ": DKIM passed for ";
	struct buf text;

	buf_init(&text, REASON_MAX / 2);
	if (facts->spf.is == DMARC_AUTHENTICATED) {
		buf_addf(&text, ": SPF passed for %s", facts->spf.domain);
		before = "; DKIM passed for ";
	}
	add_dkim_domains(&text, facts, before);
	conclude(d, DMARC_FAIL, "no aligned SPF or DKIM pass", buf_str(&text));
	buf_free(&text);
}

static void
decide(struct dmarc *d, const struct dmarc_facts *facts)
{
	bool policy_known = choose_policy(d);

	d->outcome.requested = requested(&d->outcome);
	find_aligned(d, facts);
	if (d->outcome.spf_domain[0] != '\0' || d->outcome.dkim_domain[0] != '\0') {
		tell_pass(d);
	} else if (d->unanswered != NULL) {
		conclude(d, DMARC_TEMPERROR, "no answer from DNS about ", d->unanswered);
	} else if (facts->incomplete) {
		conclude(d, DMARC_TEMPERROR, "results of DKIM or SPF are missing", "");
	} else if (!policy_known) {
		conclude(d, DMARC_TEMPERROR, "no answer from DNS about ", d->walk.domain);
	} else {
		tell_fail(d, facts);
		d->outcome.disposition = d->outcome.requested;
	}
}

/* ---- the conversation ---- */

void
dmarc_begin(struct dmarc *d, struct dns_source *dns, const char *author_domain, struct arena *mem)
{
	*d = (struct dmarc){.mem = mem,
	    .outcome = {.author_domain = author_domain != NULL ? author_domain : "",
		.policy_domain = "",
		.disposition = DMARC_POLICY_NONE,
		.spf_domain = "",
		.dkim_domain = "",
		.reason = "no author domain"}};
	dmarc_lookups_init(&d->lookups, dns, mem);
	if (d->outcome.author_domain[0] != '\0')
		dmarc_walk_begin(&d->walk, &d->lookups, d->outcome.author_domain);
}

const struct dmarc_outcome *
dmarc_end(struct dmarc *d, const struct dmarc_facts *facts, int64_t deadline)
{
	d->deadline = deadline;
	if (d->walk.n > 0 && find_record(d))
		decide(d, facts);
	return &d->outcome;
}

void
dmarc_cancel(struct dmarc *d)
{
	dmarc_lookups_end(&d->lookups);
	d->walk.n = 0;
	d->outcome.record = NULL;
}

const char *
dmarc_result_name(enum dmarc_result result)
{
	static const char *const names[] = {[DMARC_NONE] = "none",
	    [DMARC_PASS] = "pass",
	    [DMARC_FAIL] = "fail",
	    [DMARC_TEMPERROR] = "temperror",
	    [DMARC_PERMERROR] = "permerror"};

	return names[result];
}

const char *
dmarc_policy_tag_name(enum dmarc_policy_tag tag)
{
	static const char *const names[] = {
	    [DMARC_TAG_P] = "p", [DMARC_TAG_SP] = "sp", [DMARC_TAG_NP] = "np"};

	return names[tag];
}

/* ---- for others ---- */

enum dmarc_alignment
dmarc_aligned(
    struct dns_source *dns, const char *a, const char *b, enum dmarc_mode mode, int64_t deadline)
{
	enum dmarc_alignment alignment;
	struct arena mem;
	struct dmarc d;

	if (a[0] == '\0' || b[0] == '\0')
		return DMARC_NOT_ALIGNED;
	if (mode == DMARC_STRICT)
		return strcmp(a, b) == 0 ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
	arena_init(&mem, 0);
	dmarc_begin(&d, dns, a, &mem);
	d.deadline = deadline;
	alignment = aligned(&d, b, mode);
	dmarc_cancel(&d);
	arena_free(&mem);
	return alignment;
}

bool
dmarc_organizational_domain(
    struct dns_source *dns, const char *domain, int64_t deadline, char out[DOMAIN_BUF])
{
	struct dmarc_lookups lookups;
	struct dmarc_organization org;
	struct dmarc_walk walk;
	struct arena mem;

	out[0] = '\0';
	if (domain[0] == '\0')
		return false;
	arena_init(&mem, 0);
	dmarc_lookups_init(&lookups, dns, &mem);
	dmarc_walk_begin(&walk, &lookups, domain);
	org = dmarc_walk_end(&walk, deadline);
	if (org.domain != NULL)
		strlcpy(out, org.domain, DOMAIN_BUF);
	dmarc_lookups_end(&lookups);
	arena_free(&mem);
	return org.domain != NULL;
}
