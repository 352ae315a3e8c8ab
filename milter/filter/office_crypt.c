#include "office_crypt.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cipher.h"
#include "text.h"
#include "xml.h"

#define ROUNDS_MAX 200000 /* of a password's hash; Office makes 100,000 */
#define STANDARD_ROUNDS 50000
#define FIELD_MAX 64
#define SEGMENT 4096
#define SIZE_FIELD 8 /* the package begins with its length */

/* Excel's for workbooks of which the structure is protected, PowerPoint's for those that must not
 * be changed. */
static const char *const passwords[] = {"VelvetSweatshop", "/01Hannes Ruescher/01"};
#define NPASSWORDS (sizeof(passwords) / sizeof(*passwords))

/* hash(salt + password) in UTF-16. */
static bool
hash_password(enum digest d, const uint8_t *salt, size_t nsalt, const char *password, uint8_t *out)
{
	uint8_t wide[64] = {0};
	size_t i, n = strlen(password);

	for (i = 0; i < n && i < sizeof(wide) / 2; i++)
		wide[2 * i] = (uint8_t)password[i];
	return digest_of(d, salt, nsalt, wide, 2 * i, out);
}

/* The length that the package says; what is behind it fills the last block. */
static void
cut(struct buf *package)
{
	uint64_t size = le64(package->data);

	package->len -= SIZE_FIELD;
	memmove(package->data, package->data + SIZE_FIELD, package->len);
	if (size < package->len)
		package->len = (size_t)size;
}

/* ---- standard encryption (2.3.4.5 to 2.3.4.9) ---- */

struct standard {
	const uint8_t *salt, *verifier, *verifier_hash;
	size_t nkey;
};

static bool
read_standard(const uint8_t *info, size_t n, struct standard *s)
{
	size_t header, bits;

	if (n < 12 + 20)
		return false;
	header = le32(info + 8);
	bits = le32(info + 12 + 16);
	if (header > n - 12 || n - 12 - header < 4 + 16 + 16 + 4 + 32)
		return false;
	s->salt = info + 12 + header + 4;
	s->verifier = s->salt + 16;
	s->verifier_hash = s->verifier + 16 + 4;
	s->nkey = bits / 8;
	return s->nkey == 16 || s->nkey == 24 || s->nkey == 32;
}

/* The two halves of the key are hashes of the last hash, laid over a pattern. */
static bool
make_standard_key(const struct standard *s, const char *password, uint8_t key[40])
{
	static const uint8_t zero[4] = {0};
	uint8_t hash[DIGEST_MAX], pattern[64];
	size_t i;

	if (!hash_password(DIGEST_SHA1, s->salt, 16, password, hash) ||
	    !digest_spin(DIGEST_SHA1, hash, STANDARD_ROUNDS) ||
	    !digest_of(DIGEST_SHA1, hash, 20, zero, 4, hash))
		return false;
	memset(pattern, 0x36, 64);
	for (i = 0; i < 20; i++)
		pattern[i] ^= hash[i];
	if (!digest_of(DIGEST_SHA1, pattern, 64, NULL, 0, key))
		return false;
	for (i = 0; i < 64; i++)
		pattern[i] ^= 0x36 ^ 0x5c;
	return digest_of(DIGEST_SHA1, pattern, 64, NULL, 0, key + 20);
}

static bool
check_standard(const struct standard *s, const uint8_t *key)
{
	uint8_t verifier[16], hash[32], ours[DIGEST_MAX];

	memcpy(verifier, s->verifier, 16);
	memcpy(hash, s->verifier_hash, 32);
	return aes_apply(CIPHER_ECB, false, key, s->nkey, NULL, verifier, 16) &&
	       aes_apply(CIPHER_ECB, false, key, s->nkey, NULL, hash, 32) &&
	       digest_of(DIGEST_SHA1, verifier, 16, NULL, 0, ours) && memcmp(ours, hash, 20) == 0;
}

static bool
open_standard(const uint8_t *info, size_t n, struct buf *package)
{
	struct standard s;
	uint8_t key[40];
	size_t i;

	if (!read_standard(info, n, &s))
		return false;
	for (i = 0; i < NPASSWORDS; i++)
		if (make_standard_key(&s, passwords[i], key) && check_standard(&s, key))
			return aes_apply(CIPHER_ECB, false, key, s.nkey, NULL,
			    (uint8_t *)package->data + SIZE_FIELD,
			    (package->len - SIZE_FIELD) & ~(size_t)15);
	return false;
}

/* ---- agile encryption (2.3.4.10 to 2.3.4.15) ---- */

struct field {
	uint8_t bytes[FIELD_MAX];
	size_t len;
};

struct method {
	bool known;
	enum digest digest;
	size_t nkey;
	struct field salt;
};

struct agile {
	struct method data, password;
	uint32_t rounds;
	struct field verifier, verifier_hash, key;
};

static void
take_field(struct field *f, const char *text)
{
	struct buf raw;

	buf_init(&raw, FIELD_MAX);
	base64_add(&raw, text, strlen(text));
	f->len = raw.len;
	memcpy(f->bytes, buf_str(&raw), raw.len);
	buf_free(&raw);
}

