#include "conf/value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cidr.h"
#include "base/domain.h"
#include "base/utf8.h"
#include "conf/listen.h"

#define SPOOL "/var/spool/postfix"
#define MAX_LISTEN 16
#define NO_MEMORY "more memory than there is"

/* ---- what all values share ---- */

static bool expect(const struct setting *, const char *, ...) __attribute__((format(printf, 2, 3)));

static bool
expect(const struct setting *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(s->expected, fmt, ap);
	va_end(ap);
	return false;
}

static void *
field(const struct setting *s)
{
	return (char *)s->conf + s->option->field;
}

static const void *
value_of(const struct option *o, const struct conf *c)
{
	return (const char *)c + o->field;
}

/* Room for one more element behind the n of that size at v. It doubles when n is a power of 2. */
static void *
grow(struct arena *a, void *v, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return v;
	more = arena_alloc(a, (n != 0 ? 2 * n : 1) * size);
	if (more != NULL && n != 0)
		memcpy(more, v, n * size);
	return more;
}

static bool
list_add(const struct setting *s, struct conf_list *list, const char *value)
{
	char **v = grow(s->arena, list->v, list->n, sizeof(*v));
	char *copy = arena_strdup(s->arena, value);

	if (v == NULL || copy == NULL)
		return expect(s, NO_MEMORY);
	list->v = v;
	list->v[list->n++] = copy;
	return true;
}

static bool
list_has(const struct conf_list *list, const char *value)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->v[i], value) == 0)
			return true;
	return false;
}

static void
quote(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

/* ---- numbers: plain, times, sizes ---- */

struct unit {
	char suffix;
	unsigned long factor;
};

/* "N" or "N" and one of the units. False where it is no such number or over 10 digits. */
static bool
number(const char *s, const struct unit *units, unsigned long *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 10)
		return false;
	*out = strtoul(s, NULL, 10);
	if (s[n] == '\0')
		return true;
	for (; units->suffix != '\0'; units++)
		if (s[n] == units->suffix && s[n + 1] == '\0') {
			*out *= units->factor;
			return true;
		}
	return false;
}

static bool
in_range(const struct setting *s, const struct unit *units, unsigned long *out)
{
	return number(s->value, units, out) && *out >= s->option->min && *out <= s->option->max;
}

bool
value_set_number(const struct setting *s)
{
	static const struct unit none[] = {{'\0', 0}};
	unsigned long n;

	if (!in_range(s, none, &n))
		return expect(s, "a number from %lu to %lu", s->option->min, s->option->max);
	*(unsigned *)field(s) = (unsigned)n;
	return true;
}

bool
value_set_seconds(const struct setting *s)
{
	static const struct unit times[] = {
	    {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'\0', 0}};
	unsigned long n;

	if (!in_range(s, times, &n))
		return expect(s, "%lu to %lu seconds, or a time such as 30s, 5m, 2h, 1d",
		    s->option->min, s->option->max);
	*(unsigned *)field(s) = (unsigned)n;
	return true;
}

void
value_print_unsigned(const struct option *o, const struct conf *c, struct buf *out)
{
	buf_addf(out, "%u", *(const unsigned *)value_of(o, c));
}

/* In the largest unit that leaves nothing over. */
static void
add_size(struct buf *out, size_t n)
{
	if (n % 1048576 == 0)
		buf_addf(out, "%zuM", n / 1048576);
	else if (n % 1024 == 0)
		buf_addf(out, "%zuK", n / 1024);
	else
		buf_addf(out, "%zu", n);
}

bool
value_set_size(const struct setting *s)
{
	static const struct unit sizes[] = {{'K', 1024}, {'M', 1048576}, {'\0', 0}};
	struct buf range;
	unsigned long n;

	if (in_range(s, sizes, &n)) {
		*(size_t *)field(s) = n;
		return true;
	}
	buf_init(&range, 0);
	add_size(&range, s->option->min);
	buf_adds(&range, " to ");
	add_size(&range, s->option->max);
	expect(s, "%s, or a number of octets", buf_str(&range));
	buf_free(&range);
	return false;
}

