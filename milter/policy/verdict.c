#include "verdict.h"

#include <stdio.h>
#include <string.h>

/*
 * Enhanced codes: RFC 7372 §3 for SPF and DKIM; RFC 9989 has 5.7.26 of RFC
 * 7489's successors for a message that no authentication covers.
 */
static const struct {
	const char *name;
	enum policy_action action;
	const char *xcode;   /* without its first digit */
	bool authentication; /* exemptions apply */
	const char *text;    /* "@" stands for the domain */
} cases[CASE_COUNT] = {
    [CASE_DMARC_REJECT] = {"dmarc_reject", POLICY_REJECT, ".7.26", true,
	"Mail from @ is not authenticated, and its DMARC policy is to reject it"},
    [CASE_DMARC_QUARANTINE] = {"dmarc_quarantine", POLICY_MARK, ".7.26", true,
	"Mail from @ is not authenticated, and its DMARC policy is to quarantine it"},
    [CASE_OWN_DOMAIN] = {"own_domain", POLICY_REJECT, ".7.1", true,
	"Mail from outside that claims to be from @ is not accepted without proof"},
    [CASE_OWN_DISPLAY_NAME] = {"own_display_name", POLICY_MARK, ".7.1", true,
	"The author's name shows an address of @, which it is not"},
    [CASE_SPF_FAIL] = {"spf_fail", POLICY_ACCEPT, ".7.23", true,
	"SPF: this client may not send mail for @"},
    [CASE_SPF_SOFTFAIL] = {"spf_softfail", POLICY_ACCEPT, ".7.23", true,
	"SPF: this client probably may not send mail for @"},
    [CASE_SEVERAL_FROM] = {"several_from", POLICY_REJECT, ".6.0", false,
	"A message must have exactly one From field, of one domain (RFC 5322 3.6.2)"},
    [CASE_MALFORMED_FROM] = {"malformed_from", POLICY_REJECT, ".6.0", false,
	"The From field has no valid author address (RFC 5322 3.6.2)"},
    [CASE_AUTHOR_NXDOMAIN] = {"author_nxdomain", POLICY_ACCEPT, ".1.8", true,
	"The author domain @ does not exist"},
    [CASE_DNS_TEMPERROR] = {"dns_temperror", POLICY_ACCEPT, ".4.3", true,
	"The sender could not be checked, DNS gives no answer; try again later"},
    [CASE_RELAY] = {"relay", POLICY_REJECT, ".7.1", false, "Relaying is not allowed here"},
    [CASE_OUT_SEVERAL_FROM] = {"out_several_from", POLICY_REJECT, ".6.0", false,
	"A message must have exactly one From field, of one domain (RFC 5322 3.6.2)"},
    [CASE_OUT_MALFORMED_FROM] = {"out_malformed_from", POLICY_REJECT, ".6.0", false,
	"The From field has no valid author address (RFC 5322 3.6.2)"},
    [CASE_OUT_UNSIGNED] = {"out_unsigned", POLICY_TEMPFAIL, ".7.1", false,
	"Mail from @ must be signed, and cannot be at the moment"},
    [CASE_OUT_LOGIN] = {"out_login", POLICY_REJECT, ".7.1", false,
	"This login may not send mail as @"},
    [CASE_BARE_CR] = {"bare_cr", POLICY_ACCEPT, ".6.0", false,
	"The message has a CR that is not part of a line end"},
    [CASE_BARE_LF] = {"bare_lf", POLICY_ACCEPT, ".6.0", false,
	"The message has a LF that is not part of a line end"},
    [CASE_NUL] = {"nul", POLICY_MARK, ".6.0", false, "The message header has a NUL byte"},
    [CASE_CONTROL] = {"control", POLICY_MARK, ".6.0", false,
	"The message header has control characters"},
    [CASE_RAW_8BIT] = {"raw_8bit", POLICY_ACCEPT, ".6.7", false,
	"The message header has 8-bit bytes that are not UTF-8"},
    [CASE_NAMELESS_FIELD] = {"nameless_field", POLICY_MARK, ".6.0", false,
	"The message header has a field without a proper name"},
    [CASE_MISSING_FIELD] = {"missing_field", POLICY_ACCEPT, ".6.0", false,
	"The message has no Date field"},
    [CASE_DOUBLED_FIELD] = {"doubled_field", POLICY_MARK, ".6.0", false,
	"The message has a header field twice that it may have once (RFC 5322 3.6)"},
    [CASE_HEADER_LIMIT] = {"header_limit", POLICY_REJECT, ".3.4", false,
	"The message header is too large"},
};

static const char *const action_names[] = {[POLICY_ACCEPT] = "accept",
    [POLICY_MARK] = "mark",
    [POLICY_HOLD] = "hold",
    [POLICY_TEMPFAIL] = "tempfail",
    [POLICY_REJECT] = "reject"};

static const char *const exemption_names[] = {[EXEMPT_NONE] = "",
    [EXEMPT_NETWORK] = "network",
    [EXEMPT_AUTHOR] = "author domain",
    [EXEMPT_DKIM_DOMAIN] = "DKIM domain",
    [EXEMPT_RECIPIENT] = "recipient",
    [EXEMPT_SEALER] = "trusted ARC sealer"};

