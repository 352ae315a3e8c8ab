/* auth/dkim_sign: what is signed, how the field looks, and that others' signatures add up. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "auth/digest.h"
#include "auth/dkim_sign.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 8463 appendix A.1 */
static const char rsa_key[] = "-----BEGIN RSA PRIVATE KEY-----\n"
			      "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"
			      "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"
			      "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"
			      "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"
			      "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"
			      "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"
			      "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"
			      "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"
			      "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"
			      "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"
			      "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"
			      "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"
			      "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n"
			      "-----END RSA PRIVATE KEY-----\n";
static const char ed25519_public[] = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
/* RFC 6376 appendix C */
static const char brisbane_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM\n"
    "oGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/R\n"
    "tdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI\n"
    "MmPSPDdQPNUYckcQ2QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

/* ---- signatures of others ---- */

static size_t
from_base64(const char *text, uint8_t *out, size_t max)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	int n = 0, end = 0;

	assert_true(strlen(text) <= max);
	EVP_DecodeInit(ctx);
	assert_true(EVP_DecodeUpdate(ctx, out, &n, (const uint8_t *)text, (int)strlen(text)) >= 0);
	assert_true(EVP_DecodeFinal(ctx, out + n, &end) >= 0);
	EVP_ENCODE_CTX_free(ctx);
	return (size_t)(n + end);
}

static EVP_PKEY *
pem_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = strstr(pem, "PRIVATE") != NULL
			    ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
			    : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(key);
	return key;
}

