#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/authres_own.h"
#include "auth/authres_write.h"
#include "message_log.h"
#include "milter_field.h"

#define OUT_OF_MEMORY "This message cannot be checked at the moment, try again later"

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

struct message *
message_new(void)
{
	struct message *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	arena_init(&m->mem, 0);
	buf_init(&m->note, 1024);
	return m;
}

void
message_abandon(struct message *m)
{
	if (!m->active)
		return;
	if (m->verifying)
		inbound_reset(&m->inbound);
	m->verifying = false;
	judge_reset(&m->judge);
	screening_reset(&m->screening);
	sealing_reset(&m->sealing);
	outbound_reset(&m->outbound);
	header_free(&m->header);
	arena_reset(&m->mem);
	conf_unref(m->conf);
	catalog_unref(m->catalog);
	m->active = false;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	message_abandon(m);
	screening_free(&m->screening);
	arena_free(&m->mem);
	buf_free(&m->note);
	free(m);
}

/* ---- what the MTA says, in the order of SMTP ---- */

static void
decide_direction(struct message *m)
{
	const struct conf *c = m->conf;
	const struct origin o = {.login = m->login,
	    .daemon = m->client->daemon,
	    .has_ip = m->client->has_ip,
	    .ip = m->client->ip,
	    .client_name = m->client->name};
	const struct origin_rules r = {.internal = c->internal_networks,
	    .ninternal = c->ninternal_networks,
	    .outbound_daemons = c->outbound_daemons.v,
	    .noutbound_daemons = c->outbound_daemons.n,
	    .reinjection_daemons = c->reinjection_daemons.v,
	    .nreinjection_daemons = c->reinjection_daemons.n};

	m->direction = direction_of(&o, &r, &m->why);
}

static const char *
copy(struct message *m, const char *s)
{
	const char *c = s != NULL ? arena_strdup(&m->mem, s) : NULL;

	return c != NULL ? c : "";
}

static void
begin_verifying(struct message *m, struct dns_source *dns)
{
	const struct inbound_envelope e = {.has_ip = m->client->has_ip,
	    .ip = m->client->ip,
	    .helo = m->client->helo != NULL ? m->client->helo : "",
	    .sender = m->sender,
	    .received = time(NULL)};

	m->verifying = true;
	inbound_begin(&m->inbound, m->conf, dns, &m->mem, &e);
}

static void
begin_screening(struct message *m)
{
	const struct screening_envelope e = {.login = m->login,
	    .sender = m->sender,
	    .has_ip = m->client->has_ip,
	    .ip = m->client->ip};

	screening_begin(&m->screening, m->conf, &m->mem, &e);
}

void
message_begin(struct message *m, const struct client *client, const struct message_tools *tools,
    const char *login, const char *sender)
{
	struct judge_tools judge_tools;

	message_abandon(m);
	m->active = true;
	m->client = client;
	m->conf = conf_ref(tools->conf);
	m->catalog = catalog_ref(tools->catalog);
	m->login = copy(m, login);
	m->sender = copy(m, sender);
	m->unread_results = m->unread_marks[0] = m->unread_marks[1] = 0;
	m->body_bytes = 0;
	m->began = now_ms();
	m->error = NULL;
	m->outcome = OUTBOUND_UNSIGNED;
	m->seal = SEALING_NONE;
	m->fragile = m->cannot_hold = m->screened = false;
	buf_clear(&m->note);
	header_init(&m->header, &m->mem, m->conf->max_header_bytes, m->conf->max_header_fields);
	m->outbound = (struct outbound){
	    .conf = m->conf, .catalog = m->catalog, .mem = &m->mem, .login = m->login};
	judge_tools = (struct judge_tools){
	    .conf = m->conf, .catalog = m->catalog, .dns = tools->dns, .mem = &m->mem};
	judge_begin(&m->judge, &judge_tools, m->sender);
	begin_screening(m);
	sealing_begin(&m->sealing, m->conf, m->catalog, &m->mem);
	decide_direction(m);
	if (m->direction == DIRECTION_IN && m->conf->verify)
		begin_verifying(m, tools->dns);
}

