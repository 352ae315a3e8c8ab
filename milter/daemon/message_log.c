#include "message_log.h"

#include "log.h"

static const char *const directions[] = {
    [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out", [DIRECTION_RETURNED] = "returned"};
static const char *const actions[] = {[ACTION_ACCEPT] = "accept",
    [ACTION_HOLD] = "hold",
    [ACTION_TEMPFAIL] = "tempfail",
    [ACTION_REJECT] = "reject",
    [ACTION_DISCARD] = "discard"};

static void
log_keys(const struct message *m, struct log_line *l)
{
	const struct outbound *o = &m->outbound;
	struct buf text;
	size_t i;

	buf_init(&text, 8192);
	for (i = 0; i < o->nkeys; i++)
		buf_addf(&text, "%s%s:%s", i > 0 ? "," : "", o->keys[i].selector,
		    o->keys[i].alg == KEY_RSA ? "rsa-sha256" : "ed25519-sha256");
	log_line_str(l, "signed", o->plan.domain);
	log_line_str(l, "keys", buf_str(&text));
	buf_free(&text);
}

static void
log_client(const struct message *m, struct log_line *l)
{
	char ip[IP_STRLEN];

	if (m->client->has_ip)
		log_line_str(l, "client", ip_print(&m->client->ip, ip));
	else
		log_line_str(l, "client", m->client->name);
	log_line_str(l, "helo", m->client->helo);
	log_line_str(l, "daemon", m->client->daemon);
	log_line_str(l, "login", m->login);
	log_line_str(l, "from", m->sender);
	log_line_int(l, "rcpts", (int64_t)m->judge.recipients.n);
}

static enum log_level
log_level_of(const struct message *m)
{
	const bool unscreened =
	    m->screened && (m->screening.state >= SCREENING_FAILED || m->screening.failure != NULL);

	return m->outcome == OUTBOUND_FAILED || m->seal == SEALING_FAILED || unscreened
		   ? LOG_LEVEL_ERROR
		   : LOG_LEVEL_INFO;
}

static void
log_outbound(struct message *m, struct log_line *l)
{
	log_line_str(l, "author", m->outbound.plan.author);
	if (m->outcome == OUTBOUND_SIGNED)
		log_keys(m, l);
	else
		log_line_str(l, "unsigned",
		    m->outcome == OUTBOUND_FAILED ? m->error : m->outbound.plan.reason);
	if (m->outbound.plan.login_mismatch)
		log_line_str(l, "warning", "login may not write as this domain");
	if (m->outbound.partial)
		log_line_str(l, "warning", "too many header fields to sign them all");
	if (m->fragile)
		log_line_str(l, "signature_may_break", buf_str(&m->note));
}

static void
log_dkim(const struct inbound *in, struct log_line *l)
{
	const struct dkim_result *d;
	struct buf text;
	size_t i;

	buf_init(&text, 2048);
	for (i = 0; i < in->ndkim && in->dkim != NULL; i++) {
		d = &in->dkim[i];
		buf_addf(&text, "%s%s/%s:%s", i > 0 ? "," : "", d->domain, d->selector,
		    dkim_status_text(d->status));
	}
	log_line_str(l, "dkim", in->ndkim > 0 ? buf_str(&text) : "none");
	for (i = 0; i < in->ndkim && in->dkim != NULL; i++)
		if (in->dkim[i].status != DKIM_PASS) {
			log_line_str(l, "dkim_reason", in->dkim[i].reason);
			break;
		}
	buf_free(&text);
}

static void
log_inbound(const struct inbound *in, struct log_line *l)
{
	log_line_str(l, "author", in->author.domain);
	log_line_str(l, "author_error", in->author.error);
	log_dkim(in, l);
	log_line_str(l, "spf", spf_result_name(in->spf.result));
	log_line_str(l, "spf_domain", in->spf.domain);
	log_line_str(l, "spf_reason", in->spf.reason);
	log_line_str(l, "dmarc", dmarc_result_name(in->policy->result));
	log_line_str(l, "dmarc_reason", in->policy->reason);
	if (in->arc != NULL && in->arc->status != ARC_NONE) {
		log_line_str(l, "arc", arc_status_text(in->arc->status));
		log_line_str(l, "arc_reason", in->arc->reason);
	}
	if (in->envelope.has_ip)
		log_line_str(l, "iprev", iprev_result_name(in->iprev.result));
}

static void
log_verdict(const struct message *m, struct log_line *l)
{
	const struct policy_verdict *v = &m->judge.verdict;
	struct buf cases;

	buf_init(&cases, 1024);
	judge_cases(&m->judge, &cases);
	log_line_str(l, "cases", buf_str(&cases));
	buf_free(&cases);
	log_line_str(l, "verdict", policy_action_name(v->action));
	if (v->rule != CASE_COUNT)
		log_line_str(l, "rule", policy_case_name(v->rule));
	if (v->would_rule != CASE_COUNT) {
		log_line_str(l, "would", policy_action_name(v->would));
		log_line_str(l, "would_rule", policy_case_name(v->would_rule));
	}
	log_line_str(l, "exempt", policy_exemption_name(v->exempt));
	if (m->cannot_hold)
		log_line_str(l, "warning", "the MTA has no quarantine, put off in place of held");
}

static void
log_sealing(const struct message *m, struct log_line *l)
{
	const struct sealing *s = &m->sealing;

	if (m->seal == SEALING_NONE)
		return;
	if (m->seal == SEALING_DONE) {
		log_line_str(l, "sealed", s->key.domain);
		log_line_str(l, "seal_key", s->key.selector);
		log_line_int(l, "seal_instance", s->instance);
	} else
		log_line_str(l, "unsealed", s->reason);
}

static void
log_screening(const struct screening *s, struct log_line *l)
{
	const struct scan_finding *f = &s->outcome.finding;

	if (s->state == SCREENING_OFF)
		return;
	log_line_str(l, "filter", screening_state_name(s->state));
	log_line_str(l, "filter_exempt", screening_exemption(s));
	log_line_str(l, "filter_failure", s->failure);
	if (f->rule != RULE_COUNT) {
		log_line_str(l, "filter_rule", scan_rule_name(f->rule));
		log_line_str(l, "filter_action", scan_action_name(s->outcome.action));
		log_line_str(l, "attachment", f->name);
		log_line_str(l, "filter_reason", f->reason);
		log_line_int(l, "findings", s->findings);
	}
	if (s->outcome.would != SCAN_OFF) {
		f = &s->outcome.would_finding;
		log_line_str(l, "filter_would", scan_action_name(s->outcome.would));
		log_line_str(l, "filter_would_rule", scan_rule_name(f->rule));
		log_line_str(l, "would_attachment", f->name);
		log_line_str(l, "would_reason", f->reason);
	}
	if (s->state > SCREENING_PLAIN)
		log_line_int(l, "filter_ms", s->ms);
}

void
message_log(struct message *m, const char *queue_id, const struct verdict *v, int64_t ms)
{
	struct log_line l;

	log_line_begin(&l, log_level_of(m), "mail");
	log_line_str(&l, "id", queue_id);
	log_line_str(&l, "dir", directions[m->direction]);
	log_line_str(&l, "why", m->why);
	log_client(m, &l);
	if (m->direction == DIRECTION_OUT)
		log_outbound(m, &l);
	if (m->verifying && !m->header.overflow)
		log_inbound(&m->inbound, &l);
	log_sealing(m, &l);
	if (v->nremovals > 0)
		log_line_int(&l, "forged_results", (int64_t)v->nremovals);
	log_line_int(&l, "bytes", (int64_t)(m->header.bytes + m->body_bytes));
	if (m->direction != DIRECTION_RETURNED)
		log_verdict(m, &l);
	if (m->screened)
		log_screening(&m->screening, &l);
	log_line_str(&l, "action", actions[v->action]);
	if (v->action == ACTION_HOLD || v->action == ACTION_DISCARD)
		log_line_str(&l, "text", v->text);
	if (v->action == ACTION_REJECT || v->action == ACTION_TEMPFAIL) {
		log_line_str(&l, "code", v->rcode);
		log_line_str(&l, "text", v->text);
	}
	log_line_int(&l, "ms", ms);
	log_line_send(&l);
}