const char *
policy_case_name(enum policy_case c)
{
	return c < CASE_COUNT ? cases[c].name : "";
}

enum policy_case
policy_case_find(const char *name)
{
	enum policy_case c;

	for (c = 0; c < CASE_COUNT; c++)
		if (strcmp(cases[c].name, name) == 0)
			break;
	return c;
}

enum policy_action
policy_default_action(enum policy_case c)
{
	return cases[c].action;
}

const char *
policy_action_name(enum policy_action a)
{
	return action_names[a];
}

const char *
policy_exemption_name(enum policy_exemption e)
{
	return exemption_names[e];
}

void
policy_rules_default(struct policy_rules *r)
{
	enum policy_case c;

	*r = (struct policy_rules){.link = ""};
	for (c = 0; c < CASE_COUNT; c++)
		r->action[c] = cases[c].action;
}

/* ---- the reply ---- */

/* Printable US-ASCII; "%" means something to the MTA's reply and is left out. */
static size_t
append(char *text, size_t at, const char *s)
{
	for (; *s != '\0' && at < POLICY_TEXT_MAX - 1; s++)
		if (*s >= ' ' && *s < 0x7f && *s != '%')
			text[at++] = *s;
	text[at] = '\0';
	return at;
}

static bool
is_given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static void
write_text(struct policy_verdict *v, const struct policy_facts *f, const struct policy_rules *r,
    enum policy_case rule)
{
	const struct policy_detail *d = &f->of[rule];
	const char *domain = is_given(d->domain) ? d->domain : "this domain";
	char one[2] = "";
	size_t at = 0;
	const char *s;

	for (s = cases[rule].text; *s != '\0'; s++) {
		one[0] = *s;
		at = append(v->text, at, *s == '@' ? domain : one);
	}
	if (is_given(d->reason)) {
		at = append(v->text, at, " (");
		at = append(v->text, at, d->reason);
		at = append(v->text, at, ")");
	}
	if (r->link[0] != '\0') {
		at = append(v->text, at, "; see ");
		append(v->text, at, r->link);
	}
}

static void
write_codes(struct policy_verdict *v)
{
	const char *xcode;

	if (v->rule == CASE_COUNT)
		return;
	xcode = cases[v->rule].xcode;
	switch (v->action) {
	case POLICY_REJECT:
		v->code = v->rule == CASE_HEADER_LIMIT ? "552" : "550";
		snprintf(v->xcode, sizeof(v->xcode), "5%s", xcode);
		break;
	case POLICY_TEMPFAIL:
		v->code = "451";
		snprintf(v->xcode, sizeof(v->xcode), "4%s", xcode);
		break;
	default:
		break;
	}
}

/* ---- the decision ---- */

static bool
applies(const struct policy_facts *f, enum policy_case c)
{
	return (f->cases & UINT64_C(1) << c) != 0;
}

/* The strongest action among the cases that apply and that `consider` lets through. */
static enum policy_action
strongest(const struct policy_facts *f, const struct policy_rules *r,
    bool (*consider)(const struct policy_facts *, const struct policy_rules *, enum policy_case),
    enum policy_case *rule)
{
	enum policy_action a = POLICY_ACCEPT;
	enum policy_case c;

	*rule = CASE_COUNT;
	for (c = 0; c < CASE_COUNT; c++) {
		if (!applies(f, c) || !consider(f, r, c) || r->action[c] <= a)
			continue;
		a = r->action[c];
		*rule = c;
	}
	return a;
}

static bool
is_exempt(const struct policy_facts *f, enum policy_case c)
{
	return f->exempt != EXEMPT_NONE && cases[c].authentication;
}

static bool
counts(const struct policy_facts *f, const struct policy_rules *r, enum policy_case c)
{
	return !r->dry_run[c] && !is_exempt(f, c);
}

static bool
is_dry(const struct policy_facts *f, const struct policy_rules *r, enum policy_case c)
{
	return r->dry_run[c] && !is_exempt(f, c);
}

static bool
would_count(const struct policy_facts *f, const struct policy_rules *r, enum policy_case c)
{
	return !r->dry_run[c];
}

void
policy_decide(
    const struct policy_facts *f, const struct policy_rules *r, struct policy_verdict *out)
{
	enum policy_case rule;

	*out = (struct policy_verdict){.code = "250", .xcode = "2.0.0"};
	out->action = strongest(f, r, counts, &out->rule);
	out->would = strongest(f, r, is_dry, &out->would_rule);
	if (out->would <= out->action) {
		out->would = out->action;
		out->would_rule = CASE_COUNT;
	}
	if (f->exempt != EXEMPT_NONE && strongest(f, r, would_count, &rule) > out->action)
		out->exempt = f->exempt;
	if (out->action == POLICY_REJECT && f->undecided && cases[out->rule].authentication)
		out->action = POLICY_TEMPFAIL;
	rule = out->rule != CASE_COUNT ? out->rule : out->would_rule;
	if (rule != CASE_COUNT)
		write_text(out, f, r, rule);
	write_codes(out);
}
