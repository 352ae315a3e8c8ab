#include "outbound.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "milter_field.h"
#include "own_signature.h"
#include "signer_client.h"

/* ---- what the policy asks ---- */

static bool
has_key(void *ctx, const char *domain)
{
	struct outbound *o = ctx;

	o->nkeys = catalog_find(o->catalog, domain, o->keys);
	return o->nkeys > 0;
}

static int
by_name(const void *key, const void *elem)
{
	return strcmp(key, ((const struct conf_login *)elem)->name);
}

static enum login_entry
login_entry(void *ctx, const char *login, const char *domain)
{
	const struct outbound *o = ctx;
	const struct conf_login *l;
	size_t i;

	if (o->conf->nlogins == 0)
		return LOGIN_ENTRY_NONE; /* bsearch(3) wants an array, even for none */
	l = bsearch(login, o->conf->logins, o->conf->nlogins, sizeof(*l), by_name);
	if (l == NULL)
		return LOGIN_ENTRY_NONE;
	for (i = 0; i < l->domains.n; i++)
		if (strcmp(l->domains.v[i], "*") == 0 || strcmp(l->domains.v[i], domain) == 0)
			return LOGIN_ENTRY_MATCH;
	return LOGIN_ENTRY_OTHER;
}

static void
make_plan(struct outbound *o, const struct header *h)
{
	static const enum sign_source sources[] = {[SIGN_BY_FROM] = SIGN_FROM_AUTHOR,
	    [SIGN_BY_SENDER] = SIGN_FROM_SENDER,
	    [SIGN_BY_DOMAIN] = SIGN_FROM_FIXED};
	static const enum login_rule logins[] = {[LOGIN_OFF] = LOGIN_RULE_OFF,
	    [LOGIN_LOG] = LOGIN_RULE_LOG,
	    [LOGIN_REFUSE] = LOGIN_RULE_REFUSE};
	struct sign_facts f = {.login = o->login};
	struct sign_rules r = {.source = sources[o->conf->sign_by],
	    .fixed = o->conf->sign_domain,
	    .subdomains = o->conf->sign_subdomains,
	    .login_rule = logins[o->conf->login_domains],
	    .has_key = has_key,
	    .login_entry = login_entry,
	    .ctx = o};

	struct author sender;

	o->author = author_of(h, o->mem);
	f.author = o->author.domain;
	f.author_error = o->author.error;
	o->identity_local = o->author.local;
	if (r.source == SIGN_FROM_SENDER) {
		sender = author_sender(h, o->mem);
		f.sender = sender.domain;
		f.sender_error = sender.error;
	}
	sign_plan(&f, &r, &o->plan);
}

/* ---- signing ---- */

static void
set_rules(struct outbound *o)
{
	const struct conf *c = o->conf;

	o->rules = (struct dkim_sign_rules){
	    .header_canon = c->header_canon == CONF_CANON_SIMPLE ? CANON_SIMPLE : CANON_RELAXED,
	    .body_canon = c->body_canon == CONF_CANON_SIMPLE ? CANON_SIMPLE : CANON_RELAXED,
	    .sign = (const char *const *)c->sign_headers.v,
	    .nsign = c->sign_headers.n,
	    .oversign = (const char *const *)c->oversign_headers.v,
	    .noversign = c->oversign_headers.n};
}

void
outbound_headers(struct outbound *o, const struct header *h)
{
	enum dkim_signing_status status;

	o->header = h;
	o->nkeys = 0;
	o->fragile = (struct fragile){0};
	make_plan(o, h);
	if (o->plan.decision != SIGN_YES)
		return;
	fragile_header(&o->fragile, h);
	set_rules(o);
	o->signing = dkim_signing_new(&o->rules, o->mem);
	if (o->signing == NULL)
		return;
	status = h->overflow ? DKIM_SIGNING_ERROR : dkim_signing_headers(o->signing, h);
	o->partial = status == DKIM_SIGNING_PARTIAL;
	if (status == DKIM_SIGNING_ERROR)
		outbound_reset(o);
}

void
outbound_body(struct outbound *o, const char *p, size_t n)
{
	if (o->signing == NULL)
		return;
	dkim_signing_body(o->signing, p, n);
	fragile_body(&o->fragile, p, n);
}

