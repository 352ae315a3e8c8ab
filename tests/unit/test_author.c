/*
 * mail/author, author_candidates, encoded_word: who a message says it is
 * from, and who a reader might think it is from.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "mail/author.h"
#include "mail/author_candidates.h"
#include "mail/encoded_word.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define FORM(text) text, sizeof(text) - 1 /* some have a NUL */

/* Header sections; why there is no author domain, or which; the candidates in order. */
static const struct {
	const char *text;
	size_t len;
	enum author_status status;
	const char *domain, *candidates;
} forms[] = {
    /* none, or several fields */
    {FORM("Subject: x"), AUTHOR_MISSING, "", ""},
    {FORM("From: a@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("from : a@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("FROM: a@example.com\r\nfrom: a@example.com"), AUTHOR_SEVERAL_FIELDS, "", "example.com"},
    {FORM("From: a@example.com\r\nFrom: b@example.org"), AUTHOR_SEVERAL_FIELDS, "",
	"example.com,example.org"},
    {FORM("From : a@example.com\r\nFROM\t: <b@example.org>"), AUTHOR_SEVERAL_FIELDS, "",
	"example.com,example.org"},
    {FORM("Sender: a@example.com"), AUTHOR_MISSING, "", ""},
    {FORM("X-From: a@example.com\r\nReply-To: b@example.org"), AUTHOR_MISSING, "", ""},
    {FORM("From: \r\nFrom: b@example.org"), AUTHOR_SEVERAL_FIELDS, "", "example.org"},
    /* empty */
    {FORM("From:"), AUTHOR_EMPTY, "", ""},
    {FORM("From: "), AUTHOR_EMPTY, "", ""},
    {FORM("From: \t "), AUTHOR_EMPTY, "", ""},
    {FORM("From: (nobody)"), AUTHOR_EMPTY, "", ""},
    {FORM("From: ,"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: ,,(x),"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: ;"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: <>"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: \"Name\" <>"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: \"\""), AUTHOR_SYNTAX, "", ""},
    {FORM("From: \r\n "), AUTHOR_EMPTY, "", ""},
    /* one domain */
    {FORM("From: \"A\" <a@example.com>"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@EXAMPLE.com, b@example.COM"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: \"Widgets, Inc.\" <orders@example.com>"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: \"'B, A' via List\" <list@example.org>"), AUTHOR_OK, "example.org", "example.org"},
    {FORM("From: \"a \\\" b\" <user@example.net>"), AUTHOR_OK, "example.net", "example.net"},
    {FORM("From: \"a@b\" <x@example.com>"), AUTHOR_OK, "example.com", "b,example.com"},
    {FORM("From: \"very.unusual.@.unusual.com\"@example.com"), AUTHOR_OK, "example.com",
	"unusual.com,example.com"},
    {FORM("From: \"a b\"@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a.b.@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: .a@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \"\\\\\"@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: \"\"@example.com"), AUTHOR_OK, "example.com", "example.com"},
    /* several domains */
    {FORM("From: a@example.com, b@example.org"), AUTHOR_SEVERAL_DOMAINS, "",
	"example.com,example.org"},
    {FORM("From: a@example.com; b@example.org"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: a@example.com b@example.org"), AUTHOR_SYNTAX, "",
	"example.com,example.org,example.comb"},
    {FORM("From: <a@example.com><b@example.org>"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: <a@example.com> <b@example.org>"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: a@example.com <b@example.org>"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: <a@example.com> b@example.org"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: a@example.com, b@mail.example.com"), AUTHOR_SEVERAL_DOMAINS, "",
	"example.com,mail.example.com"},
    {FORM("From: a@example.com, b@[192.0.2.1]"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@example.com@example.org"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: a@example.com,\r\n b@example.org"), AUTHOR_SEVERAL_DOMAINS, "",
	"example.com,example.org"},
    /* groups */
    {FORM("From: undisclosed-recipients:;"), AUTHOR_GROUP, "", ""},
    {FORM("From: G:;, H:;"), AUTHOR_GROUP, "", ""},
    {FORM("From: G: a@example.com;"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: G: a@example.com, b@example.org;"), AUTHOR_SEVERAL_DOMAINS, "",
	"example.com,example.org"},
    {FORM("From: G: a@example.com;, b@example.org"), AUTHOR_SEVERAL_DOMAINS, "",
	"example.com,example.org"},
    {FORM("From: G: H: a@example.com;;"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: G: a@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: :a@example.com;"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: G: (a@example.com);"), AUTHOR_GROUP, "", "example.com"},
    /* B92: brackets */
    {FORM("From: user@example.net>"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: <user@example.net"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: <<user@example.net>>"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: <user@example.net>>"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: user@<example.net>"), AUTHOR_NO_DOMAIN, "", "example.net"},
    {FORM("From: <user>@example.net"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: user@[example.net]"), AUTHOR_NO_DOMAIN, "", "example.net"},
    {FORM("From: \"A\" <\"user@example.net\">"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: [user@example.net]"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: user@example.net]"), AUTHOR_SYNTAX, "", "example.net"},
    {FORM("From: {user@example.net}"), AUTHOR_NO_DOMAIN, "", "example.net"},
    /* literals and what is no name */
    {FORM("From: a@[192.0.2.1]"), AUTHOR_NO_DOMAIN, "", ""},
    {FORM("From: a@192.0.2.1"), AUTHOR_NO_DOMAIN, "", ""},
    {FORM("From: a@[IPv6:2001:db8::1]"), AUTHOR_NO_DOMAIN, "", "ipv6"},
    {FORM("From: a@"), AUTHOR_NO_DOMAIN, "", ""},
    {FORM("From: @example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: example.com"), AUTHOR_SYNTAX, "", ""},
    {FORM("From: a@localhost"), AUTHOR_OK, "localhost", "localhost"},
    {FORM("From: a@example.com."), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@.example.com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@example..com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@-example.com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@-x-.example.com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@example.com-"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@*.example.com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@exa_mple.com"), AUTHOR_OK, "exa_mple.com", "exa_mple.com"},
    {FORM("From: a@example.com/x"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@ex%61mple.com"), AUTHOR_NO_DOMAIN, "", "com,ex"},
    {FORM("From: a@'example.com'"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@ex&ample.com"), AUTHOR_NO_DOMAIN, "", "com,ex"},
    {FORM("From: a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.example.com"),
	AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: "
	  "a@yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.example.com"),
	AUTHOR_NO_DOMAIN, "",
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy."
	"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy.example.com"},
    /* source routes, percent and bang */
    {FORM("From: <@example.org:a@example.com>"), AUTHOR_OK, "example.com",
	"example.org,example.com"},
    {FORM("From: <@a.example,@b.example:c@example.com>"), AUTHOR_OK, "example.com",
	"a.example,b.example,example.com"},
    {FORM("From: @example.org:a@example.com"), AUTHOR_SYNTAX, "", "example.org,example.com"},
    {FORM("From: <@example.org a@example.com>"), AUTHOR_SYNTAX, "",
	"example.org,example.com,example.orga"},
    {FORM("From: a%example.org@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: example.org!a@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: <a@example.com:b@example.org>"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    /* comments */
    {FORM("From: a@example.com (b@example.org)"), AUTHOR_OK, "example.com",
	"example.com,example.org"},
    {FORM("From: (b@example.org) a@example.com"), AUTHOR_OK, "example.com",
	"example.org,example.com"},
    {FORM("From: a@(x)example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a(x)@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@example(x).com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@example.(x)com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@exa(x)mple.com"), AUTHOR_SYNTAX, "", "exa,example.com"},
    {FORM("From: a@example.com("), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@example.com)"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: (a@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@example.com ((b@example.org)"), AUTHOR_SYNTAX, "", "example.com,example.org"},
    {FORM("From: a@example.com (b (c@example.org) d)"), AUTHOR_OK, "example.com",
	"example.com,example.org"},
    {FORM("From: a@example.com (b\\)c@example.org)"), AUTHOR_OK, "example.com",
	"example.com,example.org"},
    {FORM("From: \"(\" <a@example.(\" )com>"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: \"(\" <a@example.(\" )com> \")\""), AUTHOR_SYNTAX, "", "example,example.com"},
    {FORM("From: \"a@example.(x)com b@example.org"), AUTHOR_SYNTAX, "",
	"example,example.org,example.com,example.comb"},
    {FORM("From: \"(\"@example.(x)com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@example.(x)com(y)b@example.org"), AUTHOR_SYNTAX, "",
	"example,example.org,example.com,example.comb"},
    {FORM("From: a@(x)(y(z))example(q).(r)com"), AUTHOR_OK, "example.com", "example.com"},
    /* white space and folds */
    {FORM("From: a @ example . com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@example .com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@example. com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@exa mple.com"), AUTHOR_SYNTAX, "", "exa,example.com"},
    {FORM("From: a@\r\n example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@example\r\n .com"), AUTHOR_OK, "example.com", "example,example.com"},
    {FORM("From: a@exam\r\n ple.com"), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: a@example.com\rb@example.org"), AUTHOR_SYNTAX, "",
	"example.com,example.org,example.comb"},
    {FORM("From: a@exam\rple.com"), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: a\r\n @example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@exa\tmple.com"), AUTHOR_SYNTAX, "", "exa,example.com"},
    /* NUL and control characters */
    {FORM("From: a@example.com\0.example.org"), AUTHOR_SYNTAX, "",
	"example.com,example.com.example.org"},
    {FORM("From: a@exam\0ple.com"), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: a\0@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@\0example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@example.com\x7f"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@exam\x1bple.com"), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: a@example.com\b\b\b"), AUTHOR_SYNTAX, "", "example.com"},
    /* backslashes and quotes in the domain */
    {FORM("From: a@exam\\ple.com"), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: a@\"example.com\""), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@example.\"com\""), AUTHOR_NO_DOMAIN, "", "example,example.com"},
    {FORM("From: a\\@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a@example.com\\"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \"a@example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \"a@example.com\""), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \"a@example.com\" b"), AUTHOR_SYNTAX, "", "example.com,example.comb"},
    /* U-labels, A-labels, UTF-8 that is none */
    {FORM("From: a@b\xc3\xbc"
	  "cher.example"),
	AUTHOR_OK, "xn--bcher-kva.example", "xn--bcher-kva.example,b"},
    {FORM("From: a@B\xc3\x9c"
	  "CHER.example"),
	AUTHOR_OK, "xn--bcher-kva.example", "xn--bcher-kva.example,b"},
    {FORM("From: a@xn--bcher-kva.example"), AUTHOR_OK, "xn--bcher-kva.example",
	"xn--bcher-kva.example"},
    {FORM("From: a@XN--BCHER-KVA.example"), AUTHOR_OK, "xn--bcher-kva.example",
	"xn--bcher-kva.example"},
    {FORM("From: a@xn--bcher-kva.example, b@b\xc3\xbc"
	  "cher.example"),
	AUTHOR_OK, "xn--bcher-kva.example", "xn--bcher-kva.example,b"},
    {FORM("From: a@b\xfc"
	  "cher.example"),
	AUTHOR_SYNTAX, "", "example,xn--bcher-kva.example,b"},
    /* raw bytes of an old charset: only where none could make another address of it */
    {FORM("From: \xfc <a@example.com>"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: \"Nils Sel\xe5sdal\" <a@example.com>"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: \xb1\xee\xc3\xb6\xbc\xf6 <a@example.com> (\xb1)"), AUTHOR_SYNTAX, "",
	"example.com"},
    {FORM("From: \"\x81\\\" <v@example.com> \" <a@example.net>"), AUTHOR_SYNTAX, "",
	"example.com,example.net"},
    {FORM("From: \x81\x5c <a@example.com>"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \"\xfc v@example.com\" <a@example.net>"), AUTHOR_SYNTAX, "",
	"example.com,example.net"},
    {FORM("From: \xfc <a@example.com>, <b"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \xfc <\xfc"
	  "a@example.com>"),
	AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \xfc@example.com <a>"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: \xc3\xbc@example.com"), AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@xn--99999999999.example"), AUTHOR_NO_DOMAIN, "", "example"},
    {FORM("From: a@xn--a.example.com"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@\xef\xbd\x85xample.com"), AUTHOR_OK, "example.com", "example.com,xample.com"},
    {FORM("From: a@\xff.b\xc3\xbc"
	  "cher.example"),
	AUTHOR_SYNTAX, "", "xn--bcher-kva.example,example,b"},
    {FORM("From: a@ex\xd0\xb0mple.com"), AUTHOR_OK, "xn--exmple-4nf.com", "xn--exmple-4nf.com,ex"},
    {FORM("From: a@stra\xc3\x9f"
	  "e.example"),
	AUTHOR_OK, "xn--strae-oqa.example", "xn--strae-oqa.example,stra"},
    /* look-alike dots and at signs */
    {FORM("From: a@example\xe3\x80\x82"
	  "com"),
	AUTHOR_NO_DOMAIN, "", "example.com,example"},
    {FORM("From: a@example\xef\xbc\x8e"
	  "com"),
	AUTHOR_NO_DOMAIN, "", "example.com,example"},
    {FORM("From: a@example\xef\xbd\xa1"
	  "com"),
	AUTHOR_NO_DOMAIN, "", "example.com,example"},
    {FORM("From: a@example\xe2\x80\xa4"
	  "com"),
	AUTHOR_NO_DOMAIN, "", "example.com,example"},
    {FORM("From: a@example.com\xe3\x80\x82"
	  "example.org"),
	AUTHOR_NO_DOMAIN, "", "example.com.example.org,example.com"},
    {FORM("From: a\xef\xbc\xa0"
	  "example.com"),
	AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a\xef\xb9\xab"
	  "example.com"),
	AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: a\xef\xbc\xa0"
	  "example.com <b@example.org>, c@example.net"),
	AUTHOR_SEVERAL_DOMAINS, "", "example.com,example.org,example.net"},
    /* signs nobody sees */
    {FORM("From: a@exam\xe2\x80\x8b"
	  "ple.com"),
	AUTHOR_OK, "example.com", "example.com,exam"},
    {FORM("From: a@exam\xc2\xad"
	  "ple.com"),
	AUTHOR_OK, "example.com", "example.com,exam"},
    {FORM("From: a@example.com\xc2\xa0"), AUTHOR_NO_DOMAIN, "", "example.com"},
    {FORM("From: a@\xe2\x80\xae"
	  "example.com"),
	AUTHOR_NO_DOMAIN, "", "com,example.com"},
    {FORM("From: a@exam\xe2\x81\xa0"
	  "ple.com"),
	AUTHOR_OK, "example.com", "example.com,exam"},
    {FORM("From: \xef\xbb\xbf"
	  "a@example.com"),
	AUTHOR_OK, "example.com", "example.com"},
    {FORM("From: a@example\xe3\x80\x80"
	  ".com"),
	AUTHOR_NO_DOMAIN, "", "com,example,example.com"},
    /* encoded words */
    {FORM("From: =?utf-8?q?ceo=40example.com?= <a@example.org>"), AUTHOR_OK, "example.org",
	"example.org,example.com"},
    {FORM("From: =?utf-8?q?ceo=40example.com?="), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?q?ceo=40example.com?=:;"), AUTHOR_GROUP, "", "example.com"},
    {FORM("From: =?UTF-8?B?Y2VvQGV4YW1wbGUuY29t?="), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?B?Y2VvQGV4YW1wbGUuY29t"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?q?ceo=40exam?= =?utf-8?q?ple.com?="), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?q?ceo=40exam?=\r\n =?utf-8?b?cGxlLmNvbQ==?="), AUTHOR_SYNTAX, "",
	"example.com"},
    {FORM("From: \"=?utf-8?q?ceo=40example.com?=\" x"), AUTHOR_SYNTAX, "",
	"example.com,example.comx"},
    {FORM("From: (=?utf-8?q?ceo=40example.com?=) x"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8*en?q?ceo=40example.com?="), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?iso-8859-1?q?ceo=40b=FCcher.example?="), AUTHOR_SYNTAX, "",
	"xn--bcher-kva.example,b"},
    {FORM("From: =?utf-8?q?ceo=40b=C3=BCcher.example?="), AUTHOR_SYNTAX, "",
	"xn--bcher-kva.example,b"},
    {FORM("From: =?utf-8?q?ceo=40exam ple.com?="), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: =?utf-8?q?ceo=40exam\r\n ple.com?="), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: =?utf-16?b?AGMAZQBvAEAAZQB4AGEAbQBwAGwAZQAuAGMAbwBt?="), AUTHOR_SYNTAX, "",
	"example.com"},
    {FORM("From: =?utf-8?q?=3D=3Futf-8=3Fq=3Fceo=3D40example.com=3F=3D?="), AUTHOR_SYNTAX, "",
	"example.com"},
    {FORM("From: =?utf-8?q?ceo=00=40exam=00ple.com?="), AUTHOR_SYNTAX, "", "exam,example.com"},
    {FORM("From: ceo@=?utf-8?q?example.com?="), AUTHOR_NO_DOMAIN, "", "utf-8,example.com"},
    {FORM("From: ceo=?utf-8?q?=40?=example.com"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?q?ceo=40example.com=3E_=3Cx=40example.org?="), AUTHOR_SYNTAX, "",
	"example.com,example.org"},
    {FORM("From: =?x?q?ceo=40example.com?= ?="), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?z?ceo=40example.com?="), AUTHOR_SYNTAX, "", ""},
    {FORM("From: =?utf-8?q?ceo=40?= <example.com>"), AUTHOR_SYNTAX, "", "example.com"},
    {FORM("From: =?utf-8?b?Y2VvQGV4YW1wbGUuY29t?= <>"), AUTHOR_SYNTAX, "", "example.com"},
};

static void
parse(struct header *h, struct arena *mem, const char *text, size_t len)
{
	size_t body;

	arena_init(mem, 0);
	header_init(h, mem, 0, 1000);
	assert_true(header_parse(h, text, len, &body));
}

static void
done(struct header *h, struct arena *mem)
{
	header_free(h);
	arena_free(mem);
}

static void
join(const struct author_candidates *c, struct buf *out)
{
	size_t i;

	buf_clear(out);
	for (i = 0; i < c->n; i++)
		buf_addf(out, "%s%s", i > 0 ? "," : "", c->v[i]);
}

/* B09, B12, B92, and all else that comes as a From. */
static void
hostile_forms(void **state)
{
	struct author_candidates c;
	struct header h;
	struct author a;
	struct arena mem;
	struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 0);
	for (i = 0; i < LEN(forms); i++) {
		parse(&h, &mem, forms[i].text, forms[i].len);
		a = author_of(&h, &mem);
		author_candidates(&h, &mem, &c);
		join(&c, &text);
		if (a.status != forms[i].status ||
		    strcmp(a.domain != NULL ? a.domain : "", forms[i].domain) != 0 ||
		    strcmp(buf_str(&text), forms[i].candidates) != 0 || c.more)
			fail_msg("%s: %d %s, candidates %s", forms[i].text, a.status,
			    a.domain != NULL ? a.domain : "-", buf_str(&text));
		assert_int_equal(a.status == AUTHOR_OK, a.error == NULL);
		assert_int_equal(a.local == NULL, a.domain == NULL);
		done(&h, &mem);
	}
	assert_true(LEN(forms) >= 100);
	buf_free(&text);
}

static void
senders(void **state)
{
	static const struct {
		const char *text;
		enum author_status status;
		const char *domain;
	} cases[] = {
	    {"From: a@example.com", AUTHOR_OK, "example.com"},
	    {"From: a@example.com\r\nSender: b@example.org", AUTHOR_OK, "example.org"},
	    {"From: a@example.com, b@example.net\r\nSender: b@example.org", AUTHOR_OK,
		"example.org"},
	    {"Sender: a@example.com\r\nSender: b@example.org", AUTHOR_SEVERAL_FIELDS, NULL},
	    {"From: a@example.com\r\nSender: b", AUTHOR_SYNTAX, NULL},
	    {"Subject: x", AUTHOR_MISSING, NULL},
	};
	struct header h;
	struct author a;
	struct arena mem;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(cases); i++) {
		parse(&h, &mem, cases[i].text, strlen(cases[i].text));
		a = author_sender(&h, &mem);
		assert_int_equal(a.status, cases[i].status);
		if (cases[i].domain == NULL)
			assert_null(a.domain);
		else
			assert_string_equal(a.domain, cases[i].domain);
		done(&h, &mem);
	}
}

static void
begin_from(struct buf *out)
{
	buf_clear(out);
	buf_adds(out, "From: ");
}

/* So many addresses, of so many domains in turn. */
static void
make_addresses(struct buf *out, unsigned times, unsigned domains)
{
	unsigned i;

	begin_from(out);
	for (i = 0; i < times; i++)
		buf_addf(out, "a@%u.example, ", i % domains);
}

static bool
more_than_shown(const struct buf *text, size_t *n)
{
	struct author_candidates c;
	struct header h;
	struct arena mem;

	parse(&h, &mem, text->data, text->len);
	author_candidates(&h, &mem, &c);
	*n = c.n;
	done(&h, &mem);
	return c.more;
}

/* Whoever hides one domain behind many is told by it. */
static void
candidate_limits(void **state)
{
	struct buf text;
	size_t n;

	(void)state;
	buf_init(&text, 0);
	make_addresses(&text, AUTHOR_CANDIDATES_MAX, 1000);
	assert_false(more_than_shown(&text, &n));
	assert_int_equal(n, AUTHOR_CANDIDATES_MAX);
	make_addresses(&text, AUTHOR_CANDIDATES_MAX + 1, 1000);
	assert_true(more_than_shown(&text, &n));
	assert_int_equal(n, AUTHOR_CANDIDATES_MAX);
	make_addresses(&text, 300, 1);
	assert_false(more_than_shown(&text, &n));
	assert_int_equal(n, 1);
	make_addresses(&text, 10000, 1);
	assert_true(more_than_shown(&text, &n));
	buf_free(&text);
}

static void
add_q(struct buf *out, const char *s)
{
	buf_adds(out, "=?utf-8?q?");
	for (; *s != '\0'; s++)
		buf_addf(out, "=%02x", (unsigned char)*s);
	buf_adds(out, "?=");
}

/* Encoded words in encoded words are followed so deep, and not deeper. */
static void
nested_encodings(void **state)
{
	char inner[20000] = "ceo@example.com";
	struct buf text;
	size_t n;
	int depth;

	(void)state;
	buf_init(&text, 0);
	for (depth = 1; depth <= 4; depth++) {
		begin_from(&text);
		add_q(&text, inner);
		assert_int_equal(more_than_shown(&text, &n), depth > 3);
		assert_int_equal(n, depth <= 3);
		strlcpy(inner, buf_str(&text) + strlen("From: "), sizeof(inner));
	}
	buf_free(&text);
}

/* Fields made to take long: none does. */
static void
hostile_sizes(void **state)
{
	static const char *const pieces[] = {"@", "@@a.", "=?", "=?u?q?", "=?u?q?=3D=3F?=", "(",
	    "()", "(((", "\"", "\\", "@a(", "a@b.", "@\xc3\xbc.", "@-.\xc3\xbc.", "\xe2\x80\x8b",
	    ".", "@ ", "a.\xc3\xbc.", "\xef\xbc\xa0\xe3\x80\x82", "=?u?b?QA==?= ", "?=", "@[", "<"};
	struct timespec from, to;
	struct buf text;
	size_t i, n;

	(void)state;
	buf_init(&text, 0);
	for (i = 0; i < LEN(pieces); i++) {
		begin_from(&text);
		while (text.len < 250000)
			buf_adds(&text, pieces[i]);
		clock_gettime(CLOCK_MONOTONIC, &from);
		more_than_shown(&text, &n);
		clock_gettime(CLOCK_MONOTONIC, &to);
		if (to.tv_sec - from.tv_sec > 5)
			fail_msg("%s: too slow", pieces[i]);
		assert_true(n <= AUTHOR_CANDIDATES_MAX);
	}
	buf_free(&text);
}

static void
encoded_words(void **state)
{
	static const struct {
		const char *in, *out;
		bool any;
	} cases[] = {
	    {"", "", false},
	    {"a =? b ?= c", "a =? b ?= c", false},
	    {"=?utf-8?q?a_b=20c=3d?=", "a b c=", true},
	    {"=?utf-8?Q?a?= =?utf-8?b?Yg==?=", "ab", true},
	    {"=?utf-8?Q?a?= \t\r\n =?utf-8?b?Yg==?= c", "ab c", true},
	    {"x =?utf-8?Q?a?= y =?utf-8?Q?b?= z", "x a y b z", true},
	    {"=?utf-8?q?=zz=4?=", "=zz=4", true},
	    {"=?utf-8?q?"
	     "?=",
		"", true},
	    {"=?utf-8?q?no end", "no end", true},
	    {"=?utf-8?b?YQ?=", "a", true},
	    {"=?utf-8?b?YW?=", "a", true},
	    {"=?utf-8?b?Y W!I=?=", "ab", true},
	    {"=?utf-8?b?YQ==Yg==?=", "ab", true},
	    {"=?utf-8?b?_-8?=", "\xff\xef", true},
	    {"=?ISO-8859-1?q?=FC?=", "\xc3\xbc", true},
	    {"=?windows-1252*de?b?/A==?=", "\xc3\xbc", true},
	    {"=?koi8-r?q?=FC?=", "\xfc", true},
	    {"=?utf-8?x?a?=", "=?utf-8?x?a?=", false},
	    {"=?utf-8?qq?a?=", "=?utf-8?qq?a?=", false},
	    {"=?utf-8?q", "=?utf-8?q", false},
	    {"==?utf-8?q?a?=", "=a", true},
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 0);
	for (i = 0; i < LEN(cases); i++) {
		buf_clear(&out);
		assert_int_equal(
		    encoded_words_decode(cases[i].in, strlen(cases[i].in), &out), cases[i].any);
		assert_string_equal(buf_str(&out), cases[i].out);
	}
	buf_free(&out);
}

static void
without_memory(void **state)
{
	static const char text[] = "From: a@example.com, b@example.org";
	struct author_candidates c;
	struct arena mem, none;
	struct header h;

	(void)state;
	parse(&h, &mem, text, strlen(text));
	arena_init(&none, 1);
	author_candidates(&h, &none, &c);
	assert_true(c.more);
	assert_int_equal(author_of(&h, &none).status, AUTHOR_NO_MEMORY);
	arena_free(&none);
	done(&h, &mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_forms),
	    cmocka_unit_test(senders),
	    cmocka_unit_test(candidate_limits),
	    cmocka_unit_test(nested_encodings),
	    cmocka_unit_test(hostile_sizes),
	    cmocka_unit_test(encoded_words),
	    cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests_name("author", tests, NULL, NULL);
}
