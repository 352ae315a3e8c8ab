/* keys/: key files, who may read them, the key store, the catalog, DNS records. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/catalog.h"
#include "keys/keyfile.h"
#include "keys/keystore.h"
#include "keys/pem.h"
#include "keys/published.h"
#include "keys/record.h"
#include "keys/secrecy.h"
#include "keys/selector.h"
#include "keys/vault.h"
#include "test_keys_data.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define MANY 4 /* RSA-2048 keys made for all tests */

static char root[64];	    /* a new folder for each test: keys_dir */
static char *rsa2048[MANY]; /* PKCS#8 */
static char *rsa_pkcs1;
static const uint8_t digest[KEYSTORE_DIGEST] = "thirty-two bytes to be signed..";

/* ---- files and keys ---- */

typedef int write_fn(BIO *, EVP_PKEY *);

static int
write_pkcs8(BIO *b, EVP_PKEY *k)
{
	return PEM_write_bio_PKCS8PrivateKey(b, k, NULL, NULL, 0, NULL, NULL);
}

static int
write_pkcs1(BIO *b, EVP_PKEY *k)
{
	return PEM_write_bio_PrivateKey_traditional(b, k, NULL, NULL, 0, NULL, NULL);
}

static int
write_encrypted(BIO *b, EVP_PKEY *k)
{
	return PEM_write_bio_PKCS8PrivateKey(b, k, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
}

static int
write_encrypted_pkcs1(BIO *b, EVP_PKEY *k)
{
	return PEM_write_bio_PrivateKey_traditional(
	    b, k, EVP_aes_128_cbc(), (const unsigned char *)"secret", 6, NULL, NULL);
}

static int
write_public(BIO *b, EVP_PKEY *k)
{
	return PEM_write_bio_PUBKEY(b, k);
}

static char *
pem_text(EVP_PKEY *key, write_fn *how)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data, *text;
	long n;

	assert_non_null(key);
	assert_int_equal(how(b, key), 1);
	n = BIO_get_mem_data(b, &data);
	text = strndup(data, (size_t)n);
	BIO_free(b);
	return text;
}

static char *
make_pem(EVP_PKEY *key, write_fn *how)
{
	char *text = pem_text(key, how);

	EVP_PKEY_free(key);
	return text;
}

static void
put(const char *name, const char *content, mode_t mode)
{
	char path[512], *slash;
	size_t n = strlen(content);
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, 0700) == -1)
		assert_int_equal(errno, EEXIST);
	*slash = '/';
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, content, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
remove_file(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(remove(path), 0);
}

static int
remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int
setup(void **state)
{
	snprintf(root, sizeof(root), "/tmp/gatepost-keys.XXXXXX");
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int
setup_keys(void **state)
{
	EVP_PKEY *key;
	size_t i;

	for (i = 0; i < MANY; i++)
		rsa2048[i] = make_pem(EVP_RSA_gen(2048), write_pkcs8);
	key = EVP_RSA_gen(2048);
	rsa_pkcs1 = make_pem(key, write_pkcs1);
	return 0;
}

static int
teardown_keys(void **state)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		free(rsa2048[i]);
	free(rsa_pkcs1);
	return 0;
}

static struct keystore *
load_with(const struct keystore *prev, struct buf *err, unsigned cache)
{
	struct keystore_options opt = {
	    .threads = 2, .cache = cache, .reader = geteuid(), .reader_group = getegid()};

	buf_init(err, 0);
	return keystore_load(root, prev, &opt, err);
}

static struct keystore *
load(const struct keystore *prev)
{
	struct keystore *ks;
	struct buf err;

	ks = load_with(prev, &err, 0);
	if (ks == NULL)
		fail_msg("%s", buf_str(&err));
	buf_free(&err);
	return ks;
}

/* Loads, which must fail with a text that has this in it. */
static void
refused(const char *expected)
{
	struct keystore *ks;
	struct buf err;

	ks = load_with(NULL, &err, 0);
	if (ks != NULL)
		fail_msg("accepted; expected: %s", expected);
	if (strstr(buf_str(&err), expected) == NULL)
		fail_msg("\"%s\" does not say: %s", buf_str(&err), expected);
	buf_free(&err);
}

static struct catalog *
catalog_of(const struct keystore *ks)
{
	struct catalog *c;
	struct buf err;
	int fd;

	buf_init(&err, 0);
	fd = keystore_catalog(ks);
	assert_int_not_equal(fd, -1);
	c = catalog_open(fd, &err);
	if (c == NULL)
		fail_msg("%s", buf_str(&err));
	close(fd);
	return c;
}

/* The id of a domain's only key. */
static uint64_t
id_of(const struct keystore *ks, const char *domain)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c = catalog_of(ks);

	assert_int_equal(catalog_find(c, domain, k), 1);
	catalog_unref(c);
	return k[0].id;
}

static bool
verifies(const char *pem, const uint8_t *sig, size_t n)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok;

	if (EVP_PKEY_is_a(key, "RSA")) {
		ctx = EVP_PKEY_CTX_new(key, NULL);
		ok = EVP_PKEY_verify_init(ctx) == 1 &&
		     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		     EVP_PKEY_verify(ctx, sig, n, digest, sizeof(digest)) == 1;
	} else {
		ok = EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
		     EVP_DigestVerify(md, sig, n, digest, sizeof(digest)) == 1;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	BIO_free(b);
	return ok;
}

static void
signs_as(struct keystore *ks, uint64_t id, const char *pem)
{
	uint8_t sig[KEYSTORE_MAX_SIG];
	size_t n = 0;

	assert_int_equal(keystore_sign(ks, id, digest, sig, &n), KEYSTORE_OK);
	assert_true(verifies(pem, sig, n));
}

/* ---- key files ---- */