void
value_print_size(const struct option *o, const struct conf *c, struct buf *out)
{
	add_size(out, *(const size_t *)value_of(o, c));
}

bool
value_set_mode(const struct setting *s)
{
	size_t n = strlen(s->value);

	if (n < 3 || n > 4 || strspn(s->value, "01234567") != n || (n == 4 && s->value[0] != '0'))
		return expect(s, "an octal mode from 0000 to 0777, such as 0660");
	*(mode_t *)field(s) = (mode_t)strtoul(s->value, NULL, 8);
	return true;
}

void
value_print_mode(const struct option *o, const struct conf *c, struct buf *out)
{
	buf_addf(out, "%04o", (unsigned)*(const mode_t *)value_of(o, c));
}

/* ---- words ---- */

bool
value_set_bool(const struct setting *s)
{
	static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {
								    "false", "no", "off"};
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(s->value, yes[i]) != 0 && strcmp(s->value, no[i]) != 0)
			continue;
		*(bool *)field(s) = strcmp(s->value, yes[i]) == 0;
		return true;
	}
	return expect(s, "true or false");
}

void
value_print_bool(const struct option *o, const struct conf *c, struct buf *out)
{
	buf_adds(out, *(const bool *)value_of(o, c) ? "true" : "false");
}

static bool
expect_words(const struct setting *s)
{
	const char *const *w;

	for (w = s->option->words; *w != NULL; w++) {
		if (w != s->option->words)
			buf_adds(s->expected, w[1] != NULL ? ", " : " or ");
		buf_adds(s->expected, *w);
	}
	return false;
}

/* An enum, which is an unsigned to the compilers we use. */
bool
value_set_word(const struct setting *s)
{
	unsigned i;

	for (i = 0; s->option->words[i] != NULL; i++) {
		if (strcmp(s->value, s->option->words[i]) != 0)
			continue;
		*(unsigned *)field(s) = i;
		return true;
	}
	return expect_words(s);
}

void
value_print_word(const struct option *o, const struct conf *c, struct buf *out)
{
	buf_addf(out, "\"%s\"", o->words[*(const unsigned *)value_of(o, c)]);
}

/* By enum conf_canon, for the header and the body. */
static const char *const canons[2][2] = {
    {"simple/simple", "simple/relaxed"}, {"relaxed/simple", "relaxed/relaxed"}};

bool
value_set_canonicalization(const struct setting *s)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		const char *both = canons[i / 2][i % 2];
		/* RFC 6376 §3.5, c=: one word alone is the header's, and the body's is simple. */
		bool alone = i % 2 == CONF_CANON_SIMPLE && strcspn(both, "/") == strlen(s->value) &&
			     strncmp(both, s->value, strlen(s->value)) == 0;

		if (!alone && strcmp(s->value, both) != 0)
			continue;
		s->conf->header_canon = i / 2 == 0 ? CONF_CANON_SIMPLE : CONF_CANON_RELAXED;
		s->conf->body_canon = i % 2 == 0 ? CONF_CANON_SIMPLE : CONF_CANON_RELAXED;
		return true;
	}
	return expect(s, "relaxed/relaxed, relaxed/simple, simple/relaxed or simple/simple");
}

void
value_print_canonicalization(const struct option *o, const struct conf *c, struct buf *out)
{
	buf_addf(out, "\"%s\"", canons[c->header_canon][c->body_canon]);
}

/* ---- strings ---- */

static bool
has_only(const char *s, int (*is)(int), const char *but)
{
	for (; *s != '\0'; s++)
		if (!isascii((unsigned char)*s) || !is((unsigned char)*s) ||
		    strchr(but, *s) != NULL)
			return false;
	return true;
}

