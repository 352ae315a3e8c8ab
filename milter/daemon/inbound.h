/*
 * The incoming side of a message: DKIM, SPF, DMARC, ARC and iprev, and the fields that
 * tell their results. The daemon and `gatepost verify` use the same calls:
 * begin at MAIL, headers, body, end, write; reset at any point.
 */
#ifndef GATEPOST_DAEMON_INBOUND_H
#define GATEPOST_DAEMON_INBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/arc_verify.h"
#include "auth/dkim_verify.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "dns/dns.h"
#include "mail/address.h"
#include "mail/author.h"
#include "mail/header.h"
#include "policy/verdict.h"

/* What the SMTP conversation said; all borrowed until reset. */
struct inbound_envelope {
	bool has_ip;
	struct ip ip;
	const char *helo;   /* "" before HELO */
	const char *sender; /* MAIL FROM as it came, with or without brackets */
	int64_t received;   /* seconds since 1970 */
};

struct inbound {
	const struct conf *conf; /* borrowed */
	struct dns_source *dns;	 /* borrowed */
	struct arena *mem;	 /* borrowed */
	struct inbound_envelope envelope;
	struct mailbox sender;	 /* parsed; empty strings for the null sender */
	bool has_sender;	 /* it could be parsed */
	int64_t deadline;	 /* of dns_now(), from inbound_end() on: one for all look-ups */
	int64_t checks_deadline; /* likewise, earlier: for SPF, DKIM and ARC */
	bool utf8;		 /* the header section has raw UTF-8 (SMTPUTF8) */
	unsigned spf_waits;	 /* answers that SPF asked for and that were not there yet */
	struct author author;
	struct dkim_verify_rules rules;
	struct dkim_verifying *verifying; /* owned until reset */
	struct arc_verify_rules arc_rules;
	struct arc_verifying *chain; /* owned until reset */
	/* results, after inbound_end() */
	const struct dkim_result *dkim;
	size_t ndkim;
	struct spf_outcome spf;	     /* MAIL FROM, or postmaster@HELO for the null sender */
	struct spf_outcome spf_helo; /* HELO, where there is a sender too */
	bool checked_helo;
	const struct arc_result *arc; /* NULL without memory */
	struct dmarc_facts facts;     /* what DMARC went by */
	struct iprev iprev;
	struct dmarc dmarc;		    /* from inbound_headers() until reset */
	const struct dmarc_outcome *policy; /* NULL before inbound_end() */
};

/* Starts what can be looked up by now; never blocks. */
void inbound_begin(struct inbound *, const struct conf *, struct dns_source *, struct arena *,
    const struct inbound_envelope *);
/* At end of headers: asks for keys and for what SPF still needs. The header is borrowed. */
void inbound_headers(struct inbound *, const struct header *);
void inbound_body(struct inbound *, const void *, size_t);
/* Waits for the missing answers, message_dns_timeout at most, and judges. */
void inbound_end(struct inbound *);
/*
 * The value of Authentication-Results into out; false without memory. DMARC's
 * result tells the policy of the author domain (policy.published), and, where
 * it failed, what was done with the message by the verdict
 * (policy.disposition: none, quarantine for what is marked or held, reject),
 * and why that is not what was asked for (policy.override, in the words of
 * RFC 9990: trusted_forwarder, local_policy).
 */
bool inbound_authentication_results(
    const struct inbound *, const struct policy_verdict *, struct buf *out);
/* The value of Received-SPF into out; false without memory. */
bool inbound_received_spf(const struct inbound *, struct buf *out);
/* Gives back what the arena does not hold; look-ups under way are cancelled. */
void inbound_reset(struct inbound *);

#endif
