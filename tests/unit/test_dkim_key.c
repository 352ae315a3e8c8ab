/* auth/dkim_key: which records are keys, and what they verify. */
#include "unit.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/digest.h"
#include "auth/dkim_key.h"
#include "base/base64.h"
#include "base/buf.h"
#include "dns/zone.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 8463 appendix A.2 */
#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA                                                                                        \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"                                       \
	"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"                    \
	"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"                    \
	"Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
/* The same as RSAPublicKey. */
#define RSA_BARE                                                                                   \
	"MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/"                   \
	"H9vJjMI1vdb3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c7"                   \
	"0/OjFnJVgvMF87YR4Lcincb7aSvI5MgpP6X8rjDdAgMBAAE="

static void
records(void **state)
{
	static const struct {
		const char *record;
		enum dkim_key_status status;
		const char *reason; /* begins with */
		const char *flags;  /* y t=y, s t=s, - no sha256, n not for email */
	} cases[] = {
	    /* B25: v= */
	    {"v=DKIM1; k=rsa; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"k=rsa; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"p=" RSA, DKIM_KEY_OK, "", ""},
	    {" v = DKIM1 ;\tp = " RSA " ; ", DKIM_KEY_OK, "", ""},
	    {"v=DKIM1.0; p=" RSA, DKIM_KEY_BAD, "v=", ""},
	    {"v=dkim1; p=" RSA, DKIM_KEY_BAD, "v=", ""},
	    {"v=; p=" RSA, DKIM_KEY_BAD, "v=", ""},
	    {"p=" RSA "; v=DKIM1", DKIM_KEY_BAD, "v=", ""},
	    {"v=spf1 -all", DKIM_KEY_BAD, "v=", ""},
	    /* the list */
	    {"", DKIM_KEY_BAD, "the record is no tag list", ""},
	    {"DKIM1", DKIM_KEY_BAD, "the record is no tag list", ""},
	    {"v=DKIM1; p=" RSA "; p=" RSA, DKIM_KEY_BAD, "the record is no tag list", ""},
	    {"v=DKIM1;; p=" RSA, DKIM_KEY_BAD, "the record is no tag list", ""},
	    {"v=DKIM1; foo=bar; x_1=; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"v=DKIM1; n=a note=20here; g=*; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"v=DKIM1", DKIM_KEY_BAD, "the record has no p=", ""},
	    {"v=DKIM1; P=" RSA, DKIM_KEY_BAD, "the record has no p=", ""},
	    {"v=DKIM1; p=", DKIM_KEY_REVOKED, "the key is revoked", ""},
	    {"v=DKIM1; k=ed25519; p= ;", DKIM_KEY_REVOKED, "the key is revoked", ""},
	    /* k= */
	    {"v=DKIM1; k=ed25519; p=" ED, DKIM_KEY_OK, "", ""},
	    {"v=DKIM1; k=dsa; p=" RSA, DKIM_KEY_BAD, "unknown key type", ""},
	    {"v=DKIM1; k=; p=" RSA, DKIM_KEY_BAD, "unknown key type", ""},
	    {"v=DKIM1; k=rsa; p=" ED, DKIM_KEY_BAD, "p= is no RSA key", ""},
	    {"v=DKIM1; k=ed25519; p=" RSA, DKIM_KEY_BAD, "p= is not the 32", ""},
	    {"v=DKIM1; k=rsa; p=" RSA_BARE, DKIM_KEY_OK, "", ""},
	    /* h=, s=, t= */
	    {"h=sha256; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"h=sha1 : sha256; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"h=sha512:sha256; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"h=sha1; p=" RSA, DKIM_KEY_OK, "", "-"},
	    {"h=; p=" RSA, DKIM_KEY_BAD, "a list", ""},
	    {"s=email; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"s=*; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"s=tlsrpt : email; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"s=tlsrpt; p=" RSA, DKIM_KEY_OK, "", "n"},
	    {"t=y; p=" RSA, DKIM_KEY_OK, "", "y"},
	    {"t=s; p=" RSA, DKIM_KEY_OK, "", "s"},
	    {"t=y : foo : s; p=" RSA, DKIM_KEY_OK, "", "ys"},
	    {"t=Y; p=" RSA, DKIM_KEY_OK, "", ""},
	    {"t=; p=" RSA, DKIM_KEY_OK, "", ""},
	    /* B26: pasted twice; wrong wrapping */
	    {"v=DKIM1; k=ed25519; p=" ED "v=DKIM1; k=ed25519; p=" ED, DKIM_KEY_BAD,
		"the record is no tag list", ""},
	    {"v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		DKIM_KEY_BAD, "p= is not the 32", ""},
	    {"v=DKIM1; k=rsa; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		DKIM_KEY_BAD, "p= is no RSA key", ""},
	    {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", DKIM_KEY_BAD,
		"p= is not the 32", ""},
	    /* base64 */
	    {"k=ed25519; p=11qYAYKxCrfV S/7TyWQHOg7h\r\n cvPapiMlrwIaaPcHURo =", DKIM_KEY_OK, "",
		""},
	    {"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo", DKIM_KEY_BAD,
		"p= is no base64", ""},
	    {"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURp=", DKIM_KEY_BAD,
		"p= is no base64", ""},
	    {"k=ed25519; p=11qYAYKxCrfVS-7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DKIM_KEY_BAD,
		"p= is no base64", ""},
	    {"k=ed25519; p=====", DKIM_KEY_BAD, "p= is no base64", ""},
	};
	struct dkim_key k;
	char flags[8];
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		dkim_key_parse(&k, cases[i].record, strlen(cases[i].record));
		snprintf(flags, sizeof(flags), "%s%s%s%s", k.testing ? "y" : "",
		    k.strict ? "s" : "", k.status == DKIM_KEY_OK && !k.sha256 ? "-" : "",
		    k.status == DKIM_KEY_OK && !k.email ? "n" : "");
		if (k.status != cases[i].status || strcmp(flags, cases[i].flags) != 0 ||
		    strncmp(k.reason, cases[i].reason, strlen(cases[i].reason)) != 0)
			fail_msg("%s: %d \"%s\" %s", cases[i].record, k.status, k.reason, flags);
		dkim_key_free(&k);
	}
}

/* ---- RSA keys of all sorts, made of numbers ---- */

/* A key of that many bits and that exponent, as SubjectPublicKeyInfo in base64, extra bytes behind.
 */
static char *
rsa_record(int bits, const char *exponent, size_t extra)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_new(), *e = NULL;
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;
	uint8_t der[8192] = {0}, *p = der;
	char *record = malloc(16384);
	int len;

	BN_hex2bn(&e, exponent);
	BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	len = i2d_PUBKEY(key, &p);
	assert_true(len > 0 && (size_t)len + extra < sizeof(der));
	strcpy(record, "p=");
	EVP_EncodeBlock((uint8_t *)record + 2, der, len + (int)extra);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return record;
}

/* Forms of DER that are not those of an RSA key, from the RFC 8463 key's 162 octets. */
static void
wrapping_is_strict_B26_B90(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		bool good;
	} cases[] = {
	    {161, 0x03, true},	/* the exponent */
	    {0, 0x31, false},	/* no SEQUENCE */
	    {2, 0x9e, false},	/* too short */
	    {2, 0xa0, false},	/* too long */
	    {3, 0x31, false},	/* no algorithm */
	    {15, 0x0a, false},	/* RSASSA-PSS */
	    {16, 0x04, false},	/* parameters that are no NULL */
	    {18, 0x04, false},	/* no BIT STRING */
	    {21, 0x01, false},	/* unused bits */
	    {22, 0x31, false},	/* no SEQUENCE within */
	    {28, 0x80, false},	/* a negative modulus */
	    {157, 0x80, false}, /* another tag */
	    {159, 0x81, false}, /* a negative exponent */
	    {159, 0x00, false}, /* one that is not in its shortest form */
	};
	uint8_t der[256];
	char record[512] = "p=";
	struct dkim_key k;
	size_t i, len;

	for (i = 0; i < LEN(cases); i++) {
		assert_true(base64_decode(RSA, strlen(RSA), der, &len));
		assert_int_equal(len, 162);
		der[cases[i].at] = cases[i].byte;
		EVP_EncodeBlock((uint8_t *)record + 2, der, (int)len);
		dkim_key_parse(&k, record, strlen(record));
		if ((k.status == DKIM_KEY_OK) != cases[i].good)
			fail_msg("octet %zu: %s", cases[i].at, k.reason);
		dkim_key_free(&k);
	}
}

static void
rsa_numbers_B90(void **state)
{
	static const struct {
		int bits;
		const char *exponent;
		size_t extra;
		enum dkim_key_status status;
	} cases[] = {
	    {512, "10001", 0, DKIM_KEY_OK}, /* its bits are for the verifier to judge */
	    {1023, "10001", 0, DKIM_KEY_OK},
	    {1024, "10001", 0, DKIM_KEY_OK},
	    {2048, "3", 0, DKIM_KEY_OK},
	    {2048, "FFFFFFFFFFFFFFFF", 0, DKIM_KEY_OK},
	    {8192, "10001", 0, DKIM_KEY_OK},
	    {16384, "10001", 0, DKIM_KEY_OK},
	    {32768, "10001", 0, DKIM_KEY_BAD},
	    {2048, "1", 0, DKIM_KEY_BAD},
	    {2048, "10000", 0, DKIM_KEY_BAD},
	    {2048, "10000000000000001", 0, DKIM_KEY_BAD},
	    {2048, "10001", 1, DKIM_KEY_BAD},
	    {2048, "10001", 300, DKIM_KEY_BAD},
	};
	struct dkim_key k;
	char *record;
	size_t i;

	for (i = 0; i < LEN(cases); i++) {
		record = rsa_record(cases[i].bits, cases[i].exponent, cases[i].extra);
		dkim_key_parse(&k, record, strlen(record));
		if (k.status != cases[i].status ||
		    (k.status == DKIM_KEY_OK && k.bits != (unsigned)cases[i].bits))
			fail_msg("%d bits, e %s: %s", cases[i].bits, cases[i].exponent, k.reason);
		dkim_key_free(&k);
		free(record);
	}
}

static void
cut_keys_are_none_B90(void **state)
{
	uint8_t der[256], copy[256];
	struct dkim_key k;
	char record[512];
	size_t len, i;

	assert_true(base64_decode(RSA, strlen(RSA), der, &len));
	for (i = 0; i < len; i++) {
		memcpy(copy, der, i);
		strcpy(record, "p=");
		EVP_EncodeBlock((uint8_t *)record + 2, copy, (int)i);
		dkim_key_parse(&k, record, strlen(record));
		assert_int_not_equal(k.status, DKIM_KEY_OK);
		dkim_key_free(&k);
	}
}

/* ---- several records ---- */

static const char zone_text[] =
    "one._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; p=\" \"" ED "\"\n"
    "two._domainkey.example.com. TXT \"v=spf1 -all\"\n"
    "two._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; p=" ED "\"\n"
    "two._domainkey.example.com. TXT \"p=" RSA_BARE "\"\n"
    "bad._domainkey.example.com. TXT \"v=spf1 -all\"\n"
    "bad._domainkey.example.com. TXT \"p=\"\n";

static void
assert_keys(struct dns_source *dns, const char *name, size_t n, enum dkim_key_status status)
{
	const struct dns_answer *a = dns_lookup(dns, name, DNS_TXT, dns_now() + 10000);
	const struct dkim_keys *keys = dns_answer_parsed(a, &dkim_keys_parser);

	assert_non_null(keys);
	assert_int_equal(keys->n, n);
	assert_int_equal(keys->v[0].status, status);
	assert_ptr_equal(keys, dns_answer_parsed(a, &dkim_keys_parser));
	dns_answer_unref(a);
}

static void
keys_of_an_answer_B27(void **state)
{
	struct dns_source *dns;
	struct buf error;

	buf_init(&error, 0);
	dns = dns_zone_new(zone_text, strlen(zone_text), &error);
	assert_non_null(dns);
	assert_keys(dns, "one._domainkey.example.com", 1, DKIM_KEY_OK);
	assert_keys(dns, "two._domainkey.example.com", 2, DKIM_KEY_OK);
	assert_keys(dns, "bad._domainkey.example.com", 1, DKIM_KEY_REVOKED);
	dns_source_free(dns);
	buf_free(&error);
}

/* ---- verifying, by many threads at once ---- */

#define ROUNDS 300

static struct dkim_key shared;
static uint8_t shared_sig[256], shared_digest[DKIM_DIGEST_LEN];

/* Returns how many answers were wrong. */
static void *
verify_often(void *bad)
{
	uint8_t other[DKIM_DIGEST_LEN] = {0};
	size_t i, wrong = 0;

	for (i = 0; i < ROUNDS; i++) {
		wrong += !dkim_key_verify(&shared, shared_digest, shared_sig, sizeof(shared_sig));
		wrong += dkim_key_verify(&shared, other, shared_sig, sizeof(shared_sig));
		wrong += dkim_key_verify(&shared, shared_digest, shared_sig, 255);
	}
	*(size_t *)bad = wrong;
	return NULL;
}

static void
make_shared(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t der[1024], *p = der;
	char record[2048] = "p=";
	size_t n = sizeof(shared_sig);

	memset(shared_digest, 7, sizeof(shared_digest));
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256());
	assert_int_equal(EVP_PKEY_sign(ctx, shared_sig, &n, shared_digest, DKIM_DIGEST_LEN), 1);
	EVP_EncodeBlock((uint8_t *)record + 2, der, i2d_PUBKEY(key, &p));
	dkim_key_parse(&shared, record, strlen(record));
	assert_int_equal(shared.status, DKIM_KEY_OK);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void
threads_share_a_key(void **state)
{
	pthread_t threads[4];
	size_t wrong[4], i;

	make_shared();
	for (i = 0; i < LEN(threads); i++)
		pthread_create(&threads[i], NULL, verify_often, &wrong[i]);
	for (i = 0; i < LEN(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
	dkim_key_free(&shared);
}

/* ---- base64 ---- */

static void
base64_is_strict(void **state)
{
	static const struct {
		const char *text, *bytes; /* bytes: NULL for none */
	} cases[] = {
	    {"", ""},
	    {"Zg==", "f"},
	    {"Zm8=", "fo"},
	    {"Zm9v", "foo"},
	    {"Zm9vYg==", "foob"},
	    {" Z m\r\n\t9v ", "foo"},
	    {"Zg= =", "f"},
	    {"Z", NULL},
	    {"Zg", NULL},
	    {"Zg=", NULL},
	    {"Zg===", NULL},
	    {"Zg====", NULL},
	    {"Zg==Zg==", NULL},
	    {"Zg==Zm9v", NULL},
	    {"Zh==", NULL},
	    {"Zm9=", NULL},
	    {"Z===", NULL},
	    {"====", NULL},
	    {"Z=g=", NULL},
	    {"Zm9-", NULL},
	    {"Zm9_", NULL},
	    {"Zm9\xff", NULL},
	};
	uint8_t out[32];
	size_t i, len;
	bool ok;

	for (i = 0; i < LEN(cases); i++) {
		ok = base64_decode(cases[i].text, strlen(cases[i].text), out, &len);
		if (ok != (cases[i].bytes != NULL) ||
		    (ok &&
			(len != strlen(cases[i].bytes) || memcmp(out, cases[i].bytes, len) != 0)))
			fail_msg("%s", cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64_is_strict),
	    cmocka_unit_test(records),
	    cmocka_unit_test(rsa_numbers_B90),
	    cmocka_unit_test(cut_keys_are_none_B90),
	    cmocka_unit_test(wrapping_is_strict_B26_B90),
	    cmocka_unit_test(keys_of_an_answer_B27),
	    cmocka_unit_test(threads_share_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
