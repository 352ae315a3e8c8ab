/* auth/dkim_verify, auth/dkim_signature: which signatures pass, and what is said of the others. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/digest.h"
#include "auth/dkim_verify.h"
#include "base/buf.h"
#include "dns/zone.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NOW 1700000000
#define SOON (dns_now() + 20000)
#define FAKE_BH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

#define FROM "From: Ann <ann@example.com>\r\n"
#define HEADERS FROM "To: bob@example.org\r\nSubject: A  test \r\n"
#define BODY "Hello  there \r\n\r\nGood bye\t\r\n\r\n\r\n"
#define REST HEADERS "\r\n" BODY

/* ---- keys and the zone, made once ---- */

static EVP_PKEY *rsa2048, *rsa1024, *rsa512, *ed25519;
static struct dns_source *dns;

static void
add_record(struct buf *zone, const char *name, const char *record)
{
	size_t n;

	buf_addf(zone, "%s TXT", name);
	for (; *record != '\0'; record += n) {
		n = strnlen(record, 200);
		buf_addf(zone, " \"%.*s\"", (int)n, record);
	}
	buf_adds(zone, "\n");
}

static void
add_rsa(struct buf *zone, const char *selector, const char *tags, EVP_PKEY *key)
{
	char name[128], text[4096];
	uint8_t der[2048], *p = der;
	int n;

	snprintf(name, sizeof(name), "%s._domainkey.example.com.", selector);
	n = snprintf(text, sizeof(text), "%sp=", tags);
	EVP_EncodeBlock((uint8_t *)text + n, der, i2d_PUBKEY(key, &p));
	add_record(zone, name, text);
}

static void
add_ed25519(struct buf *zone, const char *selector, EVP_PKEY *key)
{
	char name[128], text[256] = "v=DKIM1; k=ed25519; p=";
	uint8_t raw[32];
	size_t n = sizeof(raw);

	snprintf(name, sizeof(name), "%s._domainkey.example.com.", selector);
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &n), 1);
	EVP_EncodeBlock((uint8_t *)text + strlen(text), raw, (int)n);
	add_record(zone, name, text);
}

static int
set_up(void **state)
{
	static const char rfc[] =
	    "brisbane._domainkey.football.example.com. TXT ("
	    "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\")\n"
	    "test._domainkey.football.example.com. TXT ("
	    "\"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR\"\n"
	    "\"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC\"\n"
	    "\"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3\"\n"
	    "\"Ip3G+2kryOTIKT+l/K4w3QIDAQAB\")\n"
	    "brisbane._domainkey.example.com. TXT (\"v=DKIM1; "
	    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ\"\n"
	    "\"KBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq\"\n"
	    "\"631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI\"\n"
	    "\"MmPSPDdQPNUYckcQ2QIDAQAB\")\n"
	    "slow._domainkey.example.com. TIMEOUT\n"
	    "broken._domainkey.example.com. SERVFAIL\n"
	    "alias._domainkey.example.com. CNAME s1._domainkey.example.com.\n"
	    "revoked._domainkey.example.com. TXT \"v=DKIM1; p=\"\n"
	    "junk._domainkey.example.com. TXT \"v=DKIM1; p=AAAA\"\n"
	    "nodata._domainkey.example.com. A 192.0.2.1\n"
	    "*.flood.example. TIMEOUT\n";
	struct buf zone, error;

	rsa2048 = EVP_RSA_gen(2048);
	rsa1024 = EVP_RSA_gen(1024);
	rsa512 = EVP_RSA_gen(512);
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	buf_init(&zone, 0);
	buf_init(&error, 0);
	buf_adds(&zone, rfc);
	add_rsa(&zone, "s1", "v=DKIM1; ", rsa2048);
	add_rsa(&zone, "k1024", "", rsa1024);
	add_rsa(&zone, "k512", "", rsa512);
	add_rsa(&zone, "ty", "t=y; ", rsa2048);
	add_rsa(&zone, "ts", "t=s; ", rsa2048);
	add_rsa(&zone, "sha1", "h=sha1; ", rsa2048);
	add_rsa(&zone, "other", "s=tlsrpt; ", rsa2048);
	add_ed25519(&zone, "e1", ed25519);
	add_ed25519(&zone, "both", ed25519);
	add_rsa(&zone, "both", "", rsa1024);
	add_rsa(&zone, "both", "", rsa2048);
	dns = dns_zone_new(zone.data, zone.len, &error);
	if (dns == NULL)
		fail_msg("%s", buf_str(&error));
	buf_free(&zone);
	buf_free(&error);
	return 0;
}

static int
tear_down(void **state)
{
	dns_source_free(dns);
	EVP_PKEY_free(rsa2048);
	EVP_PKEY_free(rsa1024);
	EVP_PKEY_free(rsa512);
	EVP_PKEY_free(ed25519);
	return 0;
}

/* ---- verifying a message ---- */

struct checked {
	struct arena mem;
	struct header header;
	struct dkim_verifying *v;
	const struct dkim_result *r;
	size_t n;
};

static void
check_with(struct checked *c, const char *message, size_t len,
    const struct dkim_verify_rules *rules, size_t step)
{
	size_t body, n;

	arena_init(&c->mem, 0);
	header_init(&c->header, &c->mem, 0, 0);
	assert_true(header_parse(&c->header, message, len, &body));
	c->v = dkim_verifying_new(rules, dns, &c->mem);
	assert_non_null(c->v);
	assert_int_equal(dkim_verifying_headers(c->v, &c->header, "example.com"), 0);
	for (; body < len; body += n) {
		n = len - body < step ? len - body : step;
		dkim_verifying_body(c->v, message + body, n);
	}
	dkim_verifying_body_end(c->v);
	c->r = dkim_verifying_finish(c->v, SOON, &c->n);
	assert_non_null(c->r);
}

static void
check(struct checked *c, const char *message)
{
	static const struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);

	check_with(c, message, strlen(message), &rules, 1000);
}

