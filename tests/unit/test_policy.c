/* policy/: whose mail it is, and who signs it; lists of recipients. */
#include "unit.h"

#include <string.h>

#include "policy/recipients.h"
#include "policy/signing.h"

/* ---- direction ---- */

static char outbound_name[] = "submission", returned_name[] = "reinject";
static char *outbound[] = {outbound_name}, *returned[] = {returned_name};

static void
directions(void **state)
{
	static const struct {
		const char *ip, *name, *login, *daemon;
		enum direction direction;
		const char *why;
	} t[] = {
	    {"192.0.2.1", "mail.example.net", NULL, NULL, DIRECTION_IN, "outside client"},
	    {"192.0.2.1", "mail.example.net", "", "smtpd", DIRECTION_IN, "outside client"},
	    {"192.0.2.1", "x", "alice@example.com", NULL, DIRECTION_OUT, "authenticated"},
	    {"192.0.2.1", "x", NULL, "submission", DIRECTION_OUT, "outbound daemon"},
	    {"127.0.0.1", "localhost", NULL, NULL, DIRECTION_OUT, "internal network"},
	    {"::1", "localhost", NULL, NULL, DIRECTION_OUT, "internal network"},
	    {"::ffff:127.0.0.1", "localhost", NULL, NULL, DIRECTION_OUT, "internal network"},
	    /* B69: the port where a content filter hands mail back, whoever sent it */
	    {"127.0.0.1", "localhost", NULL, "reinject", DIRECTION_RETURNED, "reinjection daemon"},
	    {"127.0.0.1", "localhost", "alice", "REINJECT", DIRECTION_RETURNED,
		"reinjection daemon"},
	    {NULL, "localhost", NULL, NULL, DIRECTION_OUT, "local program"},
	    /* Postfix: the client was gone before its address was known */
	    {NULL, "unknown", NULL, NULL, DIRECTION_IN, "client address unknown"},
	    {NULL, NULL, NULL, NULL, DIRECTION_IN, "client address unknown"},
	    /* an outside client that calls itself localhost */
	    {"192.0.2.1", "localhost", NULL, NULL, DIRECTION_IN, "outside client"},
	};
	struct cidr internal[2];
	const struct origin_rules r = {.internal = internal,
	    .ninternal = 2,
	    .outbound_daemons = outbound,
	    .noutbound_daemons = 1,
	    .reinjection_daemons = returned,
	    .nreinjection_daemons = 1};
	struct origin o;
	const char *why;
	size_t i;

	assert_true(cidr_parse("127.0.0.0/8", &internal[0]));
	assert_true(cidr_parse("::1/128", &internal[1]));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		o = (struct origin){
		    .login = t[i].login, .daemon = t[i].daemon, .client_name = t[i].name};
		o.has_ip = t[i].ip != NULL && ip_parse(t[i].ip, &o.ip);
		if (direction_of(&o, &r, &why) != t[i].direction || strcmp(why, t[i].why) != 0)
			fail_msg("row %zu: %s", i, why);
	}
}

/* ---- who signs ---- */

static bool
has_key(void *ctx, const char *domain)
{
	return strcmp(domain, "example.com") == 0 || strcmp(domain, "own.example.com") == 0 ||
	       strcmp(domain, "example.org") == 0;
}

/* newsletter@example.com may write as example.org; alice only as example.com; root as anything */
static enum login_entry
entry(void *ctx, const char *login, const char *domain)
{
	if (strcmp(login, "root") == 0)
		return LOGIN_ENTRY_MATCH;
	if (strcmp(login, "newsletter@example.com") == 0)
		return strcmp(domain, "example.org") == 0 ? LOGIN_ENTRY_MATCH : LOGIN_ENTRY_OTHER;
	if (strcmp(login, "alice") == 0)
		return strcmp(domain, "example.com") == 0 ? LOGIN_ENTRY_MATCH : LOGIN_ENTRY_OTHER;
	return LOGIN_ENTRY_NONE;
}

