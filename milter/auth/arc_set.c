#include "arc_set.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "digest.h"
#include "dkim_tags.h"

#define FIELDS_MAX (ARC_INSTANCES_MAX * 3)

enum kind { KIND_RESULTS, KIND_MESSAGE, KIND_SEAL, KIND_OTHER };

/* What one field is, and says about itself. */
struct reading {
	const struct header_field *field;
	enum kind kind;
	unsigned instance; /* 0 where there is none */
	const char *error;
	struct arc_set set; /* that of its own part which belongs to the kind */
};

/* ---- instances ---- */

/* position = 1*2DIGIT, 1 to 50 (§3.9); 0 for anything else. */
static unsigned
read_position(const char *s, size_t n)
{
	unsigned value = 0;
	size_t i;

	if (n < 1 || n > 2)
		return 0;
	for (i = 0; i < n; i++) {
		if (!ascii_is_digit(s[i]))
			return 0;
		value = value * 10 + (unsigned)(s[i] - '0');
	}
	return value <= ARC_INSTANCES_MAX ? value : 0;
}

/* Behind a comment, which may be nested (RFC 5322 §3.2.2), or NULL where it does not end. */
static const char *
skip_comment(const char *p, const char *end)
{
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* Behind [CFWS], or NULL where a comment does not end. */
static const char *
skip_cfws(const char *p, const char *end)
{
	while (p != NULL && p < end) {
		if (*p == '(')
			p = skip_comment(p, end);
		else if (ascii_is_wsp(*p) || *p == '\r' || *p == '\n')
			p++;
		else
			break;
	}
	return p;
}

/* Behind [CFWS] and a sign, or NULL. */
static const char *
skip_sign(const char *p, const char *end, char sign)
{
	if (p == NULL || (p = skip_cfws(p, end)) == NULL || p == end || *p != sign)
		return NULL;
	return p + 1;
}

/* arc-info = instance [CFWS] ";" authres-payload (§4.1.1). False where it is not. */
static bool
read_results(struct reading *r)
{
	const char *p = r->field->value, *end = p + r->field->value_len, *digits;

	p = skip_sign(skip_sign(p, end, 'i'), end, '=');
	if (p == NULL || (digits = p = skip_cfws(p, end)) == NULL)
		return false;
	while (p < end && ascii_is_digit(*p))
		p++;
	r->instance = read_position(digits, (size_t)(p - digits));
	r->set.results = r->field;
	r->set.payload = p = skip_sign(p, end, ';');
	r->set.payload_len = p != NULL ? (size_t)(end - p) : 0;
	return p != NULL && r->instance > 0;
}

/* ---- signatures ---- */

static const char *
read_rsa(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	const char *error = dkim_read_algorithm(s, t, mem);

	if (error == NULL && s->alg != DKIM_RSA_SHA256)
		return "a= is not rsa-sha256";
	return error;
}

/* Its seal cannot be signed before the message: a name for it is a mistake (§4.1.2). */
static const char *
read_message_names(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	const char *error = dkim_read_loose_names(s, t, mem);

	if (error == NULL && dkim_signature_names(s, "arc-seal"))
		return "h= has ARC-Seal";
	return error;
}

static const char *
refuse_names(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return "h= is not allowed";
}

static const struct dkim_tag_rule message_rules[] = {
    {"d", dkim_read_domain, "d= is missing"},
    {"s", dkim_read_selector, "s= is missing"},
    {"a", read_rsa, "a= is missing"},
    {"b", dkim_read_signature, "b= is missing"},
    {"bh", dkim_read_body_hash, "bh= is missing"},
    {"h", read_message_names, "h= is missing"},
    {"c", dkim_read_canon, NULL},
    {"l", dkim_read_length, NULL},
    {"q", dkim_read_query, NULL},
    {"t", dkim_read_time, NULL},
    {"x", dkim_read_expiry, NULL},
};

static const struct dkim_tag_rule seal_rules[] = {
    {"d", dkim_read_domain, "d= is missing"},
    {"s", dkim_read_selector, "s= is missing"},
    {"a", read_rsa, "a= is missing"},
    {"b", dkim_read_signature, "b= is missing"},
    {"h", refuse_names, NULL},
    {"t", dkim_read_time, NULL},
};

static void
read_instance(struct reading *r, const struct taglist *tags)
{
	const struct tag *t = taglist_find(tags, "i");

	if (t != NULL)
		r->instance = read_position(t->value, t->value_len);
	if (r->instance == 0 && r->error == NULL)
		r->error = t != NULL ? "i= is no instance" : "i= is missing";
}

static bool
read_message(struct reading *r, struct arena *mem)
{
	struct dkim_signature *s = &r->set.message;
	struct taglist tags;

	if (!dkim_tags_read(s, r->field, message_rules,
		sizeof(message_rules) / sizeof(message_rules[0]), &tags, mem))
		return false;
	r->error = s->error;
	if (r->error == NULL && s->time != DKIM_NO_TIME && s->expires != DKIM_NO_TIME &&
	    s->expires <= s->time)
		r->error = "x= is not after t=";
	r->set.no_canon = taglist_find(&tags, "c") == NULL;
	read_instance(r, &tags);
	return true;
}

/* chain-status = ("none" / "fail" / "pass"); NULL, or what is wrong */
static const char *
read_status(const struct tag *t, enum arc_status *cv)
{
	static const char *const texts[] = {
	    [ARC_NONE] = "none", [ARC_PASS] = "pass", [ARC_FAIL] = "fail"};
	size_t i;

	if (t == NULL)
		return "cv= is missing";
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (t->value_len == 4 && strncasecmp(t->value, texts[i], 4) == 0) {
			*cv = (enum arc_status)i;
			return NULL;
		}
	}
	return "cv= is no chain validation status";
}