static void
keys_of_every_kind_sign(void **state)
{
	const struct {
		const char *pem;
		enum key_alg alg;
		unsigned bits;
	} t[] = {
	    {rsa2048[0], KEY_RSA, 2048},
	    {rsa_pkcs1, KEY_RSA, 2048},
	    {pem_rfc_rsa, KEY_RSA, 1024},
	    {pem_rsa8192, KEY_RSA, 8192},
	    {pem_rfc_ed25519, KEY_ED25519, 256},
	};
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c;
	struct keystore *ks;
	char name[64];
	size_t i;

	for (i = 0; i < N(t); i++) {
		snprintf(name, sizeof(name), "d%zu.example/s1.pem", i);
		put(name, t[i].pem, 0600);
	}
	ks = load(NULL);
	assert_int_equal(keystore_domains(ks), N(t));
	assert_int_equal(keystore_keys(ks), N(t));
	c = catalog_of(ks);
	for (i = 0; i < N(t); i++) {
		snprintf(name, sizeof(name), "d%zu.example", i);
		assert_int_equal(catalog_find(c, name, k), 1);
		assert_int_equal(k[0].alg, t[i].alg);
		assert_int_equal(k[0].bits, t[i].bits);
		assert_string_equal(k[0].selector, "s1");
		signs_as(ks, k[0].id, t[i].pem);
		signs_as(ks, k[0].id, t[i].pem); /* from the cache */
	}
	catalog_unref(c);
	keystore_free(ks);
}

static void
an_unknown_id_is_unknown(void **state)
{
	uint8_t sig[KEYSTORE_MAX_SIG];
	struct keystore *ks;
	size_t n;

	ks = load(NULL); /* an empty folder is fine */
	assert_int_equal(keystore_keys(ks), 0);
	assert_int_equal(keystore_sign(ks, 0, digest, sig, &n), KEYSTORE_UNKNOWN);
	keystore_free(ks);
	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	ks = load(NULL);
	assert_int_equal(
	    keystore_sign(ks, id_of(ks, "a.example") + 1, digest, sig, &n), KEYSTORE_UNKNOWN);
	keystore_free(ks);
}

/* Puts the head of a DER element into out. Returns its length. */
static size_t
der_head(uint8_t *out, uint8_t tag, size_t len)
{
	out[0] = tag;
	if (len < 0x80) {
		out[1] = (uint8_t)len;
		return 2;
	}
	if (len < 0x100) {
		out[1] = 0x81;
		out[2] = (uint8_t)len;
		return 3;
	}
	out[1] = 0x82;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	return 4;
}

static char *
armoured(const uint8_t *der, size_t n)
{
	char *base64 = malloc(n / 3 * 4 + 5), *text;

	EVP_EncodeBlock((unsigned char *)base64, der, (int)n);
	assert_int_not_equal(asprintf(&text,
				 "-----BEGIN RSA PRIVATE KEY-----\n%s\n"
				 "-----END RSA PRIVATE KEY-----\n",
				 base64),
	    -1);
	free(base64);
	return text;
}

/* A PKCS#1 file of an RSA modulus of that many bits (a multiple of 8), other numbers being 3. */
static char *
fake_rsa(unsigned bits)
{
	uint8_t der[4096], head[4];
	size_t n = 4, len, start;
	int i;

	memcpy(der + n, "\x02\x01\x00", 3);
	n += 3;
	n += der_head(der + n, 0x02, bits / 8 + 1);
	der[n++] = 0;
	memset(der + n, 0xff, bits / 8);
	n += bits / 8;
	for (i = 0; i < 7; i++, n += 3)
		memcpy(der + n, "\x02\x01\x03", 3);
	len = der_head(head, 0x30, n - 4);
	start = 4 - len;
	memcpy(der + start, head, len);
	return armoured(der + start, n - start);
}

static char *
joined(const char *a, const char *b)
{
	char *text;

	assert_int_not_equal(asprintf(&text, "%s%s", a, b), -1);
	return text;
}

/* A copy without the last n characters of the base64. */
static char *
shortened(const char *pem, size_t n)
{
	char *text = strdup(pem), *end = strstr(text, "\n-----END");

	memmove(end - n, end, strlen(end) + 1);
	return text;
}