static bool
set_string(const struct setting *s, const char *value)
{
	char *copy = arena_strdup(s->arena, value);

	if (copy == NULL)
		return expect(s, NO_MEMORY);
	*(char **)field(s) = copy;
	return true;
}

/* A user or group; min says whether it may be empty. */
bool
value_set_account(const struct setting *s)
{
	size_t n = strlen(s->value);

	if (n < s->option->min || n > 255 || !has_only(s->value, isgraph, ":/,*\"\\"))
		return expect(s, "the name of a user or group");
	return set_string(s, s->value);
}

bool
value_set_folder(const struct setting *s)
{
	if (s->value[0] != '/' || strlen(s->value) >= 4096 ||
	    !utf8_valid(s->value, strlen(s->value)))
		return expect(s, "an absolute path");
	return set_string(s, s->value);
}

bool
value_set_file(const struct setting *s)
{
	if (s->value[0] == '\0')
		return set_string(s, "");
	return value_set_folder(s);
}

/*
 * RFC 8601 §2.2 has a token or a quoted string; signs that only a quoted
 * string could hold and that mean something to readers of the field are out.
 */
bool
value_set_authserv_id(const struct setting *s)
{
	size_t n = strlen(s->value);

	if (n == 0 || n > 255 || !has_only(s->value, isgraph, "()<>,;\"\\"))
		return expect(s, "a host's name or another word in ASCII without spaces");
	return set_string(s, s->value);
}

void
value_print_string(const struct option *o, const struct conf *c, struct buf *out)
{
	quote(*(char *const *)value_of(o, c), out);
}

bool
value_set_signing_domain(const struct setting *s)
{
	char name[DOMAIN_BUF];

	s->conf->sign_domain = NULL;
	if (strcmp(s->value, "from") == 0) {
		s->conf->sign_by = SIGN_BY_FROM;
		return true;
	}
	if (strcmp(s->value, "sender") == 0) {
		s->conf->sign_by = SIGN_BY_SENDER;
		return true;
	}
	/* Two labels at least, so that no misspelt word becomes a domain. */
	if (!domain_canonical(s->value, strlen(s->value), name) || domain_labels(name) < 2)
		return expect(s, "from, sender or a domain's name");
	s->conf->sign_by = SIGN_BY_DOMAIN;
	s->conf->sign_domain = arena_strdup(s->arena, name);
	return s->conf->sign_domain != NULL ? true : expect(s, NO_MEMORY);
}

void
value_print_signing_domain(const struct option *o, const struct conf *c, struct buf *out)
{
	static const char *const words[] = {"from", "sender"};

	quote(c->sign_by == SIGN_BY_DOMAIN ? c->sign_domain : words[c->sign_by], out);
}

/* Empty, or a name of two labels at least; it is kept canonical. */
bool
value_set_seal_domain(const struct setting *s)
{
	char name[DOMAIN_BUF];

	if (s->value[0] == '\0')
		return set_string(s, "");
	if (!domain_canonical(s->value, strlen(s->value), name) || domain_labels(name) < 2)
		return expect(s, "a domain's name, or nothing");
	return set_string(s, name);
}

/* Empty, or a selector: labels as in a domain's name (RFC 6376 §3.1). */
bool
value_set_selector(const struct setting *s)
{
	char name[DOMAIN_BUF];

	if (s->value[0] == '\0')
		return set_string(s, "");
	if (!domain_canonical(s->value, strlen(s->value), name))
		return expect(s, "a selector, or nothing");
	return set_string(s, name);
}

/* ---- lists ---- */

