#include "zonefile.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_TTL 3600
#define STRING_MAX 255

enum token {
	TOKEN_WORD,
	TOKEN_STRING, /* in quotes */
	TOKEN_END,    /* of the record */
	TOKEN_BAD,    /* error is set */
};

struct parser {
	const char *p, *end;
	unsigned line;
	bool parentheses;
	struct buf word;   /* the last token, escapes resolved */
	bool opaque;	   /* it holds a dot or a NUL that was escaped */
	enum token ahead;  /* what token the word is */
	struct buf *error; /* borrowed */
	bool failed;	   /* error tells why */
	bool have_origin, have_owner;
	char origin[DNS_NAME_MAX + 1];
	uint32_t ttl;
	struct zonefile_record record;
};

static bool
bad(struct parser *z, const char *what)
{
	if (!z->failed)
		buf_addf(z->error, "line %u: %s", z->line, what);
	z->failed = true;
	return false;
}

/* With the word, made fit for a terminal. */
static bool
bad_word(struct parser *z, const char *what)
{
	struct buf b;
	size_t i;

	buf_init(&b, 200);
	buf_addf(&b, "%s: ", what);
	for (i = 0; i < z->word.len && i < 60; i++)
		buf_addc(&b, isprint((unsigned char)z->word.data[i]) ? z->word.data[i] : '?');
	bad(z, buf_str(&b));
	buf_free(&b);
	return false;
}

/* ---- tokens ---- */

static void
skip_comment(struct parser *z)
{
	while (z->p < z->end && *z->p != '\n')
		z->p++;
}

/* Blanks, comments, parentheses, and the line ends within those. */
static bool
skip_space(struct parser *z)
{
	for (; z->p < z->end; z->p++) {
		if (*z->p == ';')
			skip_comment(z);
		if (z->p == z->end)
			break;
		if (*z->p == '(' || *z->p == ')') {
			if (z->parentheses == (*z->p == '('))
				return bad(z, "unbalanced parentheses");
			z->parentheses = *z->p == '(';
		} else if (*z->p == '\n' && z->parentheses)
			z->line++;
		else if (*z->p != ' ' && *z->p != '\t' && *z->p != '\r')
			break;
	}
	return true;
}

/* After a backslash: \DDD or \X. */
static bool
escape(struct parser *z)
{
	unsigned n = 0;
	int i;

	if (z->p == z->end || *z->p == '\n')
		return bad(z, "backslash at the end of a line");
	if (!isdigit((unsigned char)*z->p))
		n = (unsigned char)*z->p++;
	else {
		for (i = 0; i < 3; i++, z->p++) {
			if (z->p == z->end || !isdigit((unsigned char)*z->p))
				return bad(z, "a number after a backslash has three digits");
			n = n * 10 + (unsigned)(*z->p - '0');
		}
	}
	if (n > 255)
		return bad(z, "a number after a backslash is at most 255");
	if (n == '.' || n == '\0')
		z->opaque = true;
	buf_addc(&z->word, (char)n);
	return true;
}

static enum token
read_string(struct parser *z)
{
	for (z->p++; z->p < z->end && *z->p != '"';) {
		if (*z->p == '\n')
			z->line++;
		if (*z->p != '\\')
			buf_addc(&z->word, *z->p++);
		else if (z->p++, !escape(z))
			return TOKEN_BAD;
	}
	if (z->p == z->end) {
		bad(z, "string without its closing quote");
		return TOKEN_BAD;
	}
	z->p++;
	return TOKEN_STRING;
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '(' ||
	       c == ')' || c == '"';
}

static enum token
read_word(struct parser *z)
{
	while (z->p < z->end && !ends_word(*z->p)) {
		if (*z->p == '\0')
			z->opaque = true;
		if (*z->p != '\\')
			buf_addc(&z->word, *z->p++);
		else if (z->p++, !escape(z))
			return TOKEN_BAD;
	}
	return TOKEN_WORD;
}

static enum token
read_token(struct parser *z)
{
	buf_clear(&z->word);
	z->opaque = false;
	if (!skip_space(z))
		return TOKEN_BAD;
	if (z->p == z->end || *z->p == '\n') {
		if (!z->parentheses)
			return TOKEN_END;
		bad(z, "unbalanced parentheses");
		return TOKEN_BAD;
	}
	return *z->p == '"' ? read_string(z) : read_word(z);
}

static void
advance(struct parser *z)
{
	z->ahead = read_token(z);
	if (!z->word.failed)
		return;
	bad(z, "out of memory");
	z->ahead = TOKEN_BAD;
}

static bool
is_word(struct parser *z, const char *what)
{
	return z->ahead == TOKEN_WORD && !z->opaque && strcasecmp(buf_str(&z->word), what) == 0;
}

/* ---- names ---- */

