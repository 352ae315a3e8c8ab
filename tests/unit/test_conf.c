/* conf/: options, errors with their lines, includes, what is printed, the sample and the manual. */

#include "unit.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "commands/check.h"
#include "conf/conf.h"

static char folder[] = "/tmp/gatepost-test-conf.XXXXXX";

/* ---- helpers ---- */

static int
text_fd(const char *text, size_t n)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	return fd;
}

static struct conf *
load_n(const char *text, size_t n, enum conf_checks checks, struct buf *err)
{
	int fd = text_fd(text, n);
	struct conf *c;

	buf_init(err, 0);
	c = conf_load_fd(fd, "t.conf", checks, err);
	close(fd);
	return c;
}

static struct conf *
good(const char *text)
{
	struct buf err;
	struct conf *c = load_n(text, strlen(text), CONF_SYNTAX, &err);

	if (c == NULL)
		fail_msg("%s\n%s", text, buf_str(&err));
	assert_int_equal(err.len, 0);
	buf_free(&err);
	return c;
}

static void
bad_n(const char *text, size_t n, enum conf_checks checks, const char *expected)
{
	struct buf err;
	struct conf *c = load_n(text, n, checks, &err);

	if (c != NULL)
		fail_msg("accepted: %s", text);
	if (strstr(buf_str(&err), expected) == NULL)
		fail_msg("%s\nsaid:     %s\nexpected: %s", text, buf_str(&err), expected);
	buf_free(&err);
}

static void
bad(const char *text, const char *expected)
{
	bad_n(text, strlen(text), CONF_SYNTAX, expected);
}

static char *
printed(const struct conf *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(conf_print(c, f), 0);
	fclose(f);
	return text;
}

static void
list_is(const struct conf_list *list, const char *joined)
{
	struct buf b;
	size_t i;

	buf_init(&b, 0);
	for (i = 0; i < list->n; i++)
		buf_addf(&b, "%s%s", i != 0 ? " " : "", list->v[i]);
	assert_string_equal(buf_str(&b), joined);
	buf_free(&b);
}

static char *
path_of(const char *name)
{
	char *path;

	assert_int_not_equal(asprintf(&path, "%s/%s", folder, name), -1);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static struct conf *
load_file(const char *name, enum conf_checks checks, struct buf *err)
{
	char *path = path_of(name);
	struct conf *c;

	buf_init(err, 0);
	c = conf_load(path, checks, err);
	free(path);
	return c;
}

static void
bad_file(const char *name, const char *expected)
{
	struct buf err;
	struct conf *c = load_file(name, CONF_SYNTAX, &err);

	assert_null(c);
	if (strstr(buf_str(&err), expected) == NULL)
		fail_msg("%s said:\n%sexpected: %s", name, buf_str(&err), expected);
	buf_free(&err);
}

static char *
source_file(const char *name)
{
	const char *dir = getenv("srcdir");
	struct buf b;
	FILE *f;
	int c;

	buf_init(&b, 0);
	buf_addf(&b, "%s/%s", dir != NULL ? dir : ".", name);
	f = fopen(buf_str(&b), "r");
	if (f == NULL)
		fail_msg("%s is missing", buf_str(&b));
	buf_clear(&b);
	while ((c = getc(f)) != EOF)
		buf_addc(&b, (char)c);
	fclose(f);
	(void)buf_str(&b);
	return b.data;
}

/* ---- values ---- */

static void
defaults(void **state)
{
	struct conf *c = good("");
	char host[256] = "";
	struct stat st;
	bool postfix = stat("/var/spool/postfix", &st) == 0;

	gethostname(host, sizeof(host) - 1);
	assert_int_equal(c->nlisten, 1);
	assert_int_equal(c->listen[0].family, LISTEN_UNIX);
	assert_string_equal(c->listen[0].path,
	    postfix ? "/var/spool/postfix/gatepost/gatepost.sock" : "/run/gatepost/gatepost.sock");
	assert_int_equal(c->socket_mode, 0660);
	assert_string_equal(c->user, "gatepost");
	assert_false(c->user_set);
	assert_string_equal(c->signer_user, "");
	assert_int_equal(c->log_format, LOG_TEXT);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->stop_timeout, 30);
	assert_int_equal(c->milter_timeout, 7210);
	assert_string_equal(c->authserv_id, host);
	assert_int_equal(c->ninternal_networks, 2); /* B84 */
	assert_int_equal(c->outbound_daemons.n + c->reinjection_daemons.n + c->resolver.n, 0);
	assert_int_equal(c->login_domains, LOGIN_REFUSE);
	assert_int_equal(c->nlogins, 0);
	assert_int_equal(c->header_canon, CONF_CANON_RELAXED);
	assert_int_equal(c->body_canon, CONF_CANON_RELAXED);
	assert_int_equal(c->sign_headers.n, 34);
	assert_int_equal(c->oversign_headers.n, 15);
	assert_int_equal(c->sign_by, SIGN_BY_FROM);
	assert_null(c->sign_domain);
	assert_true(c->sign_subdomains);
	assert_int_equal(c->sign_identity, IDENTITY_NONE);
	assert_int_equal(c->signature_lifetime, 0);
	assert_int_equal(c->on_sign_failure, FAILURE_TEMPFAIL);
	assert_int_equal(c->signer_timeout, 5);
	assert_int_equal(c->signer_threads, 0);
	assert_int_equal(c->key_cache, 4096);
	assert_int_equal(c->max_header_bytes, 1048576);
	assert_int_equal(c->max_header_fields, 5000);
	conf_unref(c);
}