bool
value_is_name(const char *s)
{
	size_t n = strlen(s);
	const char *c;

	if (n == 0 || n > 255 || !utf8_valid(s, n))
		return false;
	for (c = s; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	return true;
}

bool
value_set_name(const struct setting *s)
{
	if (!value_is_name(s->value))
		return expect(s, "a name of 1 to 255 octets");
	return list_add(s, field(s), s->value);
}

/*
 * An entry of policy/recipients.h, with its domain made canonical. A local
 * part is whatever it is: it is compared, never parsed.
 */
bool
value_set_recipients(const struct setting *s)
{
	const char *at = strrchr(s->value, '@'), *domain;
	size_t skip = s->value[0] == '!', before;
	char name[DOMAIN_BUF], entry[DOMAIN_BUF + 512];

	if (strcmp(s->value + skip, "*") == 0)
		return list_add(s, field(s), s->value);
	domain = at != NULL ? at + 1 : s->value + skip;
	if (at == NULL && domain[0] == '.')
		domain++;
	before = (size_t)(domain - s->value);
	if (before > 512 || (at != NULL && before == skip + 1) || !value_is_name(s->value) ||
	    !domain_canonical(domain, strlen(domain), name))
		return expect(s, "user@domain, a domain, .domain or *, each with or without ! in "
				 "front");
	memcpy(entry, s->value, before);
	strlcpy(entry + before, name, sizeof(entry) - before);
	return list_add(s, field(s), entry);
}

/*
 * RFC 5322 §3.6.8, ftext; the semicolon is part of it, but ends a tag of a
 * signature (RFC 6376 §3.2).
 */
bool
value_set_header_name(const struct setting *s)
{
	char name[128];
	size_t i, n = strlen(s->value);

	if (n == 0 || n >= sizeof(name) || !has_only(s->value, isgraph, ":;"))
		return expect(s, "the name of a header field");
	for (i = 0; i <= n; i++)
		name[i] = (char)tolower((unsigned char)s->value[i]);
	if (list_has(field(s), name))
		return expect(s, "each field once");
	return list_add(s, field(s), name);
}

bool
value_sign_from(struct conf *c, struct arena *a)
{
	char **v;

	if (list_has(&c->sign_headers, "from"))
		return true;
	v = grow(a, c->sign_headers.v, c->sign_headers.n, sizeof(*v));
	if (v == NULL)
		return false;
	c->sign_headers.v = v;
	v[c->sign_headers.n] = arena_strdup(a, "from");
	return v[c->sign_headers.n++] != NULL;
}

void
value_print_list(const struct option *o, const struct conf *c, struct buf *out)
{
	const struct conf_list *list = value_of(o, c);
	size_t i;

	buf_addc(out, '{');
	for (i = 0; i < list->n; i++) {
		buf_adds(out, i != 0 ? ", " : "");
		quote(list->v[i], out);
	}
	buf_addc(out, '}');
}

/* "address", "address@port"; an IPv6 address with or without brackets. */
bool
value_set_resolver(const struct setting *s)
{
	static const struct unit none[] = {{'\0', 0}};
	const char *at = strchr(s->value, '@');
	size_t n = at != NULL ? (size_t)(at - s->value) : strlen(s->value);
	char text[IP_STRLEN + 2], out[IP_STRLEN + 8];
	unsigned long port = 53;
	struct ip ip;
	struct buf b;
	bool added;

	if (n >= sizeof(text))
		return expect(s, "address@port, such as 127.0.0.1@53 or ::1@53");
	memcpy(text, s->value, n);
	text[n] = '\0';
	if (!ip_parse(text, &ip) || (at != NULL && !number(at + 1, none, &port)) || port < 1 ||
	    port > 65535)
		return expect(s, "address@port, such as 127.0.0.1@53 or ::1@53");
	buf_init(&b, IP_STRLEN + 8);
	buf_addf(&b, "%s@%lu", ip_print(&ip, out), port);
	added = b.failed ? expect(s, NO_MEMORY) : list_add(s, field(s), buf_str(&b));
	buf_free(&b);
	return added;
}

bool
value_set_network(const struct setting *s)
{
	struct cidr net, *v, **list = field(s);
	size_t *n = (size_t *)((char *)s->conf + s->option->count);

	if (!cidr_parse(s->value, &net))
		return expect(s, "a network such as 192.0.2.0/24 or 2001:db8::/32");
	v = grow(s->arena, *list, *n, sizeof(*v));
	if (v == NULL)
		return expect(s, NO_MEMORY);
	*list = v;
	v[(*n)++] = net;
	return true;
}

void
value_print_networks(const struct option *o, const struct conf *c, struct buf *out)
{
	const struct cidr *const *list = value_of(o, c);
	size_t i, n = *(const size_t *)((const char *)c + o->count);
	char text[IP_STRLEN];

	buf_addc(out, '{');
	for (i = 0; i < n; i++) {
		const struct cidr *net = &(*list)[i];
		bool v4 = ip_is_v4(&net->addr) && net->bits >= 96;

		buf_addf(out, "%s\"%s/%u\"", i != 0 ? ", " : "", ip_print(&net->addr, text),
		    v4 ? net->bits - 96 : net->bits);
	}
	buf_addc(out, '}');
}

bool
value_set_listen(const struct setting *s)
{
	struct conf *c = s->conf;
	struct conf_listen new, *v;
	const char *expected = listen_parse(s->value, s->arena, &new);
	size_t i;

	if (expected != NULL)
		return expect(s, "%s", expected);
	for (i = 0; i < c->nlisten; i++)
		if (listen_same(&c->listen[i], &new))
			return expect(s, "each socket once");
	if (c->nlisten == MAX_LISTEN)
		return expect(s, "at most %d sockets", MAX_LISTEN);
	v = grow(s->arena, c->listen, c->nlisten, sizeof(*v));
	if (v == NULL)
		return expect(s, NO_MEMORY);
	c->listen = v;
	v[c->nlisten++] = new;
	return true;
}

void
value_print_listen(const struct option *o, const struct conf *c, struct buf *out)
{
	size_t i;

	buf_addc(out, '{');
	for (i = 0; i < c->nlisten; i++) {
		buf_adds(out, i != 0 ? ", " : "");
		quote(c->listen[i].text, out);
	}
	buf_addc(out, '}');
}

/* ---- attachments ---- */

bool
value_set_hash(const struct setting *s)
{
	char lower[65];
	size_t n = strlen(s->value), i;

	if (n != 64 || !has_only(s->value, isxdigit, ""))
		return expect(s, "SHA-256 hashes of 64 hexadecimal digits");
	for (i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)s->value[i]);
	return list_add(s, field(s), lower);
}