/* The word as a name, absolute, in lower case; "" for the root. */
static bool
parse_name(struct parser *z, char name[DNS_NAME_MAX + 1])
{
	struct dns_question q;
	const char *word = buf_str(&z->word);
	bool relative = z->have_origin && z->word.len > 0 && word[z->word.len - 1] != '.';

	if (z->ahead != TOKEN_WORD)
		return z->ahead != TOKEN_BAD && bad(z, "a name is missing");
	if (z->opaque)
		return bad_word(z, "name with an escaped dot or NUL");
	if (strcmp(word, "@") == 0 && !z->have_origin)
		return bad(z, "@ without $ORIGIN");
	if (strcmp(word, "@") == 0) {
		memmove(name, z->origin, sizeof(z->origin));
		return true;
	}
	if (strcmp(word, ".") == 0) {
		name[0] = '\0';
		return true;
	}
	if (relative && z->origin[0] != '\0') {
		buf_addc(&z->word, '.');
		buf_adds(&z->word, z->origin);
	}
	if (!dns_question_set(&q, buf_str(&z->word), DNS_A))
		return bad_word(z, "not a domain name");
	memcpy(name, q.name, q.len + 1);
	return true;
}

static void
add_wire_name(struct buf *b, const char *name)
{
	size_t n;

	for (; *name != '\0'; name += n) {
		n = strcspn(name, ".");
		buf_addc(b, (char)n);
		buf_add(b, name, n);
		if (name[n] == '.')
			n++;
	}
	buf_addc(b, 0);
}

/* ---- data, by type ---- */

static bool
parse_address(struct parser *z)
{
	uint8_t bytes[16];
	bool v4 = z->record.type == DNS_A;

	if (z->ahead != TOKEN_WORD)
		return bad(z, "an address is missing");
	if (z->opaque || inet_pton(v4 ? AF_INET : AF_INET6, buf_str(&z->word), bytes) != 1)
		return bad_word(z, v4 ? "not an IPv4 address" : "not an IPv6 address");
	buf_add(&z->record.rdata, bytes, v4 ? 4 : 16);
	advance(z);
	return true;
}

static bool
parse_txt(struct parser *z)
{
	if (z->ahead == TOKEN_END)
		return bad(z, "TXT without a string");
	for (; z->ahead == TOKEN_WORD || z->ahead == TOKEN_STRING; advance(z)) {
		if (z->word.len > STRING_MAX)
			return bad(z, "a string is at most 255 octets; split it in several");
		buf_addc(&z->record.rdata, (char)z->word.len);
		buf_add(&z->record.rdata, z->word.data, z->word.len);
	}
	return z->ahead == TOKEN_END;
}

static bool
parse_target(struct parser *z)
{
	if (!parse_name(z, z->record.target))
		return false;
	add_wire_name(&z->record.rdata, z->record.target);
	advance(z);
	return true;
}

static bool
parse_number(struct parser *z, uint32_t *n, uint32_t max)
{
	char *end;
	unsigned long long v;
	const char *word = buf_str(&z->word);

	if (z->ahead != TOKEN_WORD || z->opaque || !isdigit((unsigned char)*word))
		return false;
	v = strtoull(word, &end, 10);
	if (*end != '\0' || z->word.len > 10 || v > max)
		return false;
	*n = (uint32_t)v;
	return true;
}

static bool
parse_mx(struct parser *z)
{
	uint32_t preference;

	if (!parse_number(z, &preference, 65535))
		return bad(z, "MX needs a preference and a name");
	buf_addc(&z->record.rdata, (char)(preference >> 8));
	buf_addc(&z->record.rdata, (char)(preference & 0xff));
	advance(z);
	return parse_target(z);
}

static bool
parse_rdata(struct parser *z)
{
	switch (z->record.type) {
	case DNS_A:
	case DNS_AAAA:
		return parse_address(z);
	case DNS_TXT:
		return parse_txt(z);
	case DNS_MX:
		return parse_mx(z);
	case DNS_PTR:
	case DNS_CNAME:
		break;
	}
	return parse_target(z);
}

/* TIMEOUT and SERVFAIL: for all look-ups, or those of one type. */
static bool
parse_failure(struct parser *z)
{
	z->record.type = 0;
	if (z->ahead == TOKEN_END)
		return true;
	if (z->ahead != TOKEN_WORD || !dns_type_parse(buf_str(&z->word), &z->record.type))
		return bad_word(z, "not a type");
	advance(z);
	return true;
}

static bool
skip_rdata(struct parser *z)
{
	while (z->ahead == TOKEN_WORD || z->ahead == TOKEN_STRING)
		advance(z);
	return z->ahead == TOKEN_END;
}

/* ---- what stands before the data ---- */

static bool
is_other_type(const char *word)
{
	static const char *const others[] = {"SOA", "NS", "SRV", "CAA", "DS", "DNSKEY", "RRSIG",
	    "NSEC", "NSEC3", "NSEC3PARAM", "TLSA", "SSHFP", "NAPTR", "HINFO", "LOC", "SPF", "SVCB",
	    "HTTPS", "CDS", "CDNSKEY", "OPENPGPKEY", "SMIMEA", "RP", "URI"};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(word, others[i]) == 0)
			return true;
	return strncasecmp(word, "TYPE", 4) == 0 && isdigit((unsigned char)word[4]);
}

