#include "spf_record.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VERSION "v=spf1"
#define VERSION_LEN (sizeof(VERSION) - 1)

/* What is being parsed; terms and parts are filled from the front. */
struct scan {
	struct spf_policy *policy;
	struct spf_term *term;
	struct spf_part *part;
	bool redirect_seen, exp_seen, all_seen;
};

static const struct {
	const char *name;
	enum spf_mechanism mechanism;
} mechanisms[] = {
    {"all", SPF_ALL},
    {"include", SPF_INCLUDE},
    {"a", SPF_A},
    {"mx", SPF_MX},
    {"ptr", SPF_PTR},
    {"ip4", SPF_IP4},
    {"ip6", SPF_IP6},
    {"exists", SPF_EXISTS},
};

/* Sets the reason: what is wrong, and the term (len bytes) made printable. */
static void
complain(struct spf_policy *policy, const char *what, const char *term, size_t len)
{
	char shown[64];
	size_t i, n = len < sizeof(shown) - 1 ? len : sizeof(shown) - 1;

	for (i = 0; i < n; i++)
		shown[i] = term[i] > 0x20 && term[i] < 0x7f && term[i] != '"' ? term[i] : '?';
	shown[n] = '\0';
	policy->status = SPF_POLICY_ERROR;
	snprintf(policy->reason, sizeof(policy->reason), "%s in \"%s%s\"", what, shown,
	    n < len ? "..." : "");
}

static bool
is_name(const char *s, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(s, name, len) == 0;
}

/*
 * A prefix length at the end of s: "/" and a number without leading zeros.
 * Returns the length without it, or len where there is none. A number that is
 * too large comes out as 255.
 */
static size_t
cut_prefix_length(const char *s, size_t len, uint8_t *bits)
{
	size_t i, start = len;
	unsigned n = 0;

	while (start > 0 && s[start - 1] >= '0' && s[start - 1] <= '9')
		start--;
	if (start == len || start == 0 || s[start - 1] != '/' ||
	    (s[start] == '0' && len - start > 1))
		return len;
	for (i = start; i < len && n < 255; i++)
		n = n * 10 + (unsigned)(s[i] - '0');
	*bits = n < 255 ? (uint8_t)n : 255;
	return start - 1;
}

/* dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ], cut off the end of s. */
static const char *
cut_dual_cidr(struct spf_term *term, const char *s, size_t *len)
{
	uint8_t bits = 0;
	size_t rest = cut_prefix_length(s, *len, &bits);

	term->cidr4 = 32;
	term->cidr6 = 128;
	if (rest < *len && rest > 0 && s[rest - 1] == '/') {
		term->cidr6 = bits;
		*len = rest - 1;
		rest = cut_prefix_length(s, *len, &bits);
	}
	if (rest < *len) {
		term->cidr4 = bits;
		*len = rest;
	}
	return term->cidr4 > 32 || term->cidr6 > 128 ? "bad prefix length" : NULL;
}

static const char *
parse_macros(struct scan *s, const char *text, size_t len, enum spf_macro_use use,
    struct spf_macro_string *out)
{
	const char *error = spf_macro_parse(text, len, use, s->part, out);

	if (error == NULL)
		s->part += out->n;
	return error;
}

/* Digits and dots as in qnum: no leading zeros, exactly four; inet_pton() checks the rest. */
static bool
is_ip4_network(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (p[0] == '0' && p[1] >= '0' && p[1] <= '9' && (p == s || p[-1] == '.'))
			return false;
	return strspn(s, "0123456789.") == strlen(s);
}

/* ip4-network [ ip4-cidr-length ] (§5.6). */
static const char *
parse_ip4(struct spf_term *term, const char *s, size_t len)
{
	uint8_t bits = 32;
	size_t n = cut_prefix_length(s, len, &bits);
	char text[INET_ADDRSTRLEN];
	struct ip ip = {{[10] = 0xff, [11] = 0xff}};

	if (bits > 32)
		return "bad prefix length";
	if (n == 0 || n >= sizeof(text))
		return "bad IPv4 address";
	memcpy(text, s, n);
	text[n] = '\0';
	if (strlen(text) != n || !is_ip4_network(text) || inet_pton(AF_INET, text, ip.b + 12) != 1)
		return "bad IPv4 address";
	cidr_of(&term->net, &ip, 96U + bits);
	return NULL;
}