static void
assert_rsa_verifies(const char *pem, const uint8_t digest[32], const char *base64)
{
	EVP_PKEY *key = pem_key(pem);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t sig[1024];
	size_t n = from_base64(base64, sig, sizeof(sig));

	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256());
	assert_int_equal(EVP_PKEY_verify(ctx, sig, n, digest, 32), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void
assert_ed25519_verifies(const char *public, const uint8_t digest[32], const char *base64)
{
	uint8_t raw[64], sig[128];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;

	assert_int_equal(from_base64(public, raw, sizeof(raw)), 32);
	assert_int_equal(from_base64(base64, sig, sizeof(sig)), 64);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, 32);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(ctx, sig, 64, digest, 32), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

#define DINNER                                                                                     \
	"From: Joe SixPack <joe@football.example.com>\r\n"                                         \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                                             \
	"Subject: Is dinner ready?\r\n"                                                            \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                          \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"

/* The digest of the named fields and the signature field, as §3.7 makes it. */
static void
digest_of(enum canon mode, const char *message, const char *const *names, const char *self,
    uint8_t out[32])
{
	const struct header_field sig = {
	    .name = "DKIM-Signature", .name_len = 14, .value = self, .value_len = strlen(self)};
	EVP_MD_CTX *ctx = digest_new();
	struct arena mem;
	struct header h;
	size_t body;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	assert_true(header_parse(&h, message, strlen(message), &body));
	for (; *names != NULL; names++)
		canon_header(mode, header_last(&h, *names), digest_sink, ctx);
	canon_header_no_crlf(mode, &sig, digest_sink, ctx);
	assert_int_equal(EVP_DigestFinal_ex(ctx, out, NULL), 1);
	EVP_MD_CTX_free(ctx);
	header_free(&h);
	arena_free(&mem);
}

static void
rfc6376_example(void **state)
{
	static const char *const names[] = {
	    "Received", "From", "To", "Subject", "Date", "Message-ID", NULL};
	uint8_t digest[32];

	digest_of(CANON_SIMPLE,
	    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
	    "      by submitserver.example.com with SUBMISSION;\r\n"
	    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n" DINNER,
	    names,
	    " v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
	    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
	    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
	    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	    "      b=;",
	    digest);
	assert_rsa_verifies(brisbane_public, digest,
	    "AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB"
	    "4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut"
	    "KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV"
	    "4bmp/YzhwvcubU4=");
}

static void
rfc8463_examples(void **state)
{
	static const char *const names[] = {"From", "To", "Subject", "Date", "Message-ID", NULL};
	uint8_t digest[32];

	digest_of(CANON_RELAXED, DINNER, names,
	    " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
	    " d=football.example.com; i=@football.example.com;\r\n"
	    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
	    " subject : date : message-id : from : subject : date;\r\n"
	    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	    " b=",
	    digest);
	assert_ed25519_verifies(ed25519_public, digest,
	    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
	    "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
	digest_of(CANON_RELAXED, DINNER, names,
	    " v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
	    " d=football.example.com; i=@football.example.com;\r\n"
	    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
	    " date : message-id : from : subject : date;\r\n"
	    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	    " b=",
	    digest);
	assert_rsa_verifies(rsa_key, digest,
	    "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
	    "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
	    "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=");
}

/* ---- our own ---- */

/* One message being signed, and what came of it. */
struct fixture {
	struct arena mem;
	struct header h;
	struct dkim_signing *s;
	enum dkim_signing_status status;
	struct buf field;
	uint8_t digest[DKIM_DIGEST_LEN];
};

static const char *const sign_names[] = {"from", "to", "subject", "date"};
static const char *const oversign_names[] = {"from", "subject"};
static const struct dkim_sign_rules rules = {
    CANON_RELAXED, CANON_RELAXED, sign_names, LEN(sign_names), oversign_names, LEN(oversign_names)};
static const struct dkim_sign_key key = {
    .domain = "example.com", .selector = "s1", .alg = DKIM_RSA_SHA256, .now = 1700000000};

static void
begin_message(struct fixture *f, const struct dkim_sign_rules *r, const char *message)
{
	size_t body;

	arena_init(&f->mem, 0);
	header_init(&f->h, &f->mem, 0, 0);
	buf_init(&f->field, 0);
	assert_true(header_parse(&f->h, message, strlen(message), &body));
	f->s = dkim_signing_new(r, &f->mem);
	assert_non_null(f->s);
	f->status = dkim_signing_headers(f->s, &f->h);
	dkim_signing_body(f->s, message + body, strlen(message + body));
	dkim_signing_body_end(f->s);
}

static void
end_message(struct fixture *f)
{
	dkim_signing_free(f->s);
	header_free(&f->h);
	buf_free(&f->field);
	arena_free(&f->mem);
}

/* A tag's value without white space, "" if it is not there. The caller frees it. */
static char *
tag(const char *field, const char *name)
{
	char *text = malloc(strlen(field) + 2), *out = text, *found, *end;
	const char *p;

	*out++ = ';';
	for (p = field; *p != '\0'; p++)
		if (strchr(" \t\r\n", *p) == NULL)
			*out++ = *p;
	*out = '\0';
	found = strstr(text, name);
	if (found == NULL)
		found = out;
	else
		found += strlen(name);
	if ((end = strchr(found, ';')) != NULL)
		*end = '\0';
	memmove(text, found, strlen(found) + 1);
	return text;
}

static void
assert_tag(struct fixture *f, const char *name, const char *want)
{
	char *got = tag(buf_str(&f->field), name);

	assert_string_equal(got, want);
	free(got);
}

static void
assert_h(const struct dkim_sign_rules *r, const char *message, const char *want)
{
	struct fixture f;

	begin_message(&f, r, message);
	assert_int_equal(f.status, DKIM_SIGNING_OK);
	assert_int_equal(dkim_signing_begin(f.s, &key, &f.field, f.digest), 0);
	assert_tag(&f, ";h=", want);
	end_message(&f);
}

static void
b06_names_in_h(void **state)
{
	static const char *const none[] = {"subject"};
	static const struct dkim_sign_rules no_from = {
	    CANON_RELAXED, CANON_RELAXED, none, 1, none, 0};
	static const struct dkim_sign_rules only_oversign = {
	    CANON_RELAXED, CANON_RELAXED, none, 0, none, 1};
	static const char *const added[] = {"from", "date", "message-id", "sender"};
	static const struct dkim_sign_rules added_later = {
	    CANON_RELAXED, CANON_RELAXED, added, 4, added, 4};
	static const char *const trace[] = {"received", "from", "From", "received"};
	static const struct dkim_sign_rules twice = {
	    CANON_RELAXED, CANON_RELAXED, trace, 4, trace, 2};

	assert_h(&rules, "From: a@b\r\nSubject: x\r\n\r\n", "from:from:subject:subject");
	assert_h(&rules, "From: a@b\r\n\r\n", "from:from:subject");
	assert_h(&rules, "\r\n", "from:subject");
	assert_h(&rules, "Date: d\r\nTo: c\r\nFROM : a\r\nfrom:b\r\nX: y\r\nReceived: r\r\n\r\n",
	    "from:from:from:to:subject:date");
	assert_h(&no_from, "From: a@b\r\nSubject: x\r\nSubject: y\r\n\r\n", "from:subject:subject");
	assert_h(&no_from, "X: y\r\n\r\n", "from");
	assert_h(&only_oversign, "From: a@b\r\n\r\n", "from:subject");
	assert_h(&twice, "Received: 1\r\nFrom: a\r\nReceived: 2\r\n\r\n",
	    "received:received:received:from:from");
	/* a server on the way may add those two */
	assert_h(&added_later, "From: a\r\n\r\n", "from:from:sender");
	assert_h(&added_later, "From: a\r\nDate: d\r\nMessage-Id: m\r\n\r\n",
	    "from:from:date:date:message-id:message-id:sender");
}

static void
field_as_it_looks(void **state)
{
	struct fixture f;
	uint8_t sig[256];
	struct dkim_sign_key k = key;

	k.expire = 1700600000;
	k.identity = "joe@mail.example.com";
	begin_message(&f, &rules, "From: a@b\r\nSubject: x\r\nTo: c\r\n\r\nHi\r\n");
	assert_int_equal(dkim_signing_begin(f.s, &k, &f.field, f.digest), 0);
	assert_string_equal(buf_str(&f.field),
	    " v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;\r\n"
	    "\ti=joe@mail.example.com; t=1700000000; x=1700600000;\r\n"
	    "\th=from:from:to:subject:subject;\r\n"
	    "\tbh=j+uJ1+KwQjMpdNiCngwvlv2FTzZnzkokoCYASnN36NE=;\r\n"
	    "\tb=");
	memset(sig, 0, sizeof(sig));
	assert_int_equal(dkim_signing_finish(&f.field, sig, 64), 0);
	assert_non_null(strstr(buf_str(&f.field),
	    "\r\n\tb="
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "\r\n\tAAAAAAAAAAAAAAAAAA=="));
	assert_int_equal(dkim_signing_finish(&f.field, sig, 0), -1);
	end_message(&f);
}

/* No line over 78 columns, a HTAB as 8; every fold is CRLF HTAB. */
static void
assert_narrow(const char *value)
{
	size_t column = strlen("DKIM-Signature:");
	const char *p;

	for (p = value; *p != '\0'; p++) {
		if (*p == '\r') {
			assert_memory_equal(p, "\r\n\t", 3);
			p += 2;
			column = 8;
			continue;
		}
		assert_true(*p >= ' ' && *p < 0x7f);
		if (++column > 78)
			fail_msg("too wide: %s", value);
	}
}

static void
b70_lines_are_narrow(void **state)
{
	static const char *const domains[] = {"b.example", "mail.some-what-longer-domain.example",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb.example"};
	static const char *const selectors[] = {"a", "selector-of-2026-and-some",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct dkim_sign_key k = key;
	struct buf message;
	struct fixture f;
	uint8_t sig[512] = {1};
	size_t i, n;

	for (n = 0; n < 60; n++) {
		buf_init(&message, 0);
		for (i = 0; i < n; i++)
			buf_addf(&message, "%s: x\r\n", sign_names[i * 7 % 3]);
		buf_adds(&message, "\r\n");
		begin_message(&f, &rules, buf_str(&message));
		for (i = 0; i < 9; i++) {
			k.domain = domains[i % 3];
			k.selector = selectors[i / 3];
			assert_int_equal(dkim_signing_begin(f.s, &k, &f.field, f.digest), 0);
			assert_int_equal(dkim_signing_finish(&f.field, sig, sizeof(sig)), 0);
			assert_narrow(buf_str(&f.field));
			assert_tag(&f, ";d=", k.domain);
			assert_tag(&f, ";s=", k.selector);
		}
		end_message(&f);
		buf_free(&message);
	}
}

static void
identities(void **state)
{
	static const struct {
		const char *identity;
		const char *tag; /* NULL where it is refused */
	} t[] = {
	    {"@example.com", "@example.com"},
	    {"joe@example.com", "joe@example.com"},
	    {"joe@sub.example.com", "joe@sub.example.com"},
	    {"a;b=c d@example.com", "a=3Bb=3Dc=20d@example.com"},
	    {"a\r\nX: y@example.com", "a=0D=0AX:=20y@example.com"},
	    {"gr\xc3\xbcn@example.com", "gr=C3=BCn@example.com"},
	    {"a@evil.example@example.com", "a@evil.example@example.com"},
	    {"joe@badexample.com", NULL},
	    {"joe@com", NULL},
	    {"joe@example.com@example.org", NULL},
	    {"example.com", NULL},
	    {"", NULL},
	    {"0123456789012345678901234567890123456789012345678901234567890123@example.com",
		"0123456789012345678901234567890123456789012345678901234567890123@example.com"},
	    {"01234567890123456789012345678901234567890123456789012345678901234@example.com", NULL},
	};
	struct dkim_sign_key k = key;
	struct fixture f;
	size_t i;

	begin_message(&f, &rules, "From: a@b\r\n\r\n");
	for (i = 0; i < LEN(t); i++) {
		k.identity = t[i].identity;
		assert_int_equal(
		    dkim_signing_begin(f.s, &k, &f.field, f.digest), t[i].tag != NULL ? 0 : -1);
		if (t[i].tag != NULL)
			assert_tag(&f, ";i=", t[i].tag);
	}
	end_message(&f);
}

/* The digest again, from the field's own text: what any verifier does (§6.1.3). */
static void
verifier_digest(struct fixture *f, enum canon mode, uint8_t out[32])
{
	char *h = tag(buf_str(&f->field), ";h="), *name, *rest = h;
	const char *b = strstr(buf_str(&f->field), "\tb=");
	EVP_MD_CTX *ctx = digest_new();
	bool used[64] = {false};
	size_t i;
	struct header_field self = {"DKIM-Signature", 14, buf_str(&f->field), 0};

	assert_true(b != NULL && f->h.n < LEN(used));
	self.value_len = (size_t)(b + 3 - self.value);
	while ((name = strsep(&rest, ":")) != NULL) {
		for (i = f->h.n; i > 0; i--) {
			if (used[i - 1] || !header_is(&f->h.fields[i - 1], name))
				continue;
			used[i - 1] = true;
			canon_header(mode, &f->h.fields[i - 1], digest_sink, ctx);
			break;
		}
	}
	canon_header_no_crlf(mode, &self, digest_sink, ctx);
	assert_int_equal(EVP_DigestFinal_ex(ctx, out, NULL), 1);
	EVP_MD_CTX_free(ctx);
	free(h);
}

static void
b96_digest_is_what_verifiers_make(void **state)
{
	static const char message[] = "Subject:  one\r\n\ttwo  \r\nFrom: a@b\r\nTO:\r\n c\r\n"
				      "subject: three\r\nDate : d\r\n\r\nHi  there \r\n\r\n\r\n";
	/* SHA-256 of "Hi  there \r\n" and of "Hi there\r\n" */
	static const char *const bh[] = {"O7ZDXlyaa/2reawyiBVPPPoX8BwLCAMIcehMWJyB2s4=",
	    "LaegeaE4sWd4l9K7YWNlAinmqUePEZwKG9dMjiYmLn8="};
	struct dkim_sign_rules r = rules;
	struct dkim_sign_key k = key;
	uint8_t digest[32], sig[256] = {7};
	struct fixture f;
	int i;

	for (i = 0; i < 8; i++) {
		r.header_canon = i & 1 ? CANON_RELAXED : CANON_SIMPLE;
		r.body_canon = i & 2 ? CANON_RELAXED : CANON_SIMPLE;
		k.alg = i & 4 ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256;
		begin_message(&f, &r, message);
		assert_int_equal(dkim_signing_begin(f.s, &k, &f.field, f.digest), 0);
		assert_int_equal(dkim_signing_finish(&f.field, sig, sizeof(sig)), 0);
		verifier_digest(&f, r.header_canon, digest);
		assert_memory_equal(digest, f.digest, 32);
		assert_tag(&f, ";bh=", bh[r.body_canon]);
		assert_tag(&f, ";a=", i & 4 ? "rsa-sha256" : "ed25519-sha256");
		assert_tag(&f, ";h=", "from:from:to:subject:subject:subject:date");
		end_message(&f);
	}
}

static void
keys_do_not_disturb_each_other(void **state)
{
	struct dkim_sign_key other = key;
	struct buf first;
	uint8_t digest[32];
	struct fixture f;

	other.selector = "s2";
	other.alg = DKIM_ED25519_SHA256;
	begin_message(&f, &rules, "From: a@b\r\n\r\nHi\r\n");
	assert_int_equal(dkim_signing_begin(f.s, &key, &f.field, f.digest), 0);
	buf_init(&first, 0);
	buf_adds(&first, buf_str(&f.field));
	memcpy(digest, f.digest, 32);
	assert_int_equal(dkim_signing_begin(f.s, &other, &f.field, f.digest), 0);
	assert_true(memcmp(digest, f.digest, 32) != 0);
	assert_int_equal(dkim_signing_begin(f.s, &key, &f.field, f.digest), 0);
	assert_string_equal(buf_str(&first), buf_str(&f.field));
	assert_memory_equal(digest, f.digest, 32);
	buf_free(&first);
	end_message(&f);
}

static size_t
count_names(const char *h)
{
	size_t n = 1;

	for (; *h != '\0'; h++)
		n += *h == ':';
	return n;
}

static void
begin_many(struct fixture *f, const char *name, size_t n)
{
	struct buf message;

	buf_init(&message, 0);
	buf_adds(&message, "From: a@b\r\n");
	while (n-- > 0)
		buf_addf(&message, "%s: %zu\r\n", name, n);
	buf_adds(&message, "\r\n");
	begin_message(f, &rules, buf_str(&message));
	assert_int_equal(dkim_signing_begin(f->s, &key, &f->field, f->digest), 0);
	buf_free(&message);
}

static void
b91_h_is_bounded(void **state)
{
	struct fixture f;
	char *h;

	begin_many(&f, "To", 496); /* from:from, subject and these */
	assert_int_equal(f.status, DKIM_SIGNING_OK);
	h = tag(buf_str(&f.field), ";h=");
	assert_int_equal(count_names(h), 499);
	free(h);
	end_message(&f);

	begin_many(&f, "To", 5000);
	assert_int_equal(f.status, DKIM_SIGNING_PARTIAL);
	h = tag(buf_str(&f.field), ";h=");
	assert_true(count_names(h) <= DKIM_SIGN_NAMES_MAX);
	assert_true(count_names(h) > 100);
	assert_memory_equal(h, "from:from:to:to:", 16);
	assert_string_equal(h + strlen(h) - strlen(":to:subject"), ":to:subject");
	free(h);
	end_message(&f);

	begin_many(&f, "X-Other", 5000);
	assert_int_equal(f.status, DKIM_SIGNING_OK);
	assert_tag(&f, ";h=", "from:from:subject");
	end_message(&f);
}

static void
signing_without_memory(void **state)
{
	struct arena mem;
	struct header h;
	struct buf field;
	struct dkim_signing *s;
	uint8_t digest[32], sig[256] = {0};

	arena_init(&mem, 100);
	header_init(&h, &mem, 0, 0);
	assert_null(dkim_signing_new(&rules, &mem));
	dkim_signing_free(NULL);
	arena_free(&mem);

	arena_init(&mem, 0);
	assert_non_null(s = dkim_signing_new(&rules, &mem));
	mem.max = mem.total;
	h.n = 1;
	assert_int_equal(dkim_signing_headers(s, &h), DKIM_SIGNING_ERROR);
	h.n = 0;
	mem.max = mem.total + 64;
	assert_int_equal(dkim_signing_headers(s, &h), DKIM_SIGNING_OK);
	dkim_signing_body_end(s);
	buf_init(&field, 100);
	assert_int_equal(dkim_signing_begin(s, &key, &field, digest), -1);
	field.max = 300;
	assert_int_equal(dkim_signing_begin(s, &key, &field, digest), 0);
	assert_int_equal(dkim_signing_finish(&field, sig, sizeof(sig)), -1);
	buf_free(&field);
	dkim_signing_free(s);
	header_free(&h);
	arena_free(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc6376_example),
	    cmocka_unit_test(rfc8463_examples),
	    cmocka_unit_test(b06_names_in_h),
	    cmocka_unit_test(field_as_it_looks),
	    cmocka_unit_test(b70_lines_are_narrow),
	    cmocka_unit_test(identities),
	    cmocka_unit_test(b96_digest_is_what_verifiers_make),
	    cmocka_unit_test(keys_do_not_disturb_each_other),
	    cmocka_unit_test(b91_h_is_bounded),
	    cmocka_unit_test(signing_without_memory),
	};

	return cmocka_run_group_tests_name("dkim_sign", tests, NULL, NULL);
}
