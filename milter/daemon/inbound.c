#include "inbound.h"

#include <string.h>

#include "auth/authres_write.h"
#include "auth/received_spf.h"
#include "auth/spf_prefetch.h"
#include "base/utf8.h"

/* ---- the conversation ---- */

/* The part of a message's time that the checks may use up; the rest is for DMARC and policy. */
#define CHECKS_SHARE(ms) ((ms) / 4 * 3)

static struct spf_request
spf_request(const struct inbound *in, enum spf_identity identity)
{
	struct spf_request r = {.ip = in->envelope.ip,
	    .helo = in->envelope.helo,
	    .local = in->sender.local,
	    .domain = in->sender.domain_raw,
	    .receiver = in->conf->authserv_id,
	    .identity = identity,
	    .limits = SPF_LIMITS_DEFAULT,
	    .deadline = in->checks_deadline};

	r.limits.lookups = in->conf->spf_lookups;
	r.limits.void_lookups = in->conf->spf_void_lookups;
	return r;
}

static bool
is_null_sender(const struct inbound *in)
{
	return in->has_sender && in->sender.domain_raw[0] == '\0' && in->sender.local[0] == '\0';
}

/* What SPF will ask is asked before it is needed, so that it finds the answers there. */
static void
prefetch(struct inbound *in)
{
	struct spf_request r;

	if (!in->envelope.has_ip)
		return;
	r = spf_request(in, SPF_MAIL_FROM);
	in->spf_waits = spf_prefetch(in->dns, &r, in->mem);
	if (!is_null_sender(in)) {
		r.identity = SPF_HELO;
		in->spf_waits += spf_prefetch(in->dns, &r, in->mem);
	}
}

static void
read_sender(struct inbound *in)
{
	enum address_error e = address_parse_path(in->envelope.sender, in->mem, &in->sender);

	/* a domain that is no name is for SPF to judge: it has no record */
	in->has_sender = e == ADDRESS_OK || e == ADDRESS_DOMAIN;
	if (!in->has_sender)
		in->sender = (struct mailbox){.display = "", .local = "", .domain_raw = ""};
}

static void
set_rules(struct inbound *in)
{
	static const enum dkim_partial partial[] = {[PARTIAL_REFUSE] = DKIM_PARTIAL_REFUSED,
	    [PARTIAL_PASS] = DKIM_PARTIAL_PASSES,
	    [PARTIAL_COUNT] = DKIM_PARTIAL_COUNTS};

	in->rules = (struct dkim_verify_rules)DKIM_VERIFY_RULES_DEFAULT(in->envelope.received);
	in->rules.max_signatures = in->conf->max_signatures;
	in->rules.partial = partial[in->conf->partial_signatures];
}

void
inbound_begin(struct inbound *in, const struct conf *conf, struct dns_source *dns,
    struct arena *mem, const struct inbound_envelope *envelope)
{
	*in = (struct inbound){.conf = conf, .dns = dns, .mem = mem, .envelope = *envelope};
	read_sender(in);
	set_rules(in);
	if (envelope->has_ip)
		iprev_begin(&in->iprev, dns, &envelope->ip);
	prefetch(in);
}

/* ---- the message ---- */

static bool
has_utf8(const struct header *h)
{
	const struct header_field *f;
	size_t i, j;

	for (i = 0; i < h->n; i++) {
		f = &h->fields[i];
		for (j = 0; j < f->value_len; j++)
			if ((unsigned char)f->value[j] >= 0x80)
				return utf8_valid(f->value, f->value_len);
	}
	return false;
}

/* The chain shares the pass over the body with the signatures. */
static void
begin_arc(struct inbound *in, const struct header *h)
{
	if (in->verifying == NULL)
		return;
	in->arc_rules = (struct arc_verify_rules)ARC_VERIFY_RULES_DEFAULT(in->envelope.received);
	in->chain = arc_verifying_new(&in->arc_rules, in->dns, in->mem);
	if (in->chain != NULL &&
	    arc_verifying_headers(in->chain, h, dkim_verifying_bodies(in->verifying)) != 0) {
		arc_verifying_free(in->chain);
		in->chain = NULL;
	}
}

void
inbound_headers(struct inbound *in, const struct header *h)
{
	in->author = author_of(h, in->mem);
	in->utf8 = has_utf8(h);
	in->verifying = dkim_verifying_new(&in->rules, in->dns, in->mem);
	if (in->verifying != NULL &&
	    dkim_verifying_headers(in->verifying, h, in->author.domain) != 0) {
		dkim_verifying_free(in->verifying);
		in->verifying = NULL;
	}
	begin_arc(in, h);
	dmarc_begin(&in->dmarc, in->dns, in->author.domain, in->mem);
	if (in->spf_waits > 0)
		prefetch(in);
}

