#include "judge.h"

#include <string.h>

#include "exemption.h"
#include "judge_rules.h"
#include "mail/address.h"
#include "mail/author_candidates.h"
#include "mail/defects.h"
#include "policy/recipients.h"

/* ---- the conversation ---- */

void
judge_begin(struct judge *j, const struct judge_tools *tools, const char *sender)
{
	struct mailbox m;

	*j = (struct judge){.tools = *tools, .sender = ""};
	j->own = (struct own_domains){.conf = tools->conf, .catalog = tools->catalog};
	judge_rules(tools->conf, &j->rules);
	if (address_parse_path(sender, tools->mem, &m) == ADDRESS_OK) {
		j->sender = arena_strdup(tools->mem, m.domain);
		if (j->sender == NULL)
			j->sender = "";
	}
}

static bool
is_ours(const struct judge *j, const char *domain)
{
	return own_domain_of(&j->own, domain) != NULL;
}

void
judge_recipient(struct judge *j, const char *path)
{
	const struct conf *c = j->tools.conf;
	struct judge_recipients *r = &j->recipients;
	struct mailbox m;

	r->n++;
	if (c->local_domains.n == 0 && c->exempt_recipients.n == 0)
		return;
	if (address_parse_path(path, j->tools.mem, &m) != ADDRESS_OK || m.domain[0] == '\0') {
		/* of this host, or only the MTA knows whose: no reason to refuse it */
		r->any_ours = true;
		return;
	}
	if (is_ours(j, m.domain))
		r->any_ours = true;
	if (recipient_is_among(m.local, m.domain, (const char *const *)c->exempt_recipients.v,
		c->exempt_recipients.n))
		r->listed++;
}

void
judge_headers(struct judge *j, const struct header *h)
{
	j->header = h;
}

void
judge_body(struct judge *j, const char *p, size_t n)
{
	line_ends_add(&j->lines, p, n);
}

void
judge_reset(struct judge *j)
{
	size_t i;

	for (i = 0; i < j->ncandidates; i++)
		dmarc_cancel(&j->candidates[i]);
	j->ncandidates = 0;
	dns_cancel(j->existence);
	j->existence = NULL;
}

/* ---- what only policy asks DNS ---- */

static enum policy_case
from_case(enum author_status status)
{
	switch (status) {
	case AUTHOR_OK:
	case AUTHOR_NO_MEMORY: /* whoever has the message puts it off */
		return CASE_COUNT;
	case AUTHOR_SEVERAL_FIELDS:
	case AUTHOR_SEVERAL_DOMAINS:
		return CASE_SEVERAL_FROM;
	default:
		return CASE_MALFORMED_FROM;
	}
}

static bool
is_refused_anyway(const struct judge *j, enum policy_case c)
{
	return j->rules.action[c] == POLICY_REJECT && !j->rules.dry_run[c];
}

/*
 * RFC 9989 §11.5: where such mail is let through, each domain that a reader
 * might take for the author's is checked, lest the malformed From be the way
 * round its policy.
 */
static void
ask_candidates(struct judge *j)
{
	struct author_candidates *found = arena_alloc(j->tools.mem, sizeof(*found));
	size_t i;

	j->more_candidates = true; /* until it is known better */
	if (found == NULL)
		return;
	author_candidates(j->header, j->tools.mem, found);
	j->candidates = arena_alloc(j->tools.mem, JUDGE_CANDIDATES * sizeof(*j->candidates));
	if (j->candidates == NULL)
		return;
	j->more_candidates = found->more || found->n > JUDGE_CANDIDATES;
	for (i = 0; i < found->n && i < JUDGE_CANDIDATES; i++)
		dmarc_begin(
		    &j->candidates[j->ncandidates++], j->tools.dns, found->v[i], j->tools.mem);
}

void
judge_ask(struct judge *j, const struct inbound *in)
{
	enum policy_case from = from_case(in->author.status);

	if (from != CASE_COUNT) {
		if (!is_refused_anyway(j, from))
			ask_candidates(j);
		return;
	}
	if (in->author.status == AUTHOR_OK &&
	    j->rules.action[CASE_AUTHOR_NXDOMAIN] != POLICY_ACCEPT)
		j->existence = dns_ask(j->tools.dns, in->author.domain, DNS_A);
}

/* ---- the facts ---- */