bool
conf_is_clamd(const char *v)
{
	const char *at = strchr(v, '@'), *error;
	char port[8];

	if (strncmp(v, "unix:/", 6) == 0)
		return strlen(v) < 100;
	if (strncmp(v, "inet:", 5) != 0 || at == NULL || at[1] == '\0' || at - v - 5 > 5)
		return false;
	strlcpy(port, v + 5, (size_t)(at - v - 5) + 1);
	strtonum(port, 1, 65535, &error);
	return error == NULL && has_only(at + 1, isgraph, "\"\\@");
}

bool
value_set_clamd(const struct setting *s)
{
	if (s->value[0] != '\0' && !conf_is_clamd(s->value))
		return expect(s, "unix:/path, inet:port@host, or \"\"");
	return set_string(s, s->value);
}

/* ---- policy ---- */

bool
value_set_domain(const struct setting *s)
{
	char name[DOMAIN_BUF];

	if (!domain_canonical(s->value, strlen(s->value), name))
		return expect(s, "domains");
	return list_add(s, field(s), name);
}

static bool
is_case(const struct option *o)
{
	const size_t first = offsetof(struct conf, on);

	return o != NULL && o->field >= first && o->field < first + sizeof(((struct conf *)0)->on);
}

static bool
is_rule(const struct option *o)
{
	const size_t first = offsetof(struct conf, on_rule);

	return o != NULL && o->field >= first &&
	       o->field < first + sizeof(((struct conf *)0)->on_rule);
}