struct plan_row {
	const char *author, *login;
	bool subdomains;
	enum sign_decision decision;
	const char *domain;
};

static void
check_rows(const struct plan_row *t, size_t n, struct sign_rules r)
{
	struct sign_facts f;
	struct sign_plan p;
	size_t i;

	for (i = 0; i < n; i++) {
		f = (struct sign_facts){
		    .author = t[i].author, .author_error = "no author", .login = t[i].login};
		r.subdomains = t[i].subdomains;
		sign_plan(&f, &r, &p);
		if (p.decision != t[i].decision || strcmp(p.domain, t[i].domain) != 0)
			fail_msg("row %zu: decision %d, domain %s", i, p.decision, p.domain);
		if (p.decision != SIGN_YES)
			assert_non_null(p.reason);
	}
}

static void
key_of_the_author_domain_or_a_parent(void **state)
{
	static const struct plan_row t[] = {
	    {"example.com", NULL, false, SIGN_YES, "example.com"},
	    {"a.b.example.com", NULL, true, SIGN_YES, "example.com"},
	    {"a.b.example.com", NULL, false, SIGN_NO, ""},
	    {"x.own.example.com", NULL, true, SIGN_YES, "own.example.com"}, /* the nearest */
	    {"own.example.com", NULL, true, SIGN_YES, "own.example.com"},
	    {"notexample.com", NULL, true, SIGN_NO, ""}, {"com", NULL, true, SIGN_NO, ""},
	    {NULL, NULL, true, SIGN_NO, ""}, /* B09: no or several authors */
	};
	const struct sign_rules r = {.has_key = has_key, .login_entry = entry};

	check_rows(t, sizeof(t) / sizeof(t[0]), r);
}

/* B15 */
static void
logins_write_as_their_own_domain(void **state)
{
	static const struct plan_row t[] = {
	    {"example.com", "bob@example.com", true, SIGN_YES, "example.com"},
	    {"example.com", "bob@EXAMPLE.com.", true, SIGN_YES, "example.com"},
	    {"example.com", "mallory@example.org", true, SIGN_REFUSED, ""},
	    {"example.org", "newsletter@example.com", true, SIGN_YES, "example.org"},
	    {"example.com", "newsletter@example.com", true, SIGN_YES, "example.com"},
	    {"a.example.com", "bob@example.com", true, SIGN_YES, "example.com"},
	    {"a.example.com", "bob@a.example.com", true, SIGN_YES, "example.com"},
	    {"b.example.com", "bob@a.example.com", true, SIGN_REFUSED, ""},
	    {"own.example.com", "bob@example.com", true, SIGN_REFUSED, ""},
	    {"example.com", "bob@a.example.com", true, SIGN_REFUSED, ""},
	    {"example.com", "alice", true, SIGN_YES, "example.com"},
	    {"example.org", "alice", true, SIGN_REFUSED, ""},
	    {"example.org", "carol", true, SIGN_YES, "example.org"}, /* no domain, not named */
	    {"example.org", "root", true, SIGN_YES, "example.org"},
	    {"example.com", "x@", true, SIGN_REFUSED, ""},
	    {"example.com", "x@y@example.com", true, SIGN_YES, "example.com"},
	    {"elsewhere.example", "bob@example.com", true, SIGN_NO, ""}, /* nothing of ours */
	};
	const struct sign_rules r = {
	    .has_key = has_key, .login_entry = entry, .login_rule = LOGIN_RULE_REFUSE};

	check_rows(t, sizeof(t) / sizeof(t[0]), r);
}

static void
login_rule_log_signs_and_says_so(void **state)
{
	struct sign_rules r = {
	    .has_key = has_key, .login_entry = entry, .login_rule = LOGIN_RULE_LOG};
	const struct sign_facts f = {.author = "example.com", .login = "mallory@example.org"};
	struct sign_plan p;

	sign_plan(&f, &r, &p);
	assert_int_equal(p.decision, SIGN_YES);
	assert_true(p.login_mismatch);
	r.login_rule = LOGIN_RULE_OFF;
	sign_plan(&f, &r, &p);
	assert_int_equal(p.decision, SIGN_YES);
	assert_false(p.login_mismatch);
}

