/*
 * spf-bench: how long an SPF check takes when all answers are in memory.
 * Prints microseconds a check, for a few kinds of record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/kept_zone.h"
#include "auth/spf.h"
#include "auth/spf_prefetch.h"

#define ROUNDS 50000

static const char zone_text[] =
    "plain.example TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    "usual.example TXT \"v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.7 include:_spf.esp.example "
    "-all\"\n"
    "_spf.esp.example TXT \"v=spf1 ip4:198.51.100.128/25 ip6:2001:db8:4000::/36 "
    "ip4:192.0.2.0/24 ~all\"\n"
    "hosts.example TXT \"v=spf1 a mx include:usual.example ~all\"\n"
    "hosts.example A 203.0.113.1\n"
    "hosts.example MX 10 mx1.hosts.example\n"
    "hosts.example MX 20 mx2.hosts.example\n"
    "mx1.hosts.example A 203.0.113.2\n"
    "mx2.hosts.example A 203.0.113.3\n"
    "macro.example TXT \"v=spf1 exists:%{ir}.%{v}._spf.%{d} -all exp=exp.%{d}\"\n"
    "exp.macro.example TXT \"%{i} may not send for %{o}\"\n";

static double
microseconds(struct timespec from, struct timespec to)
{
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	       1e3 / ROUNDS;
}

static void
measure(struct dns_source *zone, const char *domain, const char *ip)
{
	struct spf_request r = {.helo = "mail.example",
	    .local = "user",
	    .domain = domain,
	    .limits = SPF_LIMITS_DEFAULT,
	    .receiver = "mx.example.net"};
	struct spf_outcome o = {0};
	struct timespec start, middle, end;
	struct arena mem;
	int i;

	ip_parse(ip, &r.ip);
	arena_init(&mem, 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < ROUNDS; i++) {
		r.deadline = dns_now() + 10000;
		spf_check(zone, &r, &mem, &o);
		arena_reset(&mem);
	}
	clock_gettime(CLOCK_MONOTONIC, &middle);
	for (i = 0; i < ROUNDS; i++) {
		spf_prefetch(zone, &r, &mem);
		arena_reset(&mem);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%-14s %-13s %-9s check %6.2f us, prefetch %6.2f us\n", domain, ip,
	    spf_result_name(o.result), microseconds(start, middle), microseconds(middle, end));
	arena_free(&mem);
}

int
main(void)
{
	struct dns_source *zone =
	    kept_zone_new(zone_text, sizeof(zone_text) - 1, KEPT_ZONE_AT_ONCE);

	measure(zone, "plain.example", "192.0.2.1");
	measure(zone, "plain.example", "203.0.113.99");
	measure(zone, "usual.example", "192.0.2.1");
	measure(zone, "usual.example", "203.0.113.99");
	measure(zone, "hosts.example", "192.0.2.1");
	measure(zone, "macro.example", "203.0.113.99");
	measure(zone, "none.example", "203.0.113.99");
	dns_source_free(zone);
	return 0;
}
