#include "dkim_verify.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "dkim_lookup.h"

#define REASON_MAX 512
#define B_SHOWN 8 /* RFC 6008 §4 */

/* One DKIM-Signature field. */
struct candidate {
	struct dkim_signature signature;
	struct dkim_result *result;
	struct body_hash *body; /* of those that are evaluated, likewise: */
	struct dkim_lookup *key;
	uint8_t digest[DKIM_DIGEST_LEN];
};

struct dkim_verifying {
	const struct dkim_verify_rules *rules;
	struct dns_source *dns;
	struct arena *mem;
	struct candidate *candidates;
	struct dkim_result *results; /* one for each candidate */
	size_t n;
	struct candidate **chosen;
	size_t nchosen;
	struct dkim_lookups keys;
	struct body_hashes bodies;
	bool failed; /* no memory */
};

struct dkim_verifying *
dkim_verifying_new(const struct dkim_verify_rules *rules, struct dns_source *dns, struct arena *mem)
{
	struct dkim_verifying *v = arena_alloc(mem, sizeof(*v));

	if (v == NULL)
		return NULL;
	*v = (struct dkim_verifying){.rules = rules, .dns = dns, .mem = mem};
	body_hashes_init(&v->bodies, mem);
	return v;
}

void
dkim_verifying_free(struct dkim_verifying *v)
{
	if (v == NULL)
		return;
	body_hashes_free(&v->bodies);
	dkim_lookups_free(&v->keys);
}

/* ---- results ---- */

