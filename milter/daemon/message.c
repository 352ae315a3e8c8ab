#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "log.h"
#include "mail/header.h"
#include "outbound.h"
#include "policy/signing.h"

struct message {
	struct arena mem; /* everything of this message; dies with it */
	const struct client *client;
	const struct conf *conf; /* a reference while active */
	struct catalog *catalog; /* a reference while active */
	bool active;
	const char *login;
	const char *sender; /* as the MTA gave it */
	unsigned recipients;
	enum direction direction;
	const char *why; /* the fact that decided the direction */
	struct header header;
	size_t body_bytes;
	int64_t began; /* milliseconds */
	struct outbound outbound;
	enum outbound_result outcome;
	const char *error; /* of signing */
	struct buf note;   /* what may break the signature */
	bool fragile;
};

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

void
message_begin(struct message *m, const struct client *client, const struct conf *conf,
    struct catalog *catalog, const char *login, const char *sender)
{
	message_abandon(m);
	m->active = true;
	m->client = client;
	m->conf = conf_ref(conf);
	m->catalog = catalog_ref(catalog);
	m->login = copy(m, login);
	m->sender = copy(m, sender);
	m->recipients = 0;
	m->body_bytes = 0;
	m->began = now_ms();
	m->error = NULL;
	m->outcome = OUTBOUND_UNSIGNED;
	m->fragile = false;
	buf_clear(&m->note);
	header_init(&m->header, &m->mem, conf->max_header_bytes, conf->max_header_fields);
	m->outbound = (struct outbound){
	    .conf = m->conf, .catalog = m->catalog, .mem = &m->mem, .login = m->login};
	decide_direction(m);
}

void
message_recipient(struct message *m, const char *recipient)
{
	m->recipients++;
}

void
message_header(struct message *m, const char *name, const char *value)
{
	header_add(&m->header, name, strlen(name), value, strlen(value));
}

void
message_end_of_header(struct message *m)
{
	if (m->direction == DIRECTION_OUT)
		outbound_headers(&m->outbound, &m->header);
}

void
message_body(struct message *m, const char *p, size_t n)
{
	m->body_bytes += n;
	outbound_body(&m->outbound, p, n);
}

/* ---- the verdict ---- */

static void
refuse_login(struct message *m, struct verdict *v)
{
	struct buf text;

	buf_init(&text, 400);
	buf_addf(&text, "This login may not send mail as %s", m->outbound.plan.author);
	v->action = ACTION_REJECT;
	v->rcode = "550";
	v->xcode = "5.7.1";
	v->text = copy(m, buf_str(&text));
	buf_free(&text);
}

static void
signing_failed(struct message *m, struct verdict *v)
{
	switch (m->conf->on_sign_failure) {
	case FAILURE_ACCEPT:
		return;
	case FAILURE_REJECT:
		v->action = ACTION_REJECT;
		v->rcode = "550";
		v->xcode = "5.7.1";
		v->text = "This message cannot be signed";
		return;
	case FAILURE_TEMPFAIL:
		v->action = ACTION_TEMPFAIL;
		v->rcode = "451";
		v->xcode = "4.7.1";
		v->text = "Signing is not available at the moment, try again later";
		return;
	}
}

static void
sign(struct message *m, struct verdict *v)
{
	const char *values[CATALOG_MAX_KEYS];
	size_t n, i;

	m->outcome = outbound_end(&m->outbound, values, &n, &m->error);
	switch (m->outcome) {
	case OUTBOUND_SIGNED:
		for (i = 0; i < n; i++)
			v->edits[v->nedits++] =
			    (struct edit){.name = "DKIM-Signature", .value = values[i]};
		if (fragile_text(&m->outbound.fragile, &m->note))
			m->fragile = true;
		break;
	case OUTBOUND_UNSIGNED:
		break;
	case OUTBOUND_REFUSED:
		refuse_login(m, v);
		break;
	case OUTBOUND_FAILED:
		signing_failed(m, v);
		break;
	}
}

/* ---- the log line ---- */

static const char *const directions[] = {
    [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out", [DIRECTION_RETURNED] = "returned"};
static const char *const actions[] = {
    [ACTION_ACCEPT] = "accept", [ACTION_TEMPFAIL] = "tempfail", [ACTION_REJECT] = "reject"};

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
	log_line_int(l, "rcpts", m->recipients);
}

static enum log_level
log_level_of(const struct message *m)
{
	return m->outcome == OUTBOUND_FAILED ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
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
log_message(struct message *m, const char *queue_id, const struct verdict *v)
{
	struct log_line l;

	log_line_begin(&l, log_level_of(m), "mail");
	log_line_str(&l, "id", queue_id);
	log_line_str(&l, "dir", directions[m->direction]);
	log_line_str(&l, "why", m->why);
	log_client(m, &l);
	if (m->direction == DIRECTION_OUT)
		log_outbound(m, &l);
	log_line_int(&l, "bytes", (int64_t)(m->header.bytes + m->body_bytes));
	log_line_str(&l, "action", actions[v->action]);
	if (v->action != ACTION_ACCEPT) {
		log_line_str(&l, "code", v->rcode);
		log_line_str(&l, "text", v->text);
	}
	log_line_int(&l, "ms", now_ms() - m->began);
	log_line_send(&l);
}

void
message_end(struct message *m, const char *queue_id, struct verdict *v)
{
	*v = (struct verdict){.action = ACTION_ACCEPT};
	if (m->direction == DIRECTION_OUT)
		sign(m, v);
	log_message(m, queue_id, v);
}