static void
files_that_are_no_keys_are_refused(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	struct {
		char *content;
		const char *expected;
	} t[] = {
	    {strdup(""), "is empty"},
	    {strdup("hello\n"), "is not a PEM file"},
	    {strdup("-----BEGIN PRIVATE KEY-----\nAAAA\n"), "is damaged"},
	    {strdup("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END RSA KEY-----\n"), "is damaged"},
	    {strdup("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), "is damaged"},
	    {strdup("-----BEGIN PRIVATE KEY-----\nA=AA\n-----END PRIVATE KEY-----\n"),
		"is damaged"},
	    {strdup("-----BEGIN PRIVATE KEY-----\n====\n-----END PRIVATE KEY-----\n"),
		"is damaged"},
	    {strdup("-----BEGIN PRIVATE KEY-----\nMIIE\xff\n-----END PRIVATE KEY-----\n"),
		"is damaged"},
	    {shortened(rsa2048[0], 3), "is damaged"}, /* not a multiple of four */
	    {shortened(rsa2048[0], 8), "is damaged"}, /* DER cut short */
	    {shortened(pem_rfc_rsa, 4), "is damaged"},
	    {shortened(pem_rfc_ed25519, 4), "is damaged"},
	    {pem_text(rsa, write_encrypted), "is encrypted"},
	    {pem_text(rsa, write_encrypted_pkcs1), "is encrypted"},
	    {pem_text(rsa, write_public), "holds a public key only"},
	    {strdup("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		"holds a certificate"},
	    {make_pem(EVP_EC_gen("P-256"), write_pkcs8), "neither RSA nor Ed25519"},
	    {make_pem(EVP_EC_gen("P-256"), write_pkcs1), "neither RSA nor Ed25519"},
	    {make_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), write_pkcs8),
		"neither RSA nor Ed25519"},
	    {joined(rsa2048[0], rsa2048[1]), "more than one private key"},
	    {fake_rsa(512), "less than 1024 bits"},
	    {fake_rsa(1016), "less than 1024 bits"},
	    {fake_rsa(8200), "more than 8192 bits"},
	};
	size_t i;

	for (i = 0; i < N(t); i++) {
		put("a.example/s1.pem", t[i].content, 0600);
		refused(t[i].expected);
		refused("a.example/s1.pem: ");
		free(t[i].content);
	}
	EVP_PKEY_free(rsa);
}

static void
a_file_over_64_kib_is_refused(void **state)
{
	char *text = malloc(PEM_MAX + 2);

	memset(text, '\n', PEM_MAX + 1);
	text[PEM_MAX + 1] = '\0';
	put("a.example/s1.pem", text, 0600);
	refused("longer than 64 KiB");
	text[PEM_MAX] = '\0';
	memcpy(text, pem_rfc_ed25519, strlen(pem_rfc_ed25519));
	put("a.example/s1.pem", text, 0600);
	keystore_free(load(NULL));
	free(text);
}

static void
a_key_among_other_things_is_found(void **state)
{
	static const char cert[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	char *text, *crlf;
	size_t i, n = 0;

	text = joined("Subject: something\n", cert);
	crlf = calloc(1, 2 * strlen(rsa2048[0]) + 1);
	for (i = 0; rsa2048[0][i] != '\0'; i++) {
		if (rsa2048[0][i] == '\n')
			crlf[n++] = '\r';
		crlf[n++] = rsa2048[0][i];
	}
	put("a.example/s1.pem", text, 0600);
	refused("holds a certificate");
	free(text);
	text = joined(cert, crlf);
	put("a.example/s1.pem", text, 0600);
	keystore_free(load(NULL));
	free(text);
	free(crlf);
}

/* Each byte of a key damaged in turn: whatever is signed with it then is right nevertheless. */
static void
damaged_keys_never_sign_wrongly(void **state)
{
	size_t i, n, refusals = 0, bad = 0, good = 0;
	uint8_t der[PEM_MAX_DER], sig[KEYSTORE_MAX_SIG];
	struct keystore *ks;
	struct pem_key key;
	struct buf err;
	char *text;

	assert_int_equal(pem_parse(pem_rfc_rsa, strlen(pem_rfc_rsa), der, &key), PEM_OK);
	for (i = 0; i < key.len; i++) {
		der[i] ^= 0x10;
		text = armoured(der, key.len);
		der[i] ^= 0x10;
		put("a.example/s1.pem", text, 0600);
		free(text);
		ks = load_with(NULL, &err, 0);
		buf_free(&err);
		if (ks == NULL) {
			refusals++;
			continue;
		}
		if (keystore_sign(ks, id_of(ks, "a.example"), digest, sig, &n) == KEYSTORE_OK) {
			assert_true(verifies(pem_rfc_rsa, sig, n));
			good++;
		} else {
			bad++;
		}
		keystore_free(ks);
	}
	/* the lengths; the modulus and the exponent; what OpenSSL can do without */
	assert_true(refusals > 10 && bad > 128 && good > 0);
}

/* Base64 of a key whose private exponent and primes do not fit its modulus. */
static char *
inconsistent_rsa(void)
{
	char *text = strdup(pem_rfc_rsa), *at = strstr(text, "AoGAH0cx");

	/* the first digits of d, and of p */
	memcpy(at + 6, "AAAAAA", 6);
	at = strstr(text, "AkEA8C7P");
	memcpy(at + 5, "AAA", 3);
	return text;
}

static void
a_key_that_decodes_badly_is_a_bad_key(void **state)
{
	char *pem = inconsistent_rsa();
	uint8_t sig[KEYSTORE_MAX_SIG];
	struct keystore *ks;
	size_t n;

	put("a.example/s1.pem", pem, 0600);
	ks = load(NULL);
	assert_int_equal(
	    keystore_sign(ks, id_of(ks, "a.example"), digest, sig, &n), KEYSTORE_BAD_KEY);
	assert_int_equal(
	    keystore_sign(ks, id_of(ks, "a.example"), digest, sig, &n), KEYSTORE_BAD_KEY);
	keystore_free(ks);
	free(pem);
}

/* ---- names ---- */

static void
B10_folders_in_any_spelling(void **state)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c;
	struct keystore *ks;

	put("b\xc3\xbc"
	    "cher.example/S1.pem",
	    pem_rfc_ed25519, 0600);
	put("Example.ORG/s2.pem", pem_rfc_ed25519, 0600);
	put("Example.ORG/s1.mail.pem", pem_rfc_rsa, 0600);
	ks = load(NULL);
	c = catalog_of(ks);
	assert_int_equal(catalog_find(c, "xn--bcher-kva.example", k), 1);
	assert_string_equal(k[0].domain, "xn--bcher-kva.example");
	assert_string_equal(k[0].selector, "s1");
	assert_int_equal(catalog_find(c, "example.org", k), 2);
	assert_string_equal(k[0].selector, "s1.mail"); /* RSA first */
	assert_string_equal(k[1].selector, "s2");
	assert_int_equal(catalog_find(c, "example.com", k), 0);
	catalog_unref(c);
	keystore_free(ks);
}

static void
B10_two_spellings_of_one_domain_are_refused(void **state)
{
	put("b\xc3\xbc"
	    "cher.example/s1.pem",
	    pem_rfc_ed25519, 0600);
	put("xn--bcher-kva.example/s2.pem", pem_rfc_ed25519, 0600);
	refused("the folders b\xc3\xbc"
		"cher.example and xn--bcher-kva.example are the same domain");
}

static void
other_files_are_ignored(void **state)
{
	struct keystore *ks;

	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	put("a.example/s2.pem.pending", "x", 0644);
	put("a.example/s3.pem.retired", "x", 0644);
	put("a.example/.s4.pem", "x", 0644);
	put("a.example/s5.txt", "x", 0644);
	put("a.example/.pem", "x", 0644);
	put(".git/s6.pem", "x", 0644);
	put("README", "x", 0644);
	ks = load(NULL);
	assert_int_equal(keystore_domains(ks), 1);
	assert_int_equal(keystore_keys(ks), 1);
	keystore_free(ks);
}

static void
bad_names_are_refused(void **state)
{
	static const struct {
		const char *name, *expected;
	} t[] = {
	    {"a.example/s 1.pem", "its name is no selector"},
	    {"a.example/-s1.pem", "its name is no selector"},
	    {"a.example/s1-.pem", "its name is no selector"},
	    {"a.example/s1..x.pem", "its name is no selector"},
	    {"a.example/s1\033[31m.pem", "s1?[31m.pem: its name is no selector"},
	    {"a.example/s\xc3\xbc.pem", "its name is no selector"},
	    {"no domain/s1.pem", "a folder whose name is no domain"},
	    {"s1.pem", "a key outside of any domain's folder"},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/s1234.pem",
		"too long for the DNS"},
	};
	size_t i;

	for (i = 0; i < N(t); i++) {
		setup(NULL);
		put(t[i].name, pem_rfc_ed25519, 0600);
		refused(t[i].expected);
		teardown(NULL);
	}
	setup(NULL);
}

static void
one_selector_twice_is_refused(void **state)
{
	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	put("a.example/S1.pem", pem_rfc_ed25519, 0600);
	refused("names the same selector in other letters");
}

static void
sixteen_keys_and_no_more(void **state)
{
	struct keystore *ks;
	char name[64];
	int i;

	for (i = 0; i < CATALOG_MAX_KEYS; i++) {
		snprintf(name, sizeof(name), "a.example/s%d.pem", i);
		put(name, pem_rfc_ed25519, 0600);
	}
	ks = load(NULL);
	assert_int_equal(keystore_keys(ks), CATALOG_MAX_KEYS);
	keystore_free(ks);
	put("a.example/s16.pem", pem_rfc_ed25519, 0600);
	refused("more than 16 keys for one domain");
}

static void
at_most_twenty_complaints(void **state)
{
	struct keystore *ks;
	struct buf err;
	const char *at;
	char name[64];
	int i, lines = 0;

	for (i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "d%02d.example/s1.pem", i);
		put(name, "x", 0600);
	}
	ks = load_with(NULL, &err, 0);
	assert_null(ks);
	for (at = buf_str(&err); (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, 21);
	assert_non_null(strstr(buf_str(&err), "d00.example"));
	assert_non_null(strstr(buf_str(&err), "d19.example"));
	assert_null(strstr(buf_str(&err), "d20.example"));
	assert_non_null(strstr(buf_str(&err), "\n... and 5 more\n"));
	buf_free(&err);
}

/* ---- who may read ---- */

#define ME 54321 /* an account that nobody has */
#define MY_GROUP 100

static void
B18_judged_by_bits_and_owner(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		const char *expected; /* "": fine */
	} t[] = {
	    {ME, MY_GROUP, 0600, ""},
	    {ME, MY_GROUP, 0400, ""},
	    {ME, 0, 0600, ""},
	    {0, MY_GROUP, 0640, ""},
	    {0, MY_GROUP, 0440, ""},
	    {ME, MY_GROUP, 0640, ""},
	    {ME, MY_GROUP, 0644,
		"mode 0644: a key that others can read; mend it with: chmod 600 /k"},
	    {ME, MY_GROUP, 0602, "others can write"},
	    {ME, MY_GROUP, 0660, "a group can write; mend it with: chmod 600 /k"},
	    {0, MY_GROUP, 0660, "a group can write; mend it with: chmod 640 /k"},
	    {ME, 50, 0640, "a group other than the signer's can read; mend it with: chmod 600 /k"},
	    {0, 0, 0640, "a group other than the signer's can read"},
	    {54322, MY_GROUP, 0640,
		"owner 54322, mode 0640: a key that belongs to another account; "
		"mend it with: chown 54321: /k && chmod 600 /k"},
	    /* B19 */
	    {0, 0, 0600,
		"/k: owner root, mode 0600: a key that the signer cannot read; "
		"mend it with: chown 54321: /k && chmod 600 /k"},
	    {ME, MY_GROUP, 0200, "the signer cannot read; mend it with: chmod 600 /k"},
	};
	struct secrecy s = {ME, MY_GROUP, 0};
	struct stat st = {0};
	struct buf err;
	size_t i;

	for (i = 0; i < N(t); i++) {
		st.st_uid = t[i].uid;
		st.st_gid = t[i].gid;
		st.st_mode = S_IFREG | t[i].mode;
		buf_init(&err, 0);
		if (secrecy_file(&s, &st, "/k", &err) != (t[i].expected[0] == '\0') ||
		    strstr(buf_str(&err), t[i].expected) == NULL)
			fail_msg("row %zu: %s", i, buf_str(&err));
		buf_free(&err);
	}
}

