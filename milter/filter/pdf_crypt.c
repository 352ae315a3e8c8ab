#include "pdf_crypt.h"

#include <string.h>

#include "cipher.h"
#include "pdf_lex.h"

#define DEPTH 8
#define MAX_FILTERS 8 /* there is one, as a rule */

static const uint8_t padding[32] =
    "\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08"
    "\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";

/* ---- the dictionary ---- */

static void
keep(const struct buf *s, uint8_t *out, size_t max)
{
	memset(out, 0, max);
	if (s->len > 0)
		memcpy(out, s->data, s->len < max ? s->len : max);
}

static void
take_string(struct pdf_crypt *c, const char *key, const struct buf *s)
{
	if (strcmp(key, "O") == 0)
		keep(s, c->owner, sizeof(c->owner));
	else if (strcmp(key, "U") == 0)
		keep(s, c->user, sizeof(c->user));
	else if (strcmp(key, "UE") == 0)
		keep(s, c->user_key, sizeof(c->user_key));
}

static void
take_number(struct pdf_crypt *c, const char *key, long n)
{
	if (strcmp(key, "V") == 0)
		c->version = n;
	else if (strcmp(key, "R") == 0)
		c->revision = n;
	else if (strcmp(key, "Length") == 0)
		c->bits = n;
	else if (strcmp(key, "P") == 0)
		c->permissions = (uint32_t)n;
}

/* The filters of version 4 and later: a name for each, and what streams and strings go through. */
struct filters {
	struct {
		char name[32];
		bool aes, none;
	} v[MAX_FILTERS];
	size_t n;
	char streams[32], strings[32];
};

static void
add_filter(struct filters *f, const char *name)
{
	if (f->n < MAX_FILTERS)
		strlcpy(f->v[f->n++].name, name, sizeof(f->v[0].name));
}

/* Whether it encrypts at all, and by what; one that is not told does what any other one does. */
static bool
find_filter(const struct filters *f, const char *name, bool *aes)
{
	size_t i;

	if (strcmp(name, "Identity") == 0)
		return false;
	for (i = 0; i < f->n; i++)
		if (strcmp(f->v[i].name, name) == 0) {
			*aes = f->v[i].aes;
			return !f->v[i].none;
		}
	return true;
}

/* Names are keys and values by turns; a value that is none makes the next one a key again. */
static void
take_name(struct pdf_crypt *c, struct filters *f, char key[32], const char *name)
{
	if (strcmp(key, "Filter") == 0)
		c->standard = strcmp(name, "Standard") == 0;
	else if (strcmp(key, "StrF") == 0)
		strlcpy(f->strings, name, sizeof(f->strings));
	else if (strcmp(key, "StmF") == 0)
		strlcpy(f->streams, name, sizeof(f->streams));
	else if (strcmp(key, "CFM") == 0) {
		c->aes = strncmp(name, "AES", 3) == 0;
		if (f->n > 0) {
			f->v[f->n - 1].aes = c->aes;
			f->v[f->n - 1].none = strcmp(name, "None") == 0;
		}
	} else if (strcmp(key, "AuthEvent") != 0 && strcmp(key, "EFF") != 0 &&
		   strcmp(key, "Type") != 0) {
		strlcpy(key, name, 32);
		return;
	}
	*key = '\0';
}

void
pdf_crypt_read(struct pdf_crypt *c, const uint8_t *s, size_t len)
{
	struct filters f = {.streams = "Identity", .strings = "Identity"};
	char key[32] = "";
	enum pdf_token t;
	struct pdf_lex l;
	unsigned depth = 0;

	*c = (struct pdf_crypt){.bits = 40};
	pdf_lex_open(&l, s, len);
	while ((t = pdf_lex_next(&l)) != PDF_END && depth < DEPTH) {
		if (t == PDF_DICT && ++depth == 3)
			add_filter(&f, key);
		else if (t == PDF_DICT_END && --depth == 0)
			break;
		else if (t == PDF_NAME)
			take_name(c, &f, key, buf_str(&l.text));
		else if (t == PDF_STRING && depth == 1)
			take_string(c, key, &l.text);
		else if (t == PDF_NUMBER && depth == 1)
			take_number(c, key, l.number);
		else if (t == PDF_WORD && strcmp(key, "EncryptMetadata") == 0)
			c->plain_metadata = strcmp(buf_str(&l.text), "false") == 0;
		if (t != PDF_NAME)
			*key = '\0';
		if (depth == 0)
			break;
	}
	pdf_lex_close(&l);
	c->strings_aes = c->aes;
	if (c->version >= 4) {
		c->strings = find_filter(&f, f.strings, &c->strings_aes);
		c->plain_streams = !find_filter(&f, f.streams, &c->aes);
	}
}

static void
rc4(const uint8_t *key, size_t nkey, uint8_t *data, size_t n)
{
	struct rc4 r;

	rc4_init(&r, key, nkey);
	rc4_apply(&r, data, n);
}

static bool
digest(enum digest d, const uint8_t *s, size_t n, uint8_t *out)
{
	return digest_of(d, s, n, NULL, 0, out);
}

/* ---- the key ---- */

