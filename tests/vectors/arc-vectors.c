/*
 * Validates and seals single messages for the official ARC suite and for the
 * interoperability tests:
 *
 *	arc-vectors verify MESSAGE ZONE
 *		prints "none", "pass" or "fail", the oldest pass, and the reason
 *	arc-vectors seal MESSAGE ZONE KEY DOMAIN SELECTOR TIME NAMES RESULTS
 *		validates, then seals: prints the new fields, the seal first, or
 *		nothing where the message must not be sealed. NAMES are separated by
 *		colons, RESULTS is a file with the value of the results without "i=".
 *	arc-vectors own-seal MESSAGE ZONE
 *		for seals with cv=fail, which no validation looks at: "pass" where the
 *		newest one is a signature of its own set alone (RFC 8617 5.1.2)
 */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/arc_seal.h"
#include "auth/arc_verify.h"
#include "auth/digest.h"
#include "auth/dkim_lookup.h"
#include "base/arena.h"
#include "base/buf.h"
#include "dns/zone.h"

#define NAMES_MAX 100

/* A message and what is needed to look at it. */
struct work {
	struct buf message;
	struct header header;
	size_t body;
	struct arena mem;
	struct dns_source *dns;
	struct body_hashes bodies;
	struct arc_verify_rules rules;
	struct arc_verifying *verifying;
};

static void
die(const char *what)
{
	fprintf(stderr, "arc-vectors: %s\n", what);
	exit(2);
}

static void
read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;

	buf_init(b, 0);
	if (f == NULL)
		die(path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	fclose(f);
}

static void
begin(struct work *w, char **argv)
{
	struct buf error;

	buf_init(&error, 0);
	read_file(argv[2], &w->message);
	arena_init(&w->mem, 0);
	header_init(&w->header, &w->mem, 0, 0);
	body_hashes_init(&w->bodies, &w->mem);
	if ((w->dns = dns_zone_load(argv[3], &error)) == NULL)
		die(buf_str(&error));
	if (!header_parse(&w->header, buf_str(&w->message), w->message.len, &w->body))
		die("headers too long");
	w->rules = (struct arc_verify_rules)ARC_VERIFY_RULES_DEFAULT(time(NULL));
	w->verifying = arc_verifying_new(&w->rules, w->dns, &w->mem);
	if (w->verifying == NULL ||
	    arc_verifying_headers(w->verifying, &w->header, &w->bodies) == -1)
		die("out of memory");
	buf_free(&error);
}

static const struct arc_result *
finish(struct work *w)
{
	const struct arc_result *r;

	body_hashes_update(&w->bodies, buf_str(&w->message) + w->body, w->message.len - w->body);
	body_hashes_end(&w->bodies);
	if ((r = arc_verifying_finish(w->verifying, dns_now() + 5000)) == NULL)
		die("out of memory");
	return r;
}

static void
end(struct work *w)
{
	arc_verifying_free(w->verifying);
	body_hashes_free(&w->bodies);
	dns_source_free(w->dns);
	header_free(&w->header);
	arena_free(&w->mem);
	buf_free(&w->message);
}

static void
sign(const char *pem, const uint8_t digest[DKIM_DIGEST_LEN], uint8_t *sig, size_t *len)
{
	FILE *f = fopen(pem, "r");
	EVP_PKEY *key = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;

	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, digest_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, sig, len, digest, DKIM_DIGEST_LEN) != 1)
		die("cannot sign");
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	fclose(f);
}

static size_t
split(char *text, const char **names)
{
	size_t n = 0;
	char *name;

	while ((name = strsep(&text, ":")) != NULL && n < NAMES_MAX)
		names[n++] = name;
	return n;
}

static void
print_fields(struct arc_sealing *s)
{
	enum arc_field f;

	for (f = ARC_SEAL; f <= ARC_AUTHENTICATION_RESULTS; f++)
		printf("%s:%s\r\n", arc_field_name(f), arc_sealing_value(s, f));
}

static void
make_set(struct arc_sealing *s, const struct arc_result *r, char **argv)
{
	const struct arc_seal_key key = {argv[5], argv[6], strtoll(argv[7], NULL, 10)};
	uint8_t digest[DKIM_DIGEST_LEN], sig[2048];
	size_t len = sizeof(sig);
	struct buf results;

	read_file(argv[9], &results);
	if (arc_sealing_begin(s, r, &key, buf_str(&results), digest) == -1)
		die("cannot begin");
	sign(argv[4], digest, sig, &len);
	if (arc_sealing_message_signed(s, sig, len, digest) == -1)
		die("cannot go on");
	len = sizeof(sig);
	sign(argv[4], digest, sig, &len);
	if (arc_sealing_sealed(s, sig, len) == -1)
		die("cannot finish");
	buf_free(&results);
}

static void
seal(struct work *w, char **argv)
{
	const char *names[NAMES_MAX];
	const struct dkim_sign_rules rules = {
	    .header_canon = CANON_RELAXED,
	    .body_canon = CANON_RELAXED,
	    .sign = names,
	    .nsign = split(argv[8], names),
	};
	struct arc_sealing *s = arc_sealing_new(&rules, &w->bodies, &w->mem);
	const struct arc_result *r;

	if (s == NULL || arc_sealing_headers(s, &w->header) != DKIM_SIGNING_OK)
		die("out of memory");
	r = finish(w);
	if (arc_seal_refusal(r) == NULL) {
		make_set(s, r, argv);
		print_fields(s);
	}
	arc_sealing_free(s);
}

static void
own_seal(struct work *w)
{
	const struct arc_result *r = finish(w);
	struct arc_chain own = {.n = 1};
	struct dkim_lookups lookups;
	struct dkim_lookup *l;
	const struct dkim_keys *keys;
	char reason[DKIM_LOOKUP_REASON_MAX];
	uint8_t digest[1][DKIM_DIGEST_LEN];

	if (r->chain->highest == 0)
		die("no set");
	own.v = &r->chain->v[r->chain->highest - 1];
	if (own.v->results == NULL || own.v->message.field == NULL || own.v->seal.b_len == 0)
		die("no complete set");
	dkim_lookups_init(&lookups, w->dns, &w->mem, 1);
	l = dkim_lookups_ask(&lookups, own.v->seal.selector, own.v->seal.domain);
	dkim_lookups_wait(&lookups, dns_now() + 5000);
	if (dkim_lookup_keys(l, &keys, reason) != DKIM_LOOKUP_OK)
		die(reason);
	arc_chain_digests(&own, &w->mem, digest);
	puts(dkim_key_verify(&keys->v[0], digest[0], own.v->seal.b, own.v->seal.b_len) ? "pass"
										       : "fail");
	dkim_lookups_free(&lookups);
}

int
main(int argc, char **argv)
{
	const struct arc_result *r;
	struct work w;

	if (argc < 4)
		die("usage: arc-vectors verify|seal|own-seal MESSAGE ZONE ...");
	begin(&w, argv);
	if (strcmp(argv[1], "seal") == 0 && argc == 10) {
		seal(&w, argv);
	} else if (strcmp(argv[1], "own-seal") == 0) {
		own_seal(&w);
	} else {
		r = finish(&w);
		printf("%s %u %s\n", arc_status_text(r->status), r->oldest_pass, r->reason);
	}
	end(&w);
	return 0;
}
