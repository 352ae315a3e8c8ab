#include "dkim_sign.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/domain.h"
#include "digest.h"
#include "tag_writer.h"

#define LOCAL_PART_MAX 64 /* RFC 5321 §4.5.3.1.1 */
#define NO_FIELD SIZE_MAX

/* One name of the rules, and the fields of the message that have it. */
struct name {
	const char *text;
	size_t len;
	bool oversign;
	size_t present; /* fields of that name */
	size_t listed;	/* how often h= has it */
	size_t bottom;	/* index of the bottom-most field, or NO_FIELD */
};

struct dkim_signing {
	const struct dkim_sign_rules *rules;
	struct arena *mem;
	struct name *names;
	size_t nnames;
	EVP_MD_CTX *header_digest; /* of all signed fields; copied for each key */
	EVP_MD_CTX *body_digest;
	EVP_MD_CTX *key_digest; /* header and one signature field */
	struct canon_body body;
	uint8_t body_hash[DKIM_DIGEST_LEN];
	bool failed;
};

static void
add_name(struct dkim_signing *s, const char *text, bool oversign)
{
	size_t i, len = strlen(text);

	for (i = 0; i < s->nnames; i++) {
		if (s->names[i].len == len && strcasecmp(s->names[i].text, text) == 0) {
			s->names[i].oversign |= oversign;
			return;
		}
	}
	s->names[s->nnames++] =
	    (struct name){.text = text, .len = len, .oversign = oversign, .bottom = NO_FIELD};
}

static bool
has_name(const char *const *list, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(list[i], text) == 0)
			return true;
	return false;
}

static bool
init_names(struct dkim_signing *s)
{
	const struct dkim_sign_rules *r = s->rules;
	size_t i;

	s->names = arena_alloc(s->mem, (r->nsign + r->noversign + 1) * sizeof(*s->names));
	if (s->names == NULL)
		return false;
	if (!has_name(r->sign, r->nsign, "from") && !has_name(r->oversign, r->noversign, "from"))
		add_name(s, "from", false);
	for (i = 0; i < r->nsign; i++)
		add_name(s, r->sign[i], false);
	for (i = 0; i < r->noversign; i++)
		add_name(s, r->oversign[i], true);
	return true;
}

struct dkim_signing *
dkim_signing_new(const struct dkim_sign_rules *rules, struct arena *mem)
{
	struct dkim_signing *s = arena_alloc(mem, sizeof(*s));

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->rules = rules;
	s->mem = mem;
	s->header_digest = digest_new();
	s->body_digest = digest_new();
	s->key_digest = EVP_MD_CTX_new();
	if (s->header_digest == NULL || s->body_digest == NULL || s->key_digest == NULL ||
	    !init_names(s)) {
		dkim_signing_free(s);
		return NULL;
	}
	canon_body_init(&s->body, rules->body_canon, UINT64_MAX, digest_sink, s->body_digest);
	return s;
}

void
dkim_signing_free(struct dkim_signing *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->header_digest);
	EVP_MD_CTX_free(s->body_digest);
	EVP_MD_CTX_free(s->key_digest);
	s->header_digest = s->body_digest = s->key_digest = NULL;
}

/* ---- what is signed ---- */

static struct name *
find_name(struct dkim_signing *s, const struct header_field *f)
{
	size_t i, len = f->name_len;

	while (len > 0 && ascii_is_wsp(f->name[len - 1]))
		len--;
	for (i = 0; i < s->nnames; i++)
		if (s->names[i].len == len && strncasecmp(s->names[i].text, f->name, len) == 0)
			return &s->names[i];
	return NULL;
}

/*
 * Links the fields of each name from the bottom-most upwards: above[i] is the
 * next field over i with the same name.
 */
static void
link_fields(struct dkim_signing *s, const struct header *h, size_t *above)
{
	struct name *name;
	size_t i;

	for (i = 0; i < h->n; i++) {
		if ((name = find_name(s, &h->fields[i])) == NULL)
			continue;
		above[i] = name->bottom;
		name->bottom = i;
		name->present++;
	}
}

/*
 * Servers on the way add these where a message has none (RFC 5321 §6.4,
 * RFC 6409 §8): a Sendmail does so itself, after the milter. Signed as absent,
 * they would break the signature.
 */
static bool
is_added_on_the_way(const char *name)
{
	return strcasecmp(name, "date") == 0 || strcasecmp(name, "message-id") == 0;
}

/* How often h= wants a name. From is in h= even if the message has none (§5.4). */
static size_t
wanted(const struct name *name)
{
	if (name->present == 0 && strcasecmp(name->text, "from") == 0)
		return 1;
	if (name->present == 0 && is_added_on_the_way(name->text))
		return 0;
	return name->present + name->oversign;
}

/* Sets how often each name is listed. False where not all of them could be. */
static bool
share_names(struct dkim_signing *s)
{
	size_t i, total = 0, used = 0, share = SIZE_MAX;

	for (i = 0; i < s->nnames; i++) {
		total += wanted(&s->names[i]);
		used += wanted(&s->names[i]) > 0;
	}
	if (total > DKIM_SIGN_NAMES_MAX)
		share = used < DKIM_SIGN_NAMES_MAX ? DKIM_SIGN_NAMES_MAX / used : 1;
	for (i = 0; i < s->nnames; i++) {
		s->names[i].listed = wanted(&s->names[i]);
		if (s->names[i].listed > share)
			s->names[i].listed = share;
	}
	return share == SIZE_MAX;
}