/* The name of an on_CASE or on_RULE option without its "on_", or "all". */
bool
value_set_case(const struct setting *s)
{
	char option[64] = "on_";

	const struct option *o;

	strlcat(option, s->value, sizeof(option));
	o = option_find(option, strlen(option));
	if (strcmp(s->value, "all") != 0 && !is_case(o) && !is_rule(o))
		return expect(s, "\"all\", cases or rules: what stands behind on_ in the options");
	return list_add(s, field(s), s->value);
}

bool
value_set_link(const struct setting *s)
{
	size_t n = strlen(s->value);

	if (n > 200 || (n > 0 && !has_only(s->value, isgraph, "%\"\\")))
		return expect(s, "a URL of at most 200 signs, without percent signs");
	return set_string(s, s->value);
}

/* ---- login sections ---- */

bool
value_set_login_domain(const struct setting *s, struct conf_list *domains)
{
	char name[DOMAIN_BUF];

	if (strcmp(s->value, "*") == 0)
		return list_add(s, domains, s->value);
	if (!domain_canonical(s->value, strlen(s->value), name))
		return expect(s, "domains, or \"*\" for any");
	return list_add(s, domains, name);
}

void
value_print_login(const struct conf_login *login, struct buf *out)
{
	size_t i;

	buf_adds(out, "login ");
	quote(login->name, out);
	buf_adds(out, " {\n\tdomains = {");
	for (i = 0; i < login->domains.n; i++) {
		buf_adds(out, i != 0 ? ", " : "");
		quote(login->domains.v[i], out);
	}
	buf_adds(out, "}\n}\n");
}

/* ---- defaults that depend on the host ---- */

void
value_computed_listen(char out[OPTION_COMPUTED])
{
	struct stat st;
	bool postfix = stat(SPOOL, &st) == 0 && S_ISDIR(st.st_mode);

	strlcpy(out,
	    postfix ? "unix:" SPOOL "/gatepost/gatepost.sock" : "unix:/run/gatepost/gatepost.sock",
	    OPTION_COMPUTED);
}

void
value_computed_socket_group(char out[OPTION_COMPUTED])
{
	strlcpy(out, getgrnam("postfix") != NULL ? "postfix" : "", OPTION_COMPUTED);
}

void
value_computed_authserv_id(char out[OPTION_COMPUTED])
{
	if (gethostname(out, OPTION_COMPUTED) == -1)
		out[0] = '\0';
	out[OPTION_COMPUTED - 1] = '\0';
}

/* ---- files ---- */

static bool
check_folder(const struct setting *s, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return expect(s, "a folder that is there (%s: %s)", path, strerror(errno));
	return S_ISDIR(st.st_mode) ? true : expect(s, "a folder (%s is none)", path);
}

bool
value_check_keys_dir(const struct setting *s)
{
	return check_folder(s, s->conf->keys_dir);
}

bool
value_check_file(const struct setting *s)
{
	int fd;

	if (s->value[0] == '\0')
		return true;
	fd = open(s->value, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		buf_addf(s->expected, "a file that can be read: %s", strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/* The folder of the default socket is made by the daemon. */
bool
value_check_listen(const struct setting *s)
{
	const struct conf_listen *l = &s->conf->listen[s->conf->nlisten - 1];
	char own[OPTION_COMPUTED], *folder;
	bool there;

	value_computed_listen(own);
	if (l->family != LISTEN_UNIX || strcmp(l->path, strchr(own, ':') + 1) == 0)
		return true;
	folder = strdup(l->path);
	if (folder == NULL)
		return expect(s, NO_MEMORY);
	strrchr(folder, '/')[strrchr(folder, '/') == folder ? 1 : 0] = '\0';
	there = check_folder(s, folder);
	free(folder);
	return there;
}
