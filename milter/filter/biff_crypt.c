#include "biff_crypt.h"

#include <string.h>

#include "base/bytes.h"
#include "cipher.h"

#define PASSWORD "VelvetSweatshop"
#define NPASSWORD (sizeof(PASSWORD) - 1)
#define BLOCK 1024 /* bytes of the stream, for each of which RC4 begins anew */

struct key {
	bool xor ;	     /* obfuscation instead of RC4 */
	uint8_t pattern[16]; /* of obfuscation */
	bool capi;	     /* RC4 by CryptoAPI: SHA-1, keys of other lengths */
	uint8_t hash[DIGEST_MAX];
	size_t nkey;
	struct rc4 rc4;
	size_t block, at; /* where rc4 stands; SIZE_MAX before its first use */
};

static void
widen(uint8_t wide[2 * NPASSWORD])
{
	size_t i;

	memset(wide, 0, 2 * NPASSWORD);
	for (i = 0; i < NPASSWORD; i++)
		wide[2 * i] = (uint8_t)PASSWORD[i];
}

/* ---- obfuscation (MS-OFFCRYPTO 2.3.7) ---- */

static bool
open_xor(struct key *k, unsigned key, unsigned verifier)
{
	unsigned v = 0, i;
	uint8_t c;

	for (i = NPASSWORD + 1; i-- > 0;) {
		v = (v >> 14 & 1) | (v << 1 & 0x7fff);
		v ^= i > 0 ? (unsigned char)PASSWORD[i - 1] : (unsigned)NPASSWORD;
	}
	k->xor = true;
	for (i = 0; i < 16; i++) {
		c = i < NPASSWORD ? (uint8_t)PASSWORD[i] : 0xbb;
		c ^= (uint8_t)(i % 2 == 1 ? key >> 8 : key);
		k->pattern[i] = (uint8_t)(c >> 1 | c << 7);
	}
	return (v ^ 0xce4b) == verifier;
}

static void
apply_xor(const struct key *k, size_t at, size_t record_len, uint8_t *s, size_t n)
{
	size_t i;
	uint8_t c;

	for (i = 0; i < n; i++) {
		c = s[i] ^ k->pattern[(at + i + record_len) % 16];
		s[i] = (uint8_t)(c << 3 | c >> 5);
	}
}

/* ---- RC4 (2.3.6, 2.3.5) ---- */

static bool
begin_block(struct key *k, size_t block)
{
	uint8_t number[4] = {
	    (uint8_t)block, (uint8_t)(block >> 8), (uint8_t)(block >> 16), (uint8_t)(block >> 24)};
	uint8_t key[DIGEST_MAX];
	size_t n = k->capi ? k->nkey : 16;

	if (!digest_of(
		k->capi ? DIGEST_SHA1 : DIGEST_MD5, k->hash, k->capi ? 20 : 5, number, 4, key))
		return false;
	if (n == 5) { /* a key of 40 bits is one of 128 with zeros */
		memset(key + 5, 0, 11);
		n = 16;
	}
	rc4_init(&k->rc4, key, n);
	k->block = block;
	k->at = 0;
	return true;
}

static bool
apply_rc4(struct key *k, size_t at, uint8_t *s, size_t n)
{
	size_t part;

	for (; n > 0; at += part, s += part, n -= part) {
		if (at / BLOCK != k->block && !begin_block(k, at / BLOCK))
			return false;
		rc4_skip(&k->rc4, at % BLOCK - k->at);
		part = BLOCK - at % BLOCK < n ? BLOCK - at % BLOCK : n;
		rc4_apply(&k->rc4, s, part);
		k->at = at % BLOCK + part;
	}
	return true;
}

