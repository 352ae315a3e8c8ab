/* auth/arc_set, arc_verify, arc_seal: which chains hold, and what a seal covers. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/arc_seal.h"
#include "auth/arc_verify.h"
#include "auth/digest.h"
#include "base/buf.h"
#include "dns/zone.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NOW 1700000000
#define SOON (dns_now() + 20000)
#define HASH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

#define HEADERS                                                                                    \
	"Received: from a\r\n\tby b; now\r\nFrom: Ann <ann@example.com>\r\nTo: "                   \
	"bob@example.org\r\n"                                                                      \
	"Subject: A  test \r\n"
#define BODY "Hello  there \r\n\r\nGood bye\t\r\n\r\n"
#define MESSAGE HEADERS "\r\n" BODY
#define RESULTS " mx.example.com;\r\n\tspf=pass smtp.mailfrom=ann@example.com"

/* ---- keys and the zone, made once ---- */

static EVP_PKEY *rsa, *rsa512, *rsa4096;
static struct dns_source *dns;

static void
add_key(struct buf *zone, const char *selector, const char *tags, EVP_PKEY *key)
{
	char text[4096];
	uint8_t der[2048], *p = der;
	size_t n, at;

	EVP_EncodeBlock((uint8_t *)text, der, i2d_PUBKEY(key, &p));
	buf_addf(zone, "%s._domainkey.example.com. TXT \"%sp=\"", selector, tags);
	for (at = 0; text[at] != '\0'; at += n) {
		n = strnlen(text + at, 200);
		buf_addf(zone, " \"%.*s\"", (int)n, text + at);
	}
	buf_adds(zone, "\n");
}

static int
set_up(void **state)
{
	struct buf zone, error;

	rsa = EVP_RSA_gen(1024);
	rsa512 = EVP_RSA_gen(512);
	rsa4096 = EVP_RSA_gen(4096);
	buf_init(&zone, 0);
	buf_init(&error, 0);
	buf_adds(&zone, "slow._domainkey.example.com. TIMEOUT\n"
			"broken._domainkey.example.com. SERVFAIL\n"
			"revoked._domainkey.example.com. TXT \"v=DKIM1; p=\"\n"
			"ed._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; "
			"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n");
	add_key(&zone, "s1", "v=DKIM1; ", rsa);
	add_key(&zone, "s2", "", rsa);
	add_key(&zone, "ty", "t=y; ", rsa);
	add_key(&zone, "ts", "t=s; ", rsa);
	add_key(&zone, "sha1", "h=sha1; ", rsa);
	add_key(&zone, "other", "s=tlsrpt; ", rsa);
	add_key(&zone, "k512", "", rsa512);
	add_key(&zone, "k4096", "", rsa4096);
	if ((dns = dns_zone_new(zone.data, zone.len, &error)) == NULL)
		fail_msg("%s", buf_str(&error));
	buf_free(&zone);
	buf_free(&error);
	return 0;
}

static int
tear_down(void **state)
{
	dns_source_free(dns);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(rsa512);
	EVP_PKEY_free(rsa4096);
	return 0;
}

static EVP_PKEY *
key_of(const char *selector)
{
	if (strcmp(selector, "k512") == 0)
		return rsa512;
	return strcmp(selector, "k4096") == 0 ? rsa4096 : rsa;
}

static size_t
sign(const char *selector, const uint8_t digest[DKIM_DIGEST_LEN], uint8_t *sig, size_t max)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key_of(selector), NULL);
	size_t len = max;

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256());
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, digest, DKIM_DIGEST_LEN), 1);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

/* ---- a message that is looked at ---- */

struct looked {
	struct arena mem;
	struct header header;
	size_t body;
	struct body_hashes bodies;
	struct arc_verify_rules rules;
	struct arc_verifying *v;
	const struct arc_result *r;
};

static void
look_begin(struct looked *l, const char *text, size_t len)
{
	l->rules = (struct arc_verify_rules)ARC_VERIFY_RULES_DEFAULT(NOW);
	arena_init(&l->mem, 0);
	header_init(&l->header, &l->mem, 0, 0);
	body_hashes_init(&l->bodies, &l->mem);
	assert_true(header_parse(&l->header, text, len, &l->body));
	l->v = arc_verifying_new(&l->rules, dns, &l->mem);
	assert_non_null(l->v);
	assert_int_equal(arc_verifying_headers(l->v, &l->header, &l->bodies), 0);
}

/* The body in two pieces. */
static void
look_finish(struct looked *l, const char *text, size_t len)
{
	size_t half = (len - l->body) / 2;

	body_hashes_update(&l->bodies, text + l->body, half);
	body_hashes_update(&l->bodies, text + l->body + half, len - l->body - half);
	body_hashes_end(&l->bodies);
	l->r = arc_verifying_finish(l->v, SOON);
	assert_non_null(l->r);
}

static void
look(struct looked *l, const char *text)
{
	look_begin(l, text, strlen(text));
	look_finish(l, text, strlen(text));
}

static void
look_away(struct looked *l)
{
	arc_verifying_free(l->v);
	body_hashes_free(&l->bodies);
	header_free(&l->header);
	arena_free(&l->mem);
}

static void
assert_status(const char *text, enum arc_status status, const char *reason)
{
	struct looked l;

	look(&l, text);
	if (l.r->status != status || strstr(l.r->reason, reason) == NULL)
		fail_msg("%s, \"%s\", not %s, \"%s\", for:\n%s", arc_status_text(l.r->status),
		    l.r->reason, arc_status_text(status), reason, text);
	look_away(&l);
}

