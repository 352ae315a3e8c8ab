#include "sealing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "mail/address.h"
#include "milter_field.h"
#include "policy/recipients.h"
#include "signer_client.h"

#define NO_MEMORY "out of memory"

void
sealing_begin(
    struct sealing *s, const struct conf *conf, struct catalog *catalog, struct arena *mem)
{
	*s = (struct sealing){.conf = conf, .catalog = catalog, .mem = mem};
}

void
sealing_reset(struct sealing *s)
{
	arc_sealing_free(s->arc);
	if (s->continued)
		body_hashes_free(&s->bodies);
	*s = (struct sealing){0};
}

/* ---- for whom ---- */

void
sealing_recipient(struct sealing *s, const char *recipient)
{
	const struct conf_list *list;
	struct mailbox m;

	if (s->conf == NULL || s->conf->arc_seal_domain[0] == '\0' || s->wanted)
		return;
	list = &s->conf->arc_seal_for;
	if (address_parse_path(recipient, s->mem, &m) != ADDRESS_OK)
		m = (struct mailbox){.local = ""};
	s->wanted = recipient_is_among(m.local, m.domain, (const char *const *)list->v, list->n);
}

/* ---- with which key ---- */

/*
 * An RSA key of the domain, of that selector or ("") the first one. RFC 8617
 * §4.1.3 knows no Ed25519.
 */
static bool
find_rsa(const struct catalog *catalog, const char *domain, const char *selector,
    struct catalog_key *out)
{
	struct catalog_key keys[CATALOG_MAX_KEYS];
	size_t i, n = catalog_find(catalog, domain, keys);

	for (i = 0; i < n; i++)
		if (keys[i].alg == KEY_RSA &&
		    (selector[0] == '\0' || strcasecmp(selector, keys[i].selector) == 0)) {
			*out = keys[i];
			return true;
		}
	return false;
}

static bool
find_key(const struct conf *c, const struct catalog *catalog, struct catalog_key *out)
{
	return find_rsa(catalog, c->arc_seal_domain, c->arc_seal_selector, out);
}

bool
sealing_check(const struct conf *c, const struct catalog *catalog, struct buf *err)
{
	struct catalog_key key;

	if (c->arc_seal_domain[0] == '\0' || find_key(c, catalog, &key))
		return true;
	if (c->arc_seal_selector[0] != '\0')
		buf_addf(err,
		    "%s: arc_seal_selector: expected the selector of an RSA key of %s in %s\n",
		    c->arc_seal_selector_at, c->arc_seal_domain, c->keys_dir);
	else
		buf_addf(err,
		    "%s: arc_seal_domain: expected a domain that has an RSA key in %s "
		    "(gatepost-keys generate %s makes one)\n",
		    c->arc_seal_domain_at, c->keys_dir, c->arc_seal_domain);
	return false;
}

/* ---- what is signed ---- */

/*
 * The fields that our own signatures cover, and the signatures that the
 * message brings, so that the next host sees those that were verified here.
 */
static bool
set_rules(struct sealing *s)
{
	const struct conf *c = s->conf;
	size_t n = c->sign_headers.n;
	const char **names = arena_alloc(s->mem, (n + 1) * sizeof(*names));

	if (names == NULL)
		return false;
	memcpy(names, c->sign_headers.v, n * sizeof(*names));
	names[n] = "dkim-signature";
	s->rules = (struct dkim_sign_rules){
	    .header_canon = c->header_canon == CONF_CANON_SIMPLE ? CANON_SIMPLE : CANON_RELAXED,
	    .body_canon = c->body_canon == CONF_CANON_SIMPLE ? CANON_SIMPLE : CANON_RELAXED,
	    .sign = names,
	    .nsign = n + 1,
	    .oversign = (const char *const *)c->oversign_headers.v,
	    .noversign = c->oversign_headers.n};
	return true;
}

static void
prepare(struct sealing *s, const struct header *h, struct body_hashes *bodies)
{
	s->reason = NO_MEMORY;
	if (!set_rules(s))
		return;
	s->arc = arc_sealing_new(&s->rules, bodies, s->mem);
	if (s->arc == NULL || arc_sealing_headers(s->arc, h) == DKIM_SIGNING_ERROR)
		return;
	s->reason = NULL;
	if (!find_key(s->conf, s->catalog, &s->key))
		s->reason = "there is no RSA key for arc_seal_domain";
}