static void
done(struct checked *c)
{
	dkim_verifying_free(c->v);
	header_free(&c->header);
	arena_free(&c->mem);
}

static void
assert_result(
    const struct dkim_result *r, enum dkim_status status, const char *reason, const char *what)
{
	if (r->status != status || strstr(r->reason, reason) == NULL)
		fail_msg("%s: %s \"%s\", not %s \"%s\"", what, dkim_status_text(r->status),
		    r->reason, dkim_status_text(status), reason);
	assert_int_equal(r->counts && r->status != DKIM_PASS, 0);
}

/* ---- signing one ---- */

static size_t
sign_digest(EVP_PKEY *key, const uint8_t digest[32], uint8_t *sig, size_t max)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = max;

	if (EVP_PKEY_is_a(key, "ED25519")) {
		assert_int_equal(EVP_DigestSignInit(md, NULL, NULL, NULL, key), 1);
		assert_int_equal(EVP_DigestSign(md, sig, &n, digest, 32), 1);
	} else {
		assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
		EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256());
		assert_int_equal(EVP_PKEY_sign(ctx, sig, &n, digest, 32), 1);
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_CTX_free(md);
	return n;
}

static void
hash_body(const struct dkim_signature *s, const char *body, char base64[64])
{
	EVP_MD_CTX *ctx = digest_new();
	struct canon_body b;
	uint8_t digest[32];

	canon_body_init(&b, s->body_canon, s->limit, digest_sink, ctx);
	canon_body_update(&b, body, strlen(body));
	canon_body_final(&b);
	EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_EncodeBlock((uint8_t *)base64, digest, 32);
	EVP_MD_CTX_free(ctx);
}

/* The whole message with this field on top, all as the sender has it; field has "%BH" and "%B". */
static char *
with_field(const char *field, const char *bh, const char *b, const char *rest)
{
	struct buf m;

	buf_init(&m, 0);
	buf_adds(&m, "DKIM-Signature:");
	for (; *field != '\0'; field++) {
		if (strncmp(field, "%BH", 3) == 0) {
			buf_adds(&m, bh);
			field += 2;
		} else if (strncmp(field, "%B", 2) == 0) {
			buf_adds(&m, b);
			field++;
		} else {
			buf_addc(&m, *field);
		}
	}
	buf_adds(&m, "\r\n");
	buf_adds(&m, rest);
	assert_false(m.failed);
	buf_str(&m);
	return m.data;
}

/* Parses the field on top. */
static void
parse_top(const char *message, struct arena *mem, struct header *h, struct dkim_signature *s)
{
	size_t body;

	header_init(h, mem, 0, 0);
	assert_true(header_parse(h, message, strlen(message), &body));
	assert_true(dkim_signature_parse(s, &h->fields[0], mem));
}

/*
 * Signs rest (headers, empty line, body) with a field of this form. Where the
 * field is malformed, it stands there all the same. The caller frees it.
 */
static char *
sign(const char *field, EVP_PKEY *key, const char *rest)
{
	char bh[64] = FAKE_BH, b64[2048] = "AAAA", *message = with_field(field, bh, b64, rest);
	struct dkim_signature s;
	uint8_t digest[32], sig[1024];
	struct header h;
	struct arena mem;

	arena_init(&mem, 0);
	parse_top(message, &mem, &h, &s);
	hash_body(&s, strstr(rest, "\r\n\r\n") + 4, bh);
	free(message);
	header_free(&h);
	message = with_field(field, bh, b64, rest);
	parse_top(message, &mem, &h, &s);
	if (s.error == NULL) {
		assert_int_equal(
		    dkim_signature_digest(&s, dkim_fields_new(&h, &mem), &mem, digest), 0);
		EVP_EncodeBlock(
		    (uint8_t *)b64, sig, (int)sign_digest(key, digest, sig, sizeof(sig)));
		free(message);
		message = with_field(field, bh, b64, rest);
	}
	header_free(&h);
	arena_free(&mem);
	return message;
}

static EVP_PKEY *
key_for(const char *field)
{
	if (strstr(field, "ed25519") != NULL)
		return ed25519;
	if (strstr(field, "s=k512;") != NULL)
		return rsa512;
	return strstr(field, "s=k1024;") != NULL ? rsa1024 : rsa2048;
}

/* ---- RFC examples ---- */

#define DINNER                                                                                     \
	"From: Joe SixPack <joe@football.example.com>\r\n"                                         \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                                             \
	"Subject: Is dinner ready?\r\n"                                                            \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                          \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"                     \
	"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"

static const char rfc6376_message[] =
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n" DINNER;

static const char rfc8463_message[] =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n" DINNER;

static void
rfc_examples(void **state)
{
	struct checked c;

	check(&c, rfc6376_message);
	assert_int_equal(c.n, 1);
	assert_result(&c.r[0], DKIM_PASS, "", "RFC 6376");
	assert_true(c.r[0].counts);
	assert_string_equal(c.r[0].identity, "joe@football.example.com");
	assert_string_equal(c.r[0].domain, "example.com");
	assert_string_equal(c.r[0].b, "AuUoFEfD");
	assert_int_equal(c.r[0].key_bits, 1024);
	done(&c);
	check(&c, rfc8463_message);
	assert_int_equal(c.n, 2);
	assert_result(&c.r[0], DKIM_PASS, "", "Ed25519");
	assert_result(&c.r[1], DKIM_PASS, "", "RSA");
	assert_string_equal(c.r[0].algorithm, "ed25519-sha256");
	assert_string_equal(c.r[0].selector, "brisbane");
	assert_string_equal(c.r[1].identity, "@football.example.com");
	done(&c);
}