/* Each text, and a line that the configuration then prints. */
static void
values_are_taken(void **state)
{
	static const struct {
		const char *text, *line;
	} t[] = {
	    {"socket_mode = 0600", "socket_mode = 0600"},
	    {"socket_mode = \"660\"", "socket_mode = 0660"},
	    {"socket_group = ''", "socket_group = \"\""},
	    {"user = gatepost", "user = \"gatepost\""},
	    {"log_format = json", "log_format = \"json\""},
	    {"log_level = debug", "log_level = \"debug\""},
	    {"stop_timeout = 1h", "stop_timeout = 3600"},
	    {"milter_timeout = \"1d\"", "milter_timeout = 86400"},
	    {"signature_lifetime = '14d'", "signature_lifetime = 1209600"},
	    {"signature_lifetime = 3650d", "signature_lifetime = 315360000"},
	    {"authserv_id = mx.example.com/4ABCD", "authserv_id = \"mx.example.com/4ABCD\""},
	    {"login_domains = off", "login_domains = \"off\""},
	    {"keys_dir = /srv//keys//", "keys_dir = \"/srv//keys//\""},
	    {"keys_dir = //srv\n/keys", "keys_dir = \"/keys\""},
	    {"keys_dir = /srv/keys", "keys_dir = \"/srv/keys\""},
	    {"keys_dir = '/srv/k\\\\e\"y ${HOME} # //'",
		"keys_dir = \"/srv/k\\\\e\\\"y ${HOME} # //\""},
	    {"keys_dir = \"/a${HOME}\\$b$\"", "keys_dir = \"/a${HOME}$b$\""},
	    {"canonicalization = simple", "canonicalization = \"simple/simple\""},
	    {"canonicalization = relaxed", "canonicalization = \"relaxed/simple\""},
	    {"canonicalization = simple/relaxed", "canonicalization = \"simple/relaxed\""},
	    {"signing_domain = sender", "signing_domain = \"sender\""},
	    {"signing_domain = Example.ORG.", "signing_domain = \"example.org\""},
	    {"sign_subdomains = no", "sign_subdomains = false"},
	    {"sign_subdomains = on", "sign_subdomains = true"},
	    {"sign_identity = author", "sign_identity = \"author\""},
	    {"on_sign_failure = accept", "on_sign_failure = \"accept\""},
	    {"signer_timeout = 1m", "signer_timeout = 60"},
	    {"signer_threads = 256", "signer_threads = 256"},
	    {"key_cache = 16", "key_cache = 16"},
	    {"resolver = {\"127.0.0.1\", '[::1]', ::1@5353, [2001:DB8::1]@53}",
		"resolver = {\"127.0.0.1@53\", \"::1@53\", \"::1@5353\", \"2001:db8::1@53\"}"},
	    {"resolver = {}", "resolver = {}"},
	    {"max_header_bytes = 16K", "max_header_bytes = 16K"},
	    {"max_header_bytes = \"64M\"", "max_header_bytes = 64M"},
	    {"max_header_bytes = 65536", "max_header_bytes = 64K"},
	    {"max_header_bytes = 65537", "max_header_bytes = 65537"},
	    {"max_header_bytes = 20000", "max_header_bytes = 20000"},
	    {"max_header_fields = 50", "max_header_fields = 50"},
	    {"arc_seal_domain = B\xc3\xbc\x63her.Example.",
		"arc_seal_domain = \"xn--bcher-kva.example\""},
	    {"arc_seal_domain = ''", "arc_seal_domain = \"\""},
	    {"arc_seal_domain = ''", "# arc_seal_for = {\"*\"}"},
	    {"mta = sendmail", "mta = \"sendmail\""},
	    {"mta_programs = /x", "mta_programs = \"/x\""},
	    {"mta_config = ''", "mta_config = \"\""},
	    {"arc_seal_domain = a.example\narc_seal_selector = S1.x",
		"arc_seal_selector = \"s1.x\""},
	    {"arc_seal_domain = a.example\n"
	     "arc_seal_for = {'*', '!A.Example', '!.b.example', 'Ann+x@C.example', "
	     "'!\"a@b\"@d.example'}",
		"arc_seal_for = {\"*\", \"!a.example\", \"!.b.example\", \"Ann+x@c.example\", "
		"\"!\\\"a@b\\\"@d.example\"}"},
	    {"on_seal_failure = accept", "on_seal_failure = \"accept\""},
	    {"outbound_daemons = submission", "outbound_daemons = {\"submission\"}"},
	    {"outbound_daemons = {a, 'b c',}", "outbound_daemons = {\"a\", \"b c\"}"},
	    {"\xef\xbb\xbflog_level\r\n=\r\nerror\r\n", "log_level = \"error\""},
	    {"/* a\nb */ log_level /**/ = // c\n error # d", "log_level = \"error\""},
	    {"listen = {unix:/a#c\n, /*}*/ 'inet:1'}", "listen = {\"unix:/a\", \"inet:1\"}"},
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf *c = good(t[i].text);
		char *text = printed(c), *at = strstr(text, t[i].line);

		if (at == NULL || at == text || at[-1] != '\n' || at[strlen(t[i].line)] != '\n')
			fail_msg("%s\ngave no %s in\n%s", t[i].text, t[i].line, text);
		free(text);
		conf_unref(c);
	}
}

