/*
 * Verifies one message for the interoperability tests:
 *
 *	dkim-verify MESSAGE ZONE
 *
 * prints a line for each signature, "status domain selector counts reason",
 * then a line "AR:" and the Authentication-Results field of all of them, one
 * line for each of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/authres_write.h"
#include "auth/dkim_verify.h"
#include "base/arena.h"
#include "base/buf.h"
#include "dns/zone.h"

#define SIGNATURES 20

static void
die(const char *what)
{
	fprintf(stderr, "dkim-verify: %s\n", what);
	exit(2);
}

static void
read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;

	if (f == NULL)
		die(path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	fclose(f);
}

static struct authres_property
property(const char *name, const char *value)
{
	return (struct authres_property){"header", name, value, strlen(value)};
}

static void
print_field(const struct dkim_result *r, size_t n)
{
	struct authres_result results[SIGNATURES];
	struct authres_property props[SIGNATURES][4];
	struct buf field;
	size_t i;

	buf_init(&field, 0);
	for (i = 0; i < n && i < SIGNATURES; i++) {
		props[i][0] = property("d", r[i].domain);
		props[i][1] = property("s", r[i].selector);
		props[i][2] = property("a", r[i].algorithm);
		props[i][3] = property("b", r[i].b);
		results[i] = (struct authres_result){
		    "dkim", dkim_status_text(r[i].status), r[i].reason, props[i], 4};
	}
	if (authres_write(&field, "mx.example.com", results, i, AUTHRES_ASCII) == -1)
		die("no field");
	printf("AR:\nAuthentication-Results:%s\n", buf_str(&field));
	buf_free(&field);
}

int
main(int argc, char **argv)
{
	const struct dkim_verify_rules rules = DKIM_VERIFY_RULES_DEFAULT(time(NULL));
	const struct dkim_result *r;
	struct buf message, error;
	struct dkim_verifying *v;
	struct dns_source *dns;
	struct header header;
	struct arena mem;
	size_t body, n, i;

	buf_init(&message, 0);
	buf_init(&error, 0);
	arena_init(&mem, 0);
	header_init(&header, &mem, 0, 0);
	if (argc != 3)
		die("usage: dkim-verify MESSAGE ZONE");
	read_file(argv[1], &message);
	if ((dns = dns_zone_load(argv[2], &error)) == NULL)
		die(buf_str(&error));
	if (!header_parse(&header, buf_str(&message), message.len, &body))
		die("headers too long");
	v = dkim_verifying_new(&rules, dns, &mem);
	if (v == NULL || dkim_verifying_headers(v, &header, NULL) == -1)
		die("out of memory");
	dkim_verifying_body(v, message.data + body, message.len - body);
	dkim_verifying_body_end(v);
	if ((r = dkim_verifying_finish(v, dns_now() + 5000, &n)) == NULL)
		die("out of memory");
	for (i = 0; i < n; i++)
		printf("%s %s %s %d %s\n", dkim_status_text(r[i].status), r[i].domain,
		    r[i].selector, r[i].counts, r[i].reason);
	print_field(r, n);
	dkim_verifying_free(v);
	dns_source_free(dns);
	header_free(&header);
	arena_free(&mem);
	buf_free(&message);
	buf_free(&error);
	return 0;
}