static void
add_case(struct judge *j, enum policy_case c, const char *domain, const char *reason)
{
	if ((j->facts.cases & UINT64_C(1) << c) != 0)
		return;
	j->facts.cases |= UINT64_C(1) << c;
	j->facts.of[c] = (struct policy_detail){.domain = domain, .reason = reason};
}

static void
add_defects(struct judge *j)
{
	static const struct {
		unsigned defect;
		enum policy_case c;
	} cases[] = {
	    {DEFECT_BARE_CR, CASE_BARE_CR},
	    {DEFECT_BARE_LF, CASE_BARE_LF},
	    {DEFECT_NUL, CASE_NUL},
	    {DEFECT_CONTROL, CASE_CONTROL},
	    {DEFECT_RAW_8BIT, CASE_RAW_8BIT},
	    {DEFECT_NAMELESS, CASE_NAMELESS_FIELD},
	    {DEFECT_NO_DATE, CASE_MISSING_FIELD},
	    {DEFECT_DOUBLED, CASE_DOUBLED_FIELD},
	};
	unsigned found = defects_of(j->header);
	size_t i;

	line_ends_finish(&j->lines);
	if (j->lines.bare_cr)
		found |= DEFECT_BARE_CR;
	if (j->lines.bare_lf)
		found |= DEFECT_BARE_LF;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((found & cases[i].defect) != 0)
			add_case(j, cases[i].c, NULL, NULL);
}

/* ---- domains of ours ---- */

static bool
is_or_is_below(const char *domain, const char *parent)
{
	return strcmp(domain, parent) == 0 || domain_is_below(domain, parent);
}

/*
 * Whether an identifier speaks for a domain of ours that has no record: it
 * lies within the same domain of ours, or it is a domain of ours above it.
 */
static bool
speaks_for(const struct judge *j, const char *identifier, const char *domain)
{
	const char *own = own_domain_of(&j->own, domain);

	if (identifier[0] == '\0')
		return false;
	return is_or_is_below(identifier, own) ||
	       (domain_is_below(domain, identifier) && is_ours(j, identifier));
}

enum proof { NO_PROOF, PROVEN, UNDECIDED };

static enum proof
proof_by(const struct judge *j, const struct dmarc_identifier *id, const char *domain)
{
	if (id->is == DMARC_NOT_AUTHENTICATED || !speaks_for(j, id->domain, domain))
		return NO_PROOF;
	return id->is == DMARC_AUTHENTICATED ? PROVEN : UNDECIDED;
}

/* A DMARC record decides where there is one that can be read. */
static enum proof
own_proof(const struct judge *j, const struct dmarc_outcome *o, const struct dmarc_facts *f)
{
	enum proof best = f->incomplete ? UNDECIDED : NO_PROOF, one;
	size_t i;

	if (o->result == DMARC_PASS)
		return PROVEN;
	if (o->result == DMARC_FAIL)
		return NO_PROOF;
	one = proof_by(j, &f->spf, o->author_domain);
	for (i = 0; one != PROVEN && i <= f->ndkim; i++) {
		if (one == UNDECIDED)
			best = UNDECIDED;
		if (i < f->ndkim)
			one = proof_by(j, &f->dkim[i], o->author_domain);
	}
	return one == PROVEN ? PROVEN : best;
}

static void
add_own_domain(struct judge *j, const struct dmarc_outcome *o, const struct dmarc_facts *f)
{
	if (!is_ours(j, o->author_domain))
		return;
	switch (own_proof(j, o, f)) {
	case PROVEN:
		return;
	case UNDECIDED:
		j->facts.undecided = true;
		add_case(j, CASE_OWN_DOMAIN, o->author_domain, "no answer from DNS");
		return;
	case NO_PROOF:
		add_case(j, CASE_OWN_DOMAIN, o->author_domain, "no aligned SPF or DKIM pass");
		return;
	}
}

/* The usual From has one address and nothing to decode: it shows no other. */
static bool
may_show_another(const struct header_field *from)
{
	size_t i, at = 0;

	for (i = 0; i < from->value_len; i++) {
		at += from->value[i] == '@';
		if ((unsigned char)from->value[i] >= 0x80 || at > 1 ||
		    (from->value[i] == '=' && i + 1 < from->value_len && from->value[i + 1] == '?'))
			return true;
	}
	return false;
}

