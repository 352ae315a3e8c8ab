#include "arc_trust.h"

#include <string.h>
#include <strings.h>

#include "base/domain.h"
#include "dmarc.h"

#define RESULTS_MAX 10 /* whose alignment may ask DNS */

static bool
is_trusted(const struct arc_trust_facts *f, const char *sealer)
{
	size_t i;

	for (i = 0; i < f->ntrusted; i++)
		if (strcmp(f->trusted[i], sealer) == 0)
			return true;
	return false;
}

/* How many sealers, the newest first, are trusted without a gap. */
static size_t
trusted_run(const struct arc_trust_facts *f)
{
	size_t n = 0;

	while (n < f->arc->n && is_trusted(f, f->arc->sealers[n].domain))
		n++;
	return n;
}

/* A property that is a domain or an address. */
static bool
property_domain(const struct authres_result *r, const char *ptype, const char *name, char *out)
{
	const char *value = authres_property(r, ptype, name), *at;

	if (value == NULL)
		return false;
	at = strrchr(value, '@');
	value = at != NULL ? at + 1 : value;
	return domain_canonical(value, strlen(value), out);
}

static bool
is_pass(const struct authres_result *r)
{
	return strcasecmp(r->result, "pass") == 0;
}

static bool
dmarc_passed(const struct arc_trust_facts *f, const struct authres_result *r)
{
	char domain[DOMAIN_BUF];

	return is_pass(r) && property_domain(r, "header", "from", domain) &&
	       strcmp(domain, f->author) == 0;
}

static bool
aligned_pass(const struct arc_trust_facts *f, const struct authres *said, const char *method,
    const char *ptype, const char *name)
{
	const struct authres_result *r;
	char domain[DOMAIN_BUF];
	size_t i;

	for (i = 0; i < RESULTS_MAX && (r = authres_find(said, method, i)) != NULL; i++)
		if (is_pass(r) && property_domain(r, ptype, name, domain) &&
		    dmarc_aligned(f->dns, f->author, domain, DMARC_RELAXED, f->deadline) ==
			DMARC_ALIGNED)
			return true;
	return false;
}

static bool
passed_there(const struct arc_trust_facts *f, const struct authres *said)
{
	const struct authres_result *r = authres_find(said, "dmarc", 0);

	if (r != NULL && strcasecmp(r->result, "none") != 0)
		return dmarc_passed(f, r);
	return aligned_pass(f, said, "dkim", "header", "d") ||
	       aligned_pass(f, said, "dkim", "header", "i") ||
	       aligned_pass(f, said, "spf", "smtp", "mailfrom");
}

/* A chain that DNS kept from passing, now, and whose newest seal is said to be a trusted one's. */
static bool
may_pass_later(const struct arc_trust_facts *f)
{
	const struct arc_chain *c = f->arc->chain;

	return f->arc->status == ARC_FAIL && f->arc->temporary && c != NULL && c->n > 0 &&
	       is_trusted(f, c->v[c->n - 1].seal.domain);
}

enum arc_vouch
arc_trust(const struct arc_trust_facts *f, struct arena *mem)
{
	const struct arc_result *a = f->arc;
	struct authres said;
	size_t run;

	if (may_pass_later(f))
		return ARC_VOUCH_UNKNOWN;
	if (a->status != ARC_PASS || !a->from_signed || a->testing)
		return ARC_NOT_VOUCHED;
	run = trusted_run(f);
	if (run == 0 || run > a->chain->n ||
	    arc_set_results(&a->chain->v[a->chain->n - run], mem, &said) != AUTHRES_OK)
		return ARC_NOT_VOUCHED;
	return passed_there(f, &said) ? ARC_VOUCHED : ARC_NOT_VOUCHED;
}