static void
values_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
	    {"\n\nlog_format = xml", "t.conf:3: log_format: expected text or json, not \"xml\"\n"},
	    {"log_level = Info",
		"t.conf:1: log_level: expected error, warning, info or debug, not \"Info\""},
	    {"socket_mode = 0668", "t.conf:1: socket_mode: expected an octal mode"},
	    {"socket_mode = 01777", "t.conf:1: socket_mode: "},
	    {"socket_mode = 7777", "t.conf:1: socket_mode: "},
	    {"socket_mode = 0", "t.conf:1: socket_mode: "},
	    {"socket_group = 'a b'", "t.conf:1: socket_group: expected the name"},
	    {"user = ''", "t.conf:1: user: expected the name of a user"},
	    {"signer_user = 'a:b'", "t.conf:1: signer_user: "},
	    {"stop_timeout = 0", "t.conf:1: stop_timeout: expected 1 to 3600 seconds"},
	    {"stop_timeout = 2h", "t.conf:1: stop_timeout: "},
	    {"stop_timeout = '-1'", "t.conf:1: stop_timeout: "},
	    {"stop_timeout = 5x", "t.conf:1: stop_timeout: "},
	    {"stop_timeout = 5ms", "t.conf:1: stop_timeout: "},
	    {"stop_timeout = ''", "t.conf:1: stop_timeout: "},
	    {"stop_timeout = 18446744073709551617", "t.conf:1: stop_timeout: "},
	    {"milter_timeout = 9", "t.conf:1: milter_timeout: expected 10 to 86400"},
	    {"milter_timeout = 86401", "t.conf:1: milter_timeout: "},
	    {"authserv_id = 'a b'", "t.conf:1: authserv_id: expected a host's name"},
	    {"authserv_id = ''", "t.conf:1: authserv_id: "},
	    {"authserv_id = 'a;b'", "t.conf:1: authserv_id: "},
	    {"login_domains = maybe", "t.conf:1: login_domains: expected off, log or refuse"},
	    {"keys_dir = keys", "t.conf:1: keys_dir: expected an absolute path"},
	    {"mta = exim", "t.conf:1: mta: expected auto, postfix or sendmail"},
	    {"mta_programs = sbin", "t.conf:1: mta_programs: expected an absolute path"},
	    {"canonicalization = relax", "t.conf:1: canonicalization: "},
	    {"canonicalization = ''", "t.conf:1: canonicalization: "},
	    {"canonicalization = relaxed/", "t.conf:1: canonicalization: "},
	    {"canonicalization = simple/simple/simple", "t.conf:1: canonicalization: "},
	    {"sign_headers = {from,\n\"a b\"}",
		"t.conf:2: sign_headers: expected the name of a header"},
	    {"sign_headers = {'a:'}", "t.conf:1: sign_headers: "},
	    {"sign_headers = {'s\xc3\xbc'}", "t.conf:1: sign_headers: "},
	    {"sign_headers = {''}", "t.conf:1: sign_headers: "},
	    {"sign_headers = {From, from}", "t.conf:1: sign_headers: expected each field once"},
	    {"oversign_headers += {From}", "t.conf:1: oversign_headers: expected each field once"},
	    {"signing_domain = form",
		"t.conf:1: signing_domain: expected from, sender or a domain"},
	    {"signing_domain = 'exa mple.org'", "t.conf:1: signing_domain: "},
	    {"sign_subdomains = maybe", "t.conf:1: sign_subdomains: expected true or false"},
	    {"sign_identity = all", "t.conf:1: sign_identity: expected none, domain or author"},
	    {"signature_lifetime = 3651d", "t.conf:1: signature_lifetime: "},
	    {"arc_seal_domain = localhost", "t.conf:1: arc_seal_domain: expected a domain's name"},
	    {"arc_seal_selector = 'a b'", "t.conf:1: arc_seal_selector: expected a selector"},
	    {"arc_seal_domain = a.example\narc_seal_for = {a.example, '@b.example'}",
		"t.conf:2: arc_seal_for: expected user@domain, a domain"},
	    {"arc_seal_domain = a.example\narc_seal_for = {'!@b.example'}",
		"t.conf:2: arc_seal_for: "},
	    {"arc_seal_domain = a.example\narc_seal_for = {''}", "t.conf:2: arc_seal_for: "},
	    {"arc_seal_domain = a.example\narc_seal_for = {'!'}", "t.conf:2: arc_seal_for: "},
	    {"arc_seal_domain = a.example\narc_seal_for = {'a@'}", "t.conf:2: arc_seal_for: "},
	    {"arc_seal_domain = a.example\narc_seal_for = {'a b'}", "t.conf:2: arc_seal_for: "},
	    {"arc_seal_domain = a.example\narc_seal_for = {}",
		"t.conf:2: arc_seal_for: expected at least one"},
	    {"\narc_seal_for = {'*'}", "t.conf:2: arc_seal_for: expected arc_seal_domain too"},
	    {"\narc_seal_domain = a.example\nverify = no",
		"t.conf:2: arc_seal_domain: expected verify = true"},
	    {"on_seal_failure = ignore",
		"t.conf:1: on_seal_failure: expected tempfail, reject or accept"},
	    {"on_sign_failure = ignore",
		"t.conf:1: on_sign_failure: expected tempfail, reject or accept"},
	    {"signer_timeout = 61", "t.conf:1: signer_timeout: expected 1 to 60"},
	    {"signer_threads = 257", "t.conf:1: signer_threads: expected a number from 0 to 256"},
	    {"signer_threads = 1s", "t.conf:1: signer_threads: "},
	    {"key_cache = 15", "t.conf:1: key_cache: "},
	    {"key_cache = 1000001", "t.conf:1: key_cache: "},
	    {"resolver = {localhost}", "t.conf:1: resolver: expected address@port"},
	    {"resolver = {127.0.0.1@0}", "t.conf:1: resolver: "},
	    {"resolver = {127.0.0.1@65536}", "t.conf:1: resolver: "},
	    {"resolver = {127.0.0.1@}", "t.conf:1: resolver: "},
	    {"max_header_bytes = 16383", "t.conf:1: max_header_bytes: expected 16K to 64M"},
	    {"scan_memory = 1K", "t.conf:1: scan_memory: expected 256M to 65536M, or"},
	    {"max_header_bytes = 65M", "t.conf:1: max_header_bytes: "},
	    {"max_header_bytes = 1G", "t.conf:1: max_header_bytes: "},
	    {"max_header_fields = 49", "t.conf:1: max_header_fields: expected a number from 50"},
	    {"outbound_daemons = {''}", "t.conf:1: outbound_daemons: expected a name"},
	    {"outbound_daemons = {'\xff'}", "t.conf:1: outbound_daemons: "},
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		bad(t[i].text, t[i].error);
}

static void
B84_networks(void **state)
{
	struct conf *c = good("internal_networks = {fd00:db8::/32, 10.0.0.1/24, 0:0:0:0:0:0:0:1, "
			      "'::ffff:10.0.0.5', 192.0.2.1, ::/0, 0.0.0.0/0}");
	char *text = printed(c);

	assert_non_null(
	    strstr(text, "internal_networks = {\"fd00:db8::/32\", \"10.0.0.0/24\", \"::1/128\", "
			 "\"10.0.0.5/32\", \"192.0.2.1/32\", \"::/0\", \"0.0.0.0/0\"}\n"));
	free(text);
	conf_unref(c);
	c = good("internal_networks = {}");
	assert_int_equal(c->ninternal_networks, 0);
	conf_unref(c);
	c = good("internal_networks += {10.0.0.0/8}");
	assert_int_equal(c->ninternal_networks, 3);
	conf_unref(c);
	bad("internal_networks = {10.0.0.0/8,\n 10.0.0.0/33,\n 'file:/x'}",
	    "t.conf:2: internal_networks: expected a network such as 192.0.2.0/24 or "
	    "2001:db8::/32, not "
	    "\"10.0.0.0/33\"\nt.conf:3: internal_networks: ");
}