static bool
read_seal(struct reading *r, struct arena *mem)
{
	struct taglist tags;
	const char *error;

	if (!dkim_tags_read(&r->set.seal, r->field, seal_rules,
		sizeof(seal_rules) / sizeof(seal_rules[0]), &tags, mem))
		return false;
	error = read_status(taglist_find(&tags, "cv"), &r->set.cv);
	r->error = r->set.seal.error != NULL ? r->set.seal.error : error;
	read_instance(r, &tags);
	return true;
}

static enum kind
kind_of(const struct header_field *f)
{
	if (f->name_len < 8 || strncasecmp(f->name, "arc-", 4) != 0)
		return KIND_OTHER;
	if (header_is(f, "ARC-Seal"))
		return KIND_SEAL;
	if (header_is(f, "ARC-Message-Signature"))
		return KIND_MESSAGE;
	return header_is(f, "ARC-Authentication-Results") ? KIND_RESULTS : KIND_OTHER;
}

/* False without memory. */
static bool
read_field(struct reading *r, const struct header_field *f, enum kind kind, struct arena *mem)
{
	*r = (struct reading){.field = f, .kind = kind};
	switch (kind) {
	case KIND_SEAL:
		return read_seal(r, mem);
	case KIND_MESSAGE:
		return read_message(r, mem);
	default:
		if (!read_results(r))
			r->error = "it does not begin with an instance";
		return true;
	}
}

/* ---- the chain ---- */

static const char *const names[] = {
    [KIND_RESULTS] = "ARC-Authentication-Results",
    [KIND_MESSAGE] = "ARC-Message-Signature",
    [KIND_SEAL] = "ARC-Seal",
};

/* A chain being put together. */
struct collecting {
	struct arc_chain *chain;
	struct arena *mem;
	unsigned sealed; /* the highest instance of a seal */
	unsigned room;	 /* sets that the chain has room for */
	bool failed;	 /* no memory */
};