/* The verifier and its hash, one behind the other. */
static bool
check(struct key *k, const uint8_t *verifier, size_t nhash, const uint8_t *hash)
{
	uint8_t both[16 + 20], ours[DIGEST_MAX];

	memcpy(both, verifier, 16);
	memcpy(both + 16, hash, nhash);
	k->block = SIZE_MAX;
	if (!apply_rc4(k, 0, both, 16 + nhash) ||
	    !digest_of(k->capi ? DIGEST_SHA1 : DIGEST_MD5, both, 16, NULL, 0, ours))
		return false;
	k->block = SIZE_MAX;
	return memcmp(ours, both + 16, nhash) == 0;
}

/* Version, salt, verifier, its hash. */
static bool
open_rc4(struct key *k, const uint8_t *s, size_t len)
{
	uint8_t wide[2 * NPASSWORD], hash[DIGEST_MAX], text[16 * (5 + 16)];
	size_t i;

	if (len < 4 + 48)
		return false;
	widen(wide);
	if (!digest_of(DIGEST_MD5, wide, sizeof(wide), NULL, 0, hash))
		return false;
	for (i = 0; i < 16; i++) {
		memcpy(text + 21 * i, hash, 5);
		memcpy(text + 21 * i + 5, s + 4, 16);
	}
	return digest_of(DIGEST_MD5, text, sizeof(text), NULL, 0, k->hash) &&
	       check(k, s + 20, 16, s + 36);
}

/* Version, flags, the header behind its length, then salt and verifier behind theirs. */
static bool
open_capi(struct key *k, const uint8_t *s, size_t len)
{
	uint8_t wide[2 * NPASSWORD];
	const uint8_t *verifier;
	size_t header;

	if (len < 12 + 20)
		return false;
	header = le32(s + 8);
	if (header > len - 12 || len - 12 - header < 4 + 16 + 16 + 4 + 20)
		return false;
	verifier = s + 12 + header;
	k->capi = true;
	k->nkey = le32(s + 12 + 16) / 8;
	if (k->nkey == 0)
		k->nkey = 5;
	if (k->nkey > 16)
		return false;
	widen(wide);
	return digest_of(DIGEST_SHA1, verifier + 4, 16, wide, sizeof(wide), k->hash) &&
	       check(k, verifier + 20, 20, verifier + 40);
}

/* ---- the record that tells how, and what is behind it ---- */

static bool
open_key(struct key *k, const uint8_t *s, size_t len)
{
	unsigned major;

	*k = (struct key){.block = SIZE_MAX};
	if (len == 4) /* before Excel 97 */
		return open_xor(k, le16(s), le16(s + 2));
	if (len < 6)
		return false;
	if (le16(s) == 0)
		return open_xor(k, le16(s + 2), le16(s + 4));
	major = le16(s + 2);
	if (major == 1)
		return open_rc4(k, s + 2, len - 2);
	return le16(s + 4) == 2 && open_capi(k, s + 2, len - 2);
}

/* Bytes at the record's begin that are never encrypted; SIZE_MAX: all of it. */
static size_t
plain(unsigned id)
{
	static const uint16_t records[] = {
	    0x009, 0x209, 0x409, 0x809, 0x02f, 0x0e1, 0x138, 0x194, 0x195, 0x196};
	size_t i;

	for (i = 0; i < sizeof(records) / sizeof(*records); i++)
		if (records[i] == id)
			return SIZE_MAX;
	return id == 0x85 ? 4 : 0; /* where a sheet begins */
}

bool
biff_crypt_open(uint8_t *workbook, size_t len, size_t filepass)
{
	size_t at, n, skip;
	struct key k;

	n = le16(workbook + filepass + 2);
	if (!open_key(&k, workbook + filepass + 4, n))
		return false;
	for (at = filepass + 4 + n; len - at >= 4; at += 4 + n) {
		n = le16(workbook + at + 2);
		if (n > len - at - 4)
			n = len - at - 4;
		skip = plain(le16(workbook + at));
		if (skip >= n)
			continue;
		if (k.xor)
			apply_xor(&k, at + 4 + skip, n, workbook + at + 4 + skip, n - skip);
		else if (!apply_rc4(&k, at + 4 + skip, workbook + at + 4 + skip, n - skip))
			return false;
	}
	return true;
}