static void
take_method(struct method *m, const char *const *a)
{
	static const char *const digests[DIGEST_COUNT] = {
	    "MD5", "SHA1", "SHA256", "SHA384", "SHA512"};
	const char *name = markup_attribute(a, "hashAlgorithm");

	for (m->digest = 0; m->digest < DIGEST_COUNT; m->digest++)
		if (strcmp(name, digests[m->digest]) == 0 ||
		    (m->digest == DIGEST_SHA1 && strcmp(name, "SHA-1") == 0))
			break;
	m->nkey = strtoul(markup_attribute(a, "keyBits"), NULL, 10) / 8;
	take_field(&m->salt, markup_attribute(a, "saltValue"));
	m->known = m->digest < DIGEST_COUNT && m->salt.len > 0 &&
		   strcmp(markup_attribute(a, "cipherAlgorithm"), "AES") == 0 &&
		   strcmp(markup_attribute(a, "cipherChaining"), "ChainingModeCBC") == 0 &&
		   (m->nkey == 16 || m->nkey == 24 || m->nkey == 32);
}

static void
on_start(void *ctx, const char *name, const char *const *a)
{
	struct agile *g = ctx;

	if (strcmp(name, "keyData") == 0) {
		take_method(&g->data, a);
	} else if (strcmp(name, "encryptedKey") == 0) {
		take_method(&g->password, a);
		g->rounds = (uint32_t)strtoul(markup_attribute(a, "spinCount"), NULL, 10);
		take_field(&g->verifier, markup_attribute(a, "encryptedVerifierHashInput"));
		take_field(&g->verifier_hash, markup_attribute(a, "encryptedVerifierHashValue"));
		take_field(&g->key, markup_attribute(a, "encryptedKeyValue"));
	}
}

static void
on_text(void *ctx, const char *s, size_t n)
{
	(void)ctx;
	(void)s;
	(void)n;
}

/* A hash made as long as a key or block is: cut, or filled with 0x36. */
static bool
derive(
    enum digest d, const uint8_t *a, size_t na, const uint8_t *b, size_t nb, uint8_t *out, size_t n)
{
	uint8_t hash[DIGEST_MAX];
	size_t have = digest_size(d);

	if (!digest_of(d, a, na, b, nb, hash))
		return false;
	memset(out, 0x36, n);
	memcpy(out, hash, have < n ? have : n);
	return true;
}

/* One of the fields that are encrypted by the password. */
static bool
decrypt_field(const struct agile *g, const uint8_t *hash, const char *block_key, struct field *f)
{
	const struct method *m = &g->password;
	uint8_t key[32], iv[16];

	memset(iv, 0x36, 16);
	memcpy(iv, m->salt.bytes, m->salt.len < 16 ? m->salt.len : 16);
	return derive(m->digest, hash, digest_size(m->digest), (const uint8_t *)block_key, 8, key,
		   m->nkey) &&
	       aes_apply(CIPHER_CBC, false, key, m->nkey, iv, f->bytes, f->len);
}

/* The key of the package, if the password is that one. */
static bool
find_agile_key(const struct agile *g, const char *password, uint8_t key[32])
{
	struct field verifier = g->verifier, expected = g->verifier_hash, value = g->key;
	const struct method *m = &g->password;
	uint8_t hash[DIGEST_MAX], ours[DIGEST_MAX];

	if (!hash_password(m->digest, m->salt.bytes, m->salt.len, password, hash) ||
	    !digest_spin(m->digest, hash, g->rounds) ||
	    !decrypt_field(g, hash, "\xfe\xa7\xd2\x76\x3b\x4b\x9e\x79", &verifier) ||
	    !decrypt_field(g, hash, "\xd7\xaa\x0f\x6d\x30\x61\x34\x4e", &expected) ||
	    !decrypt_field(g, hash, "\x14\x6e\x0b\xe7\xab\xac\xd0\xd6", &value))
		return false;
	if (verifier.len < m->salt.len || value.len < g->data.nkey ||
	    !digest_of(m->digest, verifier.bytes, m->salt.len, NULL, 0, ours) ||
	    memcmp(ours, expected.bytes, digest_size(m->digest)) != 0)
		return false;
	memcpy(key, value.bytes, g->data.nkey);
	return true;
}

/* Segments by themselves, each with an initialization vector of its number. */
static bool
decrypt_segments(const struct agile *g, const uint8_t *key, uint8_t *s, size_t len)
{
	const struct method *m = &g->data;
	uint8_t number[4] = {0}, iv[16];
	size_t n, i;

	for (i = 0; len >= 16; i++, s += n, len -= n) {
		n = len < SEGMENT ? len & ~(size_t)15 : SEGMENT;
		number[0] = (uint8_t)i;
		number[1] = (uint8_t)(i >> 8);
		number[2] = (uint8_t)(i >> 16);
		if (!derive(m->digest, m->salt.bytes, m->salt.len, number, 4, iv, 16) ||
		    !aes_apply(CIPHER_CBC, false, key, m->nkey, iv, s, n))
			return false;
	}
	return true;
}

static bool
open_agile(const uint8_t *info, size_t n, struct buf *package)
{
	static const struct markup_events events = {on_start, NULL, on_text};
	struct agile g = {.rounds = 0};
	uint8_t key[32];
	size_t i;

	xml_read((const char *)info + 8, n - 8, &events, &g);
	if (!g.data.known || !g.password.known || g.rounds > ROUNDS_MAX)
		return false;
	for (i = 0; i < NPASSWORDS; i++)
		if (find_agile_key(&g, passwords[i], key))
			return decrypt_segments(&g, key, (uint8_t *)package->data + SIZE_FIELD,
			    package->len - SIZE_FIELD);
	return false;
}

bool
office_crypt_open(const uint8_t *info, size_t ninfo, struct buf *package)
{
	bool opened;

	if (ninfo < 12 || package->len < SIZE_FIELD + 16)
		return false;
	opened = le16(info) == 4 && le16(info + 2) == 4
		     ? open_agile(info, ninfo, package)
		     : le16(info + 2) == 2 && open_standard(info, ninfo, package);
	if (opened)
		cut(package);
	return opened;
}