static void
add_own_display_name(struct judge *j, const char *author)
{
	const struct header_field *from = header_first(j->header, "From");
	struct author_candidates *found;
	size_t i;

	if (is_ours(j, author) || from == NULL || !may_show_another(from))
		return;
	found = arena_alloc(j->tools.mem, sizeof(*found));
	if (found == NULL)
		return;
	author_candidates(j->header, j->tools.mem, found);
	for (i = 0; i < found->n; i++)
		if (is_ours(j, found->v[i]))
			add_case(j, CASE_OWN_DISPLAY_NAME, found->v[i], NULL);
}

/* ---- DMARC, SPF, DNS ---- */

static void
add_dmarc(struct judge *j, const struct dmarc_outcome *o)
{
	if (o->result == DMARC_TEMPERROR)
		add_case(j, CASE_DNS_TEMPERROR, o->author_domain, o->reason);
	if (o->disposition == DMARC_POLICY_REJECT)
		add_case(j, CASE_DMARC_REJECT, o->author_domain, o->reason);
	if (o->disposition == DMARC_POLICY_QUARANTINE)
		add_case(j, CASE_DMARC_QUARANTINE, o->author_domain, o->reason);
}

static void
add_domain(struct judge *j, const struct dmarc_outcome *o, const struct dmarc_facts *f)
{
	add_dmarc(j, o);
	add_own_domain(j, o, f);
}

static void
add_candidates(struct judge *j, const struct inbound *in)
{
	size_t i;

	for (i = 0; i < j->ncandidates; i++)
		add_domain(j, dmarc_end(&j->candidates[i], &in->facts, in->deadline), &in->facts);
	if (j->more_candidates)
		add_case(j, CASE_DMARC_REJECT, NULL, "From names too many domains to check");
}

/* RFC 7208 §6.2, §8.4: the domain's own words are told as such. */
static const char *
spf_reason(struct judge *j, const struct spf_outcome *o)
{
	struct buf text;
	const char *kept;

	if (o->explanation[0] == '\0')
		return o->reason;
	buf_init(&text, SPF_EXPLANATION_MAX + 100);
	buf_addf(&text, "%s explains: %s", o->domain, o->explanation);
	kept = arena_strdup(j->tools.mem, buf_str(&text));
	buf_free(&text);
	return kept;
}

static bool
matters(const struct judge *j, enum policy_case c)
{
	return j->rules.action[c] != POLICY_ACCEPT;
}

static void
add_spf(struct judge *j, const struct spf_outcome *o)
{
	switch (o->result) {
	case SPF_FAIL:
		add_case(j, CASE_SPF_FAIL, o->domain, spf_reason(j, o));
		break;
	case SPF_SOFTFAIL:
		add_case(j, CASE_SPF_SOFTFAIL, o->domain, NULL);
		break;
	case SPF_TEMPERROR:
		if (matters(j, CASE_SPF_FAIL) || matters(j, CASE_SPF_SOFTFAIL))
			add_case(j, CASE_DNS_TEMPERROR, o->domain, o->reason);
		break;
	default:
		break;
	}
}

static void
add_existence(struct judge *j, const struct inbound *in)
{
	const struct dns_answer *a;
	enum dns_status status;

	if (j->existence == NULL)
		return;
	a = dns_wait(j->existence, in->deadline);
	j->existence = NULL;
	status = a != NULL ? a->status : DNS_TEMPFAIL;
	if (a != NULL)
		dns_answer_unref(a);
	if (status == DNS_NXDOMAIN)
		add_case(j, CASE_AUTHOR_NXDOMAIN, in->author.domain, NULL);
	if (status == DNS_TEMPFAIL)
		add_case(j, CASE_DNS_TEMPERROR, in->author.domain, "whether it exists");
}

/* ---- where it goes ---- */

static void
add_relay(struct judge *j, const struct author *author)
{
	const struct judge_recipients *r = &j->recipients;

	if (j->tools.conf->local_domains.n == 0 || r->n == 0 || r->any_ours)
		return;
	if (is_ours(j, j->sender) || (author->status == AUTHOR_OK && is_ours(j, author->domain)))
		return;
	add_case(j, CASE_RELAY, NULL, NULL);
}

/* ---- the verdict ---- */

