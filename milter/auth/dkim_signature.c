#include "dkim_signature.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/domain.h"
#include "digest.h"
#include "dkim_tags.h"

#define NONE UINT32_MAX
#define PRIME ((UINT64_C(1) << 61) - 1)

/* ---- parsing ---- */

static const char *
read_version(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return tag_is(t, "1") ? NULL : "v= is not 1";
}

/* In the order in which they are judged; those that a report wants come first. */
static const struct dkim_tag_rule rules[] = {
    {"d", dkim_read_domain, "d= is missing"},
    {"s", dkim_read_selector, "s= is missing"},
    {"a", dkim_read_algorithm, "a= is missing"},
    {"b", dkim_read_signature, "b= is missing"},
    {"v", read_version, "v= is missing"},
    {"bh", dkim_read_body_hash, "bh= is missing"},
    {"h", dkim_read_names, "h= is missing"},
    {"c", dkim_read_canon, NULL},
    {"i", dkim_read_identity, NULL},
    {"l", dkim_read_length, NULL},
    {"q", dkim_read_query, NULL},
    {"t", dkim_read_time, NULL},
    {"x", dkim_read_expiry, NULL},
};

/* i= left out is "@" and d= (§3.5). */
static bool
default_identity(struct dkim_signature *s, struct arena *mem)
{
	char *identity = arena_alloc(mem, 1 + strlen(s->domain) + 1);

	if (identity == NULL)
		return false;
	identity[0] = '@';
	strcpy(identity + 1, s->domain);
	s->identity = identity;
	s->agent = identity + 1;
	return true;
}

/* What concerns two tags. */
static const char *
judge_together(const struct dkim_signature *s)
{
	if (strcmp(s->agent, s->domain) != 0 && !domain_is_below(s->agent, s->domain))
		return "i= is outside of d=";
	if (s->time != DKIM_NO_TIME && s->expires != DKIM_NO_TIME && s->expires <= s->time)
		return "x= is not after t=";
	return NULL;
}

bool
dkim_signature_parse(struct dkim_signature *s, const struct header_field *field, struct arena *mem)
{
	struct taglist tags;

	if (!dkim_tags_read(s, field, rules, sizeof(rules) / sizeof(rules[0]), &tags, mem))
		return false;
	if (s->domain[0] != '\0' && !s->has_identity && !default_identity(s, mem))
		return false;
	if (s->error == NULL)
		s->error = judge_together(s);
	return true;
}

bool
dkim_signature_names(const struct dkim_signature *s, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < s->nnames; i++)
		if (s->names[i].len == len && strncasecmp(s->names[i].s, name, len) == 0)
			return true;
	return false;
}

/* ---- the header's half ---- */

/* All fields of one name. */
struct named {
	const char *s;
	size_t len;
	uint32_t bottom; /* the bottom-most field */
	uint32_t next;	 /* for the present signature: the field its next use of the name takes */
	uint32_t round;	 /* the signature that next is for */
	uint32_t chain;	 /* the next entry of the same bucket */
};

struct dkim_fields {
	const struct header *header;
	struct named *names;
	uint32_t nnames, round;
	uint32_t *buckets, mask;
	uint32_t *above; /* for each field the next one over it with the same name, or NONE */
};

static pthread_once_t secret_made = PTHREAD_ONCE_INIT;
static uint64_t secret;

static void
make_secret(void)
{
	arc4random_buf(&secret, sizeof(secret));
	secret %= PRIME;
}

/*
 * The name as a polynomial at a secret point, modulo a prime: whoever makes
 * up names cannot make them meet in one bucket.
 */
static uint32_t
hash_name(const char *s, size_t n)
{
	uint64_t h = n;
	unsigned __int128 x;
	size_t i;

	for (i = 0; i < n; i++) {
		x = (unsigned __int128)h * secret + (unsigned char)ascii_lower(s[i]);
		h = (uint64_t)(x & PRIME) + (uint64_t)(x >> 61);
		h = h >= PRIME ? h - PRIME : h;
	}
	return (uint32_t)(h ^ h >> 32);
}

