#include "dmarc_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "mail/address.h"

#define STRINGS_MAX 32768 /* octets of a record's URIs, together */

/* A piece of the record. */
struct span {
	const char *p, *end;
};

static size_t
length(struct span s)
{
	return (size_t)(s.end - s.p);
}

static struct span
trimmed(struct span s)
{
	while (s.p < s.end && ascii_is_wsp(*s.p))
		s.p++;
	while (s.p < s.end && ascii_is_wsp(s.end[-1]))
		s.end--;
	return s;
}

/* All up to the separator, which is passed, or to the end. */
static struct span
take_until(struct span *rest, char separator)
{
	const char *at = memchr(rest->p, separator, length(*rest));
	struct span s = {.p = rest->p, .end = at != NULL ? at : rest->end};

	rest->p = at != NULL ? at + 1 : rest->end;
	return s;
}

static bool
is(struct span s, const char *word)
{
	return length(s) == strlen(word) && strncasecmp(s.p, word, length(s)) == 0;
}

/* ---- values ---- */

enum value { VALUE_GOOD, VALUE_BAD };

static enum value
read_policy(struct span s, enum dmarc_policy *policy)
{
	enum dmarc_policy p;

	for (p = DMARC_POLICY_NONE; p <= DMARC_POLICY_REJECT; p++) {
		if (is(s, dmarc_policy_name(p))) {
			*policy = p;
			return VALUE_GOOD;
		}
	}
	return VALUE_BAD;
}

static unsigned
fo_flag(struct span s)
{
	static const char letters[] = "01ds";
	const char *at;

	if (length(s) != 1 || (at = strchr(letters, ascii_lower(*s.p))) == NULL || *at == '\0')
		return 0;
	return 1U << (at - letters);
}

/* dmarc-fo (§4.8): each once, "0" and "1" not together. */
static void
read_fo(struct span s, unsigned *fo)
{
	unsigned flags = 0, flag;

	do {
		flag = fo_flag(trimmed(take_until(&s, ':')));
		if (flag == 0 || (flags & flag) != 0)
			return;
		flags |= flag;
	} while (s.p < s.end);
	if (s.end[-1] != ':' &&
	    (flags & (DMARC_FO_ALL | DMARC_FO_ANY)) != (DMARC_FO_ALL | DMARC_FO_ANY))
		*fo = flags;
}

/* ---- URIs ---- */

