#include "arc_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dkim_lookup.h"

#define REASON_MAX (DKIM_LOOKUP_REASON_MAX + DOMAIN_BUF + 300)

/* One signature to check, and what for. */
struct link {
	const struct dkim_signature *signature;
	struct dkim_lookup *key;
	uint8_t digest[DKIM_DIGEST_LEN];
};

struct arc_verifying {
	const struct arc_verify_rules *rules;
	struct dns_source *dns;
	struct arena *mem;
	struct arc_chain chain;
	struct arc_result result;
	struct dkim_lookups keys;
	struct dkim_fields *fields;
	struct body_hashes *bodies;
	struct body_hash *body; /* as the newest message signature has it */
	struct link *seals;	/* of each instance, the first is that of i=1 */
	struct link *messages;	/* likewise; those below oldest are not looked at */
	size_t oldest;		/* index */
};

struct arc_verifying *
arc_verifying_new(const struct arc_verify_rules *rules, struct dns_source *dns, struct arena *mem)
{
	struct arc_verifying *v = arena_alloc(mem, sizeof(*v));

	if (v != NULL)
		*v = (struct arc_verifying){.rules = rules, .dns = dns, .mem = mem};
	return v;
}

void
arc_verifying_free(struct arc_verifying *v)
{
	if (v != NULL)
		dkim_lookups_free(&v->keys);
}

/* ---- end of headers ---- */

/* Whether a message signature is about the very body that the newest one is about. */
static bool
same_body(const struct dkim_signature *s, const struct dkim_signature *newest)
{
	return s->body_canon == newest->body_canon && s->limit == newest->limit &&
	       memcmp(s->body_hash, newest->body_hash, DKIM_DIGEST_LEN) == 0;
}

/*
 * The oldest message signature that may still hold: once the newest holds,
 * those with another body hash cannot.
 */
static size_t
oldest_possible(const struct arc_chain *chain)
{
	size_t i = chain->n - 1;

	while (i > 0 && same_body(&chain->v[i - 1].message, &chain->v[chain->n - 1].message))
		i--;
	return i;
}

static bool
ask(struct arc_verifying *v, struct link *l, const struct dkim_signature *s)
{
	l->signature = s;
	l->key = dkim_lookups_ask(&v->keys, s->selector, s->domain);
	return l->key != NULL;
}

/* From the newest down: the newest decides first. */
static bool
ask_for_keys(struct arc_verifying *v)
{
	const struct arc_chain *chain = &v->chain;
	size_t i;

	if (!dkim_lookups_init(&v->keys, v->dns, v->mem, chain->n * 2))
		return false;
	for (i = chain->n; i-- > 0;) {
		if (!ask(v, &v->seals[i], &chain->v[i].seal))
			return false;
		if (i >= v->oldest && !ask(v, &v->messages[i], &chain->v[i].message))
			return false;
	}
	return true;
}

static bool
make_seal_digests(struct arc_verifying *v)
{
	uint8_t(*digests)[DKIM_DIGEST_LEN] = arena_alloc(v->mem, v->chain.n * sizeof(*digests));
	size_t i;

	if (digests == NULL || arc_chain_digests(&v->chain, v->mem, digests) == -1)
		return false;
	for (i = 0; i < v->chain.n; i++)
		memcpy(v->seals[i].digest, digests[i], DKIM_DIGEST_LEN);
	return true;
}

static bool
make_message_digest(struct arc_verifying *v, size_t i)
{
	struct link *l = &v->messages[i];

	return dkim_signature_digest(l->signature, v->fields, v->mem, l->digest) == 0;
}

static bool
start(struct arc_verifying *v, const struct header *h)
{
	const struct arc_chain *chain = &v->chain;
	const struct dkim_signature *newest = &chain->v[chain->n - 1].message;

	v->seals = arena_alloc(v->mem, chain->n * sizeof(*v->seals));
	v->messages = arena_alloc(v->mem, chain->n * sizeof(*v->messages));
	if (v->seals == NULL || v->messages == NULL)
		return false;
	v->oldest = oldest_possible(chain);
	v->fields = dkim_fields_new(h, v->mem);
	v->body = body_hashes_want(v->bodies, newest->body_canon, newest->limit);
	return v->fields != NULL && v->body != NULL && ask_for_keys(v) && make_seal_digests(v) &&
	       make_message_digest(v, chain->n - 1);
}