static void
listen_is_parsed(void **state)
{
	static const struct {
		const char *text;
		enum listen_family family;
		const char *where;
		unsigned port;
	} t[] = {
	    {"unix:/run/a.sock", LISTEN_UNIX, "/run/a.sock", 0},
	    {"local:/run/a.sock", LISTEN_UNIX, "/run/a.sock", 0},
	    {"inet:8891", LISTEN_INET, "*", 8891},
	    {"inet:8891@", LISTEN_INET, "*", 8891},
	    {"inet:8891@*", LISTEN_INET, "*", 8891},
	    {"inet:8891@127.0.0.1", LISTEN_INET, "127.0.0.1", 8891},
	    {"inet:127.0.0.1:8891", LISTEN_INET, "127.0.0.1", 8891},
	    {"inet:localhost:65535", LISTEN_INET, "localhost", 65535},
	    {"inet6:1@[::1]", LISTEN_INET6, "::1", 1},
	    {"inet6:1@::1", LISTEN_INET6, "::1", 1},
	    {"inet6:[::1]:1", LISTEN_INET6, "::1", 1},
	    {"inet6:ip6-localhost:1", LISTEN_INET6, "ip6-localhost", 1},
	    {"inet6::1", LISTEN_INET6, "*", 1},
	    {"inet6:*:1", LISTEN_INET6, "*", 1},
	};
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf *c;
		const struct conf_listen *l;

		snprintf(text, sizeof(text), "listen = {\"%s\"}", t[i].text);
		c = good(text);
		l = &c->listen[0];
		assert_int_equal(c->nlisten, 1);
		assert_string_equal(l->text, t[i].text);
		assert_int_equal(l->family, t[i].family);
		assert_string_equal(l->family == LISTEN_UNIX ? l->path : l->host, t[i].where);
		assert_int_equal(l->port, t[i].port);
		conf_unref(c);
	}
}

static void
B83_listen_is_refused(void **state)
{
	static const char *const t[] = {"", "/run/a.sock", "unix:run/a", "unix:", "unix:/",
	    "unix:/a/", "tcp:1@x", "inet:", "inet:0@x", "inet:65536@x", "inet:x@1", "inet:1@a b",
	    "inet:1@::1", "inet:[::1]:1", "inet:[127.0.0.1]:1", "inet6:1@127.0.0.1", "inet6:::1:25",
	    "inet6:[::1]", "inet6:[::1]25", "inet6:1@[::1", "inet6:1@[[::1]]", "inet6:1@[x]",
	    "inet:+1@x", "inet:1@x@y", "inet6:1@[*]", "INET:1"};
	char text[400], path[120];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "\nlisten = {\n\"%s\"}", t[i]);
		bad(text, "t.conf:3: listen: expected ");
	}
	memset(path, 'x', sizeof(path));
	snprintf(text, sizeof(text), "listen = {\"unix:/%.106s\"}", path);
	conf_unref(good(text));
	snprintf(text, sizeof(text), "listen = {\"unix:/%.107s\"}", path);
	bad(text, "t.conf:1: listen: expected a path of at most 107 octets");
	bad("\nlisten = {}", "t.conf:2: listen: expected at least one");
	bad("listen = {unix:/a, local:/a}",
	    "t.conf:1: listen: expected each socket once, not \"local:/a\"");
	bad("listen = {inet6:1@::1,\ninet6:[0::1]:1}",
	    "t.conf:2: listen: expected each socket once");
	bad("listen = {inet:1@a, inet:A:1}", "t.conf:1: listen: expected each socket once");
}

static void
listen_has_sixteen_at_most(void **state)
{
	struct buf b;
	unsigned i;
	struct conf *c;

	buf_init(&b, 0);
	buf_adds(&b, "listen = {");
	for (i = 1; i <= 16; i++)
		buf_addf(&b, "inet:%u,\n", i);
	buf_adds(&b, "}\n");
	c = good(buf_str(&b));
	assert_int_equal(c->nlisten, 16);
	assert_int_equal(c->listen[15].port, 16);
	conf_unref(c);
	buf_adds(&b, "listen += {inet:17}");
	bad(buf_str(&b), "t.conf:18: listen: expected at most 16 sockets, not \"inet:17\"");
	buf_free(&b);
}

static void
B06_configured_list_wins(void **state)
{
	struct conf *c = good("sign_headers = {From, Subject}\noversign_headers = {X-One}");

	list_is(&c->sign_headers, "from subject");
	list_is(&c->oversign_headers, "x-one");
	conf_unref(c);
	c = good("sign_headers = {To}\noversign_headers = {}");
	list_is(&c->sign_headers, "to from"); /* From is always signed */
	list_is(&c->oversign_headers, "");
	conf_unref(c);
	c = good("sign_headers += {X-One}\nsign_headers += {X-Two}");
	assert_int_equal(c->sign_headers.n, 36);
	assert_string_equal(c->sign_headers.v[35], "x-two");
	conf_unref(c);
	c = good("sign_headers = {}\nsign_headers += {date}");
	list_is(&c->sign_headers, "date from");
	conf_unref(c);
}

static void
logins(void **state)
{
	struct conf *c =
	    good("login \"zoe\" {}\n"
		 "login 'a \"b\" \\\\ ${HOME} \\'c\\'' { domains = {Example.ORG., \"*\"} }\n"
		 "login Zoe {\n\tdomains = gr\xc3\xbc\x6e.example\n\tdomains += {localhost}\n}\n");

	assert_int_equal(c->nlogins, 3);
	assert_string_equal(c->logins[0].name, "Zoe");
	list_is(&c->logins[0].domains, "xn--grn-ioa.example localhost");
	assert_string_equal(c->logins[1].name, "a \"b\" \\ ${HOME} 'c'");
	list_is(&c->logins[1].domains, "example.org *");
	assert_string_equal(c->logins[2].name, "zoe");
	assert_int_equal(c->logins[2].domains.n, 0);
	conf_unref(c);
	bad("login a {}\nlogin b {}\n\nlogin a {\ndomains = {x} }",
	    "t.conf:4: login: expected each name once, but \"a\" is also at t.conf:1\n");
	bad("login '' {}", "t.conf:1: login: expected a name");
	bad("login a {\n domains = {'x y',\n '-'} }",
	    "t.conf:2: domains: expected domains, or \"*\" for any, not "
	    "\"x y\"\nt.conf:3: domains: ");
	bad("login a {\n domains = {x}\n domains = {y} }", "t.conf:3: domains: expected once");
	bad("login a {\n user = x\n}", "t.conf:2: user: expected only domains in a login section");
	bad("login {}", "t.conf:1: login: expected login \"name\" {");
	bad("login a", "t.conf:1: ");
	bad("login a = 3", "t.conf:1: login: expected login \"name\" {");
}

