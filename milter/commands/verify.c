#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "base/json.h"
#include "command_conf.h"
#include "conf/conf.h"
#include "daemon/dns_options.h"
#include "daemon/inbound.h"
#include "daemon/judge.h"
#include "dns/zone.h"
#include "key_names.h"

#define MESSAGE_MAX (256UL * 1024 * 1024)
#define EXIT_NOT_AUTHENTICATED 1
#define EXIT_TROUBLE 2

static const char usage[] =
    "usage: gatepost [-c FILE] verify [options] FILE\n"
    "Says what DKIM, SPF, DMARC, ARC, iprev and policy make of a saved message (\"-\": standard\n"
    "input), as one that comes from outside.\n"
    "      --ip ADDRESS      the client that sent it; without it there is no SPF\n"
    "      --helo NAME       what the client called itself\n"
    "      --mail-from ADDR  the envelope sender, \"\" for the null sender\n"
    "                        (default: what Return-Path says)\n"
    "      --rcpt ADDR       an envelope recipient; may be given several times\n"
    "      --time SECONDS    when it was received, seconds since 1970 (default: now)\n"
    "      --zone FILE       answers DNS from a zone file, and from nothing else\n"
    "      --json            one JSON object\n"
    "exit status: 0 DKIM or SPF passed, 1 neither did, 2 trouble\n";

struct options {
	const char *conf_path, *file, *zone, *mail_from;
	bool json;
	struct inbound_envelope envelope;
	const char **recipients; /* owned; room for as many as there are arguments */
	size_t nrecipients;
};

/* A message while it is checked. */
struct check {
	struct arena mem;
	struct header header;
	struct inbound in;
	struct judge judge;
	struct catalog *own; /* whose keys we hold, as far as it can be seen; or NULL */
};

enum { OPT_IP = 256, OPT_HELO, OPT_FROM, OPT_RCPT, OPT_TIME, OPT_ZONE, OPT_JSON };

static const struct option long_options[] = {
    ARGUMENT_CONFIG,
    {"ip", required_argument, NULL, OPT_IP},
    {"helo", required_argument, NULL, OPT_HELO},
    {"mail-from", required_argument, NULL, OPT_FROM},
    {"rcpt", required_argument, NULL, OPT_RCPT},
    {"time", required_argument, NULL, OPT_TIME},
    {"zone", required_argument, NULL, OPT_ZONE},
    {"json", no_argument, NULL, OPT_JSON},
    ARGUMENT_HELP,
    {NULL, 0, NULL, 0},
};

/* ---- the command line ---- */

static bool
set_ip(struct options *o, const char *text)
{
	o->envelope.has_ip = ip_parse(text, &o->envelope.ip);
	if (!o->envelope.has_ip)
		fprintf(stderr, "gatepost verify: --ip: not an address: %s\n", text);
	return o->envelope.has_ip;
}

static bool
set_time(struct options *o, const char *text)
{
	const char *error;

	o->envelope.received = strtonum(text, 0, INT64_MAX / 2, &error);
	if (error != NULL)
		fprintf(stderr, "gatepost verify: --time: %s: %s\n", error, text);
	return error == NULL;
}

static bool
set_option(void *ctx, int option, char *value)
{
	struct options *o = ctx;

	switch (option) {
	case 'c':
		o->conf_path = value;
		return true;
	case OPT_IP:
		return set_ip(o, value);
	case OPT_HELO:
		o->envelope.helo = value;
		return true;
	case OPT_FROM:
		o->mail_from = value;
		return true;
	case OPT_RCPT:
		o->recipients[o->nrecipients++] = value;
		return true;
	case OPT_TIME:
		return set_time(o, value);
	case OPT_ZONE:
		o->zone = value;
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	default:
		return false;
	}
}

static const struct arguments arguments = {usage, long_options, set_option};

static bool
read_options(int argc, char **argv, struct options *o)
{
	const int first = arguments_read(&arguments, o, argc, argv);

	if (first == -1)
		return false;
	if (first + 1 != argc) {
		fputs(usage, stderr);
		return false;
	}
	o->file = argv[first];
	return true;
}

/* ---- what it works with ---- */

static struct dns_source *
open_dns(const struct options *o, const struct conf *c, struct buf *err)
{
	struct dns_resolver_options r;

	if (o->zone != NULL)
		return dns_zone_load(o->zone, err);
	dns_options(c, &r);
	return dns_resolver_new(&r, err);
}

static bool
read_file(const char *path, struct buf *out)
{
	char chunk[16384];
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd != -1)
		while ((n = read(fd, chunk, sizeof(chunk))) > 0 && !out->failed)
			buf_add(out, chunk, (size_t)n);
	if (n < 0)
		fprintf(stderr, "gatepost verify: %s: %s\n", path, strerror(errno));
	else if (out->failed)
		fprintf(stderr, "gatepost verify: %s: too large\n", path);
	if (fd > STDIN_FILENO)
		close(fd);
	return n == 0 && !out->failed;
}