int
arc_verifying_headers(struct arc_verifying *v, const struct header *h, struct body_hashes *bodies)
{
	v->bodies = bodies;
	if (!arc_chain_parse(&v->chain, h, v->mem))
		return -1;
	return v->chain.n == 0 || start(v, h) ? 0 : -1;
}

/* ---- judging ---- */

enum holds { HOLDS, BROKEN, UNKNOWN };

/* What is known of a signature. */
struct judgement {
	enum holds holds;
	bool testing;
	char reason[DKIM_LOOKUP_REASON_MAX + 200];
};

static void __attribute__((format(printf, 2, 3))) broken(struct judgement *j, const char *fmt, ...)
{
	va_list ap;

	j->holds = BROKEN;
	va_start(ap, fmt);
	vsnprintf(j->reason, sizeof(j->reason), fmt, ap);
	va_end(ap);
}

static void
try_key(const struct arc_verify_rules *r, const struct link *l, const struct dkim_key *k,
    struct judgement *j)
{
	const struct dkim_signature *s = l->signature;
	const char *refusal = dkim_key_refusal(k, s->alg, r->min_rsa_bits, r->max_rsa_bits);

	j->testing = k->testing;
	if (refusal != NULL)
		broken(j, "%s: %s", l->key->name, refusal);
	else if (dkim_key_verify(k, l->digest, s->b, s->b_len))
		j->holds = HOLDS;
	else
		broken(j, "changed after signing, or signed with another key");
}

/* Against each key of the name, until one fits. */
static void
judge_signature(const struct arc_verify_rules *r, const struct link *l, struct judgement *j)
{
	const struct dkim_keys *keys;
	size_t i;

	switch (dkim_lookup_keys(l->key, &keys, j->reason)) {
	case DKIM_LOOKUP_LATER:
		j->holds = UNKNOWN;
		return;
	case DKIM_LOOKUP_NO_KEY:
		j->holds = BROKEN;
		return;
	case DKIM_LOOKUP_OK:
		break;
	}
	for (i = 0, j->holds = BROKEN; i < keys->n && j->holds != HOLDS; i++)
		try_key(r, l, &keys->v[i], j);
}

/* NULL, or why a message signature is no good whatever its key says. */
static const char *
refuse_times(const struct arc_verify_rules *r, const struct dkim_signature *s)
{
	if (s->expires != DKIM_NO_TIME && r->now > s->expires)
		return "it has expired";
	if (s->time != DKIM_NO_TIME && s->time > r->now + r->skew)
		return "it was signed in the future";
	return NULL;
}

/* NULL, or how the body is not the one that was signed. */
static const char *
refuse_body(const struct dkim_signature *s, const struct body_hash *b)
{
	if (s->limit != UINT64_MAX && s->limit > b->body.out)
		return "l= is more than the body has";
	if (memcmp(b->value, s->body_hash, DKIM_DIGEST_LEN) != 0)
		return "the body was changed after signing";
	if (b->body.out > s->limit)
		return "part of the body is not signed (l=)";
	return NULL;
}

/*
 * Without c= the header's form is simple, as for DKIM (§4.1.2), but the
 * official tests have it relaxed: what is signed in either form is signed.
 */
static bool
judge_other_form(struct arc_verifying *v, size_t i, struct judgement *j)
{
	v->chain.v[i].message.header_canon = CANON_RELAXED;
	if (!make_message_digest(v, i))
		return false;
	judge_signature(v->rules, &v->messages[i], j);
	return true;
}