static void
add_verified(struct judge *j, const struct inbound *in)
{
	struct exemption_facts e = {.conf = j->tools.conf,
	    .in = in,
	    .recipients_listed = j->recipients.n > 0 && j->recipients.listed == j->recipients.n};

	add_spf(j, &in->spf);
	if (in->author.status == AUTHOR_OK) {
		add_domain(j, in->policy, &in->facts);
		add_own_display_name(j, in->author.domain);
		add_existence(j, in);
	} else
		add_candidates(j, in);
	j->facts.exempt = exemption_of(&e);
	if (e.undecided)
		j->facts.undecided = true;
}

void
judge_inbound(struct judge *j, const struct inbound *in)
{
	const struct author author = in != NULL ? in->author : author_of(j->header, j->tools.mem);
	enum policy_case from = from_case(author.status);

	add_defects(j);
	if (from != CASE_COUNT)
		add_case(j, from, NULL, author.error);
	if (in != NULL)
		add_verified(j, in);
	add_relay(j, &author);
	policy_decide(&j->facts, &j->rules, &j->verdict);
}

static bool
must_be_signed(const struct judge *j, const char *domain)
{
	const struct conf_list *l = &j->tools.conf->sign_required;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (is_or_is_below(domain, l->v[i]))
			return true;
	return false;
}

void
judge_outbound(
    struct judge *j, const struct outbound *o, enum outbound_result result, const char *error)
{
	const struct sign_plan *plan = &o->plan;

	add_defects(j);
	switch (from_case(o->author.status)) {
	case CASE_SEVERAL_FROM:
		add_case(j, CASE_OUT_SEVERAL_FROM, NULL, o->author.error);
		break;
	case CASE_MALFORMED_FROM:
		add_case(j, CASE_OUT_MALFORMED_FROM, NULL, o->author.error);
		break;
	default:
		break;
	}
	if (plan->login_mismatch)
		add_case(j, CASE_OUT_LOGIN, plan->author, NULL);
	if (result == OUTBOUND_FAILED)
		add_case(j, CASE_OUT_UNSIGNED, plan->author, error);
	if (result == OUTBOUND_UNSIGNED && must_be_signed(j, plan->author))
		add_case(j, CASE_OUT_UNSIGNED, plan->author, plan->reason);
	policy_decide(&j->facts, &j->rules, &j->verdict);
}

void
judge_header_limit(struct judge *j)
{
	add_case(j, CASE_HEADER_LIMIT, NULL, NULL);
	policy_decide(&j->facts, &j->rules, &j->verdict);
}

/* ---- what is told of it ---- */

void
judge_cases(const struct judge *j, struct buf *out)
{
	enum policy_case c;

	for (c = 0; c < CASE_COUNT; c++)
		if ((j->facts.cases & UINT64_C(1) << c) != 0)
			buf_addf(out, "%s%s", out->len > 0 ? "," : "", policy_case_name(c));
}

/* Words of printable ASCII, folded below 78 columns. */
static void
add_folded(struct buf *out, const char *words, size_t *column)
{
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (*column + 1 + n > 77) {
			buf_adds(out, "\r\n\t");
			*column = 8;
		} else {
			buf_addc(out, ' ');
			*column += 1;
		}
		buf_add(out, words, n);
		*column += n;
	}
}

void
judge_field(const struct judge *j, struct buf *out)
{
	const struct policy_verdict *v = &j->verdict;
	const bool unread = (j->facts.cases & UINT64_C(1) << CASE_HEADER_LIMIT) != 0;
	enum policy_case rule = v->rule;
	size_t column = sizeof(JUDGE_FIELD);
	struct buf text;

	if (rule == CASE_COUNT && v->would_rule == CASE_COUNT && !unread)
		return;
	buf_init(&text, 2048);
	buf_adds(&text, policy_action_name(v->action));
	if (rule != CASE_COUNT)
		buf_addf(&text, "; rule=%s", policy_case_name(rule));
	if (v->would_rule != CASE_COUNT)
		buf_addf(&text, "; would=%s; would_rule=%s (dry run)", policy_action_name(v->would),
		    policy_case_name(v->would_rule));
	if (v->text[0] != '\0')
		buf_addf(&text, "; %s", v->text);
	if (unread)
		buf_adds(&text, "; nothing was checked, the header is over the limits");
	add_folded(out, buf_str(&text), &column);
	buf_free(&text);
}