static void
B18_folders_judged_by_bits_and_owner(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		const char *expected;
	} t[] = {
	    {0, 0, 0755, ""},
	    {0, 0, 0775, ""}, /* group root */
	    {ME, MY_GROUP, 0700, ""},
	    {0, MY_GROUP, 0750, ""},
	    {0, MY_GROUP, 0770, ""},
	    {0, 0, 0777,
		"mode 0777: a folder of keys that others can write; "
		"mend it with: chmod go-w /k"},
	    {0, 0, 01777, "others can write"},
	    {ME, 50, 0775, "a group can write"},
	    {0, 0, 0700,
		"a folder that the signer cannot read; mend it with: "
		"chown 54321: /k && chmod 700 /k"},
	    {0, 0, 0751, "the signer cannot read"},
	    {54322, 0, 0755, "belongs to another account"},
	};
	struct secrecy s = {ME, MY_GROUP, 0};
	struct stat st = {0};
	struct buf err;
	size_t i;

	for (i = 0; i < N(t); i++) {
		st.st_uid = t[i].uid;
		st.st_gid = t[i].gid;
		st.st_mode = S_IFDIR | t[i].mode;
		buf_init(&err, 0);
		if (secrecy_folder(&s, &st, "/k", &err) != (t[i].expected[0] == '\0') ||
		    strstr(buf_str(&err), t[i].expected) == NULL)
			fail_msg("row %zu: %s", i, buf_str(&err));
		buf_free(&err);
	}
}

