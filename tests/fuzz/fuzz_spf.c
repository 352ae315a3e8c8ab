/*
 * auth/spf.h: whole checks. The first octet chooses the client, the next line
 * is HELO, the next the local part; each further line is the TXT record of
 * 0.example, 1.example, ... and of every name below. Some hosts are fixed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/received_spf.h"
#include "auth/spf.h"
#include "base/buf.h"
#include "dns/zone.h"

#define LINES 8

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char hosts[] = "a.example A 192.0.2.1\n"
			    "a.example AAAA 2001:db8::1\n"
			    "b.example A 192.0.2.200\n"
			    "m.example MX 1 a.example\n"
			    "m.example MX 1 b.example\n"
			    "m.example MX 1 .\n"
			    "t.example TIMEOUT\n"
			    "1.2.0.192.in-addr.arpa PTR a.example\n"
			    "*.e.example A 127.0.0.2\n";

static void
add_txt(struct buf *zone, const char *owner, const char *s, size_t len)
{
	size_t i;

	buf_addf(zone, "%s TXT \"", owner);
	for (i = 0; i < len; i++) {
		if (i % 200 == 199)
			buf_adds(zone, "\" \"");
		buf_addf(zone, "\\%03u", (unsigned char)s[i]);
	}
	buf_adds(zone, "\"\n");
}

/* Cuts the next line off the input; its end is a NUL byte from now on. */
static char *
next_line(char **p)
{
	char *line = strsep(p, "\n");

	return line != NULL ? line : (char *)(uintptr_t) "";
}

static struct dns_source *
make_zone(char *records)
{
	struct buf zone, error;
	struct dns_source *source;
	char owner[32];
	char *line;
	unsigned i;

	buf_init(&zone, 0);
	buf_init(&error, 1000);
	buf_adds(&zone, hosts);
	for (i = 0; i < LINES && records != NULL; i++) {
		line = next_line(&records);
		snprintf(owner, sizeof(owner), "%u.example", i);
		add_txt(&zone, owner, line, strlen(line));
		snprintf(owner, sizeof(owner), "*.%u.example", i);
		add_txt(&zone, owner, line, strlen(line));
	}
	source = dns_zone_new(zone.data, zone.len, &error);
	buf_free(&zone);
	buf_free(&error);
	return source;
}

static void
check_text(const char *s)
{
	for (; *s != '\0'; s++)
		assert(*s >= 0x20 && *s <= 0x7e);
}

/* The term that we say matched, and the result that libspf2 gave, must agree. */
static void
check_agreement(const struct spf_outcome *o)
{
	static const char qualifiers[] = {
	    [SPF_NEUTRAL] = '?', [SPF_PASS] = '+', [SPF_FAIL] = '-', [SPF_SOFTFAIL] = '~'};
	char q = o->mechanism[0];

	assert(strcmp(o->reason, "libspf2 failed") != 0);
	if (o->result == SPF_NONE || o->result == SPF_TEMPERROR || o->result == SPF_PERMERROR) {
		assert(q == '\0' && o->reason[0] != '\0');
		return;
	}
	if (strcmp(o->mechanism, "default") == 0)
		q = '?';
	else if (strchr("+-~?", q) == NULL)
		q = '+';
	assert(qualifiers[o->result] == q);
}

static void
check(struct dns_source *zone, const struct spf_request *r)
{
	struct spf_outcome o;
	struct arena mem;
	struct buf field;

	arena_init(&mem, 0);
	buf_init(&field, 0);
	spf_check(zone, r, &mem, &o);
	check_agreement(&o);
	check_text(o.domain);
	check_text(o.mechanism);
	check_text(o.explanation);
	check_text(o.reason);
	assert(strlen(o.explanation) <= SPF_EXPLANATION_MAX);
	assert(received_spf(r, &o, &field));
	buf_free(&field);
	arena_free(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const clients[] = {
	    "192.0.2.1", "192.0.2.77", "2001:db8::1", "2001:db8::77"};
	struct spf_request r = {.domain = "0.example", .limits = SPF_LIMITS_DEFAULT};
	struct dns_source *zone;
	char *text, *p;

	if (size < 3 || size > 20000)
		return 0;
	text = malloc(size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	p = text;
	ip_parse(clients[data[0] % 4], &r.ip);
	r.helo = next_line(&p);
	r.local = next_line(&p);
	r.deadline = dns_now() + 10000;
	zone = make_zone(p);
	if (zone != NULL)
		check(zone, &r);
	dns_source_free(zone);
	free(text);
	return 0;
}