static const char *
parse_ip6(struct spf_term *term, const char *s, size_t len)
{
	uint8_t bits = 128;
	size_t n = cut_prefix_length(s, len, &bits);
	char text[INET6_ADDRSTRLEN];
	struct ip ip;

	if (bits > 128)
		return "bad prefix length";
	if (n == 0 || n >= sizeof(text))
		return "bad IPv6 address";
	memcpy(text, s, n);
	text[n] = '\0';
	if (strlen(text) != n || inet_pton(AF_INET6, text, ip.b) != 1)
		return "bad IPv6 address";
	cidr_of(&term->net, &ip, bits);
	return NULL;
}

/* What follows a mechanism's name: arg begins with ":" or "/", or is empty. */
static const char *
parse_argument(struct scan *s, struct spf_term *term, const char *arg, size_t len)
{
	const char *error;

	switch (term->mechanism) {
	case SPF_ALL:
		return len != 0 ? "\"all\" takes no argument" : NULL;
	case SPF_A:
	case SPF_MX:
		if ((error = cut_dual_cidr(term, arg, &len)) != NULL)
			return error;
		if (len == 0)
			return NULL;
		break;
	case SPF_PTR:
		if (len == 0)
			return NULL;
		break;
	default:
		break;
	}
	if (len == 0 || arg[0] != ':')
		return "missing or bad argument";
	if (term->mechanism == SPF_IP4)
		return parse_ip4(term, arg + 1, len - 1);
	if (term->mechanism == SPF_IP6)
		return parse_ip6(term, arg + 1, len - 1);
	return parse_macros(s, arg + 1, len - 1, SPF_MACRO_DOMAIN, &term->domain);
}

/* [ qualifier ] mechanism; name_len bytes at name are the mechanism's name. */
static const char *
parse_directive(struct scan *s, const char *text, size_t len, size_t name_at, size_t name_len)
{
	struct spf_term *term = s->term;
	const char *error;
	size_t i, end = name_at + name_len;

	*term = (struct spf_term){.text = text, .len = (uint16_t)len, .qualifier = '+'};
	if (name_at != 0)
		term->qualifier = text[0];
	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (is_name(text + name_at, name_len, mechanisms[i].name))
			break;
	if (i == sizeof(mechanisms) / sizeof(mechanisms[0]))
		return "unknown mechanism";
	term->mechanism = mechanisms[i].mechanism;
	error = parse_argument(s, term, text + end, len - end);
	if (error != NULL)
		return error;
	s->all_seen |= term->mechanism == SPF_ALL;
	s->term++;
	return NULL;
}

/* redirect and exp at most once (§6); others may come as often as they like, if well formed. */
static const char *
parse_modifier(struct scan *s, const char *text, size_t len, size_t name_len)
{
	const char *value = text + name_len + 1;
	size_t value_len = len - name_len - 1;
	struct spf_record *r = &s->policy->record;
	struct spf_macro_string unknown;

	if (is_name(text, name_len, "redirect")) {
		if (s->redirect_seen)
			return "second \"redirect\"";
		s->redirect_seen = true;
		return parse_macros(s, value, value_len, SPF_MACRO_DOMAIN, &r->redirect);
	}
	if (is_name(text, name_len, "exp")) {
		if (s->exp_seen)
			return "second \"exp\"";
		s->exp_seen = true;
		return parse_macros(s, value, value_len, SPF_MACRO_DOMAIN, &r->exp);
	}
	return spf_macro_parse(value, value_len, SPF_MACRO_VALUE, s->part, &unknown);
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); its length at s. */
static size_t
name_length(const char *s, size_t len)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";
	size_t n = 0;

	while (n < len && s[n] != '\0' && strchr(name, s[n]) != NULL)
		n++;
	return n > 0 && (s[0] | 0x20) >= 'a' && (s[0] | 0x20) <= 'z' ? n : 0;
}

static const char *
parse_term(struct scan *s, const char *text, size_t len)
{
	size_t name_at = strchr("+-~?", text[0]) != NULL && text[0] != '\0' ? 1 : 0;
	size_t name_len = name_length(text + name_at, len - name_at);
	size_t end = name_at + name_len;

	if (name_len == 0)
		return "bad term";
	if (end == len || text[end] == ':' || text[end] == '/')
		return parse_directive(s, text, len, name_at, name_len);
	if (text[end] != '=')
		return "bad term";
	if (name_at != 0)
		return "qualifier before a modifier";
	return parse_modifier(s, text, len, name_len);
}