static struct named *
find_name(struct dkim_fields *f, const char *s, size_t n)
{
	uint32_t i = f->buckets[hash_name(s, n) & f->mask];

	for (; i != NONE; i = f->names[i].chain)
		if (f->names[i].len == n && strncasecmp(f->names[i].s, s, n) == 0)
			return &f->names[i];
	return NULL;
}

static struct named *
add_name(struct dkim_fields *f, const char *s, size_t n)
{
	uint32_t *bucket = &f->buckets[hash_name(s, n) & f->mask];
	struct named *name = &f->names[f->nnames];

	*name = (struct named){.s = s, .len = n, .bottom = NONE, .chain = *bucket};
	*bucket = f->nnames++;
	return name;
}

static void
index_fields(struct dkim_fields *f)
{
	const struct header_field *field;
	struct named *name;
	uint32_t i;
	size_t n;

	for (i = 0; i < f->header->n; i++) {
		field = &f->header->fields[i];
		n = field->name_len;
		while (n > 0 && ascii_is_wsp(field->name[n - 1]))
			n--;
		if ((name = find_name(f, field->name, n)) == NULL)
			name = add_name(f, field->name, n);
		f->above[i] = name->bottom;
		name->bottom = i;
	}
}

struct dkim_fields *
dkim_fields_new(const struct header *h, struct arena *mem)
{
	struct dkim_fields *f = arena_alloc(mem, sizeof(*f));
	uint32_t buckets = 16;

	if (f == NULL || h->n > UINT32_MAX / 4)
		return NULL;
	while (buckets < h->n * 2)
		buckets *= 2;
	*f = (struct dkim_fields){.header = h, .mask = buckets - 1};
	f->names = arena_alloc(mem, h->n * sizeof(*f->names));
	f->above = arena_alloc(mem, h->n * sizeof(*f->above));
	f->buckets = arena_alloc(mem, buckets * sizeof(*f->buckets));
	if (f->names == NULL || f->above == NULL || f->buckets == NULL)
		return NULL;
	memset(f->buckets, 0xff, buckets * sizeof(*f->buckets)); /* all of them NONE */
	pthread_once(&secret_made, make_secret);
	index_fields(f);
	return f;
}

/* The field that the present signature's next use of a name takes, or NULL (§5.4.2). */
static const struct header_field *
next_field(struct dkim_fields *f, const struct dkim_name *n, const struct header_field *self)
{
	struct named *name = find_name(f, n->s, n->len);
	const struct header_field *field;

	if (name == NULL)
		return NULL;
	if (name->round != f->round) {
		name->round = f->round;
		name->next = name->bottom;
	}
	while (name->next != NONE) {
		field = &f->header->fields[name->next];
		name->next = f->above[name->next];
		if (field != self)
			return field;
	}
	return NULL;
}

bool
dkim_signature_emptied(
    const struct dkim_signature *s, struct arena *mem, struct header_field *empty)
{
	size_t rest = s->field->value_len - s->b_end;
	char *value = arena_alloc(mem, s->b_begin + rest);

	if (value == NULL)
		return false;
	memcpy(value, s->field->value, s->b_begin);
	memcpy(value + s->b_begin, s->field->value + s->b_end, rest);
	*empty = *s->field;
	empty->value = value;
	empty->value_len = s->b_begin + rest;
	return true;
}

static void
hash_fields(const struct dkim_signature *s, struct dkim_fields *f, EVP_MD_CTX *digest)
{
	const struct header_field *field;
	size_t i;

	f->round++;
	for (i = 0; i < s->nnames; i++)
		if ((field = next_field(f, &s->names[i], s->field)) != NULL)
			canon_header(s->header_canon, field, digest_sink, digest);
}

int
dkim_signature_digest(const struct dkim_signature *s, struct dkim_fields *f, struct arena *mem,
    uint8_t digest[DKIM_DIGEST_LEN])
{
	struct header_field empty;
	EVP_MD_CTX *ctx = digest_new();
	int result = -1;

	if (ctx != NULL && dkim_signature_emptied(s, mem, &empty)) {
		hash_fields(s, f, ctx);
		canon_header_no_crlf(s->header_canon, &empty, digest_sink, ctx);
		result = EVP_DigestFinal_ex(ctx, digest, NULL) == 1 ? 0 : -1;
	}
	EVP_MD_CTX_free(ctx);
	return result;
}