/* Any one byte of a simple/simple message that is changed is noticed where it was changed. */
static void
each_byte_is_signed(void **state)
{
	const size_t len = sizeof(rfc6376_message) - 1;
	const char *body = strstr(rfc6376_message, "\r\n\r\n") + 4;
	struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);
	struct checked c;
	size_t i;
	char *m;

	for (i = strlen("DKIM-Signature:"); i < len; i++) {
		m = strdup(rfc6376_message);
		m[i] ^= 0x01;
		check_with(&c, m, len, &rules, 1000);
		if (c.n == 1 && c.r[0].status == DKIM_PASS)
			fail_msg("passes with byte %zu changed: %s", i, m);
		if (m + i >= m + (body - rfc6376_message))
			assert_result(&c.r[0], DKIM_FAIL, "body changed after signing", m + i);
		done(&c);
		free(m);
	}
}

static void
changed_headers_say_so(void **state)
{
	static const char *const names[] = {
	    "Received", "From", "To", "Subject", "Date", "Message-ID"};
	struct checked c;
	char *m, *p;
	size_t i;

	for (i = 0; i < LEN(names); i++) {
		m = strdup(rfc6376_message);
		p = strchr(strstr(strstr(m, "4bmp"), names[i]), ':');
		p[2] ^= 0x01;
		check(&c, m);
		assert_result(&c.r[0], DKIM_FAIL, "header changed after signing", names[i]);
		done(&c);
		free(m);
	}
}

/* ---- every tag, good and bad ---- */