static bool
parse_type(struct parser *z)
{
	struct zonefile_record *r = &z->record;

	if (z->ahead != TOKEN_WORD)
		return bad(z, "a type is missing");
	r->type = 0;
	if (dns_type_parse(buf_str(&z->word), &r->type))
		r->kind = ZONEFILE_RECORD;
	else if (is_word(z, "DNAME"))
		r->kind = ZONEFILE_DNAME;
	else if (is_word(z, "TIMEOUT"))
		r->kind = ZONEFILE_TIMEOUT;
	else if (is_word(z, "SERVFAIL"))
		r->kind = ZONEFILE_SERVFAIL;
	else if (is_other_type(buf_str(&z->word)))
		r->kind = ZONEFILE_OTHER;
	else
		return bad_word(z, "not a type");
	advance(z);
	return true;
}

/* Seconds, or numbers with units as in 1h30m. */
static bool
parse_ttl(struct parser *z, uint32_t *ttl)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	const char *p = buf_str(&z->word);
	uint64_t sum = 0;
	char *end;
	size_t i;

	if (z->ahead != TOKEN_WORD || z->opaque || z->word.len > 16)
		return false;
	if (parse_number(z, ttl, INT32_MAX))
		return true;
	for (; isdigit((unsigned char)*p); p = end + 1) {
		unsigned long n = strtoul(p, &end, 10);

		for (i = 0; i < 5 && tolower((unsigned char)*end) != units[i].unit; i++)
			;
		if (i == 5 || n > INT32_MAX)
			return false;
		sum += (uint64_t)n * units[i].seconds;
	}
	if (*p != '\0' || z->word.len == 0 || sum > INT32_MAX)
		return false;
	*ttl = (uint32_t)sum;
	return true;
}

/* TTL and class, both optional, in any order. */
static void
parse_ttl_and_class(struct parser *z)
{
	z->record.ttl = z->ttl;
	while (parse_ttl(z, &z->record.ttl) || is_word(z, "IN"))
		advance(z);
}

static bool
parse_owner(struct parser *z, bool blank)
{
	if (blank)
		return z->have_owner || bad(z, "the first record has no name");
	z->have_owner = true;
	if (!parse_name(z, z->record.owner))
		return false;
	advance(z);
	return true;
}

static bool
at_end(struct parser *z)
{
	if (z->ahead == TOKEN_END)
		return true;
	return z->ahead != TOKEN_BAD && bad_word(z, "more than the record needs");
}

static bool
parse_data(struct parser *z)
{
	switch (z->record.kind) {
	case ZONEFILE_RECORD:
		return parse_rdata(z);
	case ZONEFILE_DNAME:
		return parse_target(z);
	case ZONEFILE_OTHER:
		return skip_rdata(z);
	case ZONEFILE_TIMEOUT:
	case ZONEFILE_SERVFAIL:
		break;
	}
	return parse_failure(z);
}

static bool
parse_record(struct parser *z, const struct zonefile_sink *sink, bool blank)
{
	buf_clear(&z->record.rdata);
	z->record.target[0] = '\0';
	if (!parse_owner(z, blank))
		return false;
	parse_ttl_and_class(z);
	if (z->ahead == TOKEN_BAD || !parse_type(z) || !parse_data(z) || !at_end(z))
		return false;
	if (z->record.rdata.failed)
		return bad(z, "the record is too large");
	return sink->add(sink->to, &z->record) || bad(z, "out of memory");
}

static bool
parse_directive(struct parser *z)
{
	bool origin = is_word(z, "$ORIGIN");

	if (!origin && !is_word(z, "$TTL"))
		return bad_word(z, "not understood");
	advance(z);
	if (origin ? !parse_name(z, z->origin) : !parse_ttl(z, &z->ttl))
		return bad(z, origin ? "$ORIGIN needs a name" : "$TTL needs a number");
	z->have_origin |= origin;
	advance(z);
	return at_end(z);
}

static bool
parse_line(struct parser *z, const struct zonefile_sink *sink)
{
	bool blank = z->p < z->end && (*z->p == ' ' || *z->p == '\t');
	bool directive = z->p < z->end && *z->p == '$';

	advance(z);
	if (z->ahead == TOKEN_BAD)
		return false;
	if (z->ahead == TOKEN_END)
		return true;
	return directive ? parse_directive(z) : parse_record(z, sink, blank);
}

bool
zonefile_parse(const char *text, size_t len, const struct zonefile_sink *sink, struct buf *error)
{
	struct parser z = {
	    .p = text, .end = text + len, .line = 1, .error = error, .ttl = DEFAULT_TTL};
	bool ok = len <= ZONEFILE_MAX || bad(&z, "the zone is too large");

	buf_init(&z.word, 0);
	buf_init(&z.record.rdata, 65535);
	while (ok && z.p < z.end) {
		ok = parse_line(&z, sink);
		if (ok && z.p < z.end) {
			z.p++;
			z.line++;
		}
	}
	buf_free(&z.word);
	buf_free(&z.record.rdata);
	return ok;
}
