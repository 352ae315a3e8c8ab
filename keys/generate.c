#include <errno.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/domain.h"
#include "command.h"
#include "files.h"
#include "inventory.h"
#include "record.h"
#include "selector.h"

#define MAX_NEW 2 /* keys of one domain at once */

struct new_key {
	enum key_alg alg;
	char selector[SELECTOR_BUF];
	char file[SELECTOR_BUF + 16]; /* its name within the folder */
	struct buf pem;
	bool written;
};

struct new_keys {
	const char *domain;
	struct buf folder;
	bool made_folder;
	bool pending; /* the domain has keys already: these wait until the DNS has them */
	struct new_key keys[MAX_NEW];
	size_t n;
};

/* ---- which ---- */

static bool
name_key(struct new_keys *all, enum key_alg alg, const char *selector)
{
	struct new_key *k = &all->keys[all->n++];

	k->alg = alg;
	buf_init(&k->pem, 0);
	if (strlcpy(k->selector, selector, sizeof(k->selector)) >= sizeof(k->selector) ||
	    !selector_fits(k->selector, all->domain)) {
		command_fail(
		    "%s: selector and domain together are too long for the DNS", all->domain);
		return false;
	}
	snprintf(
	    k->file, sizeof(k->file), "%s%s", selector, all->pending ? PENDING_SUFFIX : KEY_SUFFIX);
	return true;
}

/* The selector given, or one that tells when the key was made: 20261125r, 20261125e. */
static bool
name_keys(const struct command *c, struct new_keys *all)
{
	char date[16], selector[SELECTOR_BUF + 16];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%d", &tm);
	if (c->types != MAKE_ED25519) {
		snprintf(selector, sizeof(selector), "%s%s", c->selector ? c->selector : date,
		    c->selector ? "" : "r");
		if (!name_key(all, KEY_RSA, selector))
			return false;
	}
	if (c->types != MAKE_RSA) {
		snprintf(selector, sizeof(selector), "%s%s", c->selector ? c->selector : date,
		    !c->selector	    ? "e"
		    : c->types == MAKE_BOTH ? "-ed25519"
					    : "");
		if (!name_key(all, KEY_ED25519, selector))
			return false;
	}
	return true;
}

static void
note_active(const struct inventory_key *k, void *arg)
{
	if (k->status == STATUS_ACTIVE)
		*(bool *)arg = true;
}

/* Whether a selector was used for a key already, be it retired. */
static bool
is_taken(struct new_keys *all, const struct new_key *k)
{
	static const char *const suffixes[] = {KEY_SUFFIX, PENDING_SUFFIX, RETIRED_SUFFIX};
	char name[SELECTOR_BUF + 16];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", k->selector, suffixes[i]);
		if (!files_exists(buf_str(&all->folder), name))
			continue;
		command_fail("%s/%s exists already: nothing was made; choose another --selector",
		    all->folder.data, name);
		return true;
	}
	return false;
}

/* ---- making ---- */