static void
B18_files_on_disk(void **state)
{
	char path[128];

	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	snprintf(path, sizeof(path), "%s/a.example", root);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(chmod(root, 0755), 0);
	keystore_free(load(NULL));
	assert_int_equal(chmod(path, 0777), 0);
	refused("chmod go-w ");
	assert_int_equal(chmod(path, 0755), 0);
	put("a.example/s1.pem", pem_rfc_ed25519, 0604);
	refused("s1.pem: owner ");
	refused("mode 0604: a key that others can read; mend it with: chmod 600 ");
}

/* The reader is another account than ours, as for root who checks the signer's keys. */
static void
B19_a_key_of_root_is_refused_for_another_reader(void **state)
{
	struct keystore_options opt = {.reader = 54321, .reader_group = 54321};
	struct keystore *ks;
	struct buf err;

	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	assert_int_equal(chmod(root, 0755), 0);
	buf_init(&err, 0);
	ks = keystore_load(root, NULL, &opt, &err);
	assert_null(ks);
	assert_non_null(strstr(buf_str(&err), "a.example: owner "));
	assert_non_null(strstr(buf_str(&err), "the signer cannot read"));
	assert_non_null(strstr(buf_str(&err), "chown 54321: "));
	buf_free(&err);
}

static void
paths_are_quoted_for_the_shell(void **state)
{
	struct buf out;

	buf_init(&out, 0);
	secrecy_quote("/etc/gatepost/keys/a.example/s1.pem", &out);
	assert_string_equal(buf_str(&out), "/etc/gatepost/keys/a.example/s1.pem");
	buf_clear(&out);
	secrecy_quote("/a b/it's;rm -rf", &out);
	assert_string_equal(buf_str(&out), "'/a b/it'\\''s;rm -rf'");
	buf_free(&out);
}

static void
links_are_followed_and_judged_by_their_target(void **state)
{
	char from[128], to[128];
	struct keystore *ks;

	put("a.example/s1.pem", pem_rfc_ed25519, 0600);
	snprintf(to, sizeof(to), "%s/b.example", root);
	assert_int_equal(symlink("a.example", to), 0);
	snprintf(to, sizeof(to), "%s/a.example/s2.pem", root);
	assert_int_equal(symlink("s1.pem", to), 0);
	ks = load(NULL);
	assert_int_equal(keystore_domains(ks), 2);
	assert_int_equal(keystore_keys(ks), 4);
	keystore_free(ks);
	snprintf(from, sizeof(from), "%s/a.example/s1.pem", root);
	assert_int_equal(chmod(from, 0644), 0);
	refused("s2.pem: owner ");
	assert_int_equal(unlink(from), 0);
	refused("s2.pem: a symbolic link to nothing");
}

static void
other_kinds_of_file_are_refused(void **state)
{
	char path[128];

	put("a.example/x", "", 0600);
	snprintf(path, sizeof(path), "%s/a.example/s1.pem", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused("s1.pem: is not a regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused("s1.pem: is not a regular file");
}

static void
a_missing_folder_is_an_error(void **state)
{
	struct keystore_options opt = {.reader = geteuid(), .reader_group = getegid()};
	struct buf err;

	buf_init(&err, 0);
	assert_null(keystore_load("/nonexistent/keys", NULL, &opt, &err));
	assert_string_equal(buf_str(&err), "/nonexistent/keys: No such file or directory\n");
	buf_free(&err);
}

static void
stamps_tell_changes(void **state)
{
	struct stat st = {.st_dev = 1, .st_ino = 2, .st_size = 3};
	struct keyfile_stamp a, b;

	keyfile_stamp(&st, &a);
	b = a;
	assert_true(keyfile_same(&a, &b));
	b.ctime.tv_nsec++;
	assert_false(keyfile_same(&a, &b));
	b = a;
	b.mtime.tv_sec++;
	assert_false(keyfile_same(&a, &b));
	b = a;
	b.size++;
	assert_false(keyfile_same(&a, &b));
	b = a;
	b.dev++;
	assert_false(keyfile_same(&a, &b));
	a.ino = b.ino = 0; /* unsettled */
	b.dev--;
	assert_false(keyfile_same(&a, &b));
}

/* ---- reload ---- */

/* B20: selector and key switch as one; a message in flight keeps what it began with. */
static void
B20_a_replaced_key_signs_until_the_load_after_the_next(void **state)
{
	uint8_t sig[KEYSTORE_MAX_SIG];
	struct keystore *first, *second, *third;
	uint64_t old, new, kept;
	size_t n;

	put("a.example/s1.pem", rsa2048[0], 0600);
	put("b.example/s1.pem", rsa2048[1], 0600);
	first = load(NULL);
	old = id_of(first, "a.example");
	kept = id_of(first, "b.example");
	put("a.example/s1.pem", rsa2048[2], 0600);
	second = load(first);
	new = id_of(second, "a.example");
	assert_true(old != new);
	assert_true(id_of(second, "b.example") == kept);
	signs_as(first, old, rsa2048[0]);
	keystore_free(first);
	signs_as(second, old, rsa2048[0]);
	signs_as(second, new, rsa2048[2]);
	signs_as(second, kept, rsa2048[1]);
	assert_int_equal(keystore_keys(second), 2);
	third = load(second);
	keystore_free(second);
	assert_int_equal(keystore_sign(third, old, digest, sig, &n), KEYSTORE_UNKNOWN);
	signs_as(third, new, rsa2048[2]);
	signs_as(third, kept, rsa2048[1]);
	keystore_free(third);
}

static void
a_removed_key_signs_until_the_load_after_the_next(void **state)
{
	uint8_t sig[KEYSTORE_MAX_SIG];
	struct keystore *first, *second, *third;
	uint64_t id;
	size_t n;

	put("a.example/s1.pem", rsa2048[0], 0600);
	first = load(NULL);
	id = id_of(first, "a.example");
	remove_file("a.example/s1.pem");
	second = load(first);
	keystore_free(first);
	assert_int_equal(keystore_keys(second), 0);
	signs_as(second, id, rsa2048[0]);
	third = load(second);
	keystore_free(second);
	assert_int_equal(keystore_sign(third, id, digest, sig, &n), KEYSTORE_UNKNOWN);
	keystore_free(third);
}

static void
ids_come_from_content_and_name(void **state)
{
	struct keystore *ks;
	char *pkcs8;
	BIO *b = BIO_new_mem_buf(pem_rfc_rsa, -1);
	uint64_t id;

	put("a.example/s1.pem", pem_rfc_rsa, 0600);
	put("b.example/s1.pem", pem_rfc_rsa, 0600);
	ks = load(NULL);
	id = id_of(ks, "a.example");
	assert_true(id != id_of(ks, "b.example"));
	keystore_free(ks);
	/* the same key in another wrapping, from scratch */
	pkcs8 = make_pem(PEM_read_bio_PrivateKey(b, NULL, NULL, NULL), write_pkcs8);
	put("a.example/s1.pem", pkcs8, 0600);
	ks = load(NULL);
	assert_true(id_of(ks, "a.example") == id);
	keystore_free(ks);
	remove_file("a.example/s1.pem");
	put("a.example/s2.pem", pem_rfc_rsa, 0600);
	ks = load(NULL);
	assert_true(id_of(ks, "a.example") != id);
	keystore_free(ks);
	free(pkcs8);
	BIO_free(b);
}

/* B16: a bad file at reload gives no store, and the old one goes on. */
static void
B16_a_bad_reload_leaves_the_old_store(void **state)
{
	struct keystore *ks;
	struct buf err;
	uint64_t id;

	put("a.example/s1.pem", rsa2048[0], 0600);
	ks = load(NULL);
	id = id_of(ks, "a.example");
	put("a.example/s1.pem", "x", 0600);
	assert_null(load_with(ks, &err, 0));
	buf_free(&err);
	signs_as(ks, id, rsa2048[0]);
	keystore_free(ks);
}

/* ---- the cache ---- */

static void
a_small_cache_still_signs_for_all(void **state)
{
	struct keystore *ks, *again;
	struct buf err;
	char name[64];
	int round;
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%zu.example/s1.pem", i);
		put(name, rsa2048[i], 0600);
	}
	ks = load_with(NULL, &err, 2);
	assert_non_null(ks);
	for (round = 0; round < 3; round++)
		for (i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "d%zu.example", i);
			signs_as(ks, id_of(ks, name), rsa2048[i]);
		}
	again = load_with(ks, &err, 1); /* smaller */
	assert_non_null(again);
	keystore_free(ks);
	ks = load_with(again, &err, 8); /* larger */
	assert_non_null(ks);
	keystore_free(again);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%zu.example", i);
		signs_as(ks, id_of(ks, name), rsa2048[i]);
	}
	keystore_free(ks);
	buf_free(&err);
}