/* ---- the language ---- */

static void
syntax_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} t[] = {
	    {"\nnope = 3", "t.conf:2: nope: expected the name of an option, this is none\n"},
	    {"nope { a = 3 }", "t.conf:1: nope: expected the name of an option"},
	    {"user = a\nuser = b", "t.conf:2: user: expected once, but it is also at t.conf:1\n"},
	    {"listen = {unix:/a}\nlisten = {}", "t.conf:2: listen: expected once"},
	    {"user = {a}", "t.conf:1: user: expected one value, not a list"},
	    {"user += a", "t.conf:1: user: expected = and one value"},
	    {"user a", "t.conf:1: user: expected = after the name"},
	    {"user = ", "t.conf:"},
	    {"user", "t.conf:1: "},
	    {"user = a b", "t.conf:1: "},
	    {"user = = a", "t.conf:1: user: expected something else before \"=\""},
	    {"= a", "t.conf:1: "},
	    {"}", "t.conf:1: "},
	    {"\nlogin a {\n\n", "t.conf:2: expected a closing brace"},
	    {"listen = {unix:/a\n unix:/b}",
		"t.conf:2: expected something else before \"unix:/b\""},
	    {"user = \"a\nlog_level = info", "t.conf:1: expected a closing quote in the same line"},
	    {"\n/* a\n", "t.conf:2: expected */"},
	    {"user = 'a\tb'", "t.conf:1: expected no control character"},
	    {"keys_dir = \"/a\\n\"", "t.conf:1: expected \\\\ in a string"},
	    {"keys_dir = '/a\\n'", "t.conf:1: expected \\\\ in a string"},
	    {"keys_dir = '/a\\", "t.conf:1: expected "},
	    {"login a { domains = {*} }", "t.conf:1: expected no * outside quotes"},
	    {"user = ${HOME}", "t.conf:1: expected no $ outside quotes"},
	    {"user = a;", "t.conf:1: expected no ; outside quotes"},
	    {"login|a|domains = {x}", "t.conf:1: expected no | outside quotes"},
	    {"\"user\" = a", "t.conf:1: expected an option's name, without quotes"},
	    {"'login|domains' = a", "t.conf:1: expected an option's name, without quotes"},
	    {"user = a\x01", "t.conf:1: expected text, not a control character"},
	    {"include", "t.conf:1: "},
	    {"include x", "t.conf:1: include: expected include(\"file\")"},
	    {"include()", "t.conf:1: expected include(\"file\")"},
	    {"include(a, b)", "t.conf:1: expected include(\"file\")"},
	    {"\ninclude(a", "t.conf:2: expected include(\"file\")"},
	    {"include(a b)", "t.conf:1: expected include(\"file\")"},
	    {"include(a }", "t.conf:1: expected include(\"file\")"},
	    {"include(a = b)", "t.conf:1: expected include(\"file\")"},
	    {"user = (a)", "t.conf:1: "},
	    {"user = a)", "t.conf:1: "},
	    {"include(,)", "t.conf:1: expected include(\"file\")"},
	    {"\n\ninclude('none')",
		"t.conf:3: include: expected a file that can be read (none: No such file"},
	    {"include(/)", "t.conf:1: include: expected a regular file"},
	    {"include('~root/x')",
		"t.conf:1: include: expected a file that can be read (~root/x: "},
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		bad(t[i].text, t[i].error);
	bad_n("user = a\n\0log_level = x", 23, CONF_SYNTAX,
	    "t.conf:2: expected text, not a NUL byte");
	bad_n("user = 'a\0b'", 12, CONF_SYNTAX, "t.conf:1: expected no control character");
	conf_unref(good("user = a")); /* no trace is left of all that */
}

static void
all_errors_are_reported(void **state)
{
	bad("log_level = x\n"
	    "foo = 1\n"
	    "log_format = y\n"
	    "bar = {1, 2}\n"
	    "login a { baz = 1\n domains = {'-'} }\n"
	    "foo = 2\n"
	    "user = {",
	    "t.conf:8: expected a closing brace");
	bad("log_level = x\n"
	    "foo = 1\n"
	    "log_format = y\n"
	    "bar = {1, 2}\n"
	    "login a { baz = 1\n domains = {'-'} }\n"
	    "foo = 2\n"
	    "sign_identity = z\n"
	    "login a {}\n",
	    "t.conf:1: log_level: expected error, warning, info or debug, not \"x\"\n"
	    "t.conf:2: foo: expected the name of an option, this is none\n"
	    "t.conf:3: log_format: expected text or json, not \"y\"\n"
	    "t.conf:4: bar: expected the name of an option, this is none\n"
	    "t.conf:5: baz: expected only domains in a login section\n"
	    "t.conf:6: domains: expected domains, or \"*\" for any, not \"-\"\n"
	    "t.conf:7: foo: expected the name of an option, this is none\n"
	    "t.conf:8: sign_identity: expected none, domain or author, not \"z\"\n"
	    "t.conf:9: login: expected each name once, but \"a\" is also at t.conf:5\n");
}

/* The second pass ends as the first did: what is said is said once. */
static void
errors_are_not_doubled(void **state)
{
	struct buf err;

	assert_null(load_n("foo = 1\nuser = {a}\n", 19, CONF_SYNTAX, &err));
	assert_string_equal(buf_str(&err),
	    "t.conf:1: foo: expected the name of an option, this is none\n"
	    "t.conf:2: user: expected one value, not a list\n");
	buf_free(&err);
	assert_null(load_n("foo { }\n", 8, CONF_SYNTAX, &err));
	assert_string_equal(
	    buf_str(&err), "t.conf:1: foo: expected the name of an option, this is none\n");
	buf_free(&err);
}