/* False without memory. */
static bool
judge_message(struct arc_verifying *v, size_t i, struct judgement *j)
{
	const struct dkim_signature *s = v->messages[i].signature;
	const char *refusal = refuse_times(v->rules, s);

	if (refusal == NULL)
		refusal = refuse_body(s, v->body);
	if (refusal != NULL) {
		broken(j, "%s", refusal);
		return true;
	}
	judge_signature(v->rules, &v->messages[i], j);
	return j->holds != BROKEN || !v->chain.v[i].no_canon || judge_other_form(v, i, j);
}

/* The chain fails for that signature. False without memory. */
static bool
fail(struct arc_verifying *v, const char *what, size_t i, const struct judgement *j)
{
	char text[REASON_MAX];

	snprintf(text, sizeof(text), "%s of i=%zu by %s: %s", what, i + 1,
	    v->seals[i].signature->domain, j->reason);
	v->result.status = ARC_FAIL;
	v->result.temporary = j->holds == UNKNOWN;
	v->result.reason = arena_strdup(v->mem, text);
	return v->result.reason != NULL;
}

/*
 * §5.2, step 5. The header is hashed for an old message signature only now: a
 * chain without keys to it cannot make anybody hash a header 50 times.
 */
static bool
find_oldest_pass(struct arc_verifying *v)
{
	struct judgement j;
	size_t i;

	for (i = v->chain.n - 1; i > v->oldest; i--) {
		if (!make_message_digest(v, i - 1) || !judge_message(v, i - 1, &j))
			return false;
		if (j.holds != HOLDS)
			break;
	}
	v->result.oldest_pass = i == 0 ? 0 : (unsigned)i + 1;
	return true;
}

/* What a chain that holds says. False without memory. */
static bool
fill_result(struct arc_verifying *v)
{
	const struct arc_chain *chain = &v->chain;
	struct arc_sealer *sealers = arena_alloc(v->mem, chain->n * sizeof(*sealers));
	struct authres *first = arena_alloc(v->mem, sizeof(*first));
	enum authres_status read;
	size_t i;

	if (sealers == NULL || first == NULL)
		return false;
	for (i = 0; i < chain->n; i++) {
		sealers[i].domain = chain->v[chain->n - 1 - i].seal.domain;
		sealers[i].selector = chain->v[chain->n - 1 - i].seal.selector;
	}
	read = arc_set_results(&chain->v[0], v->mem, first);
	v->result.sealers = sealers;
	v->result.n = chain->n;
	v->result.first = read == AUTHRES_OK ? first : NULL;
	v->result.from_signed = dkim_signature_names(&chain->v[chain->n - 1].message, "from");
	return read != AUTHRES_NO_MEMORY;
}

/* §5.2, steps 4, 6 and 7, then 5: what an old message signature is worth only a good chain tells.
 */
static bool
judge(struct arc_verifying *v)
{
	size_t i, newest = v->chain.n - 1;
	struct judgement j;

	if (!judge_message(v, newest, &j))
		return false;
	if (j.holds != HOLDS)
		return fail(v, "message signature", newest, &j);
	v->result.testing = j.testing;
	for (i = v->chain.n; i-- > 0;) {
		judge_signature(v->rules, &v->seals[i], &j);
		if (j.holds != HOLDS)
			return fail(v, "seal", i, &j);
		v->result.testing |= j.testing;
	}
	v->result.status = ARC_PASS;
	return find_oldest_pass(v) && fill_result(v);
}

const struct arc_result *
arc_verifying_finish(struct arc_verifying *v, int64_t deadline)
{
	const struct arc_chain *chain = &v->chain;

	v->result = (struct arc_result){
	    .status = chain->present ? ARC_FAIL : ARC_NONE,
	    .reason = chain->error != NULL ? chain->error : "",
	    .instances = chain->highest,
	    .chain = chain,
	};
	if (chain->n == 0)
		return &v->result;
	if (v->bodies->failed || !dkim_lookups_wait(&v->keys, deadline) || !judge(v))
		return NULL;
	return &v->result;
}

const char *
arc_status_text(enum arc_status status)
{
	static const char *const texts[] = {
	    [ARC_NONE] = "none", [ARC_PASS] = "pass", [ARC_FAIL] = "fail"};

	return texts[status];
}
