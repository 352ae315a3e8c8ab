#include "signing.h"

#include <string.h>
#include <strings.h>

static bool
in_list(const char *s, char *const *list, size_t n)
{
	size_t i;

	for (i = 0; s != NULL && i < n; i++)
		if (strcasecmp(s, list[i]) == 0)
			return true;
	return false;
}

/*
 * Mail that a program on this host hands to Sendmail has no address; the MTA
 * then calls the client "localhost". An address that Postfix does not know
 * (a client that is gone already) comes as "unknown".
 */
static bool
is_local_program(const struct origin *o)
{
	return !o->has_ip && o->client_name != NULL && strcasecmp(o->client_name, "localhost") == 0;
}

enum direction
direction_of(const struct origin *o, const struct origin_rules *r, const char **why)
{
	if (in_list(o->daemon, r->reinjection_daemons, r->nreinjection_daemons)) {
		*why = "reinjection daemon";
		return DIRECTION_RETURNED;
	}
	if (o->login != NULL && o->login[0] != '\0') {
		*why = "authenticated";
		return DIRECTION_OUT;
	}
	if (in_list(o->daemon, r->outbound_daemons, r->noutbound_daemons)) {
		*why = "outbound daemon";
		return DIRECTION_OUT;
	}
	if (is_local_program(o)) {
		*why = "local program";
		return DIRECTION_OUT;
	}
	if (o->has_ip && cidr_match_any(r->internal, r->ninternal, &o->ip)) {
		*why = "internal network";
		return DIRECTION_OUT;
	}
	*why = o->has_ip ? "outside client" : "client address unknown";
	return DIRECTION_IN;
}

/* The domain whose key signs for `domain`: itself, or the nearest parent where that is allowed. */
static const char *
key_domain(const char *domain, const struct sign_rules *r)
{
	const char *d;

	if (r->has_key(r->ctx, domain))
		return domain;
	if (!r->subdomains)
		return NULL;
	for (d = domain_parent(domain); d != NULL; d = domain_parent(d))
		if (r->has_key(r->ctx, d))
			return d;
	return NULL;
}

/*
 * A login may write as its own domain part, as a name below it that has no
 * key of its own, and as what the configuration says. A login without a
 * domain part is bound only by the configuration, if it names it.
 */
static bool
login_fits(const char *login, const char *author, const char *signer, const struct sign_rules *r)
{
	enum login_entry entry = r->login_entry(r->ctx, login, author);
	const char *at = strrchr(login, '@');
	char own[DOMAIN_BUF];

	if (entry == LOGIN_ENTRY_MATCH)
		return true;
	if (at == NULL)
		return entry == LOGIN_ENTRY_NONE;
	if (!domain_canonical(at + 1, strlen(at + 1), own))
		return false;
	return strcmp(own, author) == 0 || strcmp(own, signer) == 0;
}

static const char *
identity_domain(const struct sign_facts *f, const struct sign_rules *r, const char **error)
{
	switch (r->source) {
	case SIGN_FROM_FIXED:
		return r->fixed;
	case SIGN_FROM_SENDER:
		*error = f->sender_error;
		return f->sender;
	case SIGN_FROM_AUTHOR:
		break;
	}
	*error = f->author_error;
	return f->author;
}

void
sign_plan(const struct sign_facts *f, const struct sign_rules *r, struct sign_plan *out)
{
	const char *identity, *signer, *error = NULL;

	*out = (struct sign_plan){.decision = SIGN_NO};
	if (f->author == NULL) {
		/* whoever signs: what the reader sees as the author must be one */
		out->reason = f->author_error;
		return;
	}
	strlcpy(out->author, f->author, sizeof(out->author));
	identity = identity_domain(f, r, &error);
	if (identity == NULL) {
		out->reason = error;
		return;
	}
	signer = key_domain(identity, r);
	if (signer == NULL) {
		out->reason = "no key for this domain";
		return;
	}
	if (f->login != NULL && f->login[0] != '\0' && r->login_rule != LOGIN_RULE_OFF &&
	    !login_fits(f->login, f->author, signer, r)) {
		out->login_mismatch = true;
		out->reason = "login may not write as this domain";
		if (r->login_rule == LOGIN_RULE_REFUSE) {
			out->decision = SIGN_REFUSED;
			return;
		}
	}
	strlcpy(out->domain, signer, sizeof(out->domain));
	out->decision = SIGN_YES;
}