void
inbound_body(struct inbound *in, const void *p, size_t n)
{
	if (in->verifying != NULL)
		dkim_verifying_body(in->verifying, p, n);
}

static void
without_spf(struct inbound *in, enum spf_result result, const char *reason)
{
	in->spf = (struct spf_outcome){
	    .result = result, .domain = "", .mechanism = "", .explanation = "", .reason = reason};
}

static void
end_spf(struct inbound *in)
{
	struct spf_request r = spf_request(in, SPF_MAIL_FROM);

	if (!in->envelope.has_ip)
		without_spf(in, SPF_NONE, "the client's address is not known");
	else if (!in->has_sender)
		without_spf(in, SPF_NONE, "MAIL FROM is no address");
	else
		spf_check(in->dns, &r, in->mem, &in->spf);
}

static void
end_spf_helo(struct inbound *in)
{
	struct spf_request r = spf_request(in, SPF_HELO);

	if (!in->envelope.has_ip || !in->has_sender)
		return;
	in->checked_helo = !is_null_sender(in) && in->envelope.helo[0] != '\0';
	if (in->checked_helo)
		spf_check(in->dns, &r, in->mem, &in->spf_helo);
}

static void
end_signatures(struct inbound *in)
{
	if (in->verifying != NULL) {
		dkim_verifying_body_end(in->verifying);
		in->dkim = dkim_verifying_finish(in->verifying, in->checks_deadline, &in->ndkim);
	}
	if (in->chain != NULL)
		in->arc = arc_verifying_finish(in->chain, in->checks_deadline);
}

/* After DKIM and SPF, which it goes by. */
static void
end_dmarc(struct inbound *in)
{
	in->facts = dmarc_facts_of(&in->spf, in->dkim, in->ndkim, in->mem);
	if (in->verifying == NULL)
		in->facts.incomplete = true;
	in->policy = dmarc_end(&in->dmarc, &in->facts, in->deadline);
}

/*
 * Whoever sends a message chooses names that are never answered, and would
 * like a temporary error to come of it where a forgery should be found out.
 * So what asks one thing after the other goes first (SPF of MAIL FROM, whose
 * domain is a victim's wherever it matters; keys have been asked for before),
 * and no check can use up the time that DMARC needs.
 */
void
inbound_end(struct inbound *in)
{
	const int64_t now = dns_now(), all = in->conf->message_dns_timeout * 1000LL;

	in->deadline = now + all;
	in->checks_deadline = now + CHECKS_SHARE(all);
	end_spf(in);
	end_signatures(in);
	end_dmarc(in);
	end_spf_helo(in);
	if (in->envelope.has_ip)
		iprev_finish(&in->iprev, in->dns, in->deadline);
}

void
inbound_reset(struct inbound *in)
{
	if (in->envelope.has_ip)
		iprev_cancel(&in->iprev);
	dmarc_cancel(&in->dmarc);
	arc_verifying_free(in->chain);
	in->chain = NULL;
	dkim_verifying_free(in->verifying);
	in->verifying = NULL;
	in->envelope.has_ip = false;
}

/* ---- the fields ---- */

#define MAX_RESULTS 40	 /* DKIM signatures beyond these are left out of the field */
#define MAX_PROPERTIES 6 /* of one result */

struct results {
	struct authres_result result[MAX_RESULTS + 8];
	struct authres_property property[MAX_RESULTS + 8][MAX_PROPERTIES];
	size_t n;
};

static struct authres_result *
add(struct results *r, const char *method, const char *result, const char *reason)
{
	struct authres_result *new = &r->result[r->n];

	*new = (struct authres_result){.method = method,
	    .result = result,
	    .reason = reason != NULL && reason[0] != '\0' ? reason : NULL,
	    .properties = r->property[r->n]};
	r->n++;
	return new;
}

static void
property(struct results *r, const char *ptype, const char *name, const char *value)
{
	struct authres_result *result = &r->result[r->n - 1];

	if (value == NULL || value[0] == '\0' || result->n == MAX_PROPERTIES)
		return;
	r->property[r->n - 1][result->n++] = (struct authres_property){
	    .ptype = ptype, .name = name, .value = value, .len = strlen(value)};
}