/* The terms that follow the version: *( 1*SP term ) *SP. */
static void
parse_terms(struct scan *s, const char *p, const char *end)
{
	const char *start, *error;

	while (p < end) {
		if (*p == ' ') {
			p++;
			continue;
		}
		start = p;
		while (p < end && *p != ' ')
			p++;
		error = parse_term(s, start, (size_t)(p - start));
		if (error != NULL) {
			complain(s->policy, error, start, (size_t)(p - start));
			return;
		}
	}
}

static size_t
count_terms(const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 1; i < len; i++)
		if (text[i] != ' ' && text[i - 1] == ' ')
			n++;
	return n;
}

/* One piece of memory for the terms, their parts and the text. False without memory. */
static bool
allot(struct scan *s, const struct dns_record *txt, size_t terms, char **text)
{
	size_t parts = spf_macro_bound((const char *)txt->data, txt->len) + terms;
	char *memory = malloc(terms * sizeof(*s->term) + parts * sizeof(*s->part) + txt->len + 1);

	if (memory == NULL)
		return false;
	s->term = (struct spf_term *)(void *)memory;
	s->part = (struct spf_part *)(void *)(memory + terms * sizeof(*s->term));
	*text = memory + terms * sizeof(*s->term) + parts * sizeof(*s->part);
	memcpy(*text, txt->data, txt->len);
	s->policy->memory = memory;
	s->policy->record.terms = s->term;
	return true;
}

/* False without memory. */
static bool
parse_record(struct spf_policy *policy, const struct dns_record *txt)
{
	struct scan s = {.policy = policy};
	size_t terms = count_terms((const char *)txt->data, txt->len);
	char *text;

	policy->status = SPF_POLICY_OK;
	if (txt->len > SPF_RECORD_MAX || terms > SPF_TERMS_MAX) {
		complain(policy, "too long a record", (const char *)txt->data, VERSION_LEN);
		return true;
	}
	if (!allot(&s, txt, terms, &text))
		return false;
	parse_terms(&s, text + VERSION_LEN, text + txt->len);
	policy->record.n = (size_t)(s.term - policy->record.terms);
	if (s.all_seen)
		policy->record.redirect.n = 0;
	return true;
}

/* version = "v=spf1", ended by a space or the end of the record (§4.5). */
static bool
is_spf_record(const struct dns_record *txt)
{
	return txt->len >= VERSION_LEN &&
	       strncasecmp((const char *)txt->data, VERSION, VERSION_LEN) == 0 &&
	       (txt->len == VERSION_LEN || txt->data[VERSION_LEN] == ' ');
}

struct spf_policy *
spf_policy_parse(const struct dns_answer *answer)
{
	struct spf_policy *policy = calloc(1, sizeof(*policy));
	const struct dns_record *found = NULL;
	size_t i, n = 0;

	if (policy == NULL)
		return NULL;
	for (i = 0; i < answer->n; i++) {
		if (!is_spf_record(&answer->records[i]))
			continue;
		found = &answer->records[i];
		n++;
	}
	if (n > 1) {
		policy->status = SPF_POLICY_ERROR;
		snprintf(policy->reason, sizeof(policy->reason), "%zu SPF records", n);
	} else if (n == 1 && !parse_record(policy, found)) {
		spf_policy_free(policy);
		return NULL;
	}
	return policy;
}

void
spf_policy_free(struct spf_policy *policy)
{
	if (policy == NULL)
		return;
	free(policy->memory);
	free(policy);
}

bool
spf_term_looks_up(const struct spf_term *t)
{
	return t->mechanism != SPF_ALL && t->mechanism != SPF_IP4 && t->mechanism != SPF_IP6;
}

static void *
parse_for_answer(const struct dns_answer *answer)
{
	return spf_policy_parse(answer);
}

static void
free_for_answer(void *policy)
{
	spf_policy_free(policy);
}

const struct spf_policy *
spf_policy_of(const struct dns_answer *answer)
{
	static const struct dns_parser parser = {parse_for_answer, free_for_answer};

	return dns_answer_parsed(answer, &parser);
}