/* Revisions 2 to 4 (7.6.4.3.2, 7.6.4.4.3 and 7.6.4.4.4), the password being empty. */
static bool
open_old(struct pdf_crypt *c, const uint8_t *id, size_t nid)
{
	uint8_t text[32 + 32 + 4 + 64 + 4], check[32], key[16];
	size_t n = 68, i, k;

	c->nkey = c->revision == 2 || c->bits < 40 ? 5 : (size_t)c->bits / 8;
	if (c->version == 4 || c->nkey > 16)
		c->nkey = 16;
	if (nid > 64)
		nid = 64;
	memcpy(text, padding, 32);
	memcpy(text + 32, c->owner, 32);
	for (i = 0; i < 4; i++)
		text[64 + i] = (uint8_t)(c->permissions >> 8 * i);
	if (nid > 0)
		memcpy(text + n, id, nid);
	n += nid;
	if (c->revision >= 4 && c->plain_metadata) {
		memset(text + n, 0xff, 4);
		n += 4;
	}
	if (!digest(DIGEST_MD5, text, n, key))
		return false;
	for (i = 0; i < 50 && c->revision >= 3; i++)
		digest(DIGEST_MD5, key, c->nkey, key);
	memcpy(c->key, key, 16);
	memcpy(check, padding, 32);
	if (c->revision == 2) {
		rc4(key, c->nkey, check, 32);
		return memcmp(check, c->user, 32) == 0;
	}
	memcpy(text, padding, 32);
	if (nid > 0)
		memcpy(text + 32, id, nid);
	digest(DIGEST_MD5, text, 32 + nid, check);
	for (i = 0; i < 20; i++) {
		for (k = 0; k < c->nkey; k++)
			key[k] = c->key[k] ^ (uint8_t)i;
		rc4(key, c->nkey, check, 16);
	}
	return memcmp(check, c->user, 16) == 0;
}

/* The hash of revision 6 (7.6.4.3.4) of an empty password and a salt. */
static bool
hash_new(const uint8_t salt[8], uint8_t out[32])
{
	uint8_t k[64], text[64 * 64];
	size_t nk = 32, n, i, round, sum;

	if (!digest(DIGEST_SHA256, salt, 8, k))
		return false;
	/* at least 64 rounds; the last byte says when to end */
	for (round = 1, n = nk; round <= 64 || text[64 * n - 1] > round - 1 - 32; round++) {
		n = nk;
		for (i = 0; i < 64; i++)
			memcpy(text + i * n, k, n);
		if (!aes_apply(CIPHER_CBC, true, k, 16, k + 16, text, 64 * n))
			return false;
		for (sum = i = 0; i < 16; i++)
			sum += text[i];
		nk = 32 + 16 * (sum % 3);
		digest(nk == 32	  ? DIGEST_SHA256
		       : nk == 48 ? DIGEST_SHA384
				  : DIGEST_SHA512,
		    text, 64 * n, k);
	}
	memcpy(out, k, 32);
	return true;
}

/* Revisions 5 and 6: U is a hash, the salt of the check, and that of the key. */
static bool
open_new(struct pdf_crypt *c)
{
	static const uint8_t zero[16] = {0};
	uint8_t hash[32];

	if (c->revision == 5 ? !digest(DIGEST_SHA256, c->user + 32, 8, hash)
			     : !hash_new(c->user + 32, hash))
		return false;
	if (memcmp(hash, c->user, 32) != 0)
		return false;
	if (c->revision == 5 ? !digest(DIGEST_SHA256, c->user + 40, 8, hash)
			     : !hash_new(c->user + 40, hash))
		return false;
	memcpy(c->key, c->user_key, 32);
	c->nkey = 32;
	return aes_apply(CIPHER_CBC, false, hash, 32, zero, c->key, 32);
}

bool
pdf_crypt_open(struct pdf_crypt *c, const uint8_t *id, size_t nid)
{
	bool opened = c->standard && (c->revision >= 5 ? c->revision <= 6 && open_new(c)
						       : c->revision >= 2 && open_old(c, id, nid));

	if (!opened)
		c->nkey = 0;
	if (c->version < 4)
		c->strings = true;
	return opened;
}

/* ---- streams (7.6.3) ---- */

static bool
decrypt(const struct pdf_crypt *c, bool aes, uint32_t number, unsigned generation, struct buf *data)
{
	uint8_t text[16 + 5 + 4], key[32], iv[16];
	size_t nkey = c->nkey, n;

	memcpy(key, c->key, sizeof(key));
	if (c->revision < 5) {
		memcpy(text, c->key, nkey);
		text[nkey] = (uint8_t)number;
		text[nkey + 1] = (uint8_t)(number >> 8);
		text[nkey + 2] = (uint8_t)(number >> 16);
		text[nkey + 3] = (uint8_t)generation;
		text[nkey + 4] = (uint8_t)(generation >> 8);
		n = nkey + 5;
		if (aes) {
			memcpy(text + n, "sAlT", 4);
			n += 4;
		}
		if (!digest(DIGEST_MD5, text, n, key))
			return false;
		nkey = nkey + 5 < 16 ? nkey + 5 : 16;
	}
	if (!aes && c->revision < 5) {
		rc4(key, nkey, (uint8_t *)data->data, data->len);
		return true;
	}
	if (data->len < 32)
		return false;
	memcpy(iv, data->data, 16);
	n = (data->len - 16) & ~(size_t)15;
	memmove(data->data, data->data + 16, n);
	data->len = n;
	if (!aes_apply(CIPHER_CBC, false, key, nkey, iv, (uint8_t *)data->data, n))
		return false;
	n = (uint8_t)data->data[n - 1];
	if (n >= 1 && n <= 16)
		data->len -= n;
	return true;
}

bool
pdf_crypt_decrypt(const struct pdf_crypt *c, uint32_t number, unsigned generation, struct buf *data)
{
	return decrypt(c, c->aes, number, generation, data);
}

bool
pdf_crypt_decrypt_string(
    const struct pdf_crypt *c, uint32_t number, unsigned generation, struct buf *data)
{
	return decrypt(c, c->strings_aes, number, generation, data);
}