/* Policy goes by the domains that we hold keys for, too; who may not see them is told so. */
static struct catalog *
load_names(const struct conf *c)
{
	struct catalog *own;
	struct buf err;

	buf_init(&err, 0);
	own = key_names(c->keys_dir, &err);
	if (own == NULL)
		fprintf(stderr, "gatepost verify: only local_domains are taken for ours: %s\n",
		    buf_str(&err));
	buf_free(&err);
	return own;
}

/* ---- checking ---- */

static void
feed(struct check *k, const char *p, size_t n)
{
	inbound_body(&k->in, p, n);
	judge_body(&k->judge, p, n);
}

/* Where the file has Unix line ends, each LF stands for the CRLF on the wire. */
static void
feed_body(struct check *k, const struct buf *text, size_t at)
{
	const char *p = text->data + at, *end = text->data + text->len;
	const char *first = memchr(text->data, '\n', text->len), *lf;

	if (first == NULL || (first != text->data && first[-1] == '\r')) {
		feed(k, p, (size_t)(end - p));
		return;
	}
	for (; (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1) {
		feed(k, p, (size_t)(lf - p));
		feed(k, "\r\n", 2);
	}
	feed(k, p, (size_t)(end - p));
}

static const char *
return_path(const struct header *h, struct arena *mem)
{
	const struct header_field *f = header_first(h, "Return-Path");
	const char *path;
	size_t len;

	if (f == NULL)
		return "";
	path = header_unfold(f, mem, &len);
	return path != NULL ? path : "";
}

static void
begin_judge(struct check *k, const struct options *o, const struct judge_tools *tools)
{
	size_t i;

	judge_begin(&k->judge, tools, o->envelope.sender);
	for (i = 0; i < o->nrecipients; i++)
		judge_recipient(&k->judge, o->recipients[i]);
}

/* What a header over the limits holds cannot be told, here as in the daemon. */
static bool
read_header(struct check *k, const struct conf *c, const struct buf *text, size_t *body)
{
	header_init(&k->header, &k->mem, c->max_header_bytes, c->max_header_fields);
	if (header_parse(&k->header, text->data != NULL ? text->data : "", text->len, body))
		return true;
	fputs(
	    "gatepost verify: the header is over the limits; the rest of it is left out\n", stderr);
	return false;
}

static void
check_message(struct check *k, struct options *o, const struct conf *c, struct dns_source *dns,
    const struct buf *text)
{
	const struct judge_tools tools = {.conf = c, .catalog = k->own, .dns = dns, .mem = &k->mem};
	bool whole;
	size_t body;

	whole = read_header(k, c, text, &body);
	o->envelope.sender = o->mail_from != NULL ? o->mail_from : return_path(&k->header, &k->mem);
	inbound_begin(&k->in, c, dns, &k->mem, &o->envelope);
	begin_judge(k, o, &tools);
	inbound_headers(&k->in, &k->header);
	judge_headers(&k->judge, &k->header);
	judge_ask(&k->judge, &k->in);
	if (text->data != NULL)
		feed_body(k, text, body);
	inbound_end(&k->in);
	if (whole)
		judge_inbound(&k->judge, &k->in);
	else
		judge_header_limit(&k->judge);
}

static bool
is_authenticated(const struct inbound *in)
{
	size_t i;

	for (i = 0; i < in->ndkim; i++)
		if (in->dkim[i].counts)
			return true;
	return in->spf.result == SPF_PASS;
}

/* ---- what it prints ---- */

static void
print_line(const char *method, const char *result, const char *what, const char *reason)
{
	printf("%-6s %-10s %s%s%s\n", method, result, what,
	    what[0] != '\0' && reason[0] != '\0' ? ": " : "", reason);
}

static void
print_dkim(const struct inbound *in)
{
	const struct dkim_result *d;
	struct buf what;
	size_t i;

	buf_init(&what, 0);
	if (in->ndkim == 0)
		print_line("DKIM", "none", "", "no signature");
	for (i = 0; i < in->ndkim; i++) {
		d = &in->dkim[i];
		buf_clear(&what);
		if (d->domain[0] != '\0')
			buf_addf(
			    &what, "%s, selector %s, %s", d->domain, d->selector, d->algorithm);
		print_line("DKIM", dkim_status_text(d->status), buf_str(&what), d->reason);
	}
	buf_free(&what);
}

static void
print_spf(const char *name, const struct spf_outcome *o)
{
	print_line(name, spf_result_name(o->result), o->domain,
	    o->explanation[0] != '\0' ? o->explanation
	    : o->reason[0] != '\0'    ? o->reason
				      : o->mechanism);
}

static void
print_verdict(const struct judge *j)
{
	const struct policy_verdict *v = &j->verdict;
	struct buf what;

	buf_init(&what, 0);
	if (v->rule != CASE_COUNT)
		buf_addf(&what, "%s", policy_case_name(v->rule));
	if (v->would_rule != CASE_COUNT)
		buf_addf(&what, "%sdry run, %s would %s", what.len > 0 ? "; " : "",
		    policy_case_name(v->would_rule), policy_action_name(v->would));
	if (v->exempt != EXEMPT_NONE)
		buf_addf(&what, "%sexempt by %s", what.len > 0 ? "; " : "",
		    policy_exemption_name(v->exempt));
	print_line("policy", policy_action_name(v->action), buf_str(&what), v->text);
	if (v->action == POLICY_REJECT || v->action == POLICY_TEMPFAIL)
		printf("reply  %s %s %s\n", v->code, v->xcode, v->text);
	buf_free(&what);
}

static void
print_text(const struct check *k, struct buf *field)
{
	const struct inbound *in = &k->in;
	char ip[IP_STRLEN];

	print_dkim(in);
	print_spf("SPF", &in->spf);
	if (in->checked_helo && in->envelope.has_ip)
		print_spf("HELO", &in->spf_helo);
	print_line("DMARC", dmarc_result_name(in->policy->result), in->policy->author_domain,
	    in->policy->reason);
	if (in->arc != NULL && in->arc->status != ARC_NONE)
		print_line("ARC", arc_status_text(in->arc->status),
		    in->arc->n > 0 ? in->arc->sealers[0].domain : "", in->arc->reason);
	if (in->envelope.has_ip)
		print_line("iprev", iprev_result_name(in->iprev.result),
		    in->iprev.name[0] != '\0' ? in->iprev.name : ip_print(&in->iprev.ip, ip),
		    in->iprev.reason);
	print_verdict(&k->judge);
	printf("\nAuthentication-Results:%s\n", buf_str(field));
}

static void
json_spf(struct json *j, const char *name, const struct spf_outcome *o)
{
	json_open_object(j, name);
	json_str(j, "result", spf_result_name(o->result));
	json_str(j, "domain", o->domain);
	json_str(j, "mechanism", o->mechanism);
	json_str(j, "explanation", o->explanation);
	json_str(j, "reason", o->reason);
	json_close_object(j);
}

static void
json_dkim(struct json *j, const struct inbound *in)
{
	const struct dkim_result *d;
	size_t i;

	json_open_array(j, "dkim");
	for (i = 0; i < in->ndkim; i++) {
		d = &in->dkim[i];
		json_open_object(j, NULL);
		json_str(j, "result", dkim_status_text(d->status));
		json_str(j, "domain", d->domain);
		json_str(j, "selector", d->selector);
		json_str(j, "algorithm", d->algorithm);
		json_str(j, "identity", d->identity);
		json_int(j, "bits", d->key_bits);
		json_bool(j, "counts", d->counts);
		json_str(j, "reason", d->reason);
		json_close_object(j);
	}
	json_close_array(j);
}

static void
json_dmarc(struct json *j, const struct dmarc_outcome *o)
{
	json_open_object(j, "dmarc");
	json_str(j, "result", dmarc_result_name(o->result));
	json_str(j, "author_domain", o->author_domain);
	json_str(j, "policy_domain", o->policy_domain);
	json_str(j, "policy", o->record != NULL ? dmarc_policy_name(o->policy) : "");
	json_str(j, "disposition", dmarc_policy_name(o->disposition));
	json_str(j, "spf_domain", o->spf_domain);
	json_str(j, "dkim_domain", o->dkim_domain);
	json_str(j, "reason", o->reason);
	json_close_object(j);
}

static void
json_arc(struct json *j, const struct arc_result *a)
{
	size_t i;

	json_open_object(j, "arc");
	json_str(j, "result", a != NULL ? arc_status_text(a->status) : "fail");
	json_open_array(j, "sealers");
	for (i = 0; a != NULL && i < a->n; i++)
		json_str(j, NULL, a->sealers[i].domain);
	json_close_array(j);
	json_str(j, "reason", a != NULL ? a->reason : "out of memory");
	json_close_object(j);
}

static void
json_iprev(struct json *j, const struct inbound *in)
{
	char ip[IP_STRLEN];

	json_open_object(j, "iprev");
	if (in->envelope.has_ip) {
		json_str(j, "result", iprev_result_name(in->iprev.result));
		json_str(j, "ip", ip_print(&in->iprev.ip, ip));
		json_str(j, "name", in->iprev.name);
		json_str(j, "reason", in->iprev.reason);
	} else {
		json_str(j, "result", "none");
		json_str(j, "reason", "the client's address is not known");
	}
	json_close_object(j);
}

/* A field's value on one line, without the space at its beginning. */
static void
json_unfolded(struct json *j, const char *name, const struct buf *value)
{
	struct buf line;
	size_t i;

	buf_init(&line, 0);
	for (i = 0; i < value->len; i++)
		if (value->data[i] == '\t' || (value->data[i] == ' ' && line.len == 0))
			buf_adds(&line, line.len > 0 ? " " : "");
		else if (value->data[i] != '\r' && value->data[i] != '\n')
			buf_addc(&line, value->data[i]);
	json_strn(j, name, buf_str(&line), line.len);
	buf_free(&line);
}

static void
json_verdict(struct json *j, const struct policy_verdict *v)
{
	const char *rule = v->rule != CASE_COUNT ? policy_case_name(v->rule) : "";
	const char *would = v->would_rule != CASE_COUNT ? policy_case_name(v->would_rule) : "";

	json_open_object(j, "verdict");
	json_str(j, "action", policy_action_name(v->action));
	json_str(j, "code", v->code);
	json_str(j, "xcode", v->xcode);
	json_str(j, "text", v->text);
	json_str(j, "rule", rule);
	json_str(j, "would", policy_action_name(v->would));
	json_str(j, "would_rule", would);
	json_str(j, "exempt", policy_exemption_name(v->exempt));
	json_close_object(j);
}

static void
print_json(const struct check *k, const struct buf *field)
{
	const struct inbound *in = &k->in;
	struct buf out;
	struct json j;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_spf(&j, "spf", &in->spf);
	if (in->checked_helo && in->envelope.has_ip)
		json_spf(&j, "spf_helo", &in->spf_helo);
	json_dkim(&j, in);
	json_dmarc(&j, in->policy);
	json_arc(&j, in->arc);
	json_iprev(&j, in);
	json_verdict(&j, &k->judge.verdict);
	json_unfolded(&j, "authentication_results", field);
	json_close_object(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

/* Without the CRs, which are for the wire. */
static void
drop_cr(struct buf *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->len; i++)
		if (b->data[i] != '\r')
			b->data[n++] = b->data[i];
	b->len = n;
}

static int
report(const struct check *k, const struct options *o)
{
	struct buf field;

	buf_init(&field, 0);
	if (!inbound_authentication_results(&k->in, &k->judge.verdict, &field)) {
		fputs("gatepost verify: out of memory\n", stderr);
		return EXIT_TROUBLE;
	}
	drop_cr(&field);
	if (o->json)
		print_json(k, &field);
	else
		print_text(k, &field);
	buf_free(&field);
	return is_authenticated(&k->in) ? EXIT_SUCCESS : EXIT_NOT_AUTHENTICATED;
}

static int
verify(struct options *o, const struct conf *c, struct dns_source *dns)
{
	struct check *k = calloc(1, sizeof(*k));
	struct buf text;
	int status = EXIT_TROUBLE;

	if (k == NULL)
		return EXIT_TROUBLE;
	arena_init(&k->mem, 0);
	buf_init(&text, MESSAGE_MAX);
	if (read_file(o->file, &text)) {
		k->own = load_names(c);
		check_message(k, o, c, dns, &text);
		status = report(k, o);
		judge_reset(&k->judge);
		inbound_reset(&k->in);
		header_free(&k->header);
		catalog_unref(k->own);
	}
	buf_free(&text);
	arena_free(&k->mem);
	free(k);
	return status;
}

/* With the configuration and the DNS that the options name. */
static int
verify_with(struct options *o)
{
	struct dns_source *dns = NULL;
	struct conf *c;
	struct buf err;
	int status = EXIT_TROUBLE;

	buf_init(&err, 0);
	c = command_conf(o->conf_path, &err);
	if (c != NULL)
		dns = open_dns(o, c, &err);
	if (dns != NULL) {
		status = verify(o, c, dns);
		dns_source_free(dns);
	} else
		command_complain("gatepost verify", &err);
	conf_unref(c);
	buf_free(&err);
	return status;
}

int
command_verify(int argc, char **argv, const char *conf_path)
{
	struct options o = {
	    .conf_path = conf_path, .envelope = {.helo = "", .received = time(NULL)}};
	int status = EXIT_TROUBLE;

	o.recipients = calloc((size_t)argc, sizeof(*o.recipients));
	if (o.recipients != NULL && read_options(argc, argv, &o))
		status = verify_with(&o);
	free(o.recipients);
	return status;
}
