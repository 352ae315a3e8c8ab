/*
 * Mailboxes in header fields and envelopes: RFC 5322 §3.4 with its obsolete
 * forms (§4.4), comments, quoted strings, groups, source routes, and UTF-8
 * (RFC 6532). Strict: what the grammar does not allow is an error, never a
 * guess, since two programs that guess differently are how spoofing works.
 */
#ifndef GATEPOST_MAIL_ADDRESS_H
#define GATEPOST_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/domain.h"

struct mailbox {
	const char
	    *display; /* display name, quotes and escapes resolved, not MIME-decoded; "" if none */
	const char *local;	/* local part, quotes and escapes resolved */
	const char *domain_raw; /* as written; "" for none */
	char
	    domain[DOMAIN_BUF]; /* canonical; "" where domain_raw is no name (an address literal) */
};

enum address_error {
	ADDRESS_OK,
	ADDRESS_EMPTY,	  /* nothing but white space and comments */
	ADDRESS_SYNTAX,	  /* not an address list */
	ADDRESS_DOMAIN,	  /* an address whose domain is none (empty, bad characters, IDNA error) */
	ADDRESS_TOO_MANY, /* over the limit of addresses or nesting */
	ADDRESS_NO_MEMORY,
};

#define ADDRESS_MAX 1000     /* mailboxes of one field; later ones give ADDRESS_TOO_MANY */
#define ADDRESS_MAX_DEPTH 64 /* nested comments */

struct address_list {
	struct mailbox *v; /* in the arena */
	size_t n;
	bool group; /* group syntax was used */
	enum address_error error;
	const char *reason; /* a few words for people; NULL if ADDRESS_OK */
};

/*
 * Parses the value of an address field (From, Sender, To ...): len bytes,
 * folds allowed. The result and its strings live in mem. On an error, v and n
 * hold what was read before it. NUL and other control characters (also those
 * of RFC 5322's obsolete forms, and U+0080 to U+009F) and bytes that are no
 * UTF-8 are syntax errors; the latter are let pass in the display name of a
 * field's only address, which then is not UTF-8. A domain with a final dot is
 * none here.
 */
enum address_error address_parse(
    const char *value, size_t len, struct arena *mem, struct address_list *out);
const char *address_error_text(enum address_error);
/*
 * Splits an envelope address as the MTA hands it over ("<user@example.com>",
 * with or without brackets, "<>" for the null sender; RFC 5321 §4.1.2), in
 * place of parsing by the header's grammar: no comments, no white space; a
 * source route is dropped; dots may stand anywhere in the local part, since
 * MTAs take such addresses. For the null sender *out has empty strings and
 * the result is ADDRESS_OK. An address without a domain gives ADDRESS_DOMAIN
 * and its local part.
 */
enum address_error address_parse_path(const char *path, struct arena *mem, struct mailbox *out);

#endif