#define T "v=1; a=rsa-sha256; d=example.com; s=s1; h=from; "
#define E "; bh=%BH; b=%B"
#define LONG "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static const struct tags_case {
	const char *field;
	enum dkim_status status;
	const char *reason;
} tags_cases[] = {
    {" " T "bh=%BH; b=%B", DKIM_PASS, ""},
    {T "b=%B;bh=%BH", DKIM_PASS, ""},
    {"b=%B;" T "bh=%BH;", DKIM_PASS, ""},
    {" v=1;a=rsa-sha256;d=example.com;s=s1;h=from;bh=%BH;b=%B;", DKIM_PASS, ""},
    /* white space wherever it may be */
    {"\r\n v \t=\r\n 1 ;\r\n\ta = rsa-sha256 ; d\r\n =\r\n example.com\r\n ; s = s1 ; h = from "
     "\r\n : to "
     ":\r\n\tsubject ;\r\n bh = %BH ; b = \r\n %B \r\n ; ",
	DKIM_PASS, ""},
    {" " T "c=relaxed/relaxed; b= %B \t;\r\n bh=%BH", DKIM_PASS, ""},
    /* the list */
    {" " T "bh=%BH; b=%B; b=%B", DKIM_PERMERROR, "duplicate tag"},
    {" " T "s=s1; bh=%BH; b=%B", DKIM_PERMERROR, "duplicate tag"},
    {" " T "zz=1; zz=2; bh=%BH; b=%B", DKIM_PERMERROR, "duplicate tag"},
    {" " T "; bh=%BH; b=%B", DKIM_PERMERROR, "syntax error"},
    {" " T "bh; b=%B", DKIM_PERMERROR, "syntax error"},
    {" " T "1x=y; bh=%BH; b=%B", DKIM_PERMERROR, "syntax error"},
    {" " T "x-y=z; bh=%BH; b=%B", DKIM_PERMERROR, "syntax error"},
    {" " T "foo=bar; x_1=; Z9=\"a b\"; bh=%BH; b=%B", DKIM_PASS, ""},
    {" " T "S=s2; D=x; bh=%BH; b=%B", DKIM_PASS, ""}, /* tags are case-sensitive */
    {" " T "bh=%BH; b=%B\x01", DKIM_PERMERROR, "syntax error"},
    {"", DKIM_PERMERROR, "syntax error"},
    {" ;", DKIM_PERMERROR, "syntax error"},
    /* B11: UTF-8 */
    {" " T "i=gr\xc3\xbcn@example.com" E, DKIM_PASS, ""},
    {" " T "i=gr\xfcn@example.com" E, DKIM_PERMERROR, "syntax error"},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from; f\xc3\xbc=1" E, DKIM_PERMERROR,
	"syntax error"},
    {" v=1; a=rsa-sha\xc3\xbc; d=example.com; s=s1; h=from" E, DKIM_PERMERROR,
	"a= is no algorithm"},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from:f\xc3\xbc" E, DKIM_PERMERROR, "h="},
    /* B23: encoded-words */
    {" =?UTF-8?Q?v=3D1;_a=3Drsa-sha256;_d=3Dexample.com?=", DKIM_PERMERROR, "syntax error"},
    {" v=1; a==?UTF-8?Q?rsa-sha256?=; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "a="},
    /* required tags */
    {" a=rsa-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "v= is missing"},
    {" v=1; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "a= is missing"},
    {" v=1; a=rsa-sha256; s=s1; h=from" E, DKIM_PERMERROR, "d= is missing"},
    {" v=1; a=rsa-sha256; d=example.com; h=from" E, DKIM_PERMERROR, "s= is missing"},
    {" v=1; a=rsa-sha256; d=example.com; s=s1" E, DKIM_PERMERROR, "h= is missing"},
    {" " T "b=%B", DKIM_PERMERROR, "bh= is missing"},
    {" " T "bh=%BH", DKIM_PERMERROR, "b= is missing"},
    /* v= */
    {" v=2; a=rsa-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "v="},
    {" v=01; a=rsa-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "v="},
    {" v=; a=rsa-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "v="},
    {" v=DKIM1; a=rsa-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "v="},
    /* a= */
    {" v=1; a=ed25519-sha256; d=example.com; s=e1; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha1; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "rsa-sha1 is not accepted"},
    {" v=1; a=rsa-sha512; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "unknown algorithm"},
    {" v=1; a=RSA-SHA256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "unknown algorithm"},
    {" v=1; a=; d=example.com; s=s1; h=from" E, DKIM_PERMERROR, "a="},
    {" v=1; a=rsa-sha256; d=example.com; s=e1; h=from" E, DKIM_PERMERROR, "not for the algorithm"},
    {" v=1; a=ed25519-sha256; d=example.com; s=s1; h=from" E, DKIM_PERMERROR,
	"not for the algorithm"},
    /* b= and bh= (B90) */
    {" " T "bh=%BH; b=", DKIM_PERMERROR, "b= is empty"},
    {" " T "bh=%BH; b=A", DKIM_PERMERROR, "b= is no base64"},
    {" " T "bh=%BH; b=%B*", DKIM_PERMERROR, "b= is no base64"},
    {" " T "bh=%BH; b=AAAA", DKIM_PASS, ""}, /* replaced below */
    {" " T "bh=; b=%B", DKIM_PERMERROR, "bh= has the wrong length"},
    {" " T "bh=QQ==; b=%B", DKIM_PERMERROR, "bh= has the wrong length"},
    {" " T "bh=%BH%BH; b=%B", DKIM_PERMERROR, "bh= is no base64"},
    {" " T "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA; b=%B", DKIM_PERMERROR,
	"bh= has the wrong"},
    {" " T "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=; b=%B", DKIM_PERMERROR,
	"bh= is no base64"},
    {" " T "bh=" FAKE_BH "; b=%B", DKIM_FAIL, "body changed after signing"},
    /* c= (B96) */
    {" " T "c=simple" E, DKIM_PASS, ""},
    {" " T "c=relaxed" E, DKIM_PASS, ""},
    {" " T "c=simple/simple" E, DKIM_PASS, ""},
    {" " T "c=simple/relaxed" E, DKIM_PASS, ""},
    {" " T "c=relaxed/simple" E, DKIM_PASS, ""},
    {" " T "c=relaxed/relaxed" E, DKIM_PASS, ""},
    {" " T "c=" E, DKIM_PERMERROR, "c="},
    {" " T "c=nowsp" E, DKIM_PERMERROR, "c="},
    {" " T "c=relaxed/" E, DKIM_PERMERROR, "c="},
    {" " T "c=/relaxed" E, DKIM_PERMERROR, "c="},
    {" " T "c=relaxed/relaxed/simple" E, DKIM_PERMERROR, "c="},
    {" " T "c=relaxed / relaxed" E, DKIM_PERMERROR, "c="},
    /* d= and s= */
    {" v=1; a=rsa-sha256; d=EXAMPLE.com; s=S1; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=com; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=example.com.; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=example..com; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=exam ple.com; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=a@example.com; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=[192.0.2.1]; s=s1; h=from" E, DKIM_PERMERROR, "d="},
    {" v=1; a=rsa-sha256; d=example.com; s=; h=from" E, DKIM_PERMERROR, "s="},
    {" v=1; a=rsa-sha256; d=example.com; s=s/1; h=from" E, DKIM_PERMERROR, "s="},
    {" v=1; a=rsa-sha256; d=example.com; s=" LONG "." LONG "." LONG "." LONG "; h=from" E,
	DKIM_PERMERROR, "cannot be a name in DNS"},
    {" v=1; a=rsa-sha256; d=example.com; s=" LONG LONG "; h=from" E, DKIM_PERMERROR, "s="},
    {" v=1; a=rsa-sha256; d=example.com; s=a.b; h=from" E, DKIM_PERMERROR,
	"no key at a.b._domainkey.example.com"},
    {" v=1; a=rsa-sha256; d=b\xc3\xbc"
     "cher.example; s=gr\xc3\xbcn; h=from" E,
	DKIM_PERMERROR, "no key at xn--grn-ioa._domainkey.xn--bcher-kva.example"},
    /* h= */
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=FROM : To : x-none" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=to:subject" E, DKIM_PERMERROR,
	"From is not signed"},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=x-from:fromm" E, DKIM_PERMERROR,
	"From is not signed"},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=" E, DKIM_PERMERROR, "h="},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from:" E, DKIM_PERMERROR, "h="},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from::to" E, DKIM_PERMERROR, "h="},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from to" E, DKIM_PERMERROR, "h="},
    {" v=1; a=rsa-sha256; d=example.com; s=s1; h=from:from:to:to:to:dkim-signature" E, DKIM_PASS,
	""},
    /* i= */
    {" " T "i=@example.com" E, DKIM_PASS, ""},
    {" " T "i=ann@example.com" E, DKIM_PASS, ""},
    {" " T "i=ann=2Bx@mail.EXAMPLE.com" E, DKIM_PASS, ""},
    {" " T "i=a@b@example.com" E, DKIM_PASS, ""},
    {" " T "i=ann\r\n @example.com" E, DKIM_PASS, ""},
    {" " T "i=@example.org" E, DKIM_PERMERROR, "i= is outside of d="},
    {" " T "i=@badexample.com" E, DKIM_PERMERROR, "i= is outside of d="},
    {" " T "i=@com" E, DKIM_PERMERROR, "i= is outside of d="},
    {" " T "i=" E, DKIM_PERMERROR, "i="},
    {" " T "i=example.com" E, DKIM_PERMERROR, "i= has no @"},
    {" " T "i=ann@" E, DKIM_PERMERROR, "i="},
    {" " T "i=a=0D=0A@example.com" E, DKIM_PERMERROR, "i="},
    {" " T "i=a=00@example.com" E, DKIM_PERMERROR, "i="},
    {" " T "i=a=4@example.com" E, DKIM_PERMERROR, "i="},
    {" " T "i=a=2b@example.com" E, DKIM_PERMERROR, "i="},
    {" " T "i=@example.com=2" E, DKIM_PERMERROR, "i="},
    /* l= (B32) */
    {" " T "l=10" E, DKIM_POLICY, "part of the body is not signed"},
    {" " T "l=0" E, DKIM_POLICY, "part of the body is not signed"},
    {" " T "c=simple/simple; l=28" E, DKIM_PASS, ""},
    {" " T "c=simple/simple; l=0028" E, DKIM_PASS, ""},
    {" " T "c=simple/simple; l=27" E, DKIM_POLICY, "part of the body is not signed"},
    {" " T "c=simple/simple; l=29" E, DKIM_PERMERROR, "l= is more than the body has"},
    {" " T "l=99999999999999999999" E, DKIM_PERMERROR, "l= is no number"},
    {" " T "l=" E, DKIM_PERMERROR, "l= is no number"},
    {" " T "l=-1" E, DKIM_PERMERROR, "l= is no number"},
    {" " T "l=1 0" E, DKIM_PERMERROR, "l= is no number"},
    /* q= */
    {" " T "q=dns/txt" E, DKIM_PASS, ""},
    {" " T "q=http/x : dns/txt" E, DKIM_PASS, ""},
    {" " T "q=dns" E, DKIM_PERMERROR, "q="},
    {" " T "q=" E, DKIM_PERMERROR, "q="},
    {" " T "q=http" E, DKIM_PERMERROR, "q="},
    /* t= and x= (B34) */
    {" " T "t=1699999999" E, DKIM_PASS, ""},
    {" " T "t=1700000300" E, DKIM_PASS, ""},
    {" " T "t=1700000301" E, DKIM_POLICY, "signed 301 seconds in the future"},
    {" " T "t=999999999999" E, DKIM_POLICY, "in the future"},
    {" " T "t=9999999999999" E, DKIM_PERMERROR, "t= is no time"},
    {" " T "t=now" E, DKIM_PERMERROR, "t= is no time"},
    {" " T "t=" E, DKIM_PERMERROR, "t= is no time"},
    {" " T "t=1600000000; x=1700000000" E, DKIM_PASS, ""},
    {" " T "x=1800000000" E, DKIM_PASS, ""},
    {" " T "x=1699996400" E, DKIM_POLICY, "signature expired 3600 seconds before receipt"},
    {" " T "x=1; bh=" FAKE_BH "; b=%B", DKIM_FAIL,
	"body changed after signing; the signature has expired"},
    {" " T "t=1699999999; x=1699999999" E, DKIM_PERMERROR, "x= is not after t="},
    {" " T "t=1699999999; x=1699999998" E, DKIM_PERMERROR, "x= is not after t="},
    {" " T "x=" E, DKIM_PERMERROR, "x= is no time"},
    {" " T "x=+1800000000" E, DKIM_PERMERROR, "x= is no time"},
    /* z= is for people */
    {" " T "z=From:ann@example.com|To:bob" E, DKIM_PASS, ""},
    /* keys (B30, B90) */
    {" v=1; a=rsa-sha256; d=example.com; s=nokey; h=from" E, DKIM_PERMERROR,
	"no key at nokey._domainkey.example.com"},
    {" v=1; a=rsa-sha256; d=example.com; s=nodata; h=from" E, DKIM_PERMERROR, "no key at nodata."},
    {" v=1; a=rsa-sha256; d=example.com; s=broken; h=from" E, DKIM_TEMPERROR,
	"key at broken._domainkey.example.com: SERVFAIL"},
    {" v=1; a=rsa-sha256; d=example.com; s=revoked; h=from" E, DKIM_PERMERROR,
	"the key is revoked"},
    {" v=1; a=rsa-sha256; d=example.com; s=junk; h=from" E, DKIM_PERMERROR, "p= is no RSA key"},
    {" v=1; a=rsa-sha256; d=example.com; s=alias; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=k1024; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=k512; h=from" E, DKIM_PERMERROR, "the key is too short"},
    {" v=1; a=rsa-sha256; d=example.com; s=sha1; h=from" E, DKIM_PERMERROR,
	"does not allow sha256"},
    {" v=1; a=rsa-sha256; d=example.com; s=other; h=from" E, DKIM_PERMERROR, "not for email"},
    {" v=1; a=rsa-sha256; d=example.com; s=both; h=from" E, DKIM_PASS, ""},
    {" v=1; a=ed25519-sha256; d=example.com; s=both; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=ty; h=from" E, DKIM_PASS, "t=y"},
    {" v=1; a=rsa-sha256; d=example.com; s=ty; h=from; bh=" FAKE_BH "; b=%B", DKIM_NEUTRAL, "t=y"},
    {" v=1; a=rsa-sha256; d=example.com; s=ts; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=ts; i=a@example.com; h=from" E, DKIM_PASS, ""},
    {" v=1; a=rsa-sha256; d=example.com; s=ts; i=@a.example.com; h=from" E, DKIM_PERMERROR,
	"does not allow a subdomain"},
};

static void
every_tag_B11_B23_B30_B32_B34_B90_B96(void **state)
{
	const struct tags_case *t;
	struct checked c;
	char *m;

	for (t = tags_cases; t < tags_cases + LEN(tags_cases); t++) {
		m = sign(t->field, key_for(t->field), REST);
		check(&c, m);
		assert_int_equal(c.n, 1);
		if (strstr(t->field, "b=AAAA") != NULL)
			assert_result(&c.r[0], DKIM_FAIL, "header changed", t->field);
		else
			assert_result(&c.r[0], t->status, t->reason, t->field);
		done(&c);
		free(m);
	}
}

/* A field with 13,336 letters of base64 in the middle of it. */
static void
assert_long(const char *before, const char *after, const char *reason)
{
	struct checked c;
	struct buf field;
	size_t i;
	char *m;

	buf_init(&field, 0);
	buf_adds(&field, before);
	for (i = 0; i < 13336 / 4; i++)
		buf_adds(&field, "AAAA");
	buf_adds(&field, after);
	m = sign(buf_str(&field), rsa2048, REST);
	check(&c, m);
	assert_result(&c.r[0], DKIM_PERMERROR, reason, before);
	done(&c);
	free(m);
	buf_free(&field);
}

static void
hostile_lengths_B90(void **state)
{
	assert_long(" " T "bh=", "; b=%B", "bh= has the wrong length");
	assert_long(" " T "bh=%BH; b=", "", "b= is too long");
}

/* ---- rules ---- */

static void
assert_rule(
    const struct dkim_verify_rules *rules, const char *field, enum dkim_status status, bool counts)
{
	char *m = sign(field, key_for(field), REST);
	struct checked c;

	check_with(&c, m, strlen(m), rules, 1);
	assert_result(&c.r[0], status, "", field);
	assert_int_equal(c.r[0].counts, counts);
	done(&c);
	free(m);
}

static void
rules_decide_what_counts_B32(void **state)
{
	static const char partial[] = " " T "l=5" E;
	static const char testing[] = " v=1; a=rsa-sha256; d=example.com; s=ty; h=from" E;
	struct dkim_verify_rules r = DKIM_VERIFY_RULES_DEFAULT(NOW);

	assert_rule(&r, " " T "bh=%BH; b=%B", DKIM_PASS, true);
	assert_rule(&r, partial, DKIM_POLICY, false);
	r.partial = DKIM_PARTIAL_PASSES;
	assert_rule(&r, partial, DKIM_PASS, false);
	r.partial = DKIM_PARTIAL_COUNTS;
	assert_rule(&r, partial, DKIM_PASS, true);
	assert_rule(&r, testing, DKIM_PASS, false);
	r.testing = DKIM_TESTING_COUNTS;
	assert_rule(&r, testing, DKIM_PASS, true);
	r.min_rsa_bits = 2049;
	assert_rule(&r, " " T "bh=%BH; b=%B", DKIM_PERMERROR, false);
	r.min_rsa_bits = 0;
	assert_rule(
	    &r, " v=1; a=rsa-sha256; d=example.com; s=k512; h=from" E, DKIM_PERMERROR, false);
	r.max_rsa_bits = 2047;
	assert_rule(&r, " " T "bh=%BH; b=%B", DKIM_PERMERROR, false);
}

static void
late_keys_are_temperror_B30(void **state)
{
	const struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);
	char *m = sign(" v=1; a=rsa-sha256; d=example.com; s=slow; h=from" E, rsa2048, REST);
	struct dkim_verifying *v;
	const struct dkim_result *r;
	struct header h;
	struct arena mem;
	size_t body, n;
	int64_t start;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, m, strlen(m), &body);
	v = dkim_verifying_new(&rules, dns, &mem);
	assert_int_equal(dkim_verifying_headers(v, &h, NULL), 0);
	dkim_verifying_body_end(v);
	start = dns_now();
	r = dkim_verifying_finish(v, start + 100, &n);
	assert_true(dns_now() - start < 5000);
	assert_result(
	    &r[0], DKIM_TEMPERROR, "key at slow._domainkey.example.com: timed out", "slow");
	dkim_verifying_free(v);
	header_free(&h);
	arena_free(&mem);
	free(m);
}

/* ---- headers ---- */

/* A signed message whose rest was replaced afterwards. */
static void
assert_replaced(
    const char *field, const char *signed_rest, const char *sent_rest, enum dkim_status status)
{
	char *m = sign(field, rsa2048, signed_rest);
	struct checked c;
	struct buf b;

	buf_init(&b, 0);
	buf_add(&b, m, strlen(m) - strlen(signed_rest));
	buf_adds(&b, sent_rest);
	check(&c, buf_str(&b));
	assert_result(&c.r[0], status, "", sent_rest);
	done(&c);
	buf_free(&b);
	free(m);
}

static void
fields_are_taken_from_the_bottom(void **state)
{
	static const char once[] = " v=1; a=rsa-sha256; d=example.com; s=s1; h=from:subject" E;
	static const char over[] =
	    " v=1; a=rsa-sha256; d=example.com; s=s1; h=from:from:subject:subject" E;
	static const char relaxed[] = " c=relaxed; " T "bh=%BH; b=%B";

	assert_replaced(once, FROM "Subject: a\r\n\r\nx\r\n",
	    "X: y\r\n" FROM "Subject: a\r\n\r\nx\r\n", DKIM_PASS);
	assert_replaced(once, FROM "Subject: a\r\n\r\nx\r\n",
	    "Subject: b\r\n" FROM "Subject: a\r\n\r\nx\r\n", DKIM_PASS);
	assert_replaced(once, FROM "Subject: a\r\n\r\nx\r\n",
	    FROM "Subject: a\r\nSubject: b\r\n\r\nx\r\n", DKIM_FAIL);
	assert_replaced(over, FROM "Subject: a\r\n\r\nx\r\n",
	    "Subject: b\r\n" FROM "Subject: a\r\n\r\nx\r\n", DKIM_FAIL);
	assert_replaced(over, FROM "Subject: a\r\n\r\nx\r\n",
	    "From: x\r\n" FROM "Subject: a\r\n\r\nx\r\n", DKIM_FAIL);
	assert_replaced(over, FROM "\r\nx\r\n", FROM "Subject:\r\n\r\nx\r\n", DKIM_FAIL);
	assert_replaced(
	    once, "Subject: a\r\n" FROM "\r\nx\r\n", FROM "Subject: a\r\n\r\nx\r\n", DKIM_PASS);
	assert_replaced(relaxed, FROM "\r\nx\r\n",
	    "FROM : Ann\r\n\t <ann@example.com> \r\n\r\nx\r\n", DKIM_PASS);
	assert_replaced(" " T "bh=%BH; b=%B", FROM "\r\nx\r\n",
	    "from: Ann <ann@example.com>\r\n\r\nx\r\n", DKIM_FAIL);
}

/* What relays do to signature fields. */
static void
fields_refolded_cut_and_doubled(void **state)
{
	char *m = sign(" c=relaxed/relaxed; " T "bh=%BH; b=%B", rsa2048, REST);
	char *eol = strstr(m, "\r\n"), *b;
	struct checked c;
	struct buf t;

	buf_init(&t, 0);
	b = strstr(strstr(m, "bh="), "; b=") + 4;
	buf_add(&t, m, (size_t)(b + 20 - m));
	buf_adds(&t, "\r\n\t");
	buf_adds(&t, b + 20);
	check(&c, buf_str(&t));
	assert_result(&c.r[0], DKIM_PASS, "", "folded within b=");
	done(&c);
	buf_clear(&t);
	buf_add(&t, m, (size_t)(eol + 2 - m));
	buf_adds(&t, m);
	check(&c, buf_str(&t));
	assert_int_equal(c.n, 2);
	assert_result(&c.r[0], DKIM_PASS, "", "doubled");
	assert_result(&c.r[1], DKIM_PASS, "", "doubled");
	done(&c);
	for (; b < eol; b++) {
		buf_clear(&t);
		buf_add(&t, m, (size_t)(b - m));
		buf_adds(&t, eol);
		check(&c, buf_str(&t));
		assert_true(c.r[0].status == DKIM_PERMERROR || c.r[0].status == DKIM_FAIL);
		done(&c);
	}
	buf_free(&t);
	free(m);
}

/* ---- what our own signer makes ---- */

/* rest, signed by dkim_sign; the caller frees it. */
static char *
sign_ours(const struct dkim_sign_rules *rules, const struct dkim_sign_key *k, EVP_PKEY *key,
    const char *rest)
{
	uint8_t digest[DKIM_DIGEST_LEN], sig[512];
	struct dkim_signing *s;
	struct buf field;
	struct header h;
	struct arena mem;
	size_t body;
	char *message;

	arena_init(&mem, 0);
	buf_init(&field, 0);
	header_init(&h, &mem, 0, 0);
	assert_true(header_parse(&h, rest, strlen(rest), &body));
	s = dkim_signing_new(rules, &mem);
	assert_int_equal(dkim_signing_headers(s, &h), DKIM_SIGNING_OK);
	dkim_signing_body(s, rest + body, strlen(rest + body));
	dkim_signing_body_end(s);
	assert_int_equal(dkim_signing_begin(s, k, &field, digest), 0);
	assert_int_equal(
	    dkim_signing_finish(&field, sig, sign_digest(key, digest, sig, sizeof(sig))), 0);
	message = with_field(buf_str(&field), "", "", rest);
	dkim_signing_free(s);
	header_free(&h);
	buf_free(&field);
	arena_free(&mem);
	return message;
}

static void
our_signatures_pass_B96(void **state)
{
	static const char *const rests[] = {
	    REST,
	    FROM "\r\n",
	    FROM "\r\n\r\n \t\r\n",
	    "from:x\r\nSubject:\r\n  folded\r\n\t twice \r\nSubject: b\r\n\r\n a  b \r\n \r\n\r\n",
	    "From: gr\xc3\xbcn@example.com\r\n\r\nno line end",
	};
	static const char *const names[] = {"from", "to", "subject"}, *const over[] = {
									  "from", "subject"};
	struct dkim_sign_rules rules = {
	    .sign = names, .nsign = 3, .oversign = over, .noversign = 2};
	struct dkim_sign_key key = {
	    .domain = "example.com", .identity = "gr\xc3\xbcn;=@example.com", .now = NOW};
	struct checked c;
	char *m;
	size_t i;

	for (i = 0; i < LEN(rests) * 8; i++) {
		rules.header_canon = i & 1 ? CANON_RELAXED : CANON_SIMPLE;
		rules.body_canon = i & 2 ? CANON_RELAXED : CANON_SIMPLE;
		key.alg = i & 4 ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256;
		key.selector = i & 4 ? "s1" : "e1";
		m = sign_ours(&rules, &key, i & 4 ? rsa2048 : ed25519, rests[i / 8]);
		check(&c, m);
		assert_result(&c.r[0], DKIM_PASS, "", m);
		assert_string_equal(c.r[0].identity, key.identity);
		done(&c);
		free(m);
	}
}

/* ---- many ---- */

static size_t
evaluated(const struct checked *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		n += c->r[i].evaluated;
	return n;
}

static void
limit_and_order_B36(void **state)
{
	struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);
	char *good = sign(" " T "bh=%BH; b=%B", rsa2048, REST);
	struct checked c;
	struct buf m;
	size_t i;

	buf_init(&m, 0);
	for (i = 0; i < 299; i++)
		buf_addf(&m,
		    "DKIM-Signature: v=1; a=rsa-sha256; d=d%zu.flood.example; s=s; h=from;"
		    " bh=" FAKE_BH "; b=AAAA\r\n",
		    i);
	buf_adds(&m, good);
	dns_zone_forget_queries(dns);
	rules.max_signatures = 8;
	arena_init(&c.mem, 0);
	header_init(&c.header, &c.mem, 0, 0);
	assert_true(header_parse(&c.header, m.data, m.len, &i));
	c.v = dkim_verifying_new(&rules, dns, &c.mem);
	assert_int_equal(dkim_verifying_headers(c.v, &c.header, "example.com"), 0);
	dkim_verifying_body(c.v, m.data + i, m.len - i);
	dkim_verifying_body_end(c.v);
	c.r = dkim_verifying_finish(c.v, dns_now() + 200, &c.n);
	assert_int_equal(c.n, 300);
	assert_int_equal(evaluated(&c), 8);
	assert_int_equal(dns_zone_queries(dns, NULL, 0), 8);
	assert_result(&c.r[299], DKIM_PASS, "", "the author's, at the bottom");
	assert_result(&c.r[0], DKIM_TEMPERROR, "timed out", "first of the others");
	assert_result(&c.r[298], DKIM_POLICY, "not evaluated: more than 8 signatures", "last");
	done(&c);
	buf_free(&m);
	free(good);
}

static void
equal_keys_are_asked_for_once(void **state)
{
	char *a = sign(" " T "bh=%BH; b=%B", rsa2048, REST), *b;
	struct checked c;

	b = sign(" " T "c=relaxed; bh=%BH; b=%B", rsa2048, a);
	dns_zone_forget_queries(dns);
	check(&c, b);
	assert_int_equal(c.n, 2);
	assert_result(&c.r[0], DKIM_PASS, "", "upper");
	assert_result(&c.r[1], DKIM_PASS, "", "lower");
	assert_true(dns_zone_queries(dns, "s1._domainkey.example.com", DNS_TXT) <= 1);
	done(&c);
	free(a);
	free(b);
}

static void
header_b_tells_signatures_apart(void **state)
{
	struct checked c;

	check(&c, "DKIM-Signature: " T "bh=" FAKE_BH "; b=AAAAAAAAAAAA\r\n"
		  "DKIM-Signature: " T "bh=" FAKE_BH "; b=AAAAAAAAAABB\r\n"
		  "DKIM-Signature: " T "bh=" FAKE_BH "; b=BBBBBBBB\r\n" REST);
	assert_string_equal(c.r[0].b, "AAAAAAAAAAA");
	assert_string_equal(c.r[1].b, "AAAAAAAAAAB");
	assert_string_equal(c.r[2].b, "BBBBBBBB");
	done(&c);
}

static void
work_is_bounded_B91(void **state)
{
	struct buf field, rest;
	struct checked c;
	clock_t start;
	size_t i;
	char *m;

	buf_init(&field, 0);
	buf_init(&rest, 0);
	buf_adds(&field, " v=1; a=rsa-sha256; d=example.com; s=s1; h=from");
	for (i = 0; i < 5000; i++)
		buf_adds(&field, ":x");
	buf_adds(&field, E);
	m = sign(buf_str(&field), rsa2048, REST);
	check(&c, m);
	assert_result(&c.r[0], DKIM_PERMERROR, "h= has too many names", "5,000 times one name");
	done(&c);
	free(m);
	buf_clear(&field);
	buf_adds(&field, " v=1; a=rsa-sha256; d=example.com; s=s1; h=from");
	for (i = 0; i < 999; i++)
		buf_addf(&field, ":%s", i % 2 == 0 ? "y" : "x");
	buf_adds(&field, E);
	buf_adds(&rest, FROM);
	for (i = 0; i < 10000; i++)
		buf_addf(&rest, "X: %zu\r\n", i);
	buf_adds(&rest, "\r\n" BODY);
	start = clock();
	m = sign(buf_str(&field), rsa2048, buf_str(&rest));
	check(&c, m);
	assert_result(&c.r[0], DKIM_PASS, "", "1,000 names over 10,000 fields");
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5.0);
	done(&c);
	free(m);
	buf_free(&field);
	buf_free(&rest);
}

static void
without_signatures(void **state)
{
	struct checked c;

	check(&c, REST);
	assert_int_equal(c.n, 0);
	assert_false(dkim_verifying_needs_body(c.v));
	done(&c);
	check(&c, "DKIM-Signature: x\r\n" REST);
	assert_int_equal(c.n, 1);
	assert_false(dkim_verifying_needs_body(c.v));
	assert_string_equal(c.r[0].domain, "");
	done(&c);
}

static void
an_aborted_message_leaves_nothing(void **state)
{
	const struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);
	char *m = sign(" " T "bh=%BH; b=%B", rsa2048, REST);
	struct dkim_verifying *v;
	struct header h;
	struct arena mem;
	size_t body;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, m, strlen(m), &body);
	v = dkim_verifying_new(&rules, dns, &mem);
	dkim_verifying_free(v);
	v = dkim_verifying_new(&rules, dns, &mem);
	assert_int_equal(dkim_verifying_headers(v, &h, NULL), 0);
	dkim_verifying_body(v, m, 10);
	dkim_verifying_free(v);
	dkim_verifying_free(v);
	header_free(&h);
	arena_free(&mem);
	free(m);
}

