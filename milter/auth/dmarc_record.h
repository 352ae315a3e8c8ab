/*
 * DMARC policy records (RFC 9989 §4.7, §4.8): which of a name's TXT records
 * is one, and what it says. Records made for RFC 7489 are understood; pct=,
 * rf=, ri= and unknown tags are ignored.
 *
 * The version must be written as the grammar has it, at the very start; its
 * value is compared with case, all else without. What is malformed behind it
 * is ignored, and the rest stands. Of a tag that occurs twice, the first
 * occurrence counts.
 */
#ifndef GATEPOST_AUTH_DMARC_RECORD_H
#define GATEPOST_AUTH_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dns/dns.h"

#define DMARC_URIS_MAX 10 /* of one list; later ones are ignored */
#define DMARC_URI_MAX 500 /* octets of one; longer ones are ignored */

/* The Domain Owner Assessment Policy (§4.7), from mild to severe. */
enum dmarc_policy {
	DMARC_POLICY_ABSENT, /* of sp= and np=: not said */
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT,
};

enum dmarc_mode { DMARC_RELAXED, DMARC_STRICT };
enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_NO, DMARC_PSD_YES };

/* fo=, flags. Means something only where there is a ruf=. */
#define DMARC_FO_ALL 1U	 /* 0: all mechanisms failed */
#define DMARC_FO_ANY 2U	 /* 1: any failed */
#define DMARC_FO_DKIM 4U /* d */
#define DMARC_FO_SPF 8U	 /* s */

struct dmarc_uri {
	const char *uri;     /* as written, without the obsolete "!10m" */
	const char *mailbox; /* of mailto: the address, decoded, without "?..."; else NULL */
};

struct dmarc_uris {
	struct dmarc_uri v[DMARC_URIS_MAX];
	size_t n;
};

/* What a name's TXT records amount to. */
enum dmarc_record_status {
	DMARC_RECORD_ABSENT,	 /* no DMARC record */
	DMARC_RECORD_SEVERAL,	 /* which is as if there were none (§4.10 step 2) */
	DMARC_RECORD_NO_POLICY,	 /* one, without p= and rua=: no DMARC for a message (§4.10.1) */
	DMARC_RECORD_BAD_POLICY, /* one with a bad p=, sp= or np= and no rua=: likewise */
	DMARC_RECORD_OK,
};

struct dmarc_record {
	enum dmarc_record_status status;
	enum dmarc_policy p; /* none where a bad one is made up for by a rua= (§4.10.1) */
	enum dmarc_policy sp, np;
	enum dmarc_mode adkim, aspf;
	enum dmarc_psd psd;
	bool testing; /* t=y */
	unsigned fo;
	struct dmarc_uris rua, ruf; /* valid URIs only */
};

/*
 * Parses the text of one TXT record; strings live in mem (without memory,
 * URIs are left out). The result is any but DMARC_RECORD_SEVERAL.
 */
void dmarc_record_parse(struct dmarc_record *, const char *text, size_t len, struct arena *mem);
/* True where the name has a record, so that a tree walk finds something there (§4.10). */
bool dmarc_record_exists(const struct dmarc_record *);
/*
 * What an answer to a TXT query says, parsed once and kept with it; of any
 * status but DNS_TEMPFAIL. NULL only without memory.
 */
const struct dmarc_record *dmarc_record_of(const struct dns_answer *);

/* "none", "quarantine", "reject"; "" for DMARC_POLICY_ABSENT. */
const char *dmarc_policy_name(enum dmarc_policy);

#endif