/* The first thing that is wrong is what is said. */
static void __attribute__((format(printf, 2, 3))) wrong(struct collecting *c, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (c->chain->error != NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->chain->error = arena_strdup(c->mem, text);
	c->failed |= c->chain->error == NULL;
}

/* The place for a field of that kind in a set: NULL where none has been seen yet. */
static const struct header_field *
part_of(const struct arc_set *set, enum kind kind)
{
	if (kind == KIND_RESULTS)
		return set->results;
	return kind == KIND_MESSAGE ? set->message.field : set->seal.field;
}

static void
put_into_set(struct arc_set *set, const struct reading *r)
{
	switch (r->kind) {
	case KIND_SEAL:
		set->seal = r->set.seal;
		set->cv = r->set.cv;
		break;
	case KIND_MESSAGE:
		set->message = r->set.message;
		set->no_canon = r->set.no_canon;
		break;
	default:
		set->results = r->set.results;
		set->payload = r->set.payload;
		set->payload_len = r->set.payload_len;
		break;
	}
}

/* What a seal says counts for the status even if the chain is bad otherwise (§5.2, step 2). */
static void
note_seal(struct collecting *c, const struct reading *r)
{
	bool fail = r->set.cv == ARC_FAIL;

	if (r->instance > c->sealed)
		c->chain->ended = fail;
	else if (r->instance == c->sealed)
		c->chain->ended |= fail;
	if (r->instance > c->sealed)
		c->sealed = r->instance;
}

static void
take(struct collecting *c, const struct reading *r)
{
	struct arc_set *set;

	if (r->instance > c->chain->highest)
		c->chain->highest = r->instance;
	if (r->kind == KIND_SEAL)
		note_seal(c, r);
	if (r->error != NULL)
		wrong(c, "%s, i=%u: %s", names[r->kind], r->instance, r->error);
	if (r->instance == 0 || r->instance > c->room)
		return;
	set = &c->chain->v[r->instance - 1];
	if (part_of(set, r->kind) != NULL)
		wrong(c, "%s is there twice for i=%u", names[r->kind], r->instance);
	else
		put_into_set(set, r);
}

static void
collect(struct collecting *c, const struct header *h)
{
	struct reading r;
	size_t i, n = 0;
	enum kind kind;

	for (i = 0; i < h->n && !c->failed; i++) {
		if ((kind = kind_of(&h->fields[i])) == KIND_OTHER)
			continue;
		if (++n > FIELDS_MAX) {
			wrong(c, "more than %d ARC sets", ARC_INSTANCES_MAX);
			return;
		}
		if (!read_field(&r, &h->fields[i], kind, c->mem))
			c->failed = true;
		else
			take(c, &r);
	}
}

/* §5.2, step 3 */
static void
check_set(struct collecting *c, unsigned instance)
{
	const struct arc_set *set = &c->chain->v[instance - 1];
	enum kind kind;

	for (kind = KIND_RESULTS; kind <= KIND_SEAL; kind++)
		if (part_of(set, kind) == NULL)
			wrong(c, "there is no %s for i=%u", names[kind], instance);
	if (set->cv == ARC_FAIL)
		wrong(c, "cv=fail at i=%u", instance);
	else if (instance == 1 && set->cv != ARC_NONE)
		wrong(c, "cv= is not none at i=1");
	else if (instance > 1 && set->cv != ARC_PASS)
		wrong(c, "cv= is not pass at i=%u", instance);
}

static void
check_sets(struct collecting *c)
{
	struct arc_chain *chain = c->chain;
	unsigned i;

	if (chain->ended) {
		chain->error = "the newest seal says cv=fail";
		return;
	}
	for (i = 1; i <= chain->highest && i <= c->room; i++)
		check_set(c, i);
	if (chain->highest > c->room)
		wrong(c, "there is no ARC set for i=%u", c->room + 1);
}

static size_t
count_fields(const struct header *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->n; i++)
		n += kind_of(&h->fields[i]) != KIND_OTHER;
	return n;
}

bool
arc_chain_parse(struct arc_chain *chain, const struct header *h, struct arena *mem)
{
	struct collecting c = {.chain = chain, .mem = mem};
	size_t n = count_fields(h);

	*chain = (struct arc_chain){.present = n > 0};
	if (n == 0)
		return true;
	c.room = n < ARC_INSTANCES_MAX ? (unsigned)n : ARC_INSTANCES_MAX;
	if ((chain->v = arena_alloc(mem, c.room * sizeof(*chain->v))) == NULL)
		return false;
	memset(chain->v, 0, c.room * sizeof(*chain->v));
	collect(&c, h);
	check_sets(&c);
	if (chain->error == NULL)
		chain->n = chain->highest;
	return !c.failed;
}

enum authres_status
arc_set_results(const struct arc_set *set, struct arena *mem, struct authres *results)
{
	return authres_parse(set->payload, set->payload_len, mem, results);
}

/* ---- what seals sign ---- */

static void
hash_field(const struct header_field *f, EVP_MD_CTX *digest)
{
	canon_header(CANON_RELAXED, f, digest_sink, digest);
}

void
arc_chain_hash(const struct arc_chain *chain, EVP_MD_CTX *digest)
{
	size_t i;

	for (i = 0; i < chain->n; i++) {
		hash_field(chain->v[i].results, digest);
		hash_field(chain->v[i].message.field, digest);
		hash_field(chain->v[i].seal.field, digest);
	}
}

/* What has been hashed so far and the seal itself, without its signature. */
static bool
seal_digest(const struct arc_set *set, const EVP_MD_CTX *before, EVP_MD_CTX *own, struct arena *mem,
    uint8_t digest[DKIM_DIGEST_LEN])
{
	struct header_field empty;

	if (!dkim_signature_emptied(&set->seal, mem, &empty) ||
	    EVP_MD_CTX_copy_ex(own, before) != 1)
		return false;
	canon_header_no_crlf(CANON_RELAXED, &empty, digest_sink, own);
	return EVP_DigestFinal_ex(own, digest, NULL) == 1;
}

int
arc_chain_digests(
    const struct arc_chain *chain, struct arena *mem, uint8_t digests[][DKIM_DIGEST_LEN])
{
	EVP_MD_CTX *all = digest_new(), *own = EVP_MD_CTX_new();
	bool good = all != NULL && own != NULL;
	const struct arc_set *set;
	size_t i;

	for (i = 0; i < chain->n && good; i++) {
		set = &chain->v[i];
		hash_field(set->results, all);
		hash_field(set->message.field, all);
		good = seal_digest(set, all, own, mem, digests[i]);
		hash_field(set->seal.field, all);
	}
	EVP_MD_CTX_free(all);
	EVP_MD_CTX_free(own);
	return good ? 0 : -1;
}