static const char *
identity(const struct outbound *o, char text[DOMAIN_BUF + 66])
{
	const char *local = o->conf->sign_identity == IDENTITY_AUTHOR ? o->identity_local : "";
	size_t n = strlen(local);

	if (o->conf->sign_identity == IDENTITY_NONE)
		return NULL;
	if (strcmp(o->plan.author, o->plan.domain) != 0 &&
	    !domain_is_below(o->plan.author, o->plan.domain))
		return NULL; /* RFC 6376 §3.5: i= stays within d= */
	if (n > 64 || strspn(local, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "!#$%&'*+-/?^_{|}~.") != n)
		n = 0; /* what would need quoting is left out: i= is optional detail */
	memcpy(text, local, n);
	text[n] = '@';
	strlcpy(text + n + 1, o->plan.author, DOMAIN_BUF);
	return text;
}

static bool
begin_all(struct outbound *o, struct sign_request *q, struct buf *fields)
{
	char id[DOMAIN_BUF + 66];
	struct dkim_sign_key k = {
	    .domain = o->plan.domain, .identity = identity(o, id), .now = time(NULL)};
	size_t i;

	if (o->conf->signature_lifetime != 0)
		k.expire = k.now + o->conf->signature_lifetime;
	q->n = (uint32_t)o->nkeys;
	for (i = 0; i < o->nkeys; i++) {
		k.selector = o->keys[i].selector;
		k.alg = o->keys[i].alg == KEY_RSA ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256;
		q->want[i].id = o->keys[i].id;
		if (dkim_signing_begin(o->signing, &k, &fields[i], q->want[i].digest) != 0)
			return false;
	}
	return true;
}

static bool
finish_all(struct outbound *o, const struct sign_answer *a, struct buf *fields,
    const char *values[CATALOG_MAX_KEYS])
{
	size_t i, n = o->nkeys;

	for (i = 0; i < n; i++) {
		if (dkim_signing_finish(&fields[i], a->got[i].sig, a->got[i].len) != 0)
			return false;
		values[n - 1 - i] = milter_field(o->mem, &fields[i]);
		if (values[n - 1 - i] == NULL)
			return false;
	}
	return true;
}

static const char *
sign(struct outbound *o, struct buf *fields, const char *values[CATALOG_MAX_KEYS])
{
	struct sign_request q;
	struct sign_answer *a;
	const char *error;

	if (!begin_all(o, &q, fields))
		return "cannot build the signature field";
	a = malloc(sizeof(*a)); /* too large for a milter thread's stack */
	if (a == NULL)
		return "out of memory";
	error = signer_client_sign(&q, a, (int)o->conf->signer_timeout * 1000);
	if (error == NULL && !finish_all(o, a, fields, values))
		error = "out of memory";
	free(a);
	return error;
}

static bool
is_signed_already(struct outbound *o)
{
	const struct own_signature_facts f = {.header = o->header,
	    .keys = o->keys,
	    .nkeys = o->nkeys,
	    .body_canon = o->rules.body_canon,
	    .body_hash = dkim_signing_body_hash(o->signing),
	    .timeout_ms = (int)o->conf->signer_timeout * 1000};

	return own_signature_holds(&f, o->mem);
}

enum outbound_result
outbound_end(
    struct outbound *o, const char *values[CATALOG_MAX_KEYS], size_t *n, const char **error)
{
	struct buf fields[CATALOG_MAX_KEYS];
	size_t i;

	*n = 0;
	if (o->plan.decision == SIGN_REFUSED)
		return OUTBOUND_REFUSED;
	if (o->plan.decision == SIGN_NO)
		return OUTBOUND_UNSIGNED;
	if (o->signing == NULL) {
		*error = "header section over the limits, or out of memory";
		return OUTBOUND_FAILED;
	}
	dkim_signing_body_end(o->signing);
	if (o->may_come_back && is_signed_already(o))
		return OUTBOUND_RETURNED;
	for (i = 0; i < o->nkeys; i++)
		buf_init(&fields[i], 64 * 1024);
	*error = sign(o, fields, values);
	for (i = 0; i < o->nkeys; i++)
		buf_free(&fields[i]);
	if (*error != NULL)
		return OUTBOUND_FAILED;
	*n = o->nkeys;
	return OUTBOUND_SIGNED;
}

void
outbound_reset(struct outbound *o)
{
	dkim_signing_free(o->signing);
	o->signing = NULL;
}