struct signing {
	struct keystore *ks;
	uint64_t ids[MANY + 1];
	const char *pems[MANY + 1];
	int bad;
};

static void *
sign_many(void *arg)
{
	struct signing *s = arg;
	uint8_t sig[KEYSTORE_MAX_SIG];
	size_t i, k, n;
	int bad = 0;

	for (i = 0; i < 100; i++) {
		k = i % N(s->ids);
		if (keystore_sign(s->ks, s->ids[k], digest, sig, &n) != KEYSTORE_OK ||
		    !verifies(s->pems[k], sig, n))
			bad++;
	}
	__atomic_fetch_add(&s->bad, bad, __ATOMIC_RELAXED);
	return NULL;
}

/* Threads sign at once, with more keys than the cache holds, while the folder is loaded again. */
static void
threads_sign_at_once(void **state)
{
	struct keystore *again;
	struct signing s = {0};
	pthread_t t[4];
	struct buf err;
	char name[64];
	size_t i;

	for (i = 0; i < N(s.ids); i++) {
		s.pems[i] = i < MANY ? rsa2048[i] : pem_rfc_ed25519;
		snprintf(name, sizeof(name), "d%zu.example/s1.pem", i);
		put(name, s.pems[i], 0600);
	}
	s.ks = load_with(NULL, &err, 3);
	assert_non_null(s.ks);
	for (i = 0; i < N(s.ids); i++) {
		snprintf(name, sizeof(name), "d%zu.example", i);
		s.ids[i] = id_of(s.ks, name);
	}
	for (i = 0; i < N(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, sign_many, &s), 0);
	for (i = 0; i < 20; i++) {
		again = load_with(s.ks, &err, 1 + (unsigned)i % 3);
		assert_non_null(again);
		keystore_free(again);
	}
	for (i = 0; i < N(t); i++)
		pthread_join(t[i], NULL);
	assert_int_equal(s.bad, 0);
	keystore_free(s.ks);
	buf_free(&err);
}

static void
many_domains_load(void **state)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct keystore *ks, *again;
	struct catalog *c;
	char name[64];
	int i;

	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "d%d.example/r.pem", i);
		put(name, rsa2048[i % MANY], 0600);
		snprintf(name, sizeof(name), "d%d.example/e.pem", i);
		put(name, pem_rfc_ed25519, 0600);
	}
	ks = load(NULL);
	again = load(ks);
	keystore_free(ks);
	assert_int_equal(keystore_domains(again), 2000);
	assert_int_equal(keystore_keys(again), 4000);
	c = catalog_of(again);
	assert_int_equal(catalog_domains(c), 2000);
	assert_int_equal(catalog_keys(c), 4000);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		assert_int_equal(catalog_find(c, name, k), 2);
		assert_string_equal(k[0].domain, name);
		assert_string_equal(k[0].selector, "r");
		assert_string_equal(k[1].selector, "e");
	}
	catalog_unref(c);
	keystore_free(again);
}

static void
the_vault_wipes_and_reuses(void **state)
{
	struct vault *v = vault_new();
	uint8_t *a, *b;
	size_t i;

	assert_null(vault_alloc(v, 0));
	assert_null(vault_alloc(v, VAULT_MAX + 1));
	a = vault_alloc(v, 1000);
	memset(a, 0xaa, 1000);
	vault_release(v, a, 1000);
	for (i = sizeof(void *); i < 1000; i++)
		assert_int_equal(a[i], 0);
	b = vault_alloc(v, 999);
	assert_ptr_equal(a, b);
	for (i = 0; i < 100; i++)
		memset(vault_alloc(v, VAULT_MAX), (int)i, VAULT_MAX);
	vault_free(v);
}

