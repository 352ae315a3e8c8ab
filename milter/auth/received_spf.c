#include "received_spf.h"

#include <string.h>

#define VALUE_MAX 200 /* octets of a value; lines stay far below 998 (RFC 5322 §2.1.1) */

/* atext of RFC 5322 §3.2.3 */
static bool
is_atext(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_dot_atom(const char *s)
{
	if (*s == '\0' || strlen(s) > VALUE_MAX)
		return false;
	for (; *s != '\0'; s++)
		if (!is_atext(*s) && !(*s == '.' && is_atext(s[1])))
			return false;
	return true;
}

static char
printable(char c)
{
	return c >= 0x20 && c <= 0x7e ? c : '?';
}

static void
add_quoted(struct buf *out, const char *s)
{
	size_t n = 0;

	buf_addc(out, '"');
	for (; *s != '\0' && n < VALUE_MAX; s++, n++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, printable(*s));
	}
	buf_addc(out, '"');
}

/* key "=" ( dot-atom / quoted-string ), on a line of its own; nothing for an empty value. */
static void
add_pair(struct buf *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_addf(out, "\r\n\t%s=", key);
	/* a leading dot is no dot-atom; is_dot_atom() sees only those within and at the end */
	if (value[0] != '.' && is_dot_atom(value))
		buf_adds(out, value);
	else
		add_quoted(out, value);
	buf_addc(out, ';');
}

static void
add_in_comment(struct buf *out, const char *s)
{
	size_t n = 0;

	for (; *s != '\0' && n < VALUE_MAX; s++, n++) {
		if (*s == '(' || *s == ')' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, printable(*s));
	}
}

static const char *
receiver_name(const struct spf_request *r)
{
	return r->receiver != NULL && r->receiver[0] != '\0' ? r->receiver : "unknown";
}

static void
add_comment(struct buf *out, const struct spf_request *r, const struct spf_outcome *o)
{
	static const char *const says[] = {
	    [SPF_NONE] = "has no policy for",
	    [SPF_NEUTRAL] = "neither permits nor denies",
	    [SPF_PASS] = "designates as permitted sender",
	    [SPF_FAIL] = "does not designate as permitted sender",
	    [SPF_SOFTFAIL] = "probably does not permit",
	    [SPF_TEMPERROR] = "could not be asked about",
	    [SPF_PERMERROR] = "has a broken policy for",
	};
	char ip[IP_STRLEN];

	buf_adds(out, " (");
	add_in_comment(out, receiver_name(r));
	buf_adds(out, ": ");
	if (o->domain[0] != '\0')
		buf_addf(out, "domain of\r\n\t%s %s", o->domain, says[o->result]);
	else
		buf_adds(out, "no domain to ask about");
	buf_addf(out, " %s)", ip_print(&r->ip, ip));
}

static void
add_sender(struct buf *out, const struct spf_request *r)
{
	struct buf sender;

	if (r->identity == SPF_HELO || r->domain[0] == '\0')
		return;
	buf_init(&sender, 4 * VALUE_MAX);
	buf_addf(&sender, "%.*s@%.*s", VALUE_MAX, r->local, VALUE_MAX, r->domain);
	add_pair(out, "envelope-from", buf_str(&sender));
	buf_free(&sender);
}

bool
received_spf(const struct spf_request *r, const struct spf_outcome *o, struct buf *out)
{
	char ip[IP_STRLEN];

	buf_addc(out, ' ');
	buf_adds(out, spf_result_name(o->result));
	add_comment(out, r, o);
	add_pair(out, "receiver", receiver_name(r));
	add_pair(out, "identity", spf_identity_name(o->identity));
	add_pair(out, "client-ip", ip_print(&r->ip, ip));
	add_sender(out, r);
	add_pair(out, "helo", r->helo);
	add_pair(out, "mechanism", o->mechanism);
	add_pair(out, "problem", o->reason);
	return !out->failed;
}