void
message_recipient(struct message *m, const char *recipient)
{
	judge_recipient(&m->judge, recipient);
	screening_recipient(&m->screening, recipient);
	if (m->verifying)
		sealing_recipient(&m->sealing, recipient);
}

static const char results_name[] = "Authentication-Results";
static const char *const mark_names[] = {JUDGE_FIELD, SCREENING_FIELD};

/* Nobody reads what is beyond the limit, so that none of these can be believed. */
static void
count_unread(struct message *m, const char *name)
{
	const struct header_field f = {.name = name, .name_len = strlen(name)};

	m->unread_results += header_is(&f, results_name);
	m->unread_marks[0] += header_is(&f, mark_names[0]);
	m->unread_marks[1] += header_is(&f, mark_names[1]);
}

void
message_header(struct message *m, const char *name, const char *value)
{
	if (!header_add(&m->header, name, strlen(name), value, strlen(value)))
		count_unread(m, name);
}

/* ---- results in the message that pretend to be ours ---- */

#define MAX_IDS 64

/* The authserv-ids whose fields are not believed: our own, and those of the configuration. */
static size_t
distrusted_ids(const struct conf *c, const char *ids[MAX_IDS])
{
	const struct conf_list *trusted = &c->trusted_authserv_ids;
	size_t i, j, n = 0, kept = 0;

	ids[n++] = c->authserv_id;
	for (i = 0; i < c->remove_authserv_ids.n && n < MAX_IDS; i++)
		ids[n++] = c->remove_authserv_ids.v[i];
	for (i = 0; i < n; i++) {
		for (j = 0; j < trusted->n && strcasecmp(trusted->v[j], ids[i]) != 0; j++)
			;
		if (j == trusted->n)
			ids[kept++] = ids[i];
	}
	return kept;
}

/* From the bottom: each removal leaves the indices above it as they were. */
static void
remove_all(struct verdict *v, struct removal *r, const char *name, size_t first, size_t last)
{
	for (; last >= first; last--)
		r[v->nremovals++] = (struct removal){.name = name, .index = (int)last};
}

/* Our results and marks that were there before, in the part of the header that was read. */
static void
remove_read(struct message *m, struct verdict *v, struct removal *r, size_t nresults,
    const size_t nmarks[2])
{
	const char *ids[MAX_IDS];
	size_t nids = distrusted_ids(m->conf, ids), i;

	for (i = m->header.n; nresults > 0 && i-- > 0;) {
		if (!header_is(&m->header.fields[i], results_name))
			continue;
		if (authres_is_ours(&m->header.fields[i], ids, nids))
			remove_all(v, r, results_name, nresults, nresults);
		nresults--;
	}
	remove_all(v, r, mark_names[0], 1, nmarks[0]);
	remove_all(v, r, mark_names[1], 1, nmarks[1]);
}

/* False without memory: then they are still there. */
static bool
find_forged(struct message *m, struct verdict *v)
{
	size_t nresults = header_count(&m->header, results_name);
	const size_t nmarks[2] = {
	    header_count(&m->header, mark_names[0]), header_count(&m->header, mark_names[1])};
	size_t n = nresults + nmarks[0] + nmarks[1] + m->unread_results + m->unread_marks[0] +
		   m->unread_marks[1],
	       i;
	struct removal *r;

	if (n == 0)
		return true;
	r = arena_alloc(&m->mem, n * sizeof(*r));
	if (r == NULL)
		return false;
	remove_all(v, r, results_name, nresults + 1, nresults + m->unread_results);
	for (i = 0; i < 2; i++)
		remove_all(v, r, mark_names[i], nmarks[i] + 1, nmarks[i] + m->unread_marks[i]);
	remove_read(m, v, r, nresults, nmarks);
	v->removals = r;
	return true;
}