static void
many_unknown_names_end(void **state)
{
	struct buf b;
	int i;

	buf_init(&b, 0);
	for (i = 0; i < 500; i++)
		buf_addf(&b, "foo%d = 1\n", i);
	bad(buf_str(&b), "t.conf:20: foo19: ");
	buf_free(&b);
}

/* ---- files ---- */

static void
includes(void **state)
{
	struct buf err;
	struct conf *c;
	int i;

	write_file("main", "include(\"d/one\")\nlog_level = debug\n");
	write_file("d/one", "user = one\ninclude('two')\nlogin a {}");
	write_file("d/two", "outbound_daemons = {a}\n");
	c = load_file("main", CONF_SYNTAX, &err);
	if (c == NULL)
		fail_msg("%s", buf_str(&err));
	assert_string_equal(c->user, "one");
	assert_true(c->user_set);
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	list_is(&c->outbound_daemons, "a");
	assert_int_equal(c->nlogins, 1);
	conf_unref(c);
	buf_free(&err);

	/* Errors in included files cost nothing later, however often. */
	write_file("d/two", "\nuser = two\nlogin a {}\nx x");
	for (i = 0; i < 30; i++) {
		bad_file("main", "/d/two:2: user: expected once, but it is also at ");
		bad_file("main", "/d/two:4: x: expected the name of an option");
	}
	write_file("d/two", "log_level = 'x\n");
	bad_file("main", "/d/two:1: expected a closing quote");
	write_file("d/two", "include(../main)\n");
	bad_file("main", "/d/two:1: include: expected another file, ");
	write_file("d/two", "");
	write_file("deep", "include('deep0')\n");
	for (i = 0; i < 12; i++) {
		char name[16], text[32];

		snprintf(name, sizeof(name), "deep%d", i);
		snprintf(text, sizeof(text), "include('deep%d')", i + 1);
		write_file(name, text);
	}
	bad_file("deep", "/deep8:1: include: expected at most 10 files in one another");
	write_file("lines", "\n\ninclude('d/two')\nlog_level = x\n");
	bad_file("lines", "/lines:4: log_level: ");
}

static void
missing_and_odd_files(void **state)
{
	char *big = path_of("big");

	bad_file("none", "/none: expected a file that can be read (/tmp/");
	bad_file("d", "/d: expected a regular file (");
	assert_int_equal(mkfifo(big, 0600), 0);
	bad_file("big", "/big: expected a regular file (");
	unlink(big);
	write_file("big", "");
	assert_int_equal(truncate(big, 16 * 1024 * 1024 + 1), 0);
	bad_file("big", "/big: expected a file of at most 16 MiB");
	unlink(big);
	free(big);
}

static void
a_pipe_is_read(void **state)
{
	struct buf err;
	struct conf *c;
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "user = pipe\n", 12), 12);
	close(fd[1]);
	buf_init(&err, 0);
	c = conf_load_fd(fd[0], "pipe", CONF_SYNTAX, &err);
	assert_non_null(c);
	assert_string_equal(c->user, "pipe");
	conf_unref(c);
	close(fd[0]);
}

static void
files_are_checked(void **state)
{
	struct buf err, text;
	struct conf *c;

	buf_init(&text, 0);
	buf_addf(&text, "keys_dir = %s/d\nlisten += {unix:%s/x.sock, unix:/x.sock, inet:1}\n",
	    folder, folder);
	c = load_n(buf_str(&text), text.len, CONF_CHECK_FILES, &err);
	if (c == NULL)
		fail_msg("%s", buf_str(&err));
	conf_unref(c);
	buf_clear(&text);
	buf_addf(
	    &text, "keys_dir = %s/main\nlisten = {inet:1,\nunix:%s/none/x.sock}\n", folder, folder);
	bad_n(
	    buf_str(&text), text.len, CONF_CHECK_FILES, "t.conf:1: keys_dir: expected a folder (");
	bad_n(buf_str(&text), text.len, CONF_CHECK_FILES,
	    "t.conf:3: listen: expected a folder that is there (");
	conf_unref(good(buf_str(&text)));
	bad_n("keys_dir = /none/none", 21, CONF_CHECK_FILES,
	    "t.conf:1: keys_dir: expected a folder that is there (/none/none: No such file");
	buf_free(&text);
}

/* ---- printing, comparing ---- */

static const char *const texts[] = {
    "",
    "user = x\nsigner_user = y\nlisten = {unix:/a, inet:1, inet6:[::1]:2, 'unix:/with \"quotes\" "
    "\\\\ $x ${Y}'}",
    "login 'a\"b\\\\c\\'${d}' { domains = {x.example, '*'} }\nlogin ' ' {}",
    "outbound_daemons = {'#', '//', '/*', '{', '\"', \"'\", '\\\\', '\\\\\\\\', '\\\\\"', '$', "
    "'${', '\xc3\xbc'}",
    "keys_dir = '/\\\\'\nsigning_domain = b\xc3\xbc\x63her.example\nsignature_lifetime = 14d",
    "sign_headers = {}\noversign_headers = {}\ninternal_networks = {}\nresolver = {::1}",
    "arc_seal_domain = a.example\narc_seal_for = {'!\\'x\\\\@b.example', \"\\\"q\\\"@b.example\"}",
    "socket_mode = 0000\nsocket_group = ''\nmax_header_bytes = 64M\ncanonicalization = simple\n"
    "log_format = json\nlog_level = error\nlogin_domains = log\nsign_subdomains = off\n"
    "sign_identity = domain\non_sign_failure = reject\nauthserv_id = \"a/b'c\"",
};

static void
print_and_load_is_the_same(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf *a = good(texts[i]);
		char *first = printed(a);
		struct conf *b = good(first);
		char *second = printed(b);

		assert_string_equal(first, second);
		assert_int_equal(a->user_set, b->user_set);
		assert_int_equal(a->sign_by, b->sign_by);
		assert_int_equal(a->nlogins, b->nlogins);
		assert_int_equal(a->outbound_daemons.n, b->outbound_daemons.n);
		free(first);
		free(second);
		conf_unref(a);
		conf_unref(b);
	}
}