static void __attribute__((format(printf, 4, 5)))
settle(struct dkim_verifying *v, struct candidate *c, enum dkim_status status, const char *fmt, ...)
{
	char text[REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->result->status = status;
	c->result->reason = arena_strdup(v->mem, text);
	if (c->result->reason == NULL) {
		c->result->reason = "";
		v->failed = true;
	}
}

static void
init_result(struct candidate *c)
{
	const struct dkim_signature *s = &c->signature;

	*c->result = (struct dkim_result){
	    .status = DKIM_NEUTRAL,
	    .reason = "",
	    .domain = s->domain,
	    .selector = s->selector,
	    .identity = s->identity,
	    .algorithm = s->algorithm,
	    .b = "",
	    .signature = s,
	};
}

/* ---- end of headers ---- */

static size_t
count_signatures(const struct header *h)
{
	size_t n = header_count(h, "DKIM-Signature");

	return n < DKIM_SIGNATURES_MAX ? n : DKIM_SIGNATURES_MAX;
}

static bool
parse_signatures(struct dkim_verifying *v, const struct header *h)
{
	size_t i, n = count_signatures(h);
	struct candidate *c;

	v->candidates = arena_alloc(v->mem, n * sizeof(*v->candidates));
	v->results = arena_alloc(v->mem, n * sizeof(*v->results));
	if (v->candidates == NULL || v->results == NULL)
		return false;
	for (i = 0; i < h->n && v->n < n; i++) {
		if (!header_is(&h->fields[i], "DKIM-Signature"))
			continue;
		c = &v->candidates[v->n];
		*c = (struct candidate){.result = &v->results[v->n]};
		if (!dkim_signature_parse(&c->signature, &h->fields[i], v->mem))
			return false;
		init_result(c);
		v->n++;
	}
	return true;
}

/* How near a signature is to the author: those that DMARC may use come first. */
static int
distance(const struct dkim_signature *s, const char *author)
{
	if (author == NULL)
		return 2;
	if (strcmp(s->domain, author) == 0)
		return 0;
	return domain_is_below(author, s->domain) || domain_is_below(s->domain, author) ? 1 : 2;
}

/* Chooses up to the limit: by distance, then from the top. */
static void
choose(struct dkim_verifying *v, const char *author)
{
	struct candidate *c;
	size_t i;
	int d;

	for (d = 0; d <= 2; d++) {
		for (i = 0; i < v->n && v->nchosen < v->rules->max_signatures; i++) {
			c = &v->candidates[i];
			if (c->signature.error != NULL || distance(&c->signature, author) != d)
				continue;
			c->result->evaluated = true;
			v->chosen[v->nchosen++] = c;
		}
	}
}

static void
settle_unchosen(struct dkim_verifying *v)
{
	struct candidate *c;
	size_t i;

	for (i = 0; i < v->n; i++) {
		c = &v->candidates[i];
		if (c->signature.error != NULL)
			settle(v, c, DKIM_PERMERROR, "%s", c->signature.error);
		else if (!c->result->evaluated)
			settle(v, c, DKIM_POLICY, "not evaluated: more than %zu signatures",
			    v->rules->max_signatures);
	}
}

/* Keys first: they are on their way while the header is hashed. */
static bool
start_chosen(struct dkim_verifying *v, const struct header *h)
{
	struct dkim_fields *fields;
	struct candidate *c;
	size_t i;

	for (i = 0; i < v->nchosen; i++) {
		c = v->chosen[i];
		c->key = dkim_lookups_ask(&v->keys, c->signature.selector, c->signature.domain);
		if (c->key == NULL)
			return false;
	}
	if (v->nchosen == 0)
		return true;
	if ((fields = dkim_fields_new(h, v->mem)) == NULL)
		return false;
	for (i = 0; i < v->nchosen; i++) {
		c = v->chosen[i];
		if ((c->body = body_hashes_want(
			 &v->bodies, c->signature.body_canon, c->signature.limit)) == NULL ||
		    dkim_signature_digest(&c->signature, fields, v->mem, c->digest) == -1)
			return false;
	}
	return true;
}

static bool
make_room(struct dkim_verifying *v)
{
	size_t most = v->n < v->rules->max_signatures ? v->n : v->rules->max_signatures;

	v->chosen = arena_alloc(v->mem, most * sizeof(struct candidate *));
	return v->chosen != NULL && dkim_lookups_init(&v->keys, v->dns, v->mem, most);
}

int
dkim_verifying_headers(struct dkim_verifying *v, const struct header *h, const char *author_domain)
{
	v->failed = true;
	if (!parse_signatures(v, h) || !make_room(v))
		return -1;
	v->failed = false;
	choose(v, author_domain);
	settle_unchosen(v);
	v->failed |= !start_chosen(v, h);
	return v->failed ? -1 : 0;
}

/* ---- the body ---- */

struct body_hashes *
dkim_verifying_bodies(struct dkim_verifying *v)
{
	return &v->bodies;
}

bool
dkim_verifying_needs_body(const struct dkim_verifying *v)
{
	return body_hashes_needed(&v->bodies);
}

void
dkim_verifying_body(struct dkim_verifying *v, const void *bytes, size_t n)
{
	body_hashes_update(&v->bodies, bytes, n);
}

void
dkim_verifying_body_end(struct dkim_verifying *v)
{
	body_hashes_end(&v->bodies);
	v->failed |= v->bodies.failed;
}

/* ---- judging ---- */

/* Whether a key may be used for a signature at all (§6.1.2, steps 5 to 8); NULL, or why not. */
static const char *
refuse_key(
    const struct dkim_verify_rules *r, const struct dkim_signature *s, const struct dkim_key *k)
{
	const char *refusal = dkim_key_refusal(k, s->alg, r->min_rsa_bits, r->max_rsa_bits);

	if (refusal == NULL && k->strict && strcmp(s->agent, s->domain) != 0)
		return "the key does not allow a subdomain in i=";
	return refusal;
}

/* The body's part (§6.1.3, step 3). True where it is as signed. */
static bool
judge_body(struct dkim_verifying *v, struct candidate *c)
{
	const struct body_hash *b = c->body;

	if (b->body.limit != UINT64_MAX && b->body.limit > b->body.out) {
		settle(v, c, DKIM_PERMERROR, "l= is more than the body has");
		return false;
	}
	c->result->partial = b->body.out > b->body.limit;
	if (memcmp(b->value, c->signature.body_hash, DKIM_DIGEST_LEN) == 0)
		return true;
	settle(v, c, DKIM_FAIL, "body changed after signing");
	return false;
}

/* With one key: sets the result. */
static void
judge_with(struct dkim_verifying *v, struct candidate *c, const struct dkim_key *k)
{
	const struct dkim_signature *s = &c->signature;
	const char *refusal = refuse_key(v->rules, s, k);

	c->result->key_bits = k->bits;
	c->result->testing = k->testing;
	if (refusal != NULL)
		settle(v, c, DKIM_PERMERROR, "%s: %s", c->key->name, refusal);
	else if (!judge_body(v, c))
		return;
	else if (dkim_key_verify(k, c->digest, s->b, s->b_len))
		settle(v, c, DKIM_PASS, "%s", "");
	else
		settle(v, c, DKIM_FAIL, "header changed after signing, or signed with another key");
}

/* Tries each key of the name: the first that verifies decides, or else a failure tells most. */
static void
judge_with_any(struct dkim_verifying *v, struct candidate *c, const struct dkim_keys *keys)
{
	struct dkim_result best = {.status = DKIM_NONE};
	size_t i;

	for (i = 0; i < keys->n; i++) {
		judge_with(v, c, &keys->v[i]);
		if (c->result->status == DKIM_PASS)
			return;
		if (i == 0 || c->result->status == DKIM_FAIL)
			best = *c->result;
	}
	*c->result = best;
}

static void
judge_answer(struct dkim_verifying *v, struct candidate *c)
{
	char reason[DKIM_LOOKUP_REASON_MAX];
	const struct dkim_keys *keys;

	switch (dkim_lookup_keys(c->key, &keys, reason)) {
	case DKIM_LOOKUP_OK:
		judge_with_any(v, c, keys);
		break;
	case DKIM_LOOKUP_NO_KEY:
		settle(v, c, DKIM_PERMERROR, "%s", reason);
		break;
	case DKIM_LOOKUP_LATER:
		settle(v, c, DKIM_TEMPERROR, "%s", reason);
		break;
	}
}

/* What makes a good signature no pass, or one that does not count. */
static void
judge_policy(struct dkim_verifying *v, struct candidate *c)
{
	const struct dkim_verify_rules *r = v->rules;
	const struct dkim_signature *s = &c->signature;
	struct dkim_result *result = c->result;

	if (result->expired)
		settle(v, c, DKIM_POLICY, "signature expired %" PRId64 " seconds before receipt",
		    r->now - s->expires);
	else if (s->time != DKIM_NO_TIME && s->time > r->now + r->skew)
		settle(v, c, DKIM_POLICY, "signed %" PRId64 " seconds in the future",
		    s->time - r->now);
	else if (result->partial && r->partial == DKIM_PARTIAL_REFUSED)
		settle(v, c, DKIM_POLICY, "part of the body is not signed (l=)");
	else if (result->testing)
		result->reason = "the key is for testing (t=y)";
	result->counts = result->status == DKIM_PASS &&
			 (!result->testing || r->testing == DKIM_TESTING_COUNTS) &&
			 (!result->partial || r->partial == DKIM_PARTIAL_COUNTS);
}

/* A failure in testing is no failure (§3.6.1); one of an expired signature has more than one cause.
 */
static void
judge_failure(struct dkim_verifying *v, struct candidate *c)
{
	struct dkim_result *result = c->result;

	if (result->expired)
		settle(v, c, result->status, "%s; the signature has expired, too", result->reason);
	if (result->testing && result->status == DKIM_FAIL)
		settle(v, c, DKIM_NEUTRAL, "%s; the key is for testing (t=y)", result->reason);
}

static void
judge(struct dkim_verifying *v, struct candidate *c)
{
	judge_answer(v, c);
	c->result->expired =
	    c->signature.expires != DKIM_NO_TIME && v->rules->now > c->signature.expires;
	if (c->result->status == DKIM_PASS)
		judge_policy(v, c);
	else
		judge_failure(v, c);
}

static size_t
common_prefix(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	return i;
}

/* As much of b= as tells the evaluated signatures apart, and at least B_SHOWN. */
static void
show_b(struct dkim_verifying *v, struct candidate *c)
{
	const char *b = c->signature.b_text;
	size_t i, n = B_SHOWN, same;

	for (i = 0; i < v->nchosen; i++) {
		same = common_prefix(b, v->chosen[i]->signature.b_text);
		if (v->chosen[i] != c && same >= n && b[same] != '\0')
			n = same + 1;
	}
	c->result->b = arena_strndup(v->mem, b, strnlen(b, n));
	v->failed |= c->result->b == NULL;
}

const struct dkim_result *
dkim_verifying_finish(struct dkim_verifying *v, int64_t deadline, size_t *n)
{
	size_t i;

	*n = 0;
	if (v->failed || !dkim_lookups_wait(&v->keys, deadline))
		return NULL;
	for (i = 0; i < v->nchosen; i++)
		judge(v, v->chosen[i]);
	for (i = 0; i < v->n; i++)
		if (v->candidates[i].signature.b_text[0] != '\0')
			show_b(v, &v->candidates[i]);
	*n = v->n;
	return v->failed ? NULL : v->results;
}

const char *
dkim_status_text(enum dkim_status status)
{
	static const char *const texts[] = {
	    [DKIM_NONE] = "none",
	    [DKIM_PASS] = "pass",
	    [DKIM_FAIL] = "fail",
	    [DKIM_POLICY] = "policy",
	    [DKIM_NEUTRAL] = "neutral",
	    [DKIM_TEMPERROR] = "temperror",
	    [DKIM_PERMERROR] = "permerror",
	};

	return texts[status];
}
