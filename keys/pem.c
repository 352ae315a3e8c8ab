#include "pem.h"

#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* One block of a file: what it says it is, and what lies between BEGIN and END. */
struct block {
	const char *label;
	size_t labellen;
	const char *body;
	size_t bodylen;
};

static const uint8_t oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_ed25519[] = {0x2b, 0x65, 0x70};

/* ---- DER (X.690): definite lengths in their shortest form ---- */

static bool
der_length(struct bytes *in, size_t *len)
{
	size_t n, i;

	if (in->n == 0)
		return false;
	*len = in->p[0];
	n = 1;
	if (*len & 0x80) {
		n += *len & 0x7f;
		if (n == 1 || n > 4 || n > in->n || in->p[1] == 0)
			return false;
		for (*len = 0, i = 1; i < n; i++)
			*len = *len << 8 | in->p[i];
		if (*len < 0x80)
			return false;
	}
	in->p += n;
	in->n -= n;
	return *len <= in->n;
}

/* Takes the next element, which must have this tag, off the front of in. */
static bool
der_take(struct bytes *in, uint8_t tag, struct bytes *out)
{
	size_t len;

	if (in->n == 0 || in->p[0] != tag)
		return false;
	in->p++;
	in->n--;
	if (!der_length(in, &len))
		return false;
	out->p = in->p;
	out->n = len;
	in->p += len;
	in->n -= len;
	return true;
}

static bool
bytes_are(const struct bytes *b, const uint8_t *p, size_t n)
{
	return b->n == n && memcmp(b->p, p, n) == 0;
}

static unsigned
number_bits(struct pem_number i)
{
	unsigned bits;

	while (i.n > 0 && i.p[0] == 0) {
		i.p++;
		i.n--;
	}
	if (i.n == 0)
		return 0;
	for (bits = 0; i.p[0] >> bits != 0; bits++)
		;
	return (unsigned)(i.n - 1) * 8 + bits;
}

bool
pem_rsa_numbers(const uint8_t *der, size_t len, struct pem_number out[PEM_RSA_NUMBERS])
{
	static const uint8_t version[] = {0}; /* two primes */
	struct bytes all = {der, len}, seq, v, number;
	int i;

	if (!der_take(&all, DER_SEQUENCE, &seq) || all.n != 0 || !der_take(&seq, DER_INTEGER, &v) ||
	    !bytes_are(&v, version, sizeof(version)))
		return false;
	for (i = 0; i < PEM_RSA_NUMBERS; i++) {
		if (!der_take(&seq, DER_INTEGER, &number) || number.n == 0 || number.p[0] & 0x80)
			return false;
		out[i].p = number.p;
		out[i].n = number.n;
	}
	return seq.n == 0;
}

static enum pem_result
parse_rsa(struct bytes der, struct pem_key *key)
{
	struct pem_number numbers[PEM_RSA_NUMBERS];

	if (!pem_rsa_numbers(der.p, der.n, numbers))
		return PEM_BROKEN;
	key->alg = KEY_RSA;
	key->bits = number_bits(numbers[0]);
	key->secret = der.p;
	key->len = der.n;
	if (key->bits < PEM_MIN_RSA)
		return PEM_RSA_SHORT;
	return key->bits > PEM_MAX_RSA ? PEM_RSA_LONG : PEM_OK;
}

/* RFC 8410 §7: CurvePrivateKey ::= OCTET STRING */
static enum pem_result
parse_ed25519(struct bytes der, struct pem_key *key)
{
	struct bytes seed;

	if (!der_take(&der, DER_OCTETS, &seed) || der.n != 0 || seed.n != PEM_ED25519_LEN)
		return PEM_BROKEN;
	key->alg = KEY_ED25519;
	key->bits = 256;
	key->secret = seed.p;
	key->len = seed.n;
	return PEM_OK;
}

/* PrivateKeyInfo, or OneAsymmetricKey with its attributes and public key, which we pass over. */
static enum pem_result
parse_pkcs8(struct bytes der, struct pem_key *key)
{
	struct bytes seq, version, alg, oid, octets;

	if (!der_take(&der, DER_SEQUENCE, &seq) || der.n != 0 ||
	    !der_take(&seq, DER_INTEGER, &version) || !der_take(&seq, DER_SEQUENCE, &alg) ||
	    !der_take(&alg, DER_OID, &oid) || !der_take(&seq, DER_OCTETS, &octets))
		return PEM_BROKEN;
	if (version.n != 1 || version.p[0] > 1)
		return PEM_BROKEN;
	if (bytes_are(&oid, oid_rsa, sizeof(oid_rsa)))
		return parse_rsa(octets, key);
	if (bytes_are(&oid, oid_ed25519, sizeof(oid_ed25519)))
		return parse_ed25519(octets, key);
	return PEM_ALGORITHM;
}

/* ---- the armour ---- */

