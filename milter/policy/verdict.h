/*
 * What happens to a message: a pure function of what is known about it and
 * what the configuration says of each case. It looks nothing up and knows no
 * message, so every line of it can be tested from a table.
 *
 * Each case that applies asks for its action; the strongest one wins, and the
 * case that asked for it is the rule that the reply, the log and the header
 * name.
 */
#ifndef GATEPOST_POLICY_VERDICT_H
#define GATEPOST_POLICY_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of strength. */
enum policy_action { POLICY_ACCEPT, POLICY_MARK, POLICY_HOLD, POLICY_TEMPFAIL, POLICY_REJECT };

enum policy_case {
	/* mail from outside */
	CASE_DMARC_REJECT,     /* DMARC failed, the author domain asks for rejection */
	CASE_DMARC_QUARANTINE, /* the same for quarantine */
	CASE_OWN_DOMAIN,       /* claims a domain of ours without proof */
	CASE_OWN_DISPLAY_NAME, /* an address of ours in the display name of another one */
	CASE_SPF_FAIL,
	CASE_SPF_SOFTFAIL,
	CASE_SEVERAL_FROM,    /* several From fields, or authors of several domains */
	CASE_MALFORMED_FROM,  /* no From, or none that can be read */
	CASE_AUTHOR_NXDOMAIN, /* the author domain does not exist */
	CASE_DNS_TEMPERROR,   /* results are missing that could have decided */
	CASE_RELAY,	      /* neither from nor to a domain of ours */
	/* mail of our own */
	CASE_OUT_SEVERAL_FROM,
	CASE_OUT_MALFORMED_FROM,
	CASE_OUT_UNSIGNED, /* a domain of ours, a signature is required, there is none */
	CASE_OUT_LOGIN,	   /* the login may not write as this domain */
	/* both ways: leftovers of smuggling, and what two parsers read differently */
	CASE_BARE_CR,
	CASE_BARE_LF,
	CASE_NUL,
	CASE_CONTROL,	     /* control characters in fields that policy reads */
	CASE_RAW_8BIT,	     /* 8-bit bytes that are no UTF-8 in them */
	CASE_NAMELESS_FIELD, /* a field without a name, or white space before its colon */
	CASE_MISSING_FIELD,  /* no Date */
	CASE_DOUBLED_FIELD,  /* a field twice that may be there once */
	CASE_HEADER_LIMIT,   /* the header is over the limits */
	CASE_COUNT
};

/* What a case is called in configuration, log and header. */
const char *policy_case_name(enum policy_case);
/* CASE_COUNT where there is none of that name. */
enum policy_case policy_case_find(const char *name);
/* What is done where the configuration says nothing. */
enum policy_action policy_default_action(enum policy_case);
const char *policy_action_name(enum policy_action);

enum policy_exemption {
	EXEMPT_NONE,
	EXEMPT_NETWORK,
	EXEMPT_AUTHOR,
	EXEMPT_DKIM_DOMAIN,
	EXEMPT_RECIPIENT,
	EXEMPT_SEALER, /* a trusted sealer says that it passed at the first hop */
};
const char *policy_exemption_name(enum policy_exemption);

/* What the reply says about a case; either may be NULL or "". */
struct policy_detail {
	const char *domain; /* that it is about */
	const char *reason; /* why the check failed, for people */
};

struct policy_facts {
	uint64_t cases; /* bit n: case n applies */
	struct policy_detail of[CASE_COUNT];
	enum policy_exemption exempt; /* from the cases about authentication */
	/*
	 * DNS did not answer, and what it might say would speak for the message:
	 * a rejection on grounds of authentication becomes a temporary one.
	 */
	bool undecided;
};

struct policy_rules {
	enum policy_action action[CASE_COUNT];
	bool dry_run[CASE_COUNT]; /* say what would have been done, and do not */
	const char *link;	  /* for more about the reply; "" for none */
};

/* Every case with its default, nothing dry. */
void policy_rules_default(struct policy_rules *);

#define POLICY_TEXT_MAX 400

struct policy_verdict {
	enum policy_action action;
	enum policy_case rule;	      /* CASE_COUNT for POLICY_ACCEPT without a case */
	enum policy_action would;     /* of cases in dry_run, where stronger than action */
	enum policy_case would_rule;  /* CASE_COUNT for none */
	enum policy_exemption exempt; /* that changed the outcome */
	const char *code;	      /* of the SMTP reply: "550", "552", "451", "250" */
	char xcode[8];		      /* RFC 3463, RFC 7372: "5.7.26" */
	/* Of rule, else of would_rule; printable US-ASCII without "%". */
	char text[POLICY_TEXT_MAX];
};

void policy_decide(
    const struct policy_facts *, const struct policy_rules *, struct policy_verdict *out);

#endif