/* ---- sealing ---- */

static const char *const usual[] = {"from", "to", "subject", "received", "authentication-results",
    "arc-seal", "ARC-Message-Signature", "arc-authentication-results", "dkim-signature"};
static const char *const more[] = {"subject", "return-path"};

static struct dkim_sign_rules sign_rules = {
    .header_canon = CANON_RELAXED,
    .body_canon = CANON_RELAXED,
    .sign = usual,
    .nsign = LEN(usual),
    .oversign = more,
    .noversign = LEN(more),
};

static void
make_set(
    struct arc_sealing *s, const struct arc_result *r, const char *selector, const char *results)
{
	const struct arc_seal_key key = {"example.com", selector, NOW};
	uint8_t digest[DKIM_DIGEST_LEN], sig[1024];

	assert_int_equal(arc_sealing_begin(s, r, &key, results, digest), 0);
	assert_int_equal(
	    arc_sealing_message_signed(s, sig, sign(selector, digest, sig, sizeof(sig)), digest),
	    0);
	assert_int_equal(arc_sealing_sealed(s, sig, sign(selector, digest, sig, sizeof(sig))), 0);
}

/* Puts a new set above the message, as a caller is told to. */
static void
seal_with(struct buf *message, const char *selector, const char *results)
{
	struct arc_sealing *s;
	struct looked l;
	struct buf out;
	enum arc_field f;

	look_begin(&l, buf_str(message), message->len);
	s = arc_sealing_new(&sign_rules, &l.bodies, &l.mem);
	assert_non_null(s);
	look_finish(&l, message->data, message->len);
	assert_int_equal(arc_sealing_headers(s, &l.header), DKIM_SIGNING_OK);
	make_set(s, l.r, selector, results);
	buf_init(&out, 0);
	for (f = ARC_SEAL; f <= ARC_AUTHENTICATION_RESULTS; f++)
		buf_addf(&out, "%s:%s\r\n", arc_field_name(f), arc_sealing_value(s, f));
	buf_add(&out, message->data, message->len);
	arc_sealing_free(s);
	look_away(&l);
	buf_free(message);
	*message = out;
}

static void
seal(struct buf *message)
{
	seal_with(message, "s1", RESULTS);
}

static void
begin_message(struct buf *message, const char *text, unsigned seals)
{
	buf_init(message, 0);
	buf_adds(message, text);
	while (seals-- > 0)
		seal(message);
}

/* Replaces all of it. */
static void
replace(struct buf *text, const char *old, const char *new)
{
	const char *p = buf_str(text), *next;
	struct buf out;

	buf_init(&out, 0);
	for (; (next = strstr(p, old)) != NULL; p = next + strlen(old)) {
		buf_add(&out, p, (size_t)(next - p));
		buf_adds(&out, new);
	}
	buf_adds(&out, p);
	buf_free(text);
	*text = out;
}

/* ---- signing a text that has b=MSG1, b=SEA1 ... and bh=BODY in it ---- */

static void
fill_body_hash(struct buf *text, uint64_t limit)
{
	const char *body = strstr(buf_str(text), "\r\n\r\n") + 4;
	struct body_hashes all;
	struct body_hash *b;
	struct arena mem;
	uint8_t base64[64];

	arena_init(&mem, 0);
	body_hashes_init(&all, &mem);
	b = body_hashes_want(&all, CANON_RELAXED, limit);
	body_hashes_update(&all, body, strlen(body));
	body_hashes_end(&all);
	EVP_EncodeBlock(base64, b->value, DKIM_DIGEST_LEN);
	replace(text, "BODY", (const char *)base64);
	body_hashes_free(&all);
	arena_free(&mem);
}

static void
fill_b(struct buf *text, const char *mark, const char *selector, const uint8_t *digest)
{
	uint8_t sig[1024], base64[2048];

	EVP_EncodeBlock(base64, sig, (int)sign(selector, digest, sig, sizeof(sig)));
	replace(text, mark, (const char *)base64);
}

static void
fill_signature(struct buf *text, unsigned instance, const char *kind)
{
	uint8_t digests[ARC_INSTANCES_MAX][DKIM_DIGEST_LEN];
	struct arc_chain chain;
	struct dkim_fields *fields;
	const struct arc_set *set;
	struct looked l;
	char mark[16];

	snprintf(mark, sizeof(mark), "%s%u", kind, instance);
	look_begin(&l, buf_str(text), text->len);
	assert_true(arc_chain_parse(&chain, &l.header, &l.mem));
	if (chain.error != NULL)
		fail_msg("%s:\n%s", chain.error, text->data);
	set = &chain.v[instance - 1];
	fields = dkim_fields_new(&l.header, &l.mem);
	assert_int_equal(arc_chain_digests(&chain, &l.mem, digests), 0);
	if (kind[0] == 'M')
		assert_int_equal(
		    dkim_signature_digest(&set->message, fields, &l.mem, digests[instance - 1]), 0);
	fill_b(text, mark, kind[0] == 'M' ? set->message.selector : set->seal.selector,
	    digests[instance - 1]);
	look_away(&l);
}

static void
fill_in(struct buf *text, unsigned instances, uint64_t limit)
{
	unsigned i;

	fill_body_hash(text, limit);
	for (i = 1; i <= instances; i++)
		fill_signature(text, i, "MSG");
	for (i = 1; i <= instances; i++)
		fill_signature(text, i, "SEA");
}

/* ---- structure ---- */