static bool
is_from_this_host(const struct message *m)
{
	return m->login[0] == '\0' && m->client->has_ip && ip_is_loopback(&m->client->ip);
}

/*
 * Mail from loopback that carries our own results was checked when it came in
 * (forged ones were removed then): a content filter hands it back. Signing it
 * as if it were ours would sign a stranger's mail.
 */
static bool
comes_back(struct message *m)
{
	const char *own = m->conf->authserv_id;
	size_t i;

	for (i = 0; i < m->header.n; i++)
		if (header_is(&m->header.fields[i], "Authentication-Results") &&
		    authres_is_ours(&m->header.fields[i], &own, 1)) {
			m->why = "already checked here, comes back from a filter";
			return true;
		}
	return false;
}

/* What a client outside says about where it came in counts for nothing. */
static bool
is_from_list(const struct message *m)
{
	const struct conf_list *list = &m->conf->arc_list_daemons;
	size_t i;

	if (m->direction == DIRECTION_IN || m->client->daemon == NULL || m->header.overflow)
		return false;
	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->v[i], m->client->daemon) == 0)
			return true;
	return false;
}

void
message_end_of_header(struct message *m)
{
	m->from_list = is_from_list(m);
	m->outbound.may_come_back = is_from_this_host(m);
	if (m->direction == DIRECTION_OUT && m->outbound.may_come_back && !m->from_list &&
	    comes_back(m))
		m->direction = DIRECTION_RETURNED;
	if (m->from_list)
		sealing_continued(&m->sealing, &m->header);
	if (m->direction == DIRECTION_OUT)
		outbound_headers(&m->outbound, &m->header);
	judge_headers(&m->judge, &m->header);
	if (m->direction != DIRECTION_RETURNED)
		screening_headers(&m->screening, &m->header);
	if (!m->verifying)
		return;
	inbound_headers(&m->inbound, &m->header);
	sealing_headers(&m->sealing, &m->header, &m->inbound);
	judge_ask(&m->judge, &m->inbound);
}

void
message_body(struct message *m, const char *p, size_t n)
{
	m->body_bytes += n;
	judge_body(&m->judge, p, n);
	if (m->direction != DIRECTION_RETURNED)
		screening_body(&m->screening, p, n);
	if (m->verifying)
		inbound_body(&m->inbound, p, n);
	outbound_body(&m->outbound, p, n);
	sealing_body(&m->sealing, p, n);
}

/* ---- the verdict ---- */

static void
put_off(struct verdict *v, const char *text)
{
	v->action = ACTION_TEMPFAIL;
	v->rcode = "451";
	v->xcode = "4.3.0";
	v->text = text;
}

static bool
add_field(struct message *m, struct verdict *v, const char *name, const struct buf *value)
{
	const char *s = milter_field(&m->mem, value);

	if (s == NULL)
		return false;
	v->edits[v->nedits++] = (struct edit){.name = name, .value = s};
	return true;
}

/* The policy's verdict as the MTA is told it. */
static void
take_verdict(struct message *m, struct verdict *v)
{
	static const enum action actions[] = {[POLICY_ACCEPT] = ACTION_ACCEPT,
	    [POLICY_MARK] = ACTION_ACCEPT,
	    [POLICY_HOLD] = ACTION_HOLD,
	    [POLICY_TEMPFAIL] = ACTION_TEMPFAIL,
	    [POLICY_REJECT] = ACTION_REJECT};
	const struct policy_verdict *p = &m->judge.verdict;
	struct buf field;

	v->action = actions[p->action];
	v->rcode = p->code;
	v->xcode = p->xcode;
	v->text = p->text;
	if (v->action == ACTION_HOLD && !m->client->can_hold) {
		m->cannot_hold = true;
		put_off(v, "This message would be held, which is not possible at the moment");
	}
	buf_init(&field, 2048);
	judge_field(&m->judge, &field);
	if (field.failed || (field.len > 0 && !add_field(m, v, mark_names[0], &field)))
		put_off(v, OUT_OF_MEMORY);
	buf_free(&field);
}