void
sealing_headers(struct sealing *s, const struct header *h, const struct inbound *in)
{
	if (!s->wanted)
		return;
	if (in->verifying == NULL)
		s->reason = NO_MEMORY;
	else
		prepare(s, h, dkim_verifying_bodies(in->verifying));
}

void
sealing_continued(struct sealing *s, const struct header *h)
{
	if (s->conf->arc_seal_domain[0] == '\0')
		return;
	s->wanted = s->continued = true;
	body_hashes_init(&s->bodies, s->mem);
	if (!arc_chain_parse(&s->chain, h, s->mem))
		s->reason = NO_MEMORY;
	else if (!s->chain.present)
		s->wanted = false;
	else
		prepare(s, h, &s->bodies);
}

void
sealing_body(struct sealing *s, const void *p, size_t n)
{
	if (s->continued && s->wanted)
		body_hashes_update(&s->bodies, p, n);
}

/* ---- the set ---- */

static const char *
ask_signer(const struct sealing *s, struct sign_request *q, struct sign_answer *a)
{
	return signer_client_sign(q, a, (int)s->conf->signer_timeout * 1000);
}

/* Two signatures, one after the other: the seal covers the message signature. */
static const char *
sign_both(
    struct sealing *s, const struct arc_result *chain, const char *results, struct sign_answer *a)
{
	const struct arc_seal_key k = {
	    .domain = s->key.domain, .selector = s->key.selector, .now = time(NULL)};
	struct sign_request q = {.n = 1, .want[0].id = s->key.id};
	const char *error;

	if (arc_sealing_begin(s->arc, chain, &k, results, q.want[0].digest) != 0)
		return "cannot build the message signature";
	error = ask_signer(s, &q, a);
	if (error != NULL)
		return error;
	if (arc_sealing_message_signed(s->arc, a->got[0].sig, a->got[0].len, q.want[0].digest) != 0)
		return "cannot build the seal";
	error = ask_signer(s, &q, a);
	if (error != NULL)
		return error;
	return arc_sealing_sealed(s->arc, a->got[0].sig, a->got[0].len) == 0 ? NULL : NO_MEMORY;
}

static const char *
sign(struct sealing *s, const struct arc_result *chain, const char *results)
{
	struct sign_answer *a = malloc(sizeof(*a)); /* too large for a milter thread's stack */
	const char *error;

	if (a == NULL)
		return NO_MEMORY;
	error = sign_both(s, chain, results, a);
	free(a);
	return error;
}

static const char *
for_milter(const struct sealing *s, enum arc_field field)
{
	const char *value = NULL;
	struct buf b;

	buf_init(&b, 0);
	buf_adds(&b, arc_sealing_value(s->arc, field));
	if (!b.failed)
		value = milter_field(s->mem, &b);
	buf_free(&b);
	return value;
}

static bool
give_fields(const struct sealing *s, struct sealing_field fields[SEALING_FIELDS])
{
	static const enum arc_field order[SEALING_FIELDS] = {
	    ARC_AUTHENTICATION_RESULTS, ARC_MESSAGE_SIGNATURE, ARC_SEAL};
	size_t i;

	for (i = 0; i < SEALING_FIELDS; i++) {
		fields[i].name = arc_field_name(order[i]);
		fields[i].value = for_milter(s, order[i]);
		if (fields[i].value == NULL)
			return false;
	}
	return true;
}

/*
 * Why the chain is left as it is. One that could not be judged for want of an
 * answer from DNS is not sealed as failed: that would end it for good
 * (§5.2.1), and hosts that get an answer can still judge it.
 */
static const char *
obstacle(const struct arc_result *chain)
{
	if (chain->temporary)
		return "the chain cannot be judged at the moment";
	return arc_seal_refusal(chain);
}

/* ---- what our own seal says ---- */