static void
printing_to_a_full_disk_fails(void **state)
{
	struct conf *c = good("");
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	assert_int_equal(conf_print(c, f), -1);
	fclose(f);
	conf_unref(c);
}

static void
restart_list(void **state)
{
	static const struct {
		const char *text, *names;
	} t[] = {
	    {"", ""},
	    {"user = gatepost", ""},
	    {"listen = {unix:/x}\nsocket_mode = 0666\nsocket_group = x\nuser = x\nsigner_user = x\n"
	     "milter_timeout = 20\nsigner_threads = 3",
		"listen, socket_mode, socket_group, user, signer_user, milter_timeout, "
		"signer_threads"},
	    {"log_format = json\nlog_level = debug\nstop_timeout = 3\nauthserv_id = x\n"
	     "internal_networks = {}\noutbound_daemons = {x}\nreinjection_daemons = {x}\n"
	     "login_domains = log\nlogin x {}\nkeys_dir = /x\ncanonicalization = simple\n"
	     "sign_headers = {x}\noversign_headers = {x}\nsigning_domain = sender\n"
	     "sign_subdomains = no\nsign_identity = author\nsignature_lifetime = 1d\n"
	     "on_sign_failure = accept\nsigner_timeout = 3\nkey_cache = 20\n"
	     "verify = no\nmax_signatures = 2\npartial_signatures = count\nspf_lookups = 3\n"
	     "spf_void_lookups = 0\nreceived_spf = yes\nremove_authserv_ids = {x}\n"
	     "trusted_authserv_ids = {x}\nmessage_dns_timeout = 9\n"
	     "max_header_bytes = 16K\nmax_header_fields = 50",
		""},
	    {"mta = sendmail\nmta_programs = /x\nmta_config = /y", ""},
	    {"arc_seal_domain = a.example\narc_seal_selector = x\narc_seal_for = {x}\n"
	     "arc_list_daemons = {x}\non_seal_failure = accept",
		""},
	    {"resolver = {::1}\ntrust_anchor = /x\ndns_timeout = 2\ndns_cache = 2M",
		"resolver, trust_anchor, dns_timeout, dns_cache"},
	    {"signer_threads = 1", "signer_threads"},
	};
	struct conf *a = good(""), *b;
	struct buf out;
	size_t i, n;

	buf_init(&out, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = good(t[i].text);
		buf_clear(&out);
		n = conf_needs_restart(a, b, &out);
		assert_string_equal(buf_str(&out), t[i].names);
		assert_int_equal(n != 0, t[i].names[0] != '\0');
		conf_unref(b);
	}
	assert_int_equal(n, 1);
	buf_free(&out);
	conf_unref(a);
}

static void
references(void **state)
{
	struct conf *c = good("user = x");
	const struct conf *again = conf_ref(c);

	assert_ptr_equal(again, c);
	conf_unref(c);
	assert_string_equal(again->user, "x");
	conf_unref(again);
	conf_unref(NULL);
}

/* ---- commands ---- */

/* Runs a command with stream fd 1 or 2 going to a file; what it wrote, to be freed. */
static char *
written(int (*command)(const char *), const char *name, int stream, int result)
{
	char *path = path_of(name), text[8192];
	FILE *f = tmpfile();
	int saved = dup(stream);
	size_t n;

	assert_non_null(f);
	fflush(stdout);
	dup2(fileno(f), stream);
	n = (size_t)command(path);
	fflush(stdout);
	dup2(saved, stream);
	close(saved);
	assert_int_equal(n, result);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	free(path);
	return strdup(text);
}

static void
commands(void **state)
{
	char *text, *path = path_of("d");
	struct buf b;

	buf_init(&b, 0);
	buf_addf(&b, "keys_dir = %s\nlisten = inet:1\n", path);
	write_file("main", buf_str(&b));
	text = written(command_check, "main", STDOUT_FILENO, 0);
	assert_non_null(strstr(text, "/main: configuration is good\n"));
	free(text);
	text = written(command_print_config, "main", STDOUT_FILENO, 0);
	assert_non_null(strstr(text, "\nlisten = {\"inet:1\"}\n"));
	free(text);
	write_file("main", "keys_dir = /none/none\n");
	text = written(command_check, "main", STDERR_FILENO, 1);
	assert_non_null(
	    strstr(text, "/main:1: keys_dir: expected a folder that is there (/none/none"));
	free(text);
	write_file("main", "x = y\n");
	text = written(command_print_config, "main", STDERR_FILENO, 1);
	assert_non_null(strstr(text, "/main:1: x: expected the name of an option"));
	free(text);
	free(path);
	buf_free(&b);
}

/* ---- the sample and the manual ---- */

/* Removes the # before each line of an option that is switched off. */
static void
switch_on(char *text, const char *only)
{
	char *in, *out = text;
	bool line_start = true, on = only == NULL;

	for (in = text; *in != '\0'; in++) {
		if (line_start && only != NULL && in[0] == '#' && isalpha((unsigned char)in[1]))
			on = strncmp(in + 1, only, strlen(only)) == 0 &&
			     strchr(" =", in[1 + strlen(only)]) != NULL;
		if (line_start && on && in[0] == '#' &&
		    (isgraph((unsigned char)in[1]) || in[1] == '\t') && in[1] != '#') {
			line_start = false;
			continue;
		}
		line_start = *in == '\n';
		*out++ = *in;
	}
	*out = '\0';
}

/* Names of options, as conf_print() has them, one after another. */
static size_t
next_name(const char **at, char name[64])
{
	size_t n;

	for (; **at != '\0'; *at += strcspn(*at, "\n"), *at += **at == '\n') {
		const char *p = *at + (strncmp(*at, "# user", 6) == 0 ? 2 : 0);

		n = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
		if (n == 0 || n >= 64 || p[n] != ' ')
			continue;
		memcpy(name, p, n);
		name[n] = '\0';
		*at += strcspn(*at, "\n");
		return n;
	}
	return 0;
}

