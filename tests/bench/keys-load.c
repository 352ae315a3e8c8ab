/*
 * Measures the key store: how long loading takes, what it holds in memory,
 * and what one signature costs.
 *
 *   keys-load make DIR DOMAINS   fills an empty folder with keys (RSA-2048 and Ed25519 each)
 *   keys-load load DIR           loads it twice, looks up, and signs
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keys/catalog.h"
#include "keys/keystore.h"

#define KEYS 64 /* different ones made; domains share them, since making takes long */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of processor time, all threads. */
static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* VmRSS or VmHWM of this process in MiB. */
static double
memory(const char *what)
{
	char line[256];
	long kib = 0;
	FILE *f;

	f = fopen("/proc/self/status", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, what, strlen(what)) == 0)
			kib = strtol(line + strlen(what) + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return (double)kib / 1024;
}

static char *
pem_of(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data, *copy;
	long n;

	PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(b, &data);
	copy = strndup(data, (size_t)n);
	BIO_free(b);
	EVP_PKEY_free(key);
	return copy;
}

static void
write_key(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static int
make(const char *dir, int domains)
{
	char *rsa[KEYS], *ed25519[KEYS], path[4096];
	int i;

	mkdir(dir, 0700);
	for (i = 0; i < KEYS; i++) {
		rsa[i] = pem_of(EVP_RSA_gen(2048));
		ed25519[i] = pem_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	}
	for (i = 0; i < domains; i++) {
		snprintf(path, sizeof(path), "%s/customer-%d.example", dir, i);
		if (mkdir(path, 0700) == -1) {
			perror(path);
			return 1;
		}
		snprintf(path, sizeof(path), "%s/customer-%d.example/s1.pem", dir, i);
		write_key(path, rsa[i % KEYS]);
		snprintf(path, sizeof(path), "%s/customer-%d.example/s2.pem", dir, i);
		write_key(path, ed25519[i % KEYS]);
	}
	return 0;
}

static void
time_catalog(int fd)
{
	struct catalog_key found[CATALOG_MAX_KEYS];
	char name[64];
	struct catalog *c;
	struct buf err;
	size_t i, n, hits = 0;
	double t;

	buf_init(&err, 0);
	t = now();
	c = catalog_open(fd, &err);
	printf("catalog open:     %.1f ms\n", (now() - t) * 1e3);
	n = catalog_domains(c);
	t = now();
	for (i = 0; i < 1000000; i++) {
		snprintf(name, sizeof(name), "customer-%zu.example", i * 7919 % (n * 2));
		hits += catalog_find(c, name, found) > 0;
	}
	printf("catalog look-up:  %.0f ns (with making the name; %zu of 1000000 found)\n",
	    (now() - t) * 1e3, hits);
	catalog_unref(c);
}

/* OpenSSL alone, with everything set up beforehand. */
struct bare {
	EVP_PKEY *key;
	EVP_PKEY_CTX *rsa;
	EVP_MD_CTX *ed25519;
};

static void
bare_new(struct bare *b, enum key_alg alg)
{
	memset(b, 0, sizeof(*b));
	if (alg == KEY_RSA) {
		b->key = EVP_RSA_gen(2048);
		b->rsa = EVP_PKEY_CTX_new(b->key, NULL);
		EVP_PKEY_sign_init(b->rsa);
		EVP_PKEY_CTX_set_rsa_padding(b->rsa, RSA_PKCS1_PADDING);
		EVP_PKEY_CTX_set_signature_md(b->rsa, EVP_sha256());
	} else {
		b->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		b->ed25519 = EVP_MD_CTX_new();
		EVP_DigestSignInit(b->ed25519, NULL, NULL, NULL, b->key);
	}
}

static void
bare_sign(struct bare *b, const uint8_t *digest, uint8_t *sig)
{
	size_t len = KEYSTORE_MAX_SIG;

	if (b->rsa != NULL)
		EVP_PKEY_sign(b->rsa, sig, &len, digest, KEYSTORE_DIGEST);
	else
		EVP_DigestSign(b->ed25519, sig, &len, digest, KEYSTORE_DIGEST);
}

static void
bare_free(struct bare *b)
{
	EVP_PKEY_CTX_free(b->rsa);
	EVP_MD_CTX_free(b->ed25519);
	EVP_PKEY_free(b->key);
}

/* The store and OpenSSL alone by turns, so that a busy machine slows both alike. */
static void
time_turns(struct keystore *ks, uint64_t id, enum key_alg alg)
{
	uint8_t digest[KEYSTORE_DIGEST] = {1}, sig[KEYSTORE_MAX_SIG];
	double t, ours = 0, bare = 0;
	size_t turn, i, len;
	struct bare b;

	bare_new(&b, alg);
	for (turn = 0; turn < 200; turn++) {
		t = cpu();
		for (i = 0; i < 50; i++)
			keystore_sign(ks, id, digest, sig, &len);
		ours += cpu() - t;
		t = cpu();
		for (i = 0; i < 50; i++)
			bare_sign(&b, digest, sig);
		bare += cpu() - t;
	}
	bare_free(&b);
	printf("sign %-9s    %.1f us; OpenSSL alone %.1f us: %+.1f %%\n",
	    alg == KEY_RSA ? "rsa:" : "ed25519:", ours / 10000 * 1e6, bare / 10000 * 1e6,
	    (ours / bare - 1) * 100);
}

static void
time_sign(struct keystore *ks, int fd, enum key_alg alg)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	struct catalog *c;
	struct buf err;
	size_t n, i;

	buf_init(&err, 0);
	c = catalog_open(fd, &err);
	n = catalog_find(c, "customer-0.example", k);
	for (i = 0; i + 1 < n && k[i].alg != alg; i++)
		;
	time_turns(ks, k[i].id, alg);
	catalog_unref(c);
}