/* ---- sealing ---- */

static void
sealing_failed(const struct message *m, struct verdict *v)
{
	switch (m->conf->on_seal_failure) {
	case FAILURE_ACCEPT:
		return;
	case FAILURE_REJECT:
		v->action = ACTION_REJECT;
		v->rcode = "550";
		v->xcode = "5.7.1";
		v->text = "This message cannot be sealed";
		return;
	case FAILURE_TEMPFAIL:
		v->action = ACTION_TEMPFAIL;
		v->rcode = "451";
		v->xcode = "4.7.1";
		v->text = "Sealing is not available at the moment, try again later";
		return;
	}
}

/* The set goes above everything else, since it is made last (RFC 8617 §5.1, step 1). */
static void
seal(struct message *m, struct verdict *v, const char *results)
{
	struct sealing_field fields[SEALING_FIELDS];
	size_t i;

	m->seal = sealing_end(&m->sealing, &m->inbound, results, fields);
	for (i = 0; i < SEALING_FIELDS && m->seal == SEALING_DONE; i++)
		v->edits[v->nedits++] =
		    (struct edit){.name = fields[i].name, .value = fields[i].value};
	if (m->seal == SEALING_FAILED)
		sealing_failed(m, v);
}

/* ---- mail of our own ---- */

static void
sign(struct message *m, struct verdict *v)
{
	const char *values[CATALOG_MAX_KEYS];
	size_t n, i;

	m->outcome = outbound_end(&m->outbound, values, &n, &m->error);
	if (m->outcome == OUTBOUND_RETURNED) {
		m->direction = DIRECTION_RETURNED;
		m->why = "signed here already, comes back from a filter";
		return;
	}
	judge_outbound(&m->judge, &m->outbound, m->outcome, m->error);
	take_verdict(m, v);
	for (i = 0; i < n; i++)
		v->edits[v->nedits++] = (struct edit){.name = "DKIM-Signature", .value = values[i]};
	if (m->outcome == OUTBOUND_SIGNED && fragile_text(&m->outbound.fragile, &m->note))
		m->fragile = true;
}

/* ---- mail from outside ---- */

static bool
add_results(struct message *m, struct verdict *v)
{
	struct buf value;
	bool good = true;

	buf_init(&value, 256 * 1024);
	if (m->conf->received_spf)
		good = inbound_received_spf(&m->inbound, &value) &&
		       add_field(m, v, "Received-SPF", &value);
	buf_clear(&value);
	good = good && inbound_authentication_results(&m->inbound, &m->judge.verdict, &value) &&
	       add_field(m, v, results_name, &value);
	if (good && v->action < ACTION_TEMPFAIL)
		seal(m, v, buf_str(&value));
	buf_free(&value);
	return good;
}

static void
verify(struct message *m, struct verdict *v)
{
	if (m->verifying)
		inbound_end(&m->inbound);
	judge_inbound(&m->judge, m->verifying ? &m->inbound : NULL);
	take_verdict(m, v);
	if (m->verifying && (m->inbound.author.status == AUTHOR_NO_MEMORY || !add_results(m, v)))
		put_off(v, OUT_OF_MEMORY);
}

/* ---- a header over the limits ---- */

#define MAX_UNREAD 1000 /* removals that the MTA can be asked for in no time */

/* RFC 8601 §2.2: "none" where nothing was checked. */
static bool
add_no_results(struct message *m, struct verdict *v)
{
	struct buf value;
	bool good;

	buf_init(&value, 1024);
	good = authres_write(&value, m->conf->authserv_id, NULL, 0, AUTHRES_ASCII) == 0 &&
	       add_field(m, v, results_name, &value);
	buf_free(&value);
	return good;
}

/*
 * What is beyond the limits was not read: a second author or forged results
 * may be there, so that nothing can be said of such a message.
 */