/* Finds the first block at or after *pos and moves *pos behind it. */
static bool
next_block(const char *text, size_t n, size_t *pos, struct block *b)
{
	const char *at, *end = text + n;

	at = memmem(text + *pos, n - *pos, BEGIN, strlen(BEGIN));
	if (at == NULL)
		return false;
	b->label = at + strlen(BEGIN);
	at = memmem(b->label, (size_t)(end - b->label), DASHES, strlen(DASHES));
	if (at == NULL)
		return false;
	b->labellen = (size_t)(at - b->label);
	b->body = at + strlen(DASHES);
	at = memmem(b->body, (size_t)(end - b->body), END, strlen(END));
	if (at == NULL)
		return false;
	b->bodylen = (size_t)(at - b->body);
	*pos = (size_t)(at - text) + strlen(END);
	/* The label after END must be the one after BEGIN. */
	return n - *pos >= b->labellen + strlen(DASHES) &&
	       memcmp(text + *pos, b->label, b->labellen) == 0 &&
	       memcmp(text + *pos + b->labellen, DASHES, strlen(DASHES)) == 0;
}

static bool
label_is(const struct block *b, const char *label)
{
	return b->labellen == strlen(label) && memcmp(b->label, label, b->labellen) == 0;
}

static bool
label_is_private(const struct block *b)
{
	static const char suffix[] = "PRIVATE KEY";
	size_t n = sizeof(suffix) - 1;

	return b->labellen >= n && memcmp(b->label + b->labellen - n, suffix, n) == 0;
}

/* Finds the one private key among what else the file may hold. */
static enum pem_result
find_private(const char *text, size_t n, struct block *found)
{
	enum pem_result without = PEM_NO_KEY;
	bool have = false;
	struct block b;
	size_t pos = 0;

	while (next_block(text, n, &pos, &b)) {
		if (label_is_private(&b)) {
			if (have)
				return PEM_SEVERAL;
			have = true;
			*found = b;
		} else if (label_is(&b, "PUBLIC KEY") || label_is(&b, "RSA PUBLIC KEY")) {
			without = PEM_PUBLIC;
		} else if (label_is(&b, "CERTIFICATE")) {
			without = PEM_CERTIFICATE;
		}
	}
	if (have)
		return PEM_OK;
	if (without == PEM_NO_KEY && memmem(text, n, BEGIN, strlen(BEGIN)) != NULL)
		return PEM_BROKEN;
	return without;
}

/* The value of a base64 character plus one, or one of these; 0 for all others. */
#define B64_PAD 65
#define B64_SPACE 66

/* clang-format off */
static const uint8_t base64[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
	40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['/'] = 64, ['='] = B64_PAD,
	[' '] = B64_SPACE, ['\t'] = B64_SPACE, ['\r'] = B64_SPACE, ['\n'] = B64_SPACE,
};
/* clang-format on */

/* Base64 with white space anywhere and the padding it needs at the end. */
static bool
decode_body(const struct block *b, uint8_t der[PEM_MAX_DER], struct bytes *out)
{
	size_t i, digits = 0, pad = 0;
	uint32_t quad = 0;
	unsigned v;

	out->p = der;
	out->n = 0;
	for (i = 0; i < b->bodylen; i++) {
		v = base64[(uint8_t)b->body[i]];
		if (v == B64_SPACE)
			continue;
		if (v == 0 || (v != B64_PAD && pad > 0))
			return false;
		if (v == B64_PAD)
			pad++;
		quad = quad << 6 | ((v - 1) & 63);
		if (++digits % 4 == 0) {
			der[out->n++] = (uint8_t)(quad >> 16);
			der[out->n++] = (uint8_t)(quad >> 8);
			der[out->n++] = (uint8_t)quad;
		}
	}
	if (digits == 0 || digits % 4 != 0 || pad > 2)
		return false;
	out->n -= pad;
	return true;
}

enum pem_result
pem_parse(const char *text, size_t n, uint8_t der[PEM_MAX_DER], struct pem_key *key)
{
	enum pem_result r;
	struct block b = {0};
	struct bytes d;

	if (n > PEM_MAX)
		return PEM_BROKEN;
	r = find_private(text, n, &b);
	if (r != PEM_OK)
		return r;
	if (label_is(&b, "ENCRYPTED PRIVATE KEY") ||
	    memmem(b.body, b.bodylen, "ENCRYPTED", strlen("ENCRYPTED")) != NULL)
		return PEM_ENCRYPTED;
	if (!label_is(&b, "PRIVATE KEY") && !label_is(&b, "RSA PRIVATE KEY"))
		return PEM_ALGORITHM;
	if (!decode_body(&b, der, &d))
		return PEM_BROKEN;
	return label_is(&b, "PRIVATE KEY") ? parse_pkcs8(d, key) : parse_rsa(d, key);
}

const char *
pem_explain(enum pem_result r)
{
	switch (r) {
	case PEM_OK:
		return "is a private key";
	case PEM_NO_KEY:
		return "is not a PEM file";
	case PEM_PUBLIC:
		return "holds a public key only; the private one is needed";
	case PEM_CERTIFICATE:
		return "holds a certificate, not a private key";
	case PEM_SEVERAL:
		return "holds more than one private key";
	case PEM_ENCRYPTED:
		return "is encrypted by a pass phrase; it must be stored without";
	case PEM_ALGORITHM:
		return "holds a key that is neither RSA nor Ed25519";
	case PEM_BROKEN:
		return "is damaged: its PEM, base64 or DER cannot be read";
	case PEM_RSA_SHORT:
		return "holds an RSA key of less than 1024 bits";
	case PEM_RSA_LONG:
		return "holds an RSA key of more than 8192 bits";
	}
	return "";
}