#define AAR(i) "ARC-Authentication-Results: i=" i "; mx.example.com; none\r\n"
#define AMS_TAGS "a=rsa-sha256; d=example.com; s=s1; h=from; bh=" HASH "; b=QUJD"
#define AMS(i) "ARC-Message-Signature: i=" i "; " AMS_TAGS "\r\n"
#define AS_TAGS "a=rsa-sha256; d=example.com; s=s1; b=QUJD"
#define AS(i, cv) "ARC-Seal: i=" i "; cv=" cv "; " AS_TAGS "\r\n"
#define SET1 AS("1", "none") AMS("1") AAR("1")
#define SET2 AS("2", "pass") AMS("2") AAR("2")
#define GOOD NULL

/* What is found before any key is asked for. */
static const struct {
	const char *fields;
	const char *error; /* part of it; GOOD: the structure is a good one */
} structures[] = {
    {SET1, GOOD},
    {SET2 SET1, GOOD},
    {AAR("2") AAR("1") AS("1", "none") AS("2", "pass") AMS("1") AMS("2"), GOOD},
    {AAR("01") AMS("1") AS("1", "none"), GOOD},
    {AS("1", "None") AMS("1") AAR("1"), GOOD},
    {"arc-seal : i=1;cv=none;" AS_TAGS "\r\n" AMS("1") AAR("1"), GOOD},
    {AS("1", "none") AMS("1") "ARC-Authentication-Results: (a (b\\))) i (c) = (d)\r\n 1 (e) ;\r\n",
	GOOD},
    {"ARC-Seal: x=1; k=y; v=2; bh=; c=no; l=x; i=1; cv=none; " AS_TAGS "\r\n" AMS("1") AAR("1"),
	GOOD},
    {"ARC-Message-Signature: v=7; i=1; z=1; " AMS_TAGS "\r\n" AS("1", "none") AAR("1"), GOOD},
    /* B58: sets that are not complete, and junk */
    {AAR("2") SET1, "no ARC-Message-Signature for i=2"},
    {"ARC-Seal: x\r\n", "ARC-Seal, i=0: syntax error"},
    {"ARC-Seal: i=1; none\r\n", "syntax error"},
    {"ARC-Seal:\r\n", "syntax error"},
    {"ARC-Seal: x\r\n" SET1, "syntax error"},
    {"ARC-Message-Signature: x\r\n" SET1, "syntax error"},
    {"ARC-Authentication-Results:\r\n" SET1, "does not begin with an instance"},
    {"ARC-Authentication-Results: (\r\n" SET1, "does not begin with an instance"},
    {"ARC-Authentication-Results: i=(\\\r\n" SET1, "does not begin with an instance"},
    {"ARC-Authentication-Results: mx; i=1; none\r\n" AS("1", "none") AMS("1"), "does not begin"},
    {"ARC-Authentication-Results: i=1 mx; none\r\n" AS("1", "none") AMS("1"), "does not begin"},
    {"ARC-Authentication-Results: i=1\r\n" AS("1", "none") AMS("1"), "does not begin"},
    {"ARC-Authentication-Results: I=1; mx\r\n" AS("1", "none") AMS("1"), "does not begin"},
    /* B58: missing */
    {AMS("1") AAR("1"), "no ARC-Seal for i=1"},
    {AS("1", "none") AAR("1"), "no ARC-Message-Signature for i=1"},
    {AS("1", "none") AMS("1"), "no ARC-Authentication-Results for i=1"},
    {AMS("2") AAR("2") SET1, "no ARC-Seal for i=2"},
    {AS("2", "pass") AMS("2") SET1, "no ARC-Authentication-Results for i=2"},
    /* B58: doubled */
    {AS("1", "none") SET1, "ARC-Seal is there twice for i=1"},
    {AMS("1") SET1, "ARC-Message-Signature is there twice for i=1"},
    {AAR("1") SET1, "ARC-Authentication-Results is there twice for i=1"},
    {SET2 SET1 AMS("2"), "ARC-Message-Signature is there twice for i=2"},
    /* B58: instances */
    {AS("0", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("51", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("100", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("-1", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("1x", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("001", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("4294967297", "none") AMS("1") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("0") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("51") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("100") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("-1") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("") AAR("1"), "i= is no instance"},
    {AS("1", "none") AMS("1") AAR("0"), "does not begin with an instance"},
    {AS("1", "none") AMS("1") AAR("51"), "does not begin with an instance"},
    {AS("1", "none") AMS("1") AAR("100"), "does not begin with an instance"},
    {AS("1", "none") AMS("1") AAR("-1"), "does not begin with an instance"},
    {AS("1", "none") AMS("1") AAR(""), "does not begin with an instance"},
    {"ARC-Seal: cv=none; " AS_TAGS "\r\n" AMS("1") AAR("1"), "i= is missing"},
    {"ARC-Message-Signature: " AMS_TAGS "\r\n" AS("1", "none") AAR("1"), "i= is missing"},
    {AS("3", "pass") AMS("3") AAR("3") SET1, "for i=2"},
    {SET2, "for i=1"},
    {AS("50", "pass") AMS("50") AAR("50") SET1, "for i=2"},
    {AS("50", "pass"), "for i=1"},
    /* cv= */
    {AS("1", "pass") AMS("1") AAR("1"), "cv= is not none at i=1"},
    {AS("2", "none") AMS("2") AAR("2") SET1, "cv= is not pass at i=2"},
    {SET2 AS("1", "pass") AMS("1") AAR("1"), "cv= is not none at i=1"},
    {SET2 AS("1", "fail") AMS("1") AAR("1"), "cv=fail at i=1"},
    {AS("2", "fail") AMS("2") AAR("2") SET1, "the newest seal says cv=fail"},
    {AS("1", "fail") AMS("1") AAR("1"), "the newest seal says cv=fail"},
    {AS("3", "fail"), "the newest seal says cv=fail"},
    {AS("1", "") AMS("1") AAR("1"), "cv= is no chain validation status"},
    {AS("1", "nonee") AMS("1") AAR("1"), "cv= is no chain validation status"},
    {"ARC-Seal: i=1; " AS_TAGS "\r\n" AMS("1") AAR("1"), "cv= is missing"},
    /* other tags */
    {"ARC-Seal: i=1; cv=none; h=from; " AS_TAGS "\r\n" AMS("1") AAR("1"), "h= is not allowed"},
    {"ARC-Seal: i=1; i=1; cv=none; " AS_TAGS "\r\n" AMS("1") AAR("1"), "duplicate tag"},
    {"ARC-Seal: i=1; cv=none; t=x; " AS_TAGS "\r\n" AMS("1") AAR("1"), "t= is no time"},
    {"ARC-Seal: i=1; cv=none; a=rsa-sha1; d=example.com; s=s1; b=QUJD\r\n" AMS("1") AAR("1"),
	"rsa-sha1"},
    {"ARC-Seal: i=1; cv=none; a=ed25519-sha256; d=example.com; s=s1; b=QUJD\r\n" AMS("1") AAR("1"),
	"a= is not rsa-sha256"},
    {"ARC-Seal: i=1; cv=none; a=rsa-sha256; d=example.com; s=s1; b=\r\n" AMS("1") AAR("1"),
	"b= is empty"},
    {"ARC-Seal: i=1; cv=none; a=rsa-sha256; d=; s=s1; b=QUJD\r\n" AMS("1") AAR("1"),
	"d= is no domain"},
    {"ARC-Message-Signature: i=1; q=dns/x; " AMS_TAGS "\r\n" AS("1", "none") AAR("1"),
	"q= has no way"},
    {"ARC-Message-Signature: i=1; t=9; x=8; " AMS_TAGS "\r\n" AS("1", "none") AAR("1"),
	"x= is not after"},
    {"ARC-Message-Signature: i=1; a=rsa-sha1; d=example.com; s=s1; h=from; bh=" HASH
     "; b=QUJD\r\n" AS("1", "none") AAR("1"),
	"rsa-sha1"},
    {"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; h=from:ARC-Seal; bh=" HASH
     "; b=QUJD\r\n" AS("1", "none") AAR("1"),
	"h= has ARC-Seal"},
    {"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; bh=" HASH
     "; b=QUJD\r\n" AS("1", "none") AAR("1"),
	"h= is missing"},
    {"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; h=from"
     "; b=QUJD\r\n" AS("1", "none") AAR("1"),
	"bh= is missing"},
};

static void
structures_B58(void **state)
{
	struct arc_chain chain;
	struct looked l;
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	for (i = 0; i < LEN(structures); i++) {
		buf_clear(&text);
		buf_addf(&text, "%s%s", structures[i].fields, MESSAGE);
		dns_zone_forget_queries(dns);
		look(&l, buf_str(&text));
		assert_int_equal(l.r->status, ARC_FAIL);
		assert_true(arc_chain_parse(&chain, &l.header, &l.mem));
		if (structures[i].error == GOOD) {
			if (chain.error != NULL)
				fail_msg("%s: %s", structures[i].fields, chain.error);
			assert_true(chain.n > 0 && chain.n == chain.highest);
		} else {
			if (chain.error == NULL || strstr(chain.error, structures[i].error) == NULL)
				fail_msg("%s: %s", structures[i].fields, chain.error);
			assert_string_equal(l.r->reason, chain.error);
			assert_int_equal(chain.n, 0);
			assert_int_equal(dns_zone_queries(dns, NULL, 0), 0);
			assert_false(body_hashes_needed(&l.bodies));
		}
		look_away(&l);
	}
	buf_free(&text);
}

static void
add_sets(struct buf *text, unsigned n)
{
	unsigned i;

	for (i = n; i > 0; i--)
		buf_addf(text,
		    "ARC-Seal: i=%u; cv=%s; " AS_TAGS "\r\nARC-Message-Signature: i=%u; " AMS_TAGS
		    "\r\nARC-Authentication-Results: i=%u; mx; none\r\n",
		    i, i == 1 ? "none" : "pass", i, i);
}

static void
no_more_than_50_sets_B58(void **state)
{
	static const struct {
		unsigned sets;
		const char *error;
		const char *refusal;
	} cases[] = {
	    {49, GOOD, NULL},
	    {50, GOOD, "as many ARC sets"},
	    {51, "more than 50 ARC sets", "as many ARC sets"},
	    {1000, "more than 50 ARC sets", NULL},
	};
	const char *refusal;
	struct looked l;
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	for (i = 0; i < LEN(cases); i++) {
		buf_clear(&text);
		add_sets(&text, cases[i].sets);
		buf_adds(&text, MESSAGE);
		look(&l, buf_str(&text));
		assert_int_equal(l.r->status, ARC_FAIL);
		if (cases[i].error == GOOD)
			assert_null(l.r->chain->error);
		else
			assert_true(l.r->chain->error != NULL);
		refusal = arc_seal_refusal(l.r);
		if (cases[i].refusal == NULL)
			assert_null(refusal);
		else
			assert_true(refusal != NULL && strstr(refusal, cases[i].refusal) != NULL);
		look_away(&l);
	}
	buf_free(&text);
}

static void
hostile_lengths_B58(void **state)
{
	static const char *const starts[] = {
	    "ARC-Seal: i=1; cv=none; a=rsa-sha256; d=example.com; s=s1; b=",
	    "ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=" HASH
	    "; b=",
	    "ARC-Authentication-Results: ((((((((((((((((",
	    "ARC-Seal: i=", "ARC-Message-Signature: h="};
	struct buf text;
	size_t i, k;

	buf_init(&text, 0);
	for (i = 0; i < LEN(starts); i++) {
		buf_clear(&text);
		buf_adds(&text, starts[i]);
		for (k = 0; k < 20000; k++)
			buf_adds(&text, starts[i][0] == 'A' && starts[i][4] == 'A' ? "((" : "AAAA");
		buf_adds(&text, "\r\n" MESSAGE);
		assert_status(buf_str(&text), ARC_FAIL, "");
	}
	buf_free(&text);
}

/* ---- chains that hold, and those that do not any more ---- */

static void
no_chain_costs_nothing(void **state)
{
	struct looked l;

	dns_zone_forget_queries(dns);
	look(&l, "ARC-Foo: x\r\nARC: y\r\nX-ARC-Seal: i=1\r\n" MESSAGE);
	assert_int_equal(l.r->status, ARC_NONE);
	assert_string_equal(l.r->reason, "");
	assert_int_equal(l.r->instances, 0);
	assert_int_equal(dns_zone_queries(dns, NULL, 0), 0);
	assert_false(body_hashes_needed(&l.bodies));
	look_away(&l);
}

static void
what_a_good_chain_tells(void **state)
{
	struct buf m;
	struct looked l;

	begin_message(&m, MESSAGE, 1);
	seal_with(&m, "s2", " other.example; arc=pass");
	look(&l, buf_str(&m));
	assert_int_equal(l.r->status, ARC_PASS);
	assert_string_equal(l.r->reason, "");
	assert_false(l.r->temporary);
	assert_false(l.r->testing);
	assert_true(l.r->from_signed);
	assert_int_equal(l.r->instances, 2);
	assert_int_equal(l.r->oldest_pass, 0);
	assert_int_equal(l.r->n, 2);
	assert_string_equal(l.r->sealers[0].selector, "s2");
	assert_string_equal(l.r->sealers[1].selector, "s1");
	assert_string_equal(l.r->sealers[0].domain, "example.com");
	assert_non_null(l.r->first);
	assert_string_equal(l.r->first->authserv_id, "mx.example.com");
	assert_string_equal(
	    authres_property(authres_find(l.r->first, "spf", 0), "smtp", "mailfrom"),
	    "ann@example.com");
	look_away(&l);
	buf_free(&m);
}

/* §5.2, step 5: what changed on the way is known by it. */
static void
oldest_pass(void **state)
{
	struct looked l;
	struct buf m;

	begin_message(&m, MESSAGE, 1);
	replace(&m, "Good bye", "Good bye, says the list");
	assert_status(
	    buf_str(&m), ARC_FAIL, "message signature of i=1 by example.com: the body was changed");
	buf_free(&m);
	begin_message(&m, MESSAGE, 2);
	replace(&m, "Subject: A  test", "Subject: [list] A test");
	assert_status(
	    buf_str(&m), ARC_FAIL, "message signature of i=2 by example.com: changed after");
	buf_free(&m);

	/* a chain whose first message signature is of another subject or body, but whose seals hold
	 */
	for (unsigned kind = 0; kind < 3; kind++) {
		buf_init(&m, 0);
		buf_adds(&m, "ARC-Seal: i=2; cv=pass; a=rsa-sha256; d=example.com; s=s1; b=SEA2\r\n"
			     "ARC-Message-Signature: i=2; a=rsa-sha256; d=example.com; s=s1; "
			     "c=relaxed/relaxed;"
			     " h=from:subject; bh=BODY; b=MSG2\r\n" AAR("2"));
		buf_adds(
		    &m, "ARC-Seal: i=1; cv=none; a=rsa-sha256; d=example.com; s=s1; b=SEA1\r\n");
		buf_addf(&m,
		    "ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=s1; c=relaxed/%s;"
		    " h=from:subject; bh=%s; b=%s\r\n" AAR("1") MESSAGE,
		    kind == 2 ? "simple" : "relaxed", kind == 0 ? HASH : "BODY",
		    kind == 1 ? "QUJD" : "MSG1");
		fill_in(&m, 2, UINT64_MAX);
		look(&l, buf_str(&m));
		assert_string_equal(l.r->reason, "");
		assert_int_equal(l.r->status, ARC_PASS);
		assert_int_equal(l.r->oldest_pass, 2);
		look_away(&l);
		buf_free(&m);
	}
}

/* Every byte of every set that is no white space. */
static void
each_byte_is_sealed_B56(void **state)
{
	size_t i, end;
	struct looked l;
	struct buf m;
	char old;

	begin_message(&m, MESSAGE, 3);
	end = (size_t)(strstr(buf_str(&m), "Received:") - m.data);
	for (i = 0; i < end; i++) {
		old = m.data[i];
		if (old == '\r' || old == '\n' || old == '\t' || old == ' ')
			continue;
		m.data[i] = old == 'Q' ? 'R' : 'Q';
		look(&l, m.data);
		if (l.r->status == ARC_PASS)
			fail_msg("changing byte %zu, '%c', leaves a good chain", i, old);
		look_away(&l);
		m.data[i] = old;
	}
	assert_status(m.data, ARC_PASS, "");
	buf_free(&m);
}

/* The text of one field, with its line end, is cut out of the header. */
static void
cut_field(struct buf *m, unsigned nth, struct buf *cut)
{
	char *p = m->data, *end;
	size_t len;

	for (;; p = end) {
		for (end = strstr(p, "\r\n") + 2; *end == ' ' || *end == '\t';)
			end = strstr(end, "\r\n") + 2;
		if (nth-- == 0)
			break;
	}
	len = (size_t)(end - p);
	buf_clear(cut);
	buf_add(cut, p, len);
	memmove(p, end, m->len - (size_t)(end - m->data) + 1);
	m->len -= len;
}

static void
order_does_not_matter(void **state)
{
	struct buf m, field, moved;
	unsigned i;

	begin_message(&m, MESSAGE, 2);
	buf_init(&field, 0);
	for (i = 0; i < 6; i++) {
		cut_field(&m, (i * 5 + 2) % 6, &field);
		buf_init(&moved, 0);
		buf_adds(&moved, buf_str(&field));
		buf_adds(&moved, buf_str(&m));
		buf_free(&m);
		m = moved;
		assert_status(buf_str(&m), ARC_PASS, "");
	}
	cut_field(&m, 3, &field);
	assert_status(buf_str(&m), ARC_FAIL, "there is no ");
	buf_free(&field);
	buf_free(&m);
}

static void
results_may_be_nonsense_B58(void **state)
{
	static const char *const results[] = {" mx.example.com; (null)=pass", " ;;;", " \"", ""};
	struct looked l;
	struct buf m;
	size_t i;

	for (i = 0; i < LEN(results); i++) {
		begin_message(&m, MESSAGE, 0);
		seal_with(&m, "s1", results[i]);
		seal(&m);
		look(&l, buf_str(&m));
		assert_int_equal(l.r->status, ARC_PASS);
		assert_null(l.r->first);
		look_away(&l);
		buf_free(&m);
	}
}

/* ---- keys, and tags of a good signature ---- */

#define ONE(seal, message, tags)                                                                   \
	"ARC-Seal: i=1; cv=none; a=rsa-sha256; d=example.com; s=" seal "; b=SEA1\r\n"              \
	"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.com; s=" message                      \
	"; bh=BODY; b=MSG1; " tags "\r\n" AAR("1") MESSAGE
#define RR "c=relaxed/relaxed; "

static void
keys_and_tags(void **state)
{
	static const struct {
		const char *text;
		uint64_t limit;
		enum arc_status status;
		const char *reason;
	} cases[] = {
	    {ONE("s1", "s2", RR "h=from:to"), UINT64_MAX, ARC_PASS, ""},
	    {ONE("k4096", "k4096", RR "h=from:to"), UINT64_MAX, ARC_PASS, ""}, /* B58 */
	    {ONE("k512", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL,
		"seal of i=1 by example.com: k512._domainkey.example.com: the key is too short"},
	    {ONE("s1", "k512", RR "h=from"), UINT64_MAX, ARC_FAIL,
		"message signature of i=1 by example.com: k512"},
	    {ONE("none", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL, "no key at none._domainkey"},
	    {ONE("revoked", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL, "revoked"},
	    {ONE("ed", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL, "not for the algorithm"},
	    {ONE("sha1", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL, "does not allow sha256"},
	    {ONE("other", "s1", RR "h=from"), UINT64_MAX, ARC_FAIL, "not for email"},
	    {ONE("ts", "ts", RR "h=from"), UINT64_MAX, ARC_PASS, ""}, /* t=s is about i= of DKIM */
	    {ONE("s1", "s1", RR "h=from; x=1700000000"), UINT64_MAX, ARC_PASS, ""},
	    {ONE("s1", "s1", RR "h=from; x=1699999999"), UINT64_MAX, ARC_FAIL, "it has expired"},
	    {ONE("s1", "s1", RR "h=from; t=1700000300"), UINT64_MAX, ARC_PASS, ""},
	    {ONE("s1", "s1", RR "h=from; t=1700000301"), UINT64_MAX, ARC_FAIL, "in the future"},
	    {ONE("s1", "s1", RR "h=from; l=5"), 5, ARC_FAIL, "part of the body is not signed"},
	    {ONE("s1", "s1", RR "h=from; l=5000"), 5000, ARC_FAIL, "l= is more than"},
	    {ONE("s1", "s1", RR "h=from; l=25"), 25, ARC_PASS, ""},
	};
	struct buf m;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		buf_init(&m, 0);
		buf_adds(&m, cases[i].text);
		fill_in(&m, 1, cases[i].limit);
		assert_status(buf_str(&m), cases[i].status, cases[i].reason);
		buf_free(&m);
	}
}

/* Not everything that passes should be relied on. */
static void
what_a_pass_is_worth(void **state)
{
	static const struct {
		const char *text;
		bool from_signed, testing;
	} cases[] = {
	    {ONE("s1", "s1", RR "h=from"), true, false},
	    {ONE("s1", "s1", RR "h=to:FROM:to"), true, false},
	    {ONE("s1", "s1", RR "h="), false, false},
	    {ONE("s1", "s1", RR "h=to::subject"), false, false},
	    {ONE("ty", "s1", RR "h=from"), true, true},
	    {ONE("s1", "ty", RR "h=from"), true, true},
	};
	struct looked l;
	struct buf m;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		buf_init(&m, 0);
		buf_adds(&m, cases[i].text);
		fill_in(&m, 1, UINT64_MAX);
		look(&l, buf_str(&m));
		assert_string_equal(l.r->reason, "");
		assert_int_equal(l.r->status, ARC_PASS);
		assert_int_equal(l.r->from_signed, cases[i].from_signed);
		assert_int_equal(l.r->testing, cases[i].testing);
		look_away(&l);
		buf_free(&m);
	}
}

/* §5.2.1: that is a failure, but we say that it may be none the next time. */
static void
dns_errors_are_failures(void **state)
{
	static const struct {
		const char *text;
		bool temporary;
	} cases[] = {
	    {"s=slow; b=QUJD\r\n" AMS("1") AAR("1") MESSAGE,
		false}, /* the message signature is bad */
	    {ONE("slow", "s1", RR "h=from"), true},
	    {ONE("s1", "broken", RR "h=from"), true},
	    {ONE("none", "s1", RR "h=from"), false},
	};
	struct looked l;
	struct buf m;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		buf_init(&m, 0);
		if (i == 0)
			buf_adds(&m, "ARC-Seal: i=1; cv=none; a=rsa-sha256; d=example.com; ");
		buf_adds(&m, cases[i].text);
		if (i > 0)
			fill_in(&m, 1, UINT64_MAX);
		look(&l, buf_str(&m));
		assert_int_equal(l.r->status, ARC_FAIL);
		assert_int_equal(l.r->temporary, cases[i].temporary);
		assert_true(l.r->reason[0] != '\0' && l.r->n == 0);
		look_away(&l);
		buf_free(&m);
	}
}

/* Each name is asked for once, and all before the body. */
static void
keys_are_asked_for_at_once(void **state)
{
	struct looked l;
	struct buf m;

	begin_message(&m, MESSAGE, 2);
	seal_with(&m, "s2", RESULTS);
	dns_zone_forget_queries(dns);
	look_begin(&l, buf_str(&m), m.len);
	assert_int_equal(dns_zone_queries(dns, NULL, 0), 2);
	look_away(&l); /* also given up half-way */
	buf_free(&m);
}

/* ---- what is sealed ---- */

/* Whether the newest seal is a signature over its own set alone. */
static bool
covers_itself_only(const char *text)
{
	uint8_t digest[1][DKIM_DIGEST_LEN];
	struct arc_chain own = {.n = 1};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
	struct looked l;
	bool good;

	look(&l, text);
	own.v = &l.r->chain->v[l.r->chain->highest - 1];
	assert_int_equal(arc_chain_digests(&own, &l.mem, digest), 0);
	EVP_PKEY_verify_init(ctx);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256());
	good =
	    EVP_PKEY_verify(ctx, own.v->seal.b, own.v->seal.b_len, digest[0], DKIM_DIGEST_LEN) == 1;
	EVP_PKEY_CTX_free(ctx);
	look_away(&l);
	return good;
}

static void
a_failed_chain_is_sealed_once_B56(void **state)
{
	static const struct {
		const char *above, *old, *new;
		const char *instance;
	} cases[] = {
	    {"", "Good bye", "Bye", "i=3; a=rsa-sha256; cv=fail;"},
	    {"ARC-Seal: x\r\n", "", "", "i=3; a=rsa-sha256; cv=fail;"},
	    {AAR("7"), "", "", "i=8; a=rsa-sha256; cv=fail;"},
	    {AAR("2"), "", "", "i=3; a=rsa-sha256; cv=fail;"},
	};
	struct looked l;
	struct buf m, n;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		begin_message(&m, MESSAGE, 2);
		buf_init(&n, 0);
		buf_addf(&n, "%s%s", cases[i].above, buf_str(&m));
		if (cases[i].old[0] != '\0')
			replace(&n, cases[i].old, cases[i].new);
		seal(&n);
		assert_non_null(strstr(buf_str(&n), cases[i].instance));
		assert_true(covers_itself_only(n.data));
		look(&l, n.data);
		assert_int_equal(l.r->status, ARC_FAIL);
		assert_string_equal(l.r->reason, "the newest seal says cv=fail");
		assert_string_equal(
		    arc_seal_refusal(l.r), "the chain was sealed as failed already");
		look_away(&l);
		buf_free(&m);
		buf_free(&n);
	}
	begin_message(&m, MESSAGE, 2);
	assert_false(covers_itself_only(buf_str(&m)));
	buf_free(&m);
}

static void
refused_seals_are_not_made(void **state)
{
	const struct arc_seal_key key = {"example.com", "s1", NOW};
	uint8_t digest[DKIM_DIGEST_LEN];
	struct arc_sealing *s;
	struct looked l;
	const char *text = AS("1", "fail") AMS("1") AAR("1") MESSAGE;

	look_begin(&l, text, strlen(text));
	s = arc_sealing_new(&sign_rules, &l.bodies, &l.mem);
	look_finish(&l, text, strlen(text));
	arc_sealing_headers(s, &l.header);
	assert_int_equal(arc_sealing_begin(s, l.r, &key, RESULTS, digest), -1);
	arc_sealing_free(s);
	look_away(&l);
}

/* Whatever the message says, or our results: cv= is what we found. */
static void
cv_is_our_own_B57(void **state)
{
	static const struct {
		const char *message, *results, *cv;
	} cases[] = {
	    {"Authentication-Results: mx.example.com; arc=pass\r\n" MESSAGE,
		" mx.example.com; arc=pass", "i=1; a=rsa-sha256; cv=none;"},
	    {"Authentication-Results: mx.example.com; dmarc=fail; arc=fail\r\n" MESSAGE,
		" mx.example.com;\r\n\tdmarc=fail;\r\n\tarc=fail", "i=1; a=rsa-sha256; cv=none;"},
	    {SET1 MESSAGE, " mx.example.com; arc=pass", "i=2; a=rsa-sha256; cv=fail;"},
	};
	struct buf m;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		begin_message(&m, cases[i].message, 0);
		seal_with(&m, "s1", cases[i].results);
		assert_non_null(strstr(buf_str(&m), cases[i].cv));
		buf_free(&m);
	}
	begin_message(&m, "Authentication-Results: mx.example.com; arc=fail\r\n" MESSAGE, 1);
	seal_with(&m, "s1", " mx.example.com; arc=fail; dmarc=fail");
	assert_non_null(strstr(buf_str(&m), "i=2; a=rsa-sha256; cv=pass;"));
	assert_status(m.data, ARC_PASS, "");
	buf_free(&m);
}

static void
assert_narrow(const char *text)
{
	const char *line, *p;
	size_t column;

	for (line = text; strncmp(line, "Received", 8) != 0; line = p + 2) {
		for (p = line, column = 0; *p != '\r'; p++)
			column = *p == '\t' ? (column | 7) + 1 : column + 1;
		if (column > 78)
			fail_msg("%zu columns: %.*s", column, (int)(p - line), line);
	}
}

/* What is hashed is what is inserted: also where no white space may change. */
static void
inserted_as_hashed_B60(void **state)
{
	static const char *const results[] = {RESULTS, " mx.example.com; none",
	    " a-rather-long-name.of-the-verifying.host.example.com;\r\n\tspf=none"};
	struct buf m, again;
	size_t i;
	unsigned form;

	for (form = 0; form < 4; form++) {
		sign_rules.header_canon = form & 1 ? CANON_SIMPLE : CANON_RELAXED;
		sign_rules.body_canon = form & 2 ? CANON_SIMPLE : CANON_RELAXED;
		for (i = 0; i < LEN(results); i++) {
			begin_message(&m, MESSAGE, 1);
			seal_with(&m, "k4096", results[i]);
			begin_message(&again, MESSAGE, 1);
			seal_with(&again, "k4096", results[i]);
			assert_string_equal(buf_str(&m), buf_str(&again));
			assert_int_equal(strncmp(m.data, "ARC-Seal: i=2; a", 16), 0);
			assert_true(strstr(m.data, "\r\nARC-Message-Signature: i=2;") <
				    strstr(m.data, "\r\nARC-Authentication-Results: i=2;"));
			assert_narrow(m.data);
			assert_status(m.data, ARC_PASS, "");
			buf_free(&m);
			buf_free(&again);
		}
	}
	sign_rules.header_canon = sign_rules.body_canon = CANON_RELAXED;
}

static void
names_that_are_signed(void **state)
{
	struct buf m;

	begin_message(&m,
	    "DKIM-Signature: a\r\nTo: c\r\nAuthentication-Results: x\r\nReturn-Path: "
	    "<>\r\n" MESSAGE,
	    2);
	replace(&m, "\r\n\t", "");
	assert_non_null(strstr(buf_str(&m), "h=from:to:to:subject:subject:dkim-signature;"));
	assert_null(strstr(m.data, "h=from:to:subject:received"));
	buf_free(&m);
	begin_message(&m, "To: top\r\n" MESSAGE, 1);
	replace(&m, "To: top\r\n", "");
	assert_status(buf_str(&m), ARC_FAIL, "changed after signing");
	buf_free(&m);
}

static void
without_memory(void **state)
{
	struct looked l;
	struct buf m;
	size_t max;
	bool done;

	begin_message(&m, MESSAGE, 2);
	for (max = 1, done = false; !done; max += max / 4 + 100) {
		look_begin(&l, buf_str(&m), m.len);
		arc_verifying_free(l.v);
		l.mem.max = l.mem.total + max;
		body_hashes_free(&l.bodies);
		l.v = arc_verifying_new(&l.rules, dns, &l.mem);
		if (l.v != NULL && arc_verifying_headers(l.v, &l.header, &l.bodies) == 0) {
			body_hashes_update(&l.bodies, m.data + l.body, m.len - l.body);
			body_hashes_end(&l.bodies);
			l.r = arc_verifying_finish(l.v, SOON);
			done = l.r != NULL;
			assert_true(!done || l.r->status == ARC_PASS);
		}
		look_away(&l);
	}
	buf_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(structures_B58),
	    cmocka_unit_test(no_more_than_50_sets_B58),
	    cmocka_unit_test(hostile_lengths_B58),
	    cmocka_unit_test(no_chain_costs_nothing),
	    cmocka_unit_test(what_a_good_chain_tells),
	    cmocka_unit_test(oldest_pass),
	    cmocka_unit_test(each_byte_is_sealed_B56),
	    cmocka_unit_test(order_does_not_matter),
	    cmocka_unit_test(results_may_be_nonsense_B58),
	    cmocka_unit_test(keys_and_tags),
	    cmocka_unit_test(what_a_pass_is_worth),
	    cmocka_unit_test(dns_errors_are_failures),
	    cmocka_unit_test(keys_are_asked_for_at_once),
	    cmocka_unit_test(a_failed_chain_is_sealed_once_B56),
	    cmocka_unit_test(refused_seals_are_not_made),
	    cmocka_unit_test(cv_is_our_own_B57),
	    cmocka_unit_test(inserted_as_hashed_B60),
	    cmocka_unit_test(names_that_are_signed),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
