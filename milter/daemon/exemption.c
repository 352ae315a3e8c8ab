#include "exemption.h"

#include <string.h>

#include "auth/arc_trust.h"

static bool
has_domain(const struct conf_list *list, const char *domain)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->v[i], domain) == 0)
			return true;
	return false;
}

static bool
by_network(const struct exemption_facts *f)
{
	const struct inbound_envelope *e = &f->in->envelope;

	return e->has_ip &&
	       cidr_match_any(f->conf->exempt_networks, f->conf->nexempt_networks, &e->ip);
}

static bool
by_author(const struct exemption_facts *f)
{
	return f->in->author.status == AUTHOR_OK &&
	       has_domain(&f->conf->exempt_authors, f->in->author.domain);
}

static bool
by_dkim(struct exemption_facts *f)
{
	const struct dkim_result *d = f->in->dkim;
	size_t i;

	for (i = 0; d != NULL && i < f->in->ndkim; i++) {
		if (!has_domain(&f->conf->exempt_dkim_domains, d[i].domain))
			continue;
		if (d[i].counts)
			return true;
		if (d[i].status == DKIM_TEMPERROR)
			f->undecided = true;
	}
	return false;
}

static bool
by_sealer(struct exemption_facts *f)
{
	const struct inbound *in = f->in;
	const struct arc_trust_facts t = {.arc = in->arc,
	    .trusted = f->conf->trusted_arc_sealers.v,
	    .ntrusted = f->conf->trusted_arc_sealers.n,
	    .author = in->author.domain,
	    .dns = in->dns,
	    .deadline = in->deadline};

	if (t.ntrusted == 0 || in->author.status != AUTHOR_OK || in->arc == NULL)
		return false;
	switch (arc_trust(&t, in->mem)) {
	case ARC_VOUCHED:
		return true;
	case ARC_VOUCH_UNKNOWN:
		f->undecided = true;
		return false;
	case ARC_NOT_VOUCHED:
		break;
	}
	return false;
}

enum policy_exemption
exemption_of(struct exemption_facts *f)
{
	enum policy_exemption e = EXEMPT_NONE;

	f->undecided = false;
	if (by_network(f))
		e = EXEMPT_NETWORK;
	else if (by_author(f))
		e = EXEMPT_AUTHOR;
	else if (by_dkim(f))
		e = EXEMPT_DKIM_DOMAIN;
	else if (f->recipients_listed)
		e = EXEMPT_RECIPIENT;
	else if (by_sealer(f))
		e = EXEMPT_SEALER;
	if (e != EXEMPT_NONE)
		f->undecided = false;
	return e;
}