/* The first signature with each of many keys: decoding, signing, verifying. */
static void
time_first(struct keystore *ks, int fd)
{
	struct catalog_key k[CATALOG_MAX_KEYS];
	uint8_t digest[KEYSTORE_DIGEST] = {1}, sig[KEYSTORE_MAX_SIG];
	struct catalog *c;
	struct buf err;
	char name[64];
	size_t len, i;
	double t;

	buf_init(&err, 0);
	c = catalog_open(fd, &err);
	t = cpu();
	for (i = 1; i <= 2000; i++) {
		snprintf(name, sizeof(name), "customer-%zu.example", i);
		if (catalog_find(c, name, k) > 0)
			keystore_sign(ks, k[0].id, digest, sig, &len);
	}
	printf("first sign rsa:   %.1f us, average of 2000 keys\n", (cpu() - t) / 2000 * 1e6);
	catalog_unref(c);
}

static struct keystore *
timed_load(const char *dir, const struct keystore *prev)
{
	struct keystore_options opt = {.reader = geteuid(), .reader_group = getegid()};
	struct keystore *ks;
	struct buf err;
	double t, c;

	buf_init(&err, 0);
	t = now();
	c = cpu();
	ks = keystore_load(dir, prev, &opt, &err);
	if (ks == NULL) {
		fputs(buf_str(&err), stderr);
		exit(1);
	}
	printf(
	    "%-17s %.2f s (processor %.2f s), %zu domains, %zu keys; memory %.0f MiB (peak %.0f)\n",
	    prev == NULL ? "load:" : "reload:", now() - t, cpu() - c, keystore_domains(ks),
	    keystore_keys(ks), memory("VmRSS"), memory("VmHWM"));
	return ks;
}

static int
load(const char *dir)
{
	struct keystore *ks, *again;
	double t;
	int fd;

	ks = timed_load(dir, NULL);
	again = timed_load(dir, ks);
	keystore_free(ks);
	t = now();
	fd = keystore_catalog(again);
	printf("catalog made:     %.1f ms\n", (now() - t) * 1e3);
	time_catalog(fd);
	time_sign(again, fd, KEY_RSA);
	time_sign(again, fd, KEY_ED25519);
	time_first(again, fd);
	printf("at the end:       memory %.0f MiB\n", memory("VmRSS"));
	close(fd);
	keystore_free(again);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "make") == 0)
		return make(argv[2], atoi(argv[3]));
	if (argc == 3 && strcmp(argv[1], "load") == 0)
		return load(argv[2]);
	fputs("usage: keys-load make DIR DOMAINS | keys-load load DIR\n", stderr);
	return 2;
}