/* ---- the catalog ---- */

static const struct catalog_key some_keys[] = {
    {1, KEY_RSA, 2048, "a.example", "r"},
    {2, KEY_ED25519, 256, "a.example", "e"},
    {3, KEY_RSA, 1024, "b.example", "s.1"},
    {UINT64_MAX, KEY_RSA, 8192, "xn--bcher-kva.example", "s_1"},
};

static void
catalog_keeps_everything(void **state)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c;
	struct buf err;
	int fd;

	buf_init(&err, 0);
	fd = catalog_create(some_keys, N(some_keys));
	c = catalog_open(fd, &err);
	assert_non_null(c);
	close(fd);
	assert_int_equal(catalog_domains(c), 3);
	assert_int_equal(catalog_keys(c), 4);
	assert_int_equal(catalog_find(c, "a.example", k), 2);
	assert_int_equal(k[1].id, 2);
	assert_int_equal(k[1].alg, KEY_ED25519);
	assert_string_equal(k[1].selector, "e");
	assert_int_equal(catalog_find(c, "xn--bcher-kva.example", k), 1);
	assert_true(k[0].id == UINT64_MAX);
	assert_int_equal(k[0].bits, 8192);
	assert_int_equal(catalog_find(c, "", k), 0);
	assert_int_equal(catalog_find(c, "sub.a.example", k), 0);
	assert_ptr_equal(catalog_ref(c), c);
	catalog_unref(c);
	assert_int_equal(catalog_find(c, "b.example", k), 1);
	catalog_unref(c);
	fd = catalog_create(NULL, 0);
	c = catalog_open(fd, &err);
	assert_non_null(c);
	assert_int_equal(catalog_find(c, "a.example", k), 0);
	catalog_unref(c);
	close(fd);
}

