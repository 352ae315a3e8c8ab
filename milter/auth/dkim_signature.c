#include "dkim_signature.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/domain.h"
#include "digest.h"
#include "taglist.h"

#define TIME_DIGITS 12
#define LENGTH_MAX INT64_MAX /* of l=; the RFC allows 76 digits, but so many octets no body has */
#define NONE UINT32_MAX
#define PRIME ((UINT64_C(1) << 61) - 1)

/* ---- tags, one at a time: each returns NULL, or what is wrong ---- */

static const char no_memory[] = "out of memory"; /* told apart by its address */

static bool
is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static const char *
read_version(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return tag_is(t, "1") ? NULL : "v= is not 1";
}

/* Letters and digits, with a hyphen: what may be shown as an algorithm. */
static bool
is_algorithm(const struct tag *t)
{
	size_t i;

	for (i = 0; i < t->value_len; i++)
		if (!is_alnum(t->value[i]) && t->value[i] != '-')
			return false;
	return t->value_len > 0 && t->value_len <= 64;
}

static const char *
read_algorithm(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	if (!is_algorithm(t))
		return "a= is no algorithm";
	if ((s->algorithm = arena_strndup(mem, t->value, t->value_len)) == NULL)
		return no_memory;
	s->alg = DKIM_RSA_SHA256;
	if (tag_is(t, "rsa-sha256"))
		return NULL;
	s->alg = DKIM_ED25519_SHA256;
	if (tag_is(t, "ed25519-sha256"))
		return NULL;
	if (tag_is(t, "rsa-sha1"))
		return "rsa-sha1 is not accepted any more (RFC 8301)";
	return "unknown algorithm in a=";
}

/* The length of a text without the white space in it. */
static size_t
squeeze(const char *s, size_t n, char *out)
{
	size_t i, len = 0;

	for (i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r' && s[i] != '\n')
			out[len++] = s[i];
	out[len] = '\0';
	return len;
}

static const char *
read_signature(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	uint8_t *b = arena_alloc(mem, BASE64_DECODED_MAX(t->value_len));
	char *text = arena_alloc(mem, t->value_len + 1);

	if (b == NULL || text == NULL)
		return no_memory;
	s->b_begin = (size_t)(t->raw - s->field->value);
	s->b_end = s->b_begin + t->raw_len;
	if (!base64_decode(t->value, t->value_len, b, &s->b_len))
		return "b= is no base64";
	if (s->b_len == 0)
		return "b= is empty";
	if (s->b_len > DKIM_SIGNATURE_BYTES_MAX)
		return "b= is too long";
	squeeze(t->value, t->value_len, text);
	s->b = b;
	s->b_text = text;
	return NULL;
}

static const char *
read_body_hash(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	uint8_t *bh = arena_alloc(mem, BASE64_DECODED_MAX(t->value_len));
	size_t len;

	if (bh == NULL)
		return no_memory;
	if (!base64_decode(t->value, t->value_len, bh, &len))
		return "bh= is no base64";
	if (len != DKIM_DIGEST_LEN)
		return "bh= has the wrong length";
	memcpy(s->body_hash, bh, DKIM_DIGEST_LEN);
	return NULL;
}

static bool
canon_parse(const char *s, size_t n, enum canon *canon)
{
	*canon = n == 7 ? CANON_RELAXED : CANON_SIMPLE;
	return (n == 6 && memcmp(s, "simple", 6) == 0) || (n == 7 && memcmp(s, "relaxed", 7) == 0);
}

static const char *
read_canon(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	const char *slash = memchr(t->value, '/', t->value_len);
	size_t n = slash != NULL ? (size_t)(slash - t->value) : t->value_len;

	if (!canon_parse(t->value, n, &s->header_canon) ||
	    (slash != NULL && !canon_parse(slash + 1, t->value_len - n - 1, &s->body_canon)))
		return "unknown canonicalization in c=";
	return NULL;
}

/* A domain's canonical form. A final dot is not in the grammar of §3.5. */
static bool
canonical_name(const char *s, size_t n, char name[DOMAIN_BUF])
{
	return n > 0 && s[n - 1] != '.' && domain_canonical(s, n, name);
}

static const char *
read_domain(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char name[DOMAIN_BUF];

	if (!canonical_name(t->value, t->value_len, name) || strchr(name, '.') == NULL)
		return "d= is no domain name";
	s->domain = arena_strdup(mem, name);
	return s->domain != NULL ? NULL : no_memory;
}

static const char *
read_selector(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char name[DOMAIN_BUF];

	if (!canonical_name(t->value, t->value_len, name))
		return "s= is no selector";
	s->selector = arena_strdup(mem, name);
	return s->selector != NULL ? NULL : no_memory;
}

/* ftext of RFC 5322 §3.6.8 but the semicolon */
static bool
is_field_name(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || s[i] == ';')
			return false;
	return n > 0;
}

static size_t
count_names(const struct tag *t)
{
	size_t i, n = 1;

	for (i = 0; i < t->value_len; i++)
		n += t->value[i] == ':';
	return n;
}

static bool
is_from(const struct dkim_name *n)
{
	return n->len == 4 && strncasecmp(n->s, "from", 4) == 0;
}

