#include "arc_seal.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "canon.h"
#include "digest.h"
#include "tag_writer.h"

#define COLUMNS 78
#define FIELDS 3

struct arc_sealing {
	struct arena *mem;
	struct dkim_sign_rules rules; /* without the names that must not be signed */
	struct dkim_signing *signing;
	struct body_hashes *bodies;
	struct body_hash *body;
	const struct arc_result *result;
	struct arc_seal_key key;
	unsigned instance;
	struct buf fields[FIELDS]; /* by enum arc_field */
};

const char *
arc_field_name(enum arc_field field)
{
	static const char *const names[] = {
	    [ARC_SEAL] = "ARC-Seal",
	    [ARC_MESSAGE_SIGNATURE] = "ARC-Message-Signature",
	    [ARC_AUTHENTICATION_RESULTS] = "ARC-Authentication-Results",
	};

	return names[field];
}

const char *
arc_seal_refusal(const struct arc_result *r)
{
	if (r->chain->ended)
		return "the chain was sealed as failed already";
	if (r->instances >= ARC_INSTANCES_MAX)
		return "the chain has as many ARC sets as there may be";
	return NULL;
}

/* ---- what the message signature covers ---- */

static bool
may_be_signed(const char *name)
{
	static const char *const never[] = {"authentication-results", "received", "return-path",
	    "arc-seal", "arc-message-signature", "arc-authentication-results"};
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strcasecmp(name, never[i]) == 0)
			return false;
	return true;
}

/* The names that may be signed; NULL without memory. */
static const char *const *
filter(const char *const *names, size_t n, struct arena *mem, size_t *left)
{
	const char **kept = arena_alloc(mem, (n + 1) * sizeof(*kept));
	size_t i;

	*left = 0;
	for (i = 0; i < n && kept != NULL; i++)
		if (may_be_signed(names[i]))
			kept[(*left)++] = names[i];
	return kept;
}

static bool
take_rules(struct arc_sealing *s, const struct dkim_sign_rules *r)
{
	s->rules = *r;
	s->rules.sign = filter(r->sign, r->nsign, s->mem, &s->rules.nsign);
	s->rules.oversign = filter(r->oversign, r->noversign, s->mem, &s->rules.noversign);
	return s->rules.sign != NULL && s->rules.oversign != NULL;
}

struct arc_sealing *
arc_sealing_new(const struct dkim_sign_rules *rules, struct body_hashes *bodies, struct arena *mem)
{
	struct arc_sealing *s = arena_alloc(mem, sizeof(*s));
	size_t i;

	if (s == NULL)
		return NULL;
	*s = (struct arc_sealing){.mem = mem, .bodies = bodies};
	for (i = 0; i < FIELDS; i++)
		buf_init(&s->fields[i], 0);
	s->body = body_hashes_want(bodies, rules->body_canon, UINT64_MAX);
	if (s->body == NULL || !take_rules(s, rules) ||
	    (s->signing = dkim_signing_new(&s->rules, mem)) == NULL)
		return NULL;
	return s;
}

void
arc_sealing_free(struct arc_sealing *s)
{
	size_t i;

	if (s == NULL)
		return;
	dkim_signing_free(s->signing);
	for (i = 0; i < FIELDS; i++)
		buf_free(&s->fields[i]);
}

enum dkim_signing_status
arc_sealing_headers(struct arc_sealing *s, const struct header *h)
{
	return dkim_signing_headers(s->signing, h);
}

/* ---- the fields ---- */

/* " i=1;" and the results, whose first line may need a fold to stay narrow. */
static void
put_results(struct arc_sealing *s, const char *results)
{
	struct buf *out = &s->fields[ARC_AUTHENTICATION_RESULTS];
	size_t column = strlen(arc_field_name(ARC_AUTHENTICATION_RESULTS)) + 1;

	buf_clear(out);
	buf_addf(out, " i=%u;", s->instance);
	column += out->len + strcspn(results, "\r");
	if (column > COLUMNS && *results == ' ') {
		buf_adds(out, "\r\n\t");
		results++;
	}
	buf_adds(out, results);
}

int
arc_sealing_begin(struct arc_sealing *s, const struct arc_result *r, const struct arc_seal_key *k,
    const char *results, uint8_t digest[DKIM_DIGEST_LEN])
{
	struct dkim_sign_key key = {
	    .domain = k->domain, .selector = k->selector, .alg = DKIM_RSA_SHA256, .now = k->now};

	if (s->bodies->failed || arc_seal_refusal(r) != NULL)
		return -1;
	s->result = r;
	s->key = *k;
	s->instance = key.instance = r->instances + 1;
	put_results(s, results);
	dkim_signing_set_body_hash(s->signing, s->body->value);
	if (s->fields[ARC_AUTHENTICATION_RESULTS].failed)
		return -1;
	return dkim_signing_begin(s->signing, &key, &s->fields[ARC_MESSAGE_SIGNATURE], digest);
}

static void
put_seal(struct arc_sealing *s)
{
	struct tag_writer w;

	tag_writer_begin(&w, &s->fields[ARC_SEAL], arc_field_name(ARC_SEAL));
	tag_writef(&w, "i=%u", s->instance);
	tag_writef(&w, "a=rsa-sha256");
	tag_writef(&w, "cv=%s", arc_status_text(s->result->status));
	tag_writef(&w, "d=%s", s->key.domain);
	tag_writef(&w, "s=%s", s->key.selector);
	tag_writef(&w, "t=%" PRId64, s->key.now);
	tag_write_b(&w);
}

static struct header_field
field_of(const struct arc_sealing *s, enum arc_field field)
{
	const char *name = arc_field_name(field);

	return (struct header_field){.name = name,
	    .name_len = strlen(name),
	    .value = s->fields[field].data,
	    .value_len = s->fields[field].len};
}

/*
 * §5.1.1: the sets of a chain that holds, then ours; of one that failed only
 * ours (§5.1.2). A chain that failed in its structure has no sets to offer.
 */
static bool
digest_seal(const struct arc_sealing *s, EVP_MD_CTX *ctx, uint8_t digest[DKIM_DIGEST_LEN])
{
	const struct header_field results = field_of(s, ARC_AUTHENTICATION_RESULTS);
	const struct header_field message = field_of(s, ARC_MESSAGE_SIGNATURE);
	const struct header_field seal = field_of(s, ARC_SEAL);

	if (s->result->status == ARC_PASS)
		arc_chain_hash(s->result->chain, ctx);
	canon_header(CANON_RELAXED, &results, digest_sink, ctx);
	canon_header(CANON_RELAXED, &message, digest_sink, ctx);
	canon_header_no_crlf(CANON_RELAXED, &seal, digest_sink, ctx);
	return EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
}

int
arc_sealing_message_signed(
    struct arc_sealing *s, const uint8_t *sig, size_t len, uint8_t digest[DKIM_DIGEST_LEN])
{
	EVP_MD_CTX *ctx;
	bool good;

	if (dkim_signing_finish(&s->fields[ARC_MESSAGE_SIGNATURE], sig, len) == -1)
		return -1;
	put_seal(s);
	if (s->fields[ARC_SEAL].failed || (ctx = digest_new()) == NULL)
		return -1;
	good = digest_seal(s, ctx, digest);
	EVP_MD_CTX_free(ctx);
	return good ? 0 : -1;
}

int
arc_sealing_sealed(struct arc_sealing *s, const uint8_t *sig, size_t len)
{
	return tag_write_signature(&s->fields[ARC_SEAL], sig, len);
}

const char *
arc_sealing_value(struct arc_sealing *s, enum arc_field field)
{
	return buf_str(&s->fields[field]);
}