static void
add_dkim(const struct inbound *in, struct results *r)
{
	const struct dkim_result *d;
	size_t i;

	if (in->dkim == NULL) {
		add(r, "dkim", "temperror", "out of memory");
		return;
	}
	if (in->ndkim == 0)
		add(r, "dkim", "none", NULL);
	for (i = 0; i < in->ndkim && r->n < MAX_RESULTS; i++) {
		d = &in->dkim[i];
		add(r, "dkim", dkim_status_text(d->status), d->reason);
		property(r, "header", "d", d->domain);
		property(r, "header", "i", d->identity);
		property(r, "header", "s", d->selector);
		property(r, "header", "a", d->algorithm);
		property(r, "header", "b", d->b);
	}
}

static const char *
spf_reason(const struct spf_outcome *o)
{
	return o->result == SPF_FAIL && o->explanation[0] != '\0' ? o->explanation : o->reason;
}

/* RFC 8601 §2.7.2: the null sender is told by the domain that stands in for it. */
static const char *
mail_from(const struct inbound *in, struct buf *text)
{
	buf_init(text, 1024);
	if (is_null_sender(in))
		buf_adds(text, in->spf.domain);
	else if (in->sender.domain_raw[0] != '\0')
		buf_addf(text, "%s@%s", in->sender.local, in->sender.domain_raw);
	else
		buf_adds(text, in->sender.local);
	return buf_str(text);
}

static void
add_spf(const struct inbound *in, struct results *r, const char *from)
{
	add(r, "spf", spf_result_name(in->spf.result), spf_reason(&in->spf));
	property(r, "smtp", "mailfrom", from);
	if (!in->checked_helo) {
		property(r, "smtp", "helo", in->envelope.helo);
		return;
	}
	add(r, "spf", spf_result_name(in->spf_helo.result), spf_reason(&in->spf_helo));
	property(r, "smtp", "helo", in->envelope.helo);
}

static const char *
disposition(enum policy_action a)
{
	switch (a) {
	case POLICY_MARK:
	case POLICY_HOLD:
		return "quarantine";
	case POLICY_REJECT:
		return "reject";
	default:
		return "none";
	}
}

/* Why something else was done than the domain asked for; NULL where it was not. */
static const char *
override(const struct dmarc_outcome *o, const struct policy_verdict *v)
{
	if (strcmp(dmarc_policy_name(o->disposition), disposition(v->action)) == 0)
		return NULL;
	return v->exempt == EXEMPT_SEALER ? "trusted_forwarder" : "local_policy";
}

static void
add_dmarc(const struct inbound *in, const struct policy_verdict *v, struct results *r)
{
	const struct dmarc_outcome *o = in->policy;

	add(r, "dmarc", dmarc_result_name(o->result), o->result == DMARC_PASS ? NULL : o->reason);
	property(r, "header", "from", o->author_domain);
	if (o->record == NULL)
		return;
	property(r, "policy", "published", dmarc_policy_name(o->policy));
	if (o->result != DMARC_FAIL)
		return;
	property(r, "policy", "disposition", disposition(v->action));
	property(r, "policy", "override", override(o, v));
}

/* A message without a chain has no result: most have none. */
static void
add_arc(const struct inbound *in, struct results *r)
{
	if (in->arc == NULL) {
		add(r, "arc", "fail", "out of memory");
		return;
	}
	if (in->arc->instances == 0 && in->arc->status == ARC_NONE)
		return;
	add(r, "arc", arc_status_text(in->arc->status), in->arc->reason);
	if (in->arc->n > 0)
		property(r, "policy", "sealer", in->arc->sealers[0].domain);
}

bool
inbound_authentication_results(
    const struct inbound *in, const struct policy_verdict *verdict, struct buf *out)
{
	struct results *r = arena_alloc(in->mem, sizeof(*r));
	char ip[IP_STRLEN];
	struct buf from;
	int status;

	if (r == NULL)
		return false;
	r->n = 0;
	add_dkim(in, r);
	add_spf(in, r, mail_from(in, &from));
	add_dmarc(in, verdict, r);
	add_arc(in, r);
	if (in->envelope.has_ip) {
		add(r, "iprev", iprev_result_name(in->iprev.result), in->iprev.reason);
		property(r, "policy", "iprev", ip_print(&in->iprev.ip, ip));
	}
	status = authres_write(
	    out, in->conf->authserv_id, r->result, r->n, in->utf8 ? AUTHRES_UTF8 : AUTHRES_ASCII);
	buf_free(&from);
	return status == 0;
}

bool
inbound_received_spf(const struct inbound *in, struct buf *out)
{
	struct spf_request r = spf_request(in, SPF_MAIL_FROM);

	return received_spf(&r, &in->spf, out);
}