static void
every_option_is_in_sample_and_manual(void **state)
{
	char *sample = source_file("conf/gatepost.conf"),
	     *manual = source_file("conf/gatepost.conf.5");
	struct conf *c = good("login a {}");
	char *text = printed(c), name[64], look[80];
	const char *at = text;
	int n = 0;

	for (; next_name(&at, name) != 0; n++) {
		snprintf(look, sizeof(look), "\n#%s ", name);
		if (strstr(sample, look) == NULL)
			fail_msg("no %s in the sample", name);
		snprintf(look, sizeof(look), "\n.It Ic %s ", name);
		if (strstr(manual, look) == NULL)
			fail_msg("no %s in the manual", name);
	}
	assert_true(n > 20);
	free(text);
	free(sample);
	free(manual);
	conf_unref(c);
}

static void
sample_is_good_and_says_the_defaults(void **state)
{
	char *sample = source_file("conf/gatepost.conf"), *on, *a, *b, name[64];
	struct conf *c = good(sample), *d = good("");
	const char *at, *eol;
	size_t n;

	a = printed(c);
	b = printed(d);
	assert_string_equal(a, b);
	conf_unref(c);
	free(a);
	on = strdup(sample);
	switch_on(on, NULL);
	c = good(on);
	a = printed(c);
	assert_int_equal(c->nlogins, 1);
	/* All but what depends on the host and on --sysconfdir has its default's value. */
	for (at = b; (n = next_name(&at, name)) != 0;) {
		char line[2048];

		if (strstr("listen socket_group authserv_id keys_dir", name) != NULL)
			continue;
		for (eol = at; eol > b && eol[-1] != '\n';)
			eol--;
		eol += *eol == '#' ? 2 : 0;
		snprintf(line, sizeof(line), "\n%.*s\n", (int)strcspn(eol, "\n"), eol);
		if (strstr(a, line) == NULL)
			fail_msg("the sample has another default for %s", name);
	}
	conf_unref(c);
	free(a);
	free(on);
	for (at = b; next_name(&at, name) != 0;) {
		on = strdup(sample);
		switch_on(on, name);
		assert_string_not_equal(on, sample);
		conf_unref(good(on));
		free(on);
	}
	free(b);
	free(sample);
	conf_unref(d);
}

/* ---- size, and nonsense ---- */

static void
many_logins_load_fast(void **state)
{
	struct buf b;
	struct conf *c;
	clock_t begin;
	int i;

	buf_init(&b, 0);
	for (i = 0; i < 100000; i++)
		buf_addf(&b, "login \"user%d@example.org\" { domains = {\"d%d.example.org\"} }\n",
		    (i * 7919) % 100000, i);
	begin = clock();
	c = good(buf_str(&b));
	print_message("# 100000 logins in %.2f s\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
	assert_true(clock() - begin < 10 * CLOCKS_PER_SEC);
	assert_int_equal(c->nlogins, 100000);
	assert_string_equal(c->logins[0].name, "user0@example.org");
	assert_string_equal(c->logins[99999].name, "user9@example.org");
	conf_unref(c);
	buf_free(&b);
}

/* Pieces in any order: no crash, no endless loop, and errors where it gives no configuration. */
static void
nonsense_does_no_harm(void **state)
{
	static const char *const piece[] = {"listen", "user", "login", "domains", "include", "nope",
	    "a", "=", "+=", "{", "}", "(", ")", ",", "\"", "'", "\\", "#", "//", "/*", "*/", "\n",
	    " ", "$", "${", "\"x\"", "'y'", "|", "0660", "\x01", "\xff", "-", "sign_headers",
	    "unix:/a"};
	unsigned seed = 1;
	int i, k, loaded = 0;

	for (i = 0; i < 5000; i++) {
		struct buf b, err;
		struct conf *c;

		buf_init(&b, 0);
		for (k = rand_r(&seed) % 12; k >= 0; k--)
			buf_adds(&b,
			    piece[(unsigned)rand_r(&seed) % (sizeof(piece) / sizeof(piece[0]))]);
		c = load_n(buf_str(&b), b.len, CONF_SYNTAX, &err);
		assert_int_equal(c == NULL, err.len != 0);
		loaded += c != NULL;
		conf_unref(c);
		buf_free(&b);
		buf_free(&err);
	}
	assert_true(loaded > 0 && loaded < 5000);
	conf_unref(good("user = a"));
}

static int
set_up(void **state)
{
	char *d;

	if (mkdtemp(folder) == NULL)
		return -1;
	d = path_of("d");
	if (mkdir(d, 0700) == -1)
		return -1;
	free(d);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"d/one", "d/two", "d", "main", "lines", "deep", "deep0",
	    "deep1", "deep2", "deep3", "deep4", "deep5", "deep6", "deep7", "deep8", "deep9",
	    "deep10", "deep11"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = path_of(names[i]);

		(void)remove(path);
		free(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(values_are_taken),
	    cmocka_unit_test(values_are_refused),
	    cmocka_unit_test(B84_networks),
	    cmocka_unit_test(listen_is_parsed),
	    cmocka_unit_test(B83_listen_is_refused),
	    cmocka_unit_test(listen_has_sixteen_at_most),
	    cmocka_unit_test(B06_configured_list_wins),
	    cmocka_unit_test(logins),
	    cmocka_unit_test(syntax_errors),
	    cmocka_unit_test(all_errors_are_reported),
	    cmocka_unit_test(errors_are_not_doubled),
	    cmocka_unit_test(many_unknown_names_end),
	    cmocka_unit_test(includes),
	    cmocka_unit_test(missing_and_odd_files),
	    cmocka_unit_test(a_pipe_is_read),
	    cmocka_unit_test(files_are_checked),
	    cmocka_unit_test(print_and_load_is_the_same),
	    cmocka_unit_test(printing_to_a_full_disk_fails),
	    cmocka_unit_test(restart_list),
	    cmocka_unit_test(references),
	    cmocka_unit_test(commands),
	    cmocka_unit_test(every_option_is_in_sample_and_manual),
	    cmocka_unit_test(sample_is_good_and_says_the_defaults),
	    cmocka_unit_test(many_logins_load_fast),
	    cmocka_unit_test(nonsense_does_no_harm),
	};

	return cmocka_run_group_tests_name("conf", tests, set_up, tear_down);
}