static void
catalog_must_be_sealed(void **state)
{
	struct buf err;
	char byte = 0;
	int fd;

	buf_init(&err, 0);
	fd = catalog_create(some_keys, N(some_keys));
	assert_int_equal(write(fd, &byte, 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
	fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_null(catalog_open(fd, &err));
	assert_string_equal(buf_str(&err), "catalog: not a sealed memory file");
	close(fd);
	buf_clear(&err);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_null(catalog_open(fd, &err));
	close(fd);
	buf_free(&err);
}

/* Opens these bytes as a catalog; what opens must be safe to look up in. */
static bool
opens(const char *data, size_t n)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c;
	struct buf err;
	size_t i, j, found;
	int fd;

	buf_init(&err, 0);
	fd = memfd_create("damaged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(write(fd, data, n), n);
	assert_int_equal(
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
	c = catalog_open(fd, &err);
	close(fd);
	buf_free(&err);
	if (c == NULL)
		return false;
	for (i = 0; i < N(some_keys); i++) {
		found = catalog_find(c, some_keys[i].domain, k);
		assert_true(found <= CATALOG_MAX_KEYS);
		for (j = 0; j < found; j++)
			assert_true(strlen(k[j].selector) < 254 && strlen(k[j].domain) < 254);
	}
	catalog_unref(c);
	return true;
}

static void
damaged_catalogs_are_refused_or_harmless(void **state)
{
	static const unsigned char flips[] = {0x01, 0x80, 0xff};
	size_t i, j, refusals = 0;
	char data[4096];
	ssize_t n;
	int fd;

	fd = catalog_create(some_keys, N(some_keys));
	n = pread(fd, data, sizeof(data), 0);
	close(fd);
	assert_true(n > 0);
	assert_true(opens(data, (size_t)n));
	for (i = 0; i < (size_t)n; i++)
		assert_false(opens(data, i));
	for (i = 0; i < (size_t)n; i++)
		for (j = 0; j < N(flips); j++) {
			data[i] ^= (char)flips[j];
			refusals += !opens(data, (size_t)n);
			data[i] ^= (char)flips[j];
		}
	assert_true(refusals > (size_t)n); /* ids and bits may be anything */
}

static void
seventeen_keys_make_no_catalog(void **state)
{
	struct catalog_key k[CATALOG_MAX_KEYS + 1];
	size_t i;

	for (i = 0; i < N(k); i++)
		k[i] = some_keys[0];
	assert_int_equal(catalog_create(k, N(k)), -1);
	assert_int_equal(errno, EINVAL);
}

/* ---- DNS records ---- */

static bool
value_of(const char *pem, struct buf *value)
{
	uint8_t der[PEM_MAX_DER];
	struct pem_key key;
	struct buf err;
	bool ok;

	buf_init(&err, 0);
	buf_init(value, 0);
	assert_int_equal(pem_parse(pem, strlen(pem), der, &key), PEM_OK);
	ok = record_value(&key, value, &err);
	assert_int_equal(ok, err.len == 0);
	buf_free(&err);
	return ok;
}

static void
B26_records_are_those_of_RFC_8463(void **state)
{
	char *bad = inconsistent_rsa();
	struct buf value;

	assert_true(value_of(pem_rfc_rsa, &value));
	assert_string_equal(buf_str(&value), record_rfc_rsa);
	buf_free(&value);
	assert_true(value_of(pem_rfc_ed25519, &value));
	assert_string_equal(buf_str(&value), record_rfc_ed25519);
	buf_free(&value);
	/* one whose own signature does not verify is not printed */
	assert_false(value_of(bad, &value));
	assert_int_equal(value.len, 0);
	buf_free(&value);
	free(bad);
}

/* B27: strings of at most 255 bytes that join to the value. */
static void
B27_zone_strings_are_short_and_whole(void **state)
{
	const char *const pems[] = {rsa2048[0], pem_rsa8192, pem_rfc_ed25519, pem_rfc_rsa};
	struct buf value, zone, whole;
	const char *at, *end;
	size_t i;

	for (i = 0; i < N(pems); i++) {
		assert_true(value_of(pems[i], &value));
		buf_init(&zone, 0);
		buf_init(&whole, 0);
		record_zone("s1._domainkey.a.example", buf_str(&value), &zone);
		assert_non_null(strstr(buf_str(&zone), "s1._domainkey.a.example. IN TXT ("));
		for (at = buf_str(&zone); (at = strchr(at, '"')) != NULL; at = end + 1) {
			end = strchr(at + 1, '"');
			assert_non_null(end);
			assert_true(end - at - 1 <= 255);
			buf_add(&whole, at + 1, (size_t)(end - at - 1));
		}
		assert_string_equal(buf_str(&whole), buf_str(&value));
		buf_free(&value);
		buf_free(&zone);
		buf_free(&whole);
	}
}

static void
records_are_compared_by_what_they_mean(void **state)
{
	static const struct {
		const char *record;
		enum published expected;
	} t[] = {
	    {"v=DKIM1; k=ed25519; p=AAAA", PUBLISHED_OK},
	    {"p=AAAA;k=ed25519", PUBLISHED_OK},
	    {"v=DKIM1 ; k = ed25519 ; p = AA\t AA ;", PUBLISHED_OK},
	    {"v=DKIM1; k=ed25519; h=sha1:sha256; s=email; t=s; p=AAAA", PUBLISHED_OK},
	    {"v=DKIM1; k=ed25519; s=tlsrpt:*; p=AAAA", PUBLISHED_OK},
	    {"v=DKIM1; k=ed25519; t=s:y; p=AAAA", PUBLISHED_OK},
	    {"v=DKIM1; p=AAAA", PUBLISHED_DIFFERS}, /* k=rsa */
	    {"v=DKIM2; k=ed25519; p=AAAA", PUBLISHED_DIFFERS},
	    {"v=DKIM1; k=ed25519; p=AAAB", PUBLISHED_DIFFERS},
	    {"v=DKIM1; k=ed25519; p=AAAAv=DKIM1; k=ed25519; p=AAAA", PUBLISHED_DIFFERS}, /* B26 */
	    {"v=DKIM1; k=ed25519; h=sha1; p=AAAA", PUBLISHED_DIFFERS},
	    {"v=DKIM1; k=ed25519; s=tlsrpt; p=AAAA", PUBLISHED_DIFFERS},
	    {"v=DKIM1; k=ed25519", PUBLISHED_DIFFERS},
	    {"", PUBLISHED_DIFFERS},
	    {"v=spf1 -all", PUBLISHED_DIFFERS},
	    {"v=DKIM1; k=ed25519; p=", PUBLISHED_REVOKED},
	    {"v=DKIM1; p=;", PUBLISHED_REVOKED},
	};
	char name[] = "s1._domainkey.a.example", value[] = "v=DKIM1; k=ed25519; p=AAAA";
	struct publication p = {.name = name, .value = value};
	size_t i;

	for (i = 0; i < N(t); i++) {
		published_compare(&p, t[i].record, strlen(t[i].record));
		if (p.result != t[i].expected)
			fail_msg("%s: %s", t[i].record, published_text(p.result));
	}
}

static void
selectors(void **state)
{
	char out[SELECTOR_BUF], longest[65];

	assert_true(selector_canonical("S1.Mail_x-y", 11, out));
	assert_string_equal(out, "s1.mail_x-y");
	assert_false(selector_canonical("", 0, out));
	assert_false(selector_canonical("a.", 2, out));
	assert_false(selector_canonical("a\0b", 3, out));
	memset(longest, 'a', 64);
	assert_true(selector_canonical(longest, 63, out));
	assert_false(selector_canonical(longest, 64, out));
}

#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ON_DISK(keys_of_every_kind_sign),
	    ON_DISK(an_unknown_id_is_unknown),
	    ON_DISK(files_that_are_no_keys_are_refused),
	    ON_DISK(a_file_over_64_kib_is_refused),
	    ON_DISK(a_key_among_other_things_is_found),
	    ON_DISK(damaged_keys_never_sign_wrongly),
	    ON_DISK(a_key_that_decodes_badly_is_a_bad_key),
	    ON_DISK(B10_folders_in_any_spelling),
	    ON_DISK(B10_two_spellings_of_one_domain_are_refused),
	    ON_DISK(other_files_are_ignored),
	    ON_DISK(bad_names_are_refused),
	    ON_DISK(one_selector_twice_is_refused),
	    ON_DISK(sixteen_keys_and_no_more),
	    ON_DISK(at_most_twenty_complaints),
	    cmocka_unit_test(B18_judged_by_bits_and_owner),
	    cmocka_unit_test(B18_folders_judged_by_bits_and_owner),
	    ON_DISK(B18_files_on_disk),
	    ON_DISK(B19_a_key_of_root_is_refused_for_another_reader),
	    cmocka_unit_test(paths_are_quoted_for_the_shell),
	    ON_DISK(links_are_followed_and_judged_by_their_target),
	    ON_DISK(other_kinds_of_file_are_refused),
	    cmocka_unit_test(a_missing_folder_is_an_error),
	    cmocka_unit_test(stamps_tell_changes),
	    ON_DISK(B20_a_replaced_key_signs_until_the_load_after_the_next),
	    ON_DISK(a_removed_key_signs_until_the_load_after_the_next),
	    ON_DISK(ids_come_from_content_and_name),
	    ON_DISK(B16_a_bad_reload_leaves_the_old_store),
	    ON_DISK(a_small_cache_still_signs_for_all),
	    ON_DISK(threads_sign_at_once),
	    ON_DISK(many_domains_load),
	    cmocka_unit_test(the_vault_wipes_and_reuses),
	    cmocka_unit_test(catalog_keeps_everything),
	    cmocka_unit_test(catalog_must_be_sealed),
	    cmocka_unit_test(damaged_catalogs_are_refused_or_harmless),
	    cmocka_unit_test(seventeen_keys_make_no_catalog),
	    cmocka_unit_test(B26_records_are_those_of_RFC_8463),
	    cmocka_unit_test(B27_zone_strings_are_short_and_whole),
	    cmocka_unit_test(records_are_compared_by_what_they_mean),
	    cmocka_unit_test(selectors),
	};

	return cmocka_run_group_tests_name("keys", tests, setup_keys, teardown_keys);
}