static EVP_PKEY *
make_key(enum key_alg alg, unsigned bits)
{
	if (alg == KEY_RSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static bool
make_pem(const struct command *c, struct new_key *k)
{
	EVP_PKEY *key;
	char *data;
	BIO *b;
	long n;

	key = make_key(k->alg, c->bits);
	b = BIO_new(BIO_s_secmem());
	if (key != NULL && b != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1) {
		n = BIO_get_mem_data(b, &data);
		buf_add(&k->pem, data, n > 0 ? (size_t)n : 0);
	}
	BIO_free(b);
	EVP_PKEY_free(key);
	if (k->pem.len > 0)
		return true;
	command_fail("OpenSSL could not make a key");
	return false;
}

static void
take_back(struct new_keys *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->keys[i].written)
			files_remove(buf_str(&all->folder), all->keys[i].file);
	if (all->made_folder)
		rmdir(buf_str(&all->folder));
}

static bool
write_keys(const struct command *c, struct new_keys *all)
{
	struct files_owner owner = {c->secrecy.reader, c->secrecy.group};
	struct new_key *k;
	struct buf err;
	bool ok, made;
	size_t i;

	buf_init(&err, 0);
	ok = files_folder(c->keys_dir, &owner, &made, &err) &&
	     files_folder(buf_str(&all->folder), &owner, &all->made_folder, &err);
	for (i = 0; ok && i < all->n; i++) {
		k = &all->keys[i];
		ok = files_create(buf_str(&all->folder), k->file, &k->pem, &owner, &err);
		k->written = ok;
	}
	if (!ok) {
		command_fail("%s: nothing was made", buf_str(&err));
		take_back(all);
	}
	buf_free(&err);
	return ok;
}

/* ---- telling ---- */

static void
print_record(const struct inventory_key *k, void *arg)
{
	const struct new_keys *all = arg;
	struct buf name, value, out, err;
	size_t i;

	for (i = 0; i < all->n && strcmp(all->keys[i].selector, k->selector) != 0; i++)
		;
	if (i == all->n)
		return;
	buf_init(&name, 0);
	buf_init(&value, 0);
	buf_init(&out, 0);
	buf_init(&err, 0);
	record_name(k->selector, k->domain, &name);
	if (k->key == NULL || !record_value(k->key, &value, &err)) {
		command_fail("%s: %s", k->path, k->key == NULL ? k->problem : buf_str(&err));
	} else {
		record_zone(buf_str(&name), buf_str(&value), &out);
		fputs(buf_str(&out), stdout);
	}
	buf_free(&name);
	buf_free(&value);
	buf_free(&out);
	buf_free(&err);
}

static void
print_next(const struct new_keys *all)
{
	size_t i;

	printf("\nNext: publish %s in the DNS, and wait until it can be seen:\n"
	       "\tgatepost-keys check %s\n",
	    all->n > 1 ? "these records" : "this record", all->domain);
	if (!all->pending) {
		puts("Then let the daemon read its keys: systemctl reload gatepost");
		return;
	}
	printf("%s signs with other keys now: the new ones wait. Activate them with\n"
	       "\tgatepost-keys activate %s",
	    all->domain, all->domain);
	for (i = 0; i < all->n; i++)
		printf(" %s", all->keys[i].selector);
	puts("\nand then: systemctl reload gatepost");
}

static void
print_made(const struct command *c, struct new_keys *all)
{
	struct inventory inv = {c->keys_dir, c->secrecy, print_record, all};
	struct buf err;
	size_t i;

	for (i = 0; i < all->n; i++)
		printf("; made %s/%s (%s)\n", buf_str(&all->folder), all->keys[i].file,
		    all->pending ? "pending" : "active");
	buf_init(&err, 0);
	if (!inventory_domain(&inv, all->domain, &err))
		command_fail("%s", buf_str(&err));
	buf_free(&err);
	print_next(all);
}

/* ---- one domain ---- */

static bool
make_all(const struct command *c, struct new_keys *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (is_taken(all, &all->keys[i]))
			return false;
	for (i = 0; i < all->n; i++)
		if (!make_pem(c, &all->keys[i]))
			return false;
	return write_keys(c, all);
}

static int
generate(const struct command *c, const char *domain)
{
	struct new_keys all = {.domain = domain};
	bool active = false, ok;
	struct inventory inv = {c->keys_dir, c->secrecy, note_active, &active};
	struct buf err;
	size_t i;

	buf_init(&err, 0);
	buf_init(&all.folder, 0);
	inventory_folder(c->keys_dir, domain, &all.folder);
	ok = inventory_domain(&inv, domain, &err);
	if (!ok)
		command_fail("%s: nothing was made", buf_str(&err));
	all.pending = active && !c->activate;
	ok = ok && name_keys(c, &all) && make_all(c, &all);
	if (ok)
		print_made(c, &all);
	for (i = 0; i < all.n; i++) {
		if (all.keys[i].pem.data != NULL)
			explicit_bzero(all.keys[i].pem.data, all.keys[i].pem.cap);
		buf_free(&all.keys[i].pem);
	}
	buf_free(&all.folder);
	buf_free(&err);
	return ok ? 0 : 1;
}

int
command_generate(const struct command *c)
{
	char domain[DOMAIN_BUF];
	int status = 0;
	size_t i;

	for (i = 0; i < c->nargs; i++)
		if (!command_domain(c->args[i], domain))
			return EXIT_USAGE;
	if (c->own_account && geteuid() == 0)
		fputs("gatepost-keys: note: there is no account gatepost-signer yet; "
		      "the keys will belong to root\n",
		    stderr);
	for (i = 0; i < c->nargs && status == 0; i++) {
		command_domain(c->args[i], domain);
		status = generate(c, domain);
	}
	return status;
}
