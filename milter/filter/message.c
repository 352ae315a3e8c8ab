#include "message.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "extension.h"
#include "mail/mime.h"
#include "name.h"

#define MAX_FIELDS 200 /* looked at to tell a message */
#define MAX_NAME 998   /* of a field: a line has no more (RFC 5322 §2.1.1) */

/* ---- telling a message ---- */

static bool
is_field(const uint8_t *at, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n > len && strncasecmp((const char *)at, name, len) == 0 && at[len] == ':';
}

/* Fields that hardly any text but a message begins with. */
static bool
is_known_field(const uint8_t *at, size_t n)
{
	static const char *const names[] = {"return-path", "received", "delivered-to", "from", "to",
	    "subject", "date", "message-id", "mime-version", "content-type",
	    "content-transfer-encoding", "content-disposition", "dkim-signature", "reply-to", "cc",
	    "sender", "x-mailer", "authentication-results", "x-mozilla-status"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is_field(at, n, names[i]))
			return true;
	return false;
}

/* Whether the line could stand in a header: a field, or the continuation of one. */
static bool
is_header_line(const uint8_t *at, size_t n)
{
	size_t i;

	if (n > 0 && (ascii_is_wsp((char)at[0])))
		return true;
	for (i = 0; i < n && i < MAX_NAME && at[i] > ' ' && at[i] < 0x7f && at[i] != ':'; i++)
		;
	return i > 0 && i < n && at[i] == ':';
}

static size_t
line_length(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *lf = memchr(at, '\n', (size_t)(end - at));

	return lf != NULL ? (size_t)(lf - at) + 1 : (size_t)(end - at);
}

static bool
is_empty_line(const uint8_t *at, size_t n)
{
	return n > 0 && (at[0] == '\n' || (at[0] == '\r' && n == 2));
}

static bool
is_mailbox(const uint8_t *bytes, size_t len)
{
	return bytes_begin(bytes, len, "From ");
}

/* Past empty lines and the line that a mailbox puts before each message. */
static const uint8_t *
skip_front(const uint8_t *at, const uint8_t *end)
{
	if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && (*at == '\r' || *at == '\n'))
		at++;
	if (is_mailbox(at, (size_t)(end - at)))
		at += line_length(at, end);
	return at;
}

/* Two fields that are known, and MIME or an empty line after them. */
static bool
looks_like_message(const uint8_t *bytes, size_t len)
{
	const uint8_t *end = bytes + len, *at = skip_front(bytes, end);
	unsigned known = 0, i;
	bool mime = false;
	size_t n;

	for (i = 0; i < MAX_FIELDS && at < end; i++, at += n) {
		n = line_length(at, end);
		if (is_empty_line(at, n) || !is_header_line(at, n))
			break;
		known += is_known_field(at, n);
		mime = mime || is_field(at, n, "mime-version") || is_field(at, n, "content-type") ||
		       is_field(at, n, "content-transfer-encoding");
	}
	return mime || (known >= 2 && at < end);
}

static bool
is_of_message(const char *extension)
{
	static const char *const list[] = {"eml", "mht", "mhtml", "mbox", "emlx", "nws"};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (strcmp(list[i], extension) == 0)
			return true;
	return false;
}

static bool
is_called_message(const struct object *o)
{
	size_t i;

	for (i = 0; i < o->ntypes; i++)
		if (strcmp(o->types[i], "message/rfc822") == 0 ||
		    strcmp(o->types[i], "message/global") == 0 ||
		    strcmp(o->types[i], "message/news") == 0 ||
		    strcmp(o->types[i], "message/partial") == 0 ||
		    strcmp(o->types[i], "application/mbox") == 0)
			return true;
	return name_has(o, is_of_message);
}

bool
message_applies(const struct object *o)
{
	return !o->plain_text && o->len > 0 &&
	       (looks_like_message(o->bytes, o->len) || is_called_message(o));
}

/* ---- its parts ---- */

static void
inspect_part(struct scan *s, const struct object *around, const struct mime_part *p)
{
	struct object o = {.parent = around,
	    .bytes = p->kind == MIME_LEAF ? p->bytes : NULL,
	    .len = p->kind == MIME_LEAF ? p->len : 0,
	    .names = p->names,
	    .nnames = p->nnames,
	    .types = p->types,
	    .ntypes = p->ntypes,
	    .plain_text = p->plain_text};

	/* a container without a name tells nothing */
	if (p->kind != MIME_LEAF && p->nnames == 0)
		return;
	if (scan_may_unpack(s, around, o.len))
		inspect(s, &o);
}

static void
find_doubts(struct scan *s, const struct object *o, const struct mime_reading *r)
{
	size_t i;

	for (i = 0; i < r->ndoubts; i++)
		if (r->doubts[i].attachment)
			scan_find(s, o, RULE_MIME_AMBIGUITY, "%s: %s",
			    mime_doubt_name(r->doubts[i].kind), r->doubts[i].detail);
	if (r->limit != NULL)
		scan_find(s, o, RULE_CANNOT_INSPECT, "the message in it: %s", r->limit);
}

static void
inspect_message(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len)
{
	struct mime_limits limits = MIME_LIMITS_DEFAULT;
	struct mime_reading r;
	size_t i;

	if (!scan_has_time(s, o))
		return;
	if (limits.decoded > s->limits.unpacked - s->unpacked)
		limits.decoded = s->limits.unpacked - s->unpacked;
	mime_read(bytes, len, &limits, s->mem, &r);
	if (r.no_memory)
		s->no_memory = true;
	for (i = 0; i < r.nparts; i++)
		inspect_part(s, o, &r.parts[i]);
	find_doubts(s, o, &r);
	mime_reading_free(&r);
}

/* ---- mailboxes ---- */

/* Where the next message of a mailbox begins; end for nowhere. */
static const uint8_t *
next_message(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *next = bytes_find(at, end, "\nFrom ", 6);

	return next != NULL ? next + 1 : end;
}

static void
inspect_mailbox(struct scan *s, const struct object *o)
{
	const uint8_t *at = o->bytes, *end = at + o->len, *next;

	for (; at < end && scan_has_time(s, o); at = next) {
		next = next_message(at, end);
		at += line_length(at, next);
		if (at < next)
			inspect_message(s, o, at, (size_t)(next - at));
	}
}

/* One of several pieces (RFC 2046 5.2.2): what it is becomes clear only where they are joined. */
static void
find_piece(struct scan *s, const struct object *o)
{
	size_t i;

	for (i = 0; i < o->ntypes; i++)
		if (strcmp(o->types[i], "message/partial") == 0)
			scan_find(s, o, RULE_CANNOT_INSPECT, "a piece of a message");
}

void
message_inspect(struct scan *s, const struct object *o)
{
	const uint8_t *end = o->bytes + o->len, *at = skip_front(o->bytes, end);

	find_piece(s, o);
	if (is_mailbox(o->bytes, o->len)) {
		scan_say_type(s, o, "application/mbox");
		inspect_mailbox(s, o);
		return;
	}
	scan_say_type(s, o, "message/rfc822");
	inspect_message(s, o, at, (size_t)(end - at));
}