static void
judge_unread(struct message *m, struct verdict *v)
{
	if (m->header.no_memory) {
		put_off(v, OUT_OF_MEMORY);
		return;
	}
	if (m->unread_results + m->unread_marks[0] + m->unread_marks[1] > MAX_UNREAD)
		m->judge.rules.action[CASE_HEADER_LIMIT] = POLICY_REJECT;
	judge_header_limit(&m->judge);
	take_verdict(m, v);
	if (!find_forged(m, v) || (m->verifying && !add_no_results(m, v)))
		put_off(v, OUT_OF_MEMORY);
}

/* ---- attachments ---- */

/* The stronger of what was to be done already and what the filter wants. */
static void
strengthen(struct message *m, struct verdict *v, enum action action, const struct buf *text)
{
	if (action <= v->action)
		return;
	v->action = action;
	v->rcode = action == ACTION_TEMPFAIL ? "451" : "550";
	v->xcode = action == ACTION_TEMPFAIL ? "4.7.1" : "5.7.1";
	v->text = copy(m, text->data);
	if (action == ACTION_HOLD && !m->client->can_hold) {
		m->cannot_hold = true;
		put_off(v, "This message would be held, which is not possible at the moment");
	}
}

static void
take_outcome(struct message *m, struct verdict *v)
{
	static const enum action wanted[] = {[SCAN_OFF] = ACTION_ACCEPT,
	    [SCAN_MARK] = ACTION_ACCEPT,
	    [SCAN_HOLD] = ACTION_HOLD,
	    [SCAN_TEMPFAIL] = ACTION_TEMPFAIL,
	    [SCAN_REJECT] = ACTION_REJECT,
	    [SCAN_DISCARD] = ACTION_DISCARD};
	struct buf text, field;

	buf_init(&text, 900);
	buf_init(&field, 4096);
	screening_text(&m->screening, &text);
	buf_str(&text);
	strengthen(m, v, wanted[m->screening.outcome.action], &text);
	screening_field(&m->screening, &field);
	if (text.failed || field.failed ||
	    (field.len > 0 && !add_field(m, v, mark_names[1], &field)))
		put_off(v, OUT_OF_MEMORY);
	buf_free(&text);
	buf_free(&field);
}

static void
without_virus_scanner(const struct message *m, struct verdict *v)
{
	if (v->action >= ACTION_TEMPFAIL)
		return;
	put_off(v, "The virus scanner is not available at the moment, try again later");
	if (m->screening.rejects) {
		v->action = ACTION_REJECT;
		v->rcode = "550";
		v->xcode = "5.7.1";
		v->text = "This message could not be checked for viruses";
	}
}

/* Nothing is looked into of what is refused already. */
static void
screen(struct message *m, struct verdict *v)
{
	if (m->direction == DIRECTION_RETURNED || v->action >= ACTION_TEMPFAIL)
		return;
	screening_end(&m->screening);
	m->screened = true;
	if (m->screening.state == SCREENING_PUT_OFF)
		without_virus_scanner(m, v);
	else
		take_outcome(m, v);
}

static void
judge(struct message *m, struct verdict *v)
{
	if (m->direction != DIRECTION_RETURNED && !find_forged(m, v))
		put_off(v, OUT_OF_MEMORY);
	else if (m->direction == DIRECTION_OUT)
		sign(m, v);
	else if (m->direction == DIRECTION_IN)
		verify(m, v);
	if (m->from_list && v->action < ACTION_TEMPFAIL)
		seal(m, v, NULL);
}

void
message_end(struct message *m, const char *queue_id, struct verdict *v)
{
	*v = (struct verdict){.action = ACTION_ACCEPT};
	if (m->header.overflow && m->direction != DIRECTION_RETURNED)
		judge_unread(m, v);
	else
		judge(m, v);
	screen(m, v);
	message_log(m, queue_id, v, now_ms() - m->began);
}
