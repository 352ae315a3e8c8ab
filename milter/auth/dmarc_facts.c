#include "dmarc_facts.h"

static struct dmarc_identifier
of_spf(const struct spf_outcome *spf)
{
	struct dmarc_identifier id = {.domain = ""};

	if (spf == NULL || spf->identity != SPF_MAIL_FROM)
		return id;
	id.domain = spf->domain;
	if (spf->result == SPF_PASS)
		id.is = DMARC_AUTHENTICATED;
	else if (spf->result == SPF_TEMPERROR)
		id.is = DMARC_UNDECIDED;
	return id;
}

static struct dmarc_identifier
of_dkim(const struct dkim_result *dkim)
{
	struct dmarc_identifier id = {.domain = dkim->domain};

	if (dkim->counts)
		id.is = DMARC_AUTHENTICATED;
	else if (dkim->status == DKIM_TEMPERROR)
		id.is = DMARC_UNDECIDED;
	return id;
}

struct dmarc_facts
dmarc_facts_of(
    const struct spf_outcome *spf, const struct dkim_result *dkim, size_t ndkim, struct arena *mem)
{
	struct dmarc_facts facts = {.spf = of_spf(spf)};
	struct dmarc_identifier *ids = NULL;
	size_t i;

	if (ndkim == 0)
		return facts;
	if (dkim != NULL)
		ids = arena_alloc(mem, ndkim * sizeof(*ids));
	if (ids == NULL) {
		facts.incomplete = true;
		return facts;
	}
	for (i = 0; i < ndkim; i++) {
		ids[facts.ndkim] = of_dkim(&dkim[i]);
		facts.ndkim += ids[facts.ndkim].is != DMARC_NOT_AUTHENTICATED;
	}
	facts.dkim = ids;
	return facts;
}