static void
hash_fields(struct dkim_signing *s, const struct header *h, const size_t *above)
{
	const struct name *name;
	size_t i, left, field;

	for (i = 0; i < s->nnames; i++) {
		name = &s->names[i];
		field = name->bottom;
		for (left = name->listed; left > 0 && field != NO_FIELD; left--) {
			canon_header(s->rules->header_canon, &h->fields[field], digest_sink,
			    s->header_digest);
			field = above[field];
		}
	}
}

enum dkim_signing_status
dkim_signing_headers(struct dkim_signing *s, const struct header *h)
{
	size_t *above = arena_alloc(s->mem, h->n * sizeof(*above));
	bool all;

	if (above == NULL)
		return DKIM_SIGNING_ERROR;
	link_fields(s, h, above);
	all = share_names(s);
	hash_fields(s, h, above);
	return all ? DKIM_SIGNING_OK : DKIM_SIGNING_PARTIAL;
}

void
dkim_signing_body(struct dkim_signing *s, const void *bytes, size_t n)
{
	canon_body_update(&s->body, bytes, n);
}

void
dkim_signing_body_end(struct dkim_signing *s)
{
	canon_body_final(&s->body);
	if (EVP_DigestFinal_ex(s->body_digest, s->body_hash, NULL) != 1)
		s->failed = true;
}

void
dkim_signing_set_body_hash(struct dkim_signing *s, const uint8_t hash[DKIM_DIGEST_LEN])
{
	memcpy(s->body_hash, hash, DKIM_DIGEST_LEN);
}

const uint8_t *
dkim_signing_body_hash(const struct dkim_signing *s)
{
	return s->body_hash;
}

/* ---- the field ---- */

static const char *
field_name(const struct dkim_sign_key *key)
{
	return key->instance > 0 ? "ARC-Message-Signature" : "DKIM-Signature";
}

/* h= may be folded around its colons (§3.5); here after them. */
static void
put_names(struct tag_writer *f, const struct dkim_signing *s)
{
	const struct name *name;
	size_t i, k, left = 0;

	for (i = 0; i < s->nnames; i++)
		left += s->names[i].listed;
	tag_write_list(f, "h=");
	for (i = 0; i < s->nnames; i++) {
		name = &s->names[i];
		for (k = 0; k < name->listed; k++)
			tag_write_item(f, name->text, name->len, --left > 0 ? ':' : ';');
	}
}

/* The domain of an identity is the signing domain or below it (§3.5, i=). */
static bool
identity_fits(const char *identity, const char *domain)
{
	const char *at = strrchr(identity, '@');

	return at != NULL && at - identity <= LOCAL_PART_MAX &&
	       (strcmp(at + 1, domain) == 0 || domain_is_below(at + 1, domain));
}

/* i= is dkim-quoted-printable (§2.11): what is no dkim-safe-char goes as =XX. */
static void
put_identity(struct tag_writer *f, const char *identity)
{
	const unsigned char *p = (const unsigned char *)identity;
	struct buf tag;

	buf_init(&tag, 0);
	buf_adds(&tag, "i=");
	for (; *p != '\0'; p++) {
		if (*p > ' ' && *p < 0x7f && *p != ';' && *p != '=')
			buf_addc(&tag, (char)*p);
		else
			buf_addf(&tag, "=%02X", *p);
	}
	tag_write(f, tag.data, tag.len);
	f->out->failed |= tag.failed;
	buf_free(&tag);
}

/* DKIM-Signature has v= and may have i=; in ARC-Message-Signature i= is the instance. */
static void
put_field(struct dkim_signing *s, const struct dkim_sign_key *key, struct buf *field)
{
	static const char *const algs[] = {"rsa-sha256", "ed25519-sha256"};
	static const char *const canons[] = {"simple", "relaxed"};
	struct tag_writer f;

	tag_writer_begin(&f, field, field_name(key));
	if (key->instance > 0)
		tag_writef(&f, "i=%u", key->instance);
	else
		tag_writef(&f, "v=1");
	tag_writef(&f, "a=%s", algs[key->alg]);
	tag_writef(&f, "c=%s/%s", canons[s->rules->header_canon], canons[s->rules->body_canon]);
	tag_writef(&f, "d=%s", key->domain);
	tag_writef(&f, "s=%s", key->selector);
	if (key->identity != NULL && key->instance == 0)
		put_identity(&f, key->identity);
	tag_writef(&f, "t=%" PRId64, key->now);
	if (key->expire != 0)
		tag_writef(&f, "x=%" PRId64, key->expire);
	put_names(&f, s);
	tag_write_hash(&f, s->body_hash);
	tag_write_b(&f);
}

/* The digest over the signed fields and this one, without its CRLF (§3.7). */
static bool
digest_field(struct dkim_signing *s, const char *name, const struct buf *field,
    uint8_t digest[DKIM_DIGEST_LEN])
{
	const struct header_field self = {
	    .name = name,
	    .name_len = strlen(name),
	    .value = field->data,
	    .value_len = field->len,
	};

	if (EVP_MD_CTX_copy_ex(s->key_digest, s->header_digest) != 1)
		return false;
	canon_header_no_crlf(s->rules->header_canon, &self, digest_sink, s->key_digest);
	return EVP_DigestFinal_ex(s->key_digest, digest, NULL) == 1;
}

int
dkim_signing_begin(struct dkim_signing *s, const struct dkim_sign_key *key, struct buf *field,
    uint8_t digest[DKIM_DIGEST_LEN])
{
	if (s->failed || (key->identity != NULL && !identity_fits(key->identity, key->domain)))
		return -1;
	buf_clear(field);
	put_field(s, key, field);
	return !field->failed && digest_field(s, field_name(key), field, digest) ? 0 : -1;
}

int
dkim_signing_finish(struct buf *field, const uint8_t *sig, size_t len)
{
	return tag_write_signature(field, sig, len);
}
