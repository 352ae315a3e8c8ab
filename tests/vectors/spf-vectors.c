/*
 * spf-vectors zone: checks SPF for each line of standard input against a zone
 * file. A line is IP, HELO, local part and domain of MAIL FROM, identity
 * ("mailfrom" or "helo"), separated by tabs and percent-encoded; the answer
 * is a line of result, mechanism, explanation, reason. Run by rfc7208.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf.h"
#include "base/buf.h"
#include "dns/zone.h"

#define FIELDS 5

static void
decode(char *s)
{
	char *out = s;
	char hex[3] = "";

	for (; *s != '\0'; s++) {
		if (*s == '%' && s[1] != '\0' && s[2] != '\0') {
			memcpy(hex, s + 1, 2);
			*out++ = (char)strtol(hex, NULL, 16);
			s += 2;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

static void
split(char *line, char *field[FIELDS])
{
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < FIELDS; i++) {
		field[i] = strsep(&line, "\t");
		if (field[i] == NULL) {
			fprintf(stderr, "spf-vectors: too few fields\n");
			exit(2);
		}
		decode(field[i]);
	}
}

static void
check(struct dns_source *zone, char *line)
{
	struct spf_request r = {.limits = SPF_LIMITS_DEFAULT, .receiver = "receiver.example"};
	struct spf_outcome o;
	struct arena mem;
	char *field[FIELDS];

	split(line, field);
	if (!ip_parse(field[0], &r.ip)) {
		fprintf(stderr, "spf-vectors: bad address %s\n", field[0]);
		exit(2);
	}
	r.helo = field[1];
	r.local = field[2];
	r.domain = field[3];
	r.identity = strcmp(field[4], "helo") == 0 ? SPF_HELO : SPF_MAIL_FROM;
	r.deadline = dns_now() + 20000;
	arena_init(&mem, 0);
	spf_check(zone, &r, &mem, &o);
	printf("%s\t%s\t%s\t%s\n", spf_result_name(o.result), o.mechanism, o.explanation, o.reason);
	fflush(stdout);
	arena_free(&mem);
}

int
main(int argc, char **argv)
{
	struct dns_source *zone;
	struct buf error;
	char *line = NULL;
	size_t size = 0;

	buf_init(&error, 1000);
	if (argc != 2) {
		fprintf(stderr, "usage: spf-vectors zone < cases\n");
		return 2;
	}
	zone = dns_zone_load(argv[1], &error);
	if (zone == NULL) {
		fprintf(stderr, "spf-vectors: %s\n", buf_str(&error));
		return 2;
	}
	while (getline(&line, &size, stdin) != -1)
		check(zone, line);
	free(line);
	dns_source_free(zone);
	buf_free(&error);
	return 0;
}