/* The newest seal and its key, if it is by our name; NULL and s->reason where it is not. */
static const struct dkim_signature *
seal_by_our_name(struct sealing *s, struct catalog_key *key)
{
	const struct arc_chain *c = &s->chain;
	const struct dkim_signature *seal;

	s->reason = c->error;
	if (c->error != NULL || c->n == 0)
		return NULL;
	s->reason = "the newest seal is not ours";
	seal = &c->v[c->n - 1].seal;
	if (strcmp(seal->domain, s->conf->arc_seal_domain) != 0 ||
	    !find_rsa(s->catalog, seal->domain, seal->selector, key))
		return NULL;
	s->reason = NULL;
	return seal;
}

/* What the newest seal signs. False without memory. */
static bool
digest_of_newest(const struct sealing *s, uint8_t digest[DKIM_DIGEST_LEN])
{
	size_t n = s->chain.n;
	uint8_t(*all)[DKIM_DIGEST_LEN] = arena_alloc(s->mem, n * sizeof(*all));

	if (all == NULL || arc_chain_digests(&s->chain, s->mem, all) != 0)
		return false;
	memcpy(digest, all[n - 1], DKIM_DIGEST_LEN);
	return true;
}

/*
 * Whether the seal was made here: RSASSA-PKCS1-v1_5 always makes the same
 * signature (RFC 8017 §8.2), so the signer is asked for it again.
 */
static enum sealing_result
prove(struct sealing *s, const struct dkim_signature *seal, const struct catalog_key *key)
{
	struct sign_request q = {.n = 1, .want[0].id = key->id};
	struct sign_answer *a = malloc(sizeof(*a)); /* as in sign() */
	bool same = false;

	s->reason = NO_MEMORY;
	if (a != NULL && digest_of_newest(s, q.want[0].digest))
		s->reason = ask_signer(s, &q, a);
	if (s->reason == NULL)
		same = a->got[0].len == seal->b_len &&
		       memcmp(a->got[0].sig, seal->b, seal->b_len) == 0;
	free(a);
	if (s->reason != NULL)
		return SEALING_FAILED;
	if (same)
		return SEALING_DONE;
	s->reason = "the newest seal, by our name, does not hold";
	return SEALING_LEFT;
}

/* What we found when the message arrived, and the results that were sealed then. */
static enum sealing_result
recall(struct sealing *s, struct arc_result *chain, const char **results)
{
	const struct arc_set *newest;
	const struct dkim_signature *seal;
	struct catalog_key key;
	enum sealing_result r;

	seal = seal_by_our_name(s, &key);
	if (seal == NULL)
		return SEALING_LEFT;
	r = prove(s, seal, &key);
	if (r != SEALING_DONE)
		return r;
	*chain = (struct arc_result){
	    .status = ARC_PASS, .reason = "", .instances = s->chain.highest, .chain = &s->chain};
	newest = &s->chain.v[s->chain.n - 1];
	*results = arena_strndup(s->mem, newest->payload, newest->payload_len);
	if (*results == NULL)
		s->reason = NO_MEMORY;
	return *results != NULL ? SEALING_DONE : SEALING_FAILED;
}

/* ---- the end ---- */

static enum sealing_result
finish(struct sealing *s, const struct arc_result *chain, const char *results,
    struct sealing_field fields[SEALING_FIELDS])
{
	s->reason = obstacle(chain);
	if (s->reason != NULL)
		return SEALING_LEFT;
	s->reason = sign(s, chain, results);
	if (s->reason == NULL && !give_fields(s, fields))
		s->reason = NO_MEMORY;
	if (s->reason != NULL)
		return SEALING_FAILED;
	s->instance = chain->instances + 1;
	return SEALING_DONE;
}

enum sealing_result
sealing_end(struct sealing *s, const struct inbound *in, const char *results,
    struct sealing_field fields[SEALING_FIELDS])
{
	struct arc_result chain;
	enum sealing_result r;

	if (!s->wanted)
		return SEALING_NONE;
	if (s->reason == NULL && !s->continued && in->arc == NULL)
		s->reason = NO_MEMORY;
	if (s->reason != NULL)
		return SEALING_FAILED;
	if (!s->continued)
		return finish(s, in->arc, results, fields);
	body_hashes_end(&s->bodies);
	r = recall(s, &chain, &results);
	return r == SEALING_DONE ? finish(s, &chain, results, fields) : r;
}
