#include "dkim_tags.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/domain.h"

#define TIME_DIGITS 12
#define LENGTH_MAX INT64_MAX /* of l=; the RFC allows 76 digits, but so many octets no body has */

/* ---- tags, one at a time: each returns NULL, or what is wrong ---- */

const char dkim_tag_no_memory[] = "out of memory";

static bool
is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
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

const char *
dkim_read_algorithm(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	if (!is_algorithm(t))
		return "a= is no algorithm";
	if ((s->algorithm = arena_strndup(mem, t->value, t->value_len)) == NULL)
		return dkim_tag_no_memory;
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

const char *
dkim_read_signature(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	uint8_t *b = arena_alloc(mem, BASE64_DECODED_MAX(t->value_len));
	char *text = arena_alloc(mem, t->value_len + 1);

	if (b == NULL || text == NULL)
		return dkim_tag_no_memory;
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

const char *
dkim_read_body_hash(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	uint8_t *bh = arena_alloc(mem, BASE64_DECODED_MAX(t->value_len));
	size_t len;

	if (bh == NULL)
		return dkim_tag_no_memory;
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

const char *
dkim_read_canon(struct dkim_signature *s, const struct tag *t, struct arena *mem)
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

const char *
dkim_read_domain(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char name[DOMAIN_BUF];

	if (!canonical_name(t->value, t->value_len, name) || strchr(name, '.') == NULL)
		return "d= is no domain name";
	s->domain = arena_strdup(mem, name);
	return s->domain != NULL ? NULL : dkim_tag_no_memory;
}

const char *
dkim_read_selector(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char name[DOMAIN_BUF];

	if (!canonical_name(t->value, t->value_len, name))
		return "s= is no selector";
	s->selector = arena_strdup(mem, name);
	return s->selector != NULL ? NULL : dkim_tag_no_memory;
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

/* What h= lists. Empty items are no field names; those who take them pass over them. */
enum empty_items { EMPTY_REFUSED, EMPTY_SKIPPED };

static const char *
split_names(
    struct dkim_signature *s, const struct tag *t, enum empty_items empty, struct arena *mem)
{
	size_t i, len, n = count_names(t);
	struct dkim_name *names;
	struct tag_items items;
	const char *item;

	if (n > DKIM_SIGNATURE_NAMES_MAX)
		return "h= has too many names";
	if ((names = arena_alloc(mem, n * sizeof(*names))) == NULL)
		return dkim_tag_no_memory;
	s->names = names;
	tag_items_begin(&items, t);
	for (i = 0; tag_items_next(&items, &item, &len);) {
		if (len == 0 && empty == EMPTY_SKIPPED)
			continue;
		if (!is_field_name(item, len))
			return "h= has something that is no field name";
		names[i++] = (struct dkim_name){item, len};
	}
	s->nnames = i;
	return NULL;
}

const char *
dkim_read_names(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	const char *error = split_names(s, t, EMPTY_REFUSED, mem);

	if (error != NULL)
		return error;
	return dkim_signature_names(s, "from") ? NULL : "From is not signed";
}

const char *
dkim_read_loose_names(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return split_names(s, t, EMPTY_SKIPPED, mem);
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

const char *
dkim_read_identity(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	char *text = arena_alloc(mem, t->value_len + 1), *whole;
	char agent[DOMAIN_BUF];
	const char *at;
	size_t len, local;

	if (text == NULL)
		return dkim_tag_no_memory;
	if (!unquote(t, text, &len))
		return "i= is no quoted-printable text";
	if ((at = memrchr(text, '@', len)) == NULL)
		return "i= has no @";
	local = (size_t)(at - text);
	if (!canonical_name(at + 1, len - local - 1, agent))
		return "i= has no valid domain";
	if ((whole = arena_alloc(mem, local + 1 + strlen(agent) + 1)) == NULL)
		return dkim_tag_no_memory;
	memcpy(whole, text, local + 1);
	strcpy(whole + local + 1, agent);
	s->identity = whole;
	s->agent = whole + local + 1;
	s->has_identity = true;
	return NULL;
}

const char *
dkim_read_length(struct dkim_signature *s, const struct tag *t, struct arena *mem)
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

const char *
dkim_read_time(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return read_seconds(t, &s->time) ? NULL : "t= is no time";
}

const char *
dkim_read_expiry(struct dkim_signature *s, const struct tag *t, struct arena *mem)
{
	return read_seconds(t, &s->expires) ? NULL : "x= is no time";
}

const char *
dkim_read_query(struct dkim_signature *s, const struct tag *t, struct arena *mem)
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

static bool
read_all(struct dkim_signature *s, const struct dkim_tag_rule *rules, size_t n,
    const struct taglist *tags, struct arena *mem)
{
	const struct tag *t;
	const char *error;
	size_t i;

	for (i = 0; i < n; i++) {
		t = taglist_find(tags, rules[i].name);
		error = t != NULL ? rules[i].read(s, t, mem) : rules[i].missing;
		if (error == dkim_tag_no_memory)
			return false;
		if (s->error == NULL)
			s->error = error;
	}
	return true;
}

bool
dkim_tags_read(struct dkim_signature *s, const struct header_field *field,
    const struct dkim_tag_rule *rules, size_t n, struct taglist *tags, struct arena *mem)
{
	enum taglist_error error;

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
	tags->n = 0;
	if (field->value_len > DKIM_SIGNATURE_VALUE_MAX) {
		s->error = "the field is too long";
		return true;
	}
	if ((error = taglist_parse(field->value, field->value_len, tags)) != TAGLIST_OK) {
		s->error = taglist_error_text(error);
		return true;
	}
	return read_all(s, rules, n, tags, mem);
}