static void
no_memory_is_no_pass(void **state)
{
	const struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(NOW);
	char *m = sign(" " T "bh=%BH; b=%B", rsa2048, REST);
	struct dkim_verifying *v;
	struct arena mem, small;
	struct header h;
	size_t body, n, max, failures = 0;
	const struct dkim_result *r;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, m, strlen(m), &body);
	for (max = 1; max < 16384; max += 16) {
		arena_init(&small, max);
		if ((v = dkim_verifying_new(&rules, dns, &small)) != NULL) {
			dkim_verifying_headers(v, &h, NULL);
			dkim_verifying_body(v, m + body, strlen(m + body));
			dkim_verifying_body_end(v);
			r = dkim_verifying_finish(v, SOON, &n);
			failures += r == NULL;
			if (r != NULL)
				assert_true(
				    r[0].status == DKIM_PASS || r[0].status == DKIM_PERMERROR);
			dkim_verifying_free(v);
		}
		arena_free(&small);
	}
	assert_true(failures > 10);
	header_free(&h);
	arena_free(&mem);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc_examples),
	    cmocka_unit_test(each_byte_is_signed),
	    cmocka_unit_test(changed_headers_say_so),
	    cmocka_unit_test(every_tag_B11_B23_B30_B32_B34_B90_B96),
	    cmocka_unit_test(hostile_lengths_B90),
	    cmocka_unit_test(rules_decide_what_counts_B32),
	    cmocka_unit_test(late_keys_are_temperror_B30),
	    cmocka_unit_test(fields_are_taken_from_the_bottom),
	    cmocka_unit_test(fields_refolded_cut_and_doubled),
	    cmocka_unit_test(our_signatures_pass_B96),
	    cmocka_unit_test(limit_and_order_B36),
	    cmocka_unit_test(equal_keys_are_asked_for_once),
	    cmocka_unit_test(header_b_tells_signatures_apart),
	    cmocka_unit_test(work_is_bounded_B91),
	    cmocka_unit_test(without_signatures),
	    cmocka_unit_test(an_aborted_message_leaves_nothing),
	    cmocka_unit_test(no_memory_is_no_pass),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