static void
other_signing_domains(void **state)
{
	struct sign_rules r = {.source = SIGN_FROM_FIXED,
	    .fixed = "example.org",
	    .has_key = has_key,
	    .login_entry = entry,
	    .login_rule = LOGIN_RULE_REFUSE};
	struct sign_facts f = {.author = "elsewhere.example"};
	struct sign_plan p;

	sign_plan(&f, &r, &p);
	assert_int_equal(p.decision, SIGN_YES);
	assert_string_equal(p.domain, "example.org");
	r.source = SIGN_FROM_SENDER;
	f.sender = "example.com";
	sign_plan(&f, &r, &p);
	assert_string_equal(p.domain, "example.com");
	f.sender = NULL;
	f.sender_error = "several Sender fields";
	sign_plan(&f, &r, &p);
	assert_int_equal(p.decision, SIGN_NO);
	assert_string_equal(p.reason, "several Sender fields");
}

/* ---- recipients ---- */

#define LIST(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void
recipients(void **state)
{
	static const struct {
		const char *entries[8];
		const char *local, *domain;
		bool among;
	} t[] = {
	    {LIST(NULL), "a", "a.example", false},
	    {LIST("*"), "a", "a.example", true},
	    {LIST("*"), "postmaster", "", true},
	    {LIST("a.example"), "postmaster", "", false},
	    {LIST("!*"), "a", "a.example", false},
	    {LIST("a.example"), "a", "a.example", true},
	    {LIST("a.example"), "a", "b.a.example", false},
	    {LIST("example"), "a", "a.example", false},
	    {LIST(".example"), "a", "b.a.example", true},
	    {LIST(".a.example"), "a", "a.example", false},
	    {LIST(".a.example"), "a", "ba.example", false},
	    {LIST("Ann@a.example"), "aNN", "a.example", true},
	    {LIST("ann@a.example"), "ann", "b.example", false},
	    {LIST("ann@a.example"), "anne", "a.example", false},
	    {LIST("ann@a.example"), "an", "a.example", false},
	    {LIST("a@b@a.example"), "a@b", "a.example", true},
	    {LIST("a@b@a.example"), "a", "a.example", false},
	    /* what says most decides, in any order */
	    {LIST("*", "!a.example"), "a", "a.example", false},
	    {LIST("!a.example", "*"), "a", "a.example", false},
	    {LIST("!a.example", "*"), "a", "b.example", true},
	    {LIST("ann@a.example", "!a.example"), "ann", "a.example", true},
	    {LIST("ann@a.example", "!a.example"), "bob", "a.example", false},
	    {LIST("!ann@a.example", "a.example"), "ann", "a.example", false},
	    {LIST(".example", "!.a.example"), "x", "b.a.example", false},
	    {LIST("!.a.example", ".example"), "x", "b.a.example", false},
	    {LIST("!.a.example", ".example"), "x", "b.example", true},
	    {LIST("!.example", ".a.example"), "x", "b.a.example", true},
	    {LIST("!.a.example", "b.a.example"), "x", "b.a.example", true},
	    /* of equal ones the last */
	    {LIST("a.example", "!a.example"), "x", "a.example", false},
	    {LIST("!a.example", "a.example"), "x", "a.example", true},
	};
	size_t i, n;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (n = 0; t[i].entries[n] != NULL; n++)
			;
		if (recipient_is_among(t[i].local, t[i].domain, t[i].entries, n) != t[i].among)
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(directions),
	    cmocka_unit_test(key_of_the_author_domain_or_a_parent),
	    cmocka_unit_test(logins_write_as_their_own_domain),
	    cmocka_unit_test(login_rule_log_signs_and_says_so),
	    cmocka_unit_test(other_signing_domains),
	    cmocka_unit_test(recipients),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