static int
hex(char c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The octet that a "%" stands for, or -1. */
static int
percent(const char *p, const char *end)
{
	int high, low;

	if (end - p < 3)
		return -1;
	high = hex(p[1]);
	low = hex(p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* RFC 3986 §3.1 and §2: what a URI is made of; §4.8 takes "!" and "," out. */
static bool
is_uri(struct span s)
{
	static const char marks[] = "-._~:/?#[]@$&'()*+;=";
	const char *colon = memchr(s.p, ':', length(s)), *p;

	if (colon == NULL || colon + 1 == s.end || !ascii_is_alpha(*s.p))
		return false;
	for (p = s.p; p < s.end; p++) {
		if (ascii_is_alpha(*p) || ascii_is_digit(*p))
			continue;
		if (*p == '\0' || (p < colon && strchr("+-.", *p) == NULL))
			return false;
		if (*p == '%' ? percent(p, s.end) < 0 : strchr(marks, *p) == NULL)
			return false;
	}
	return true;
}

/* obs-dmarc-report-size (§4.8) is no part of the URI. */
static struct span
without_size(struct span s)
{
	const char *p = s.end;

	if (p > s.p && strchr("kmgtKMGT", p[-1]) != NULL)
		p--;
	if (p == s.p || !ascii_is_digit(p[-1]))
		return s;
	while (p > s.p && ascii_is_digit(p[-1]))
		p--;
	if (p > s.p && p[-1] == '!')
		s.end = p - 1;
	return s;
}

/* RFC 6068: one address, of which the domain is a name. NULL for anything else. */
static const char *
read_mailbox(struct span s, struct arena *mem)
{
	struct span to = take_until(&s, '?');
	char *out = arena_alloc(mem, length(to) + 1), *p = out;
	struct mailbox m;

	if (out == NULL)
		return NULL;
	for (; to.p < to.end; to.p++) {
		*p = *to.p;
		if (*p == '%') {
			*p = (char)percent(to.p, to.end);
			to.p += 2;
		}
		if (*p++ == '\0')
			return NULL;
	}
	*p = '\0';
	/* brackets and routes are for SMTP */
	if (*out == '<' || *out == '@' || address_parse_path(out, mem, &m) != ADDRESS_OK ||
	    m.domain[0] == '\0')
		return NULL;
	return out;
}

static bool
read_uri(struct span s, struct arena *mem, struct dmarc_uri *out)
{
	s = without_size(s);
	if (s.p == s.end || length(s) > DMARC_URI_MAX || !is_uri(s))
		return false;
	*out = (struct dmarc_uri){.uri = arena_strndup(mem, s.p, length(s))};
	if (out->uri == NULL)
		return false;
	if (strncasecmp(out->uri, "mailto:", 7) != 0)
		return true;
	s.p += 7;
	return (out->mailbox = read_mailbox(s, mem)) != NULL;
}

static void
read_uris(struct span s, struct arena *mem, struct dmarc_uris *out)
{
	while (s.p < s.end && out->n < DMARC_URIS_MAX)
		if (read_uri(trimmed(take_until(&s, ',')), mem, &out->v[out->n]))
			out->n++;
}

/* ---- tags ---- */

enum tag_name {
	TAG_P,
	TAG_SP,
	TAG_NP,
	TAG_T,
	TAG_ADKIM,
	TAG_ASPF,
	TAG_RUA,
	TAG_RUF,
	TAG_FO,
	TAG_PSD,
	TAGS
};

/* What has been seen while the record is read. */
struct reading {
	struct dmarc_record *record;
	struct arena *mem;
	bool seen[TAGS];
	enum value policies; /* bad where one of p=, sp=, np= is */
};

static enum tag_name
tag_name(struct span s)
{
	static const char *const names[] = {[TAG_P] = "p",
	    [TAG_SP] = "sp",
	    [TAG_NP] = "np",
	    [TAG_T] = "t",
	    [TAG_ADKIM] = "adkim",
	    [TAG_ASPF] = "aspf",
	    [TAG_RUA] = "rua",
	    [TAG_RUF] = "ruf",
	    [TAG_FO] = "fo",
	    [TAG_PSD] = "psd"};
	enum tag_name t;

	for (t = 0; t < TAGS; t++)
		if (is(s, names[t]))
			break;
	return t;
}

static void
read_policy_tag(struct reading *r, struct span value, enum dmarc_policy *policy)
{
	if (read_policy(value, policy) == VALUE_BAD)
		r->policies = VALUE_BAD;
}

static void
read_psd(struct span value, enum dmarc_psd *psd)
{
	if (is(value, "y"))
		*psd = DMARC_PSD_YES;
	else if (is(value, "n"))
		*psd = DMARC_PSD_NO;
}

static void
read_value(struct reading *r, enum tag_name tag, struct span value)
{
	struct dmarc_record *record = r->record;

	switch (tag) {
	case TAG_P:
		read_policy_tag(r, value, &record->p);
		break;
	case TAG_SP:
		read_policy_tag(r, value, &record->sp);
		break;
	case TAG_NP:
		read_policy_tag(r, value, &record->np);
		break;
	case TAG_T:
		record->testing = is(value, "y");
		break;
	case TAG_ADKIM:
		record->adkim = is(value, "s") ? DMARC_STRICT : DMARC_RELAXED;
		break;
	case TAG_ASPF:
		record->aspf = is(value, "s") ? DMARC_STRICT : DMARC_RELAXED;
		break;
	case TAG_RUA:
		read_uris(value, r->mem, &record->rua);
		break;
	case TAG_RUF:
		read_uris(value, r->mem, &record->ruf);
		break;
	case TAG_FO:
		read_fo(value, &record->fo);
		break;
	case TAG_PSD:
		read_psd(value, &record->psd);
		break;
	case TAGS:
		break;
	}
}

static void
read_tag(struct reading *r, struct span s)
{
	struct span name;
	enum tag_name tag;

	if (memchr(s.p, '=', length(s)) == NULL)
		return;
	name = trimmed(take_until(&s, '='));
	tag = tag_name(name);
	if (tag == TAGS || r->seen[tag])
		return;
	r->seen[tag] = true;
	read_value(r, tag, trimmed(s));
}

/* dmarc-version and what ends it (§4.8), which is passed. */
static bool
take_version(struct span *rest)
{
	struct span version = take_until(rest, ';'), name = take_until(&version, '=');

	if (name.p == name.end || ascii_is_wsp(*name.p) || !is(trimmed(name), "v"))
		return false;
	version = trimmed(version);
	return length(version) == 6 && memcmp(version.p, "DMARC1", 6) == 0;
}

/* §4.10.1, the last paragraphs but two: what is made of a record without a valid policy. */
static void
judge_policy(const struct reading *r)
{
	struct dmarc_record *record = r->record;

	record->status = DMARC_RECORD_OK;
	if (r->policies == VALUE_GOOD && record->p != DMARC_POLICY_ABSENT)
		return;
	if (record->rua.n == 0)
		record->status =
		    r->policies == VALUE_BAD ? DMARC_RECORD_BAD_POLICY : DMARC_RECORD_NO_POLICY;
	record->p = DMARC_POLICY_NONE;
	record->sp = record->np = DMARC_POLICY_ABSENT;
}

void
dmarc_record_parse(struct dmarc_record *record, const char *text, size_t len, struct arena *mem)
{
	struct reading r = {.record = record, .mem = mem};
	struct span rest = {.p = text, .end = text + len};

	*record = (struct dmarc_record){.fo = DMARC_FO_ALL};
	if (!take_version(&rest))
		return;
	while (rest.p < rest.end)
		read_tag(&r, trimmed(take_until(&rest, ';')));
	judge_policy(&r);
}

bool
dmarc_record_exists(const struct dmarc_record *record)
{
	return record->status >= DMARC_RECORD_NO_POLICY;
}

/* ---- kept with an answer ---- */

/* In one piece, and no larger than it must be: thousands of them are kept. */
struct kept {
	struct dmarc_record record;
	char strings[];
};

static bool
is_record(const struct dns_record *r)
{
	struct span text = {.p = (const char *)r->data, .end = (const char *)r->data + r->len};

	return r->len > 0 && take_version(&text);
}

/* The one record; NULL where there is none, or several. */
static const struct dns_record *
only_record(const struct dns_answer *a, enum dmarc_record_status *status)
{
	const struct dns_record *only = NULL;
	size_t i;

	*status = DMARC_RECORD_ABSENT;
	for (i = 0; i < a->n; i++) {
		if (!is_record(&a->records[i]))
			continue;
		if (only != NULL) {
			*status = DMARC_RECORD_SEVERAL;
			return NULL;
		}
		only = &a->records[i];
	}
	return only;
}

static size_t
strings_length(const struct dmarc_uris *u)
{
	size_t i, n = 0;

	for (i = 0; i < u->n; i++) {
		n += strlen(u->v[i].uri) + 1;
		if (u->v[i].mailbox != NULL)
			n += strlen(u->v[i].mailbox) + 1;
	}
	return n;
}

static void
move_string(const char **s, char **to)
{
	if (*s == NULL)
		return;
	*s = strcpy(*to, *s);
	*to += strlen(*s) + 1;
}

static void
move_strings(struct dmarc_uris *u, char **to)
{
	size_t i;

	for (i = 0; i < u->n; i++) {
		move_string(&u->v[i].uri, to);
		move_string(&u->v[i].mailbox, to);
	}
}

static struct kept *
keep(const struct dmarc_record *record)
{
	size_t n = strings_length(&record->rua) + strings_length(&record->ruf);
	struct kept *k = malloc(sizeof(*k) + n);
	char *to;

	if (k == NULL)
		return NULL;
	k->record = *record;
	to = k->strings;
	move_strings(&k->record.rua, &to);
	move_strings(&k->record.ruf, &to);
	return k;
}

static void *
parse(const struct dns_answer *a)
{
	struct dmarc_record record = {.fo = DMARC_FO_ALL};
	const struct dns_record *only = only_record(a, &record.status);
	struct arena mem;
	struct kept *k;

	arena_init(&mem, STRINGS_MAX);
	if (only != NULL)
		dmarc_record_parse(&record, (const char *)only->data, only->len, &mem);
	k = keep(&record);
	arena_free(&mem);
	return k;
}

const struct dmarc_record *
dmarc_record_of(const struct dns_answer *a)
{
	static const struct dns_parser parser = {.parse = parse, .free = free};
	static const struct dmarc_record absent = {.status = DMARC_RECORD_ABSENT};
	const struct kept *k;

	if (a->n == 0)
		return &absent;
	k = dns_answer_parsed(a, &parser);
	return k != NULL ? &k->record : NULL;
}

const char *
dmarc_policy_name(enum dmarc_policy policy)
{
	static const char *const names[] = {[DMARC_POLICY_ABSENT] = "",
	    [DMARC_POLICY_NONE] = "none",
	    [DMARC_POLICY_QUARANTINE] = "quarantine",
	    [DMARC_POLICY_REJECT] = "reject"};

	return names[policy];
}