static const char *
read_names(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	size_t i, n = count_names(t);
	struct dkim_name *names;
	struct tag_items items;
	bool from = false;

	if (n > DKIM_SIGNATURE_NAMES_MAX)
		return "h= has too many names";
	if ((names = arena_alloc(mem, n * sizeof(*names))) == NULL)
		return no_memory;
	tag_items_begin(&items, t);
	for (i = 0; i < n && tag_items_next(&items, &names[i].s, &names[i].len); i++) {
		if (!is_field_name(names[i].s, names[i].len))
			return "h= has something that is no field name";
		from |= is_from(&names[i]);
	}
	s->names = names;
	s->nnames = n;
	return from ? NULL : "From is not signed";
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/*
 * dkim-quoted-printable (§2.11) to its meaning, which is not longer. False for
 * a bad escape, and for control characters: i= names someone.
 */
static bool
unquote(const struct tag *t, char *out, size_t *len)
{
	size_t i, n = squeeze(t->value, t->value_len, out);
	int high, low;

	for (*len = i = 0; i < n; i++) {
		if (out[i] == '=') {
			high = i + 2 < n ? hex_value(out[i + 1]) : -1;
			low = i + 2 < n ? hex_value(out[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			out[i + 2] = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			return false;
		out[(*len)++] = out[i];
	}
	return true;
}

static const char *
read_identity(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char *text = arena_alloc(mem, t->value_len + 1), *whole;
	char agent[DOMAIN_BUF];
	const char *at;
	size_t len, local;

	if (text == NULL)
		return no_memory;
	if (!unquote(t, text, &len))
		return "i= is no quoted-printable text";
	if ((at = memrchr(text, '@', len)) == NULL)
		return "i= has no @";
	local = (size_t)(at - text);
	if (!canonical_name(at + 1, len - local - 1, agent))
		return "i= has no valid domain";
	if ((whole = arena_alloc(mem, local + 1 + strlen(agent) + 1)) == NULL)
		return no_memory;
	memcpy(whole, text, local + 1);
	strcpy(whole + local + 1, agent);
	s->identity = whole;
	s->agent = whole + local + 1;
	s->has_identity = true;
	return NULL;
}

static const char *
read_length(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return tag_number(t, LENGTH_MAX, &s->limit) ? NULL : "l= is no number of octets";
}

/* At most twelve digits (§3.5). */
static bool
read_seconds(const struct tag *t, int64_t *seconds)
{
	uint64_t n;

	if (t->value_len > TIME_DIGITS || !tag_number(t, INT64_MAX, &n))
		return false;
	*seconds = (int64_t)n;
	return true;
}

static const char *
read_time(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return read_seconds(t, &s->time) ? NULL : "t= is no time";
}

static const char *
read_expiry(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return read_seconds(t, &s->expires) ? NULL : "x= is no time";
}

static const char *
read_query(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	struct tag_items items;
	const char *item;
	size_t len;

	tag_items_begin(&items, t);
	while (tag_items_next(&items, &item, &len))
		if (len == 7 && memcmp(item, "dns/txt", 7) == 0)
			return NULL;
	return "q= has no way to get the key";
}

/* ---- all of them ---- */

typedef const char *tag_reader(struct dkim_signature *, const struct tag *, struct arena *);

/* In the order in which they are judged; those that a report wants come first. */
static const struct {
	const char *name;
	tag_reader *read;
	const char *missing; /* set where the tag is required */
} rules[] = {
    {"d", read_domain, "d= is missing"},
    {"s", read_selector, "s= is missing"},
    {"a", read_algorithm, "a= is missing"},
    {"b", read_signature, "b= is missing"},
    {"v", read_version, "v= is missing"},
    {"bh", read_body_hash, "bh= is missing"},
    {"h", read_names, "h= is missing"},
    {"c", read_canon, NULL},
    {"i", read_identity, NULL},
    {"l", read_length, NULL},
    {"q", read_query, NULL},
    {"t", read_time, NULL},
    {"x", read_expiry, NULL},
};

/* Reads all tags, and keeps the first error. False without memory. */
static bool
read_tags(struct dkim_signature *s, const struct taglist *tags, struct arena *mem)
{
	const struct tag *t;
	const char *error;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		t = taglist_find(tags, rules[i].name);
		error = t != NULL ? rules[i].read(s, t, mem) : rules[i].missing;
		if (error == no_memory)
			return false;
		if (s->error == NULL)
			s->error = error;
	}
	return true;
}

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
	enum taglist_error error;
	struct taglist tags;

	*s = (struct dkim_signature){
	    .field = field,
	    .algorithm = "",
	    .domain = "",
	    .selector = "",
	    .identity = "",
	    .agent = "",
	    .b_text = "",
	    .limit = UINT64_MAX,
	    .time = DKIM_NO_TIME,
	    .expires = DKIM_NO_TIME,
	};
	if (field->value_len > DKIM_SIGNATURE_VALUE_MAX) {
		s->error = "the field is too long";
		return true;
	}
	if ((error = taglist_parse(field->value, field->value_len, &tags)) != TAGLIST_OK) {
		s->error = taglist_error_text(error);
		return true;
	}
	if (!read_tags(s, &tags, mem))
		return false;
	if (s->domain[0] != '\0' && !s->has_identity && !default_identity(s, mem))
		return false;
	if (s->error == NULL)
		s->error = judge_together(s);
	return true;
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

/* The signature field with b= emptied, in mem; false without memory. */
static bool
empty_signature(const struct dkim_signature *s, struct arena *mem, struct header_field *empty)
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

	if (ctx != NULL && empty_signature(s, mem, &empty)) {
		hash_fields(s, f, ctx);
		canon_header_no_crlf(s->header_canon, &empty, digest_sink, ctx);
		result = EVP_DigestFinal_ex(ctx, digest, NULL) == 1 ? 0 : -1;
	}
	EVP_MD_CTX_free(ctx);
	return result;
}
