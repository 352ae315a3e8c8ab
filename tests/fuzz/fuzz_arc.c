/*
 * auth/arc_set.h, arc_verify.h, arc_seal.h: a message of any kind. Each line of
 * a part before it is a TXT record: that of all keys of 0.example, 1.example,
 * ...; the parts are separated by an empty line.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/arc_seal.h"
#include "auth/arc_verify.h"
#include "base/buf.h"
#include "dns/zone.h"

#define RECORDS 4

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
add_record(struct buf *zone, unsigned i, const char *s, size_t len)
{
	size_t k;

	buf_addf(zone, "*.%u.example TXT \"", i);
	for (k = 0; k < len; k++) {
		if (k % 200 == 199)
			buf_adds(zone, "\" \"");
		buf_addf(zone, "\\%03u", (unsigned char)s[k]);
	}
	buf_adds(zone, "\"\n");
}

/* Returns how many bytes the records took. */
static size_t
make_zone(const char *text, size_t len, struct dns_source **source)
{
	struct buf zone, error;
	const char *end;
	size_t at, n;
	unsigned i;

	buf_init(&zone, 0);
	buf_init(&error, 1000);
	buf_adds(&zone, "s.slow.example TIMEOUT\n");
	for (i = 0, at = 0; i < RECORDS && at < len; i++, at += n + 1) {
		end = memchr(text + at, '\n', len - at);
		n = end != NULL ? (size_t)(end - text) - at : len - at;
		if (n == 0)
			break;
		add_record(&zone, i, text + at, n);
	}
	*source = dns_zone_new(zone.data, zone.len, &error);
	buf_free(&zone);
	buf_free(&error);
	return at < len ? at : len;
}

static void
check_result(const struct arc_result *r)
{
	assert((r->status == ARC_NONE) == !r->chain->present);
	assert((r->status == ARC_FAIL) == (r->reason[0] != '\0'));
	assert(r->instances <= ARC_INSTANCES_MAX && r->chain->n <= r->instances);
	assert((r->chain->n > 0) == (r->chain->present && r->chain->error == NULL));
	if (r->status != ARC_PASS) {
		assert(r->n == 0 && r->first == NULL);
		return;
	}
	assert(r->n == r->instances && r->n == r->chain->n);
	assert(r->oldest_pass != 1 && r->oldest_pass <= r->instances);
}

/* A set of the right form can always be made of what may be sealed. */
static void
seal(struct arc_sealing *s, const struct arc_result *r)
{
	const struct arc_seal_key key = {"example.com", "s", 1700000000};
	uint8_t digest[DKIM_DIGEST_LEN];
	int made = arc_sealing_begin(s, r, &key, " mx.example; none", digest);

	assert(made == (arc_seal_refusal(r) == NULL ? 0 : -1));
	if (made == -1)
		return;
	assert(arc_sealing_message_signed(s, digest, sizeof(digest), digest) == 0);
	assert(arc_sealing_sealed(s, digest, sizeof(digest)) == 0);
	assert(strstr(arc_sealing_value(s, ARC_SEAL), arc_status_text(r->status)) != NULL);
}

static void
check(struct dns_source *zone, const char *text, size_t len)
{
	static const char *const names[] = {"from", "to", "arc-seal"};
	const struct dkim_sign_rules sign = {
	    .header_canon = CANON_RELAXED, .body_canon = CANON_SIMPLE, .sign = names, .nsign = 3};
	const struct arc_verify_rules rules = ARC_VERIFY_RULES_DEFAULT(1700000000);
	struct body_hashes bodies;
	struct arc_verifying *v;
	const struct arc_result *r;
	struct arc_sealing *s;
	struct header h;
	struct arena mem;
	size_t body;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	body_hashes_init(&bodies, &mem);
	header_parse(&h, text, len, &body);
	v = arc_verifying_new(&rules, zone, &mem);
	s = arc_sealing_new(&sign, &bodies, &mem);
	assert(v != NULL && s != NULL && arc_verifying_headers(v, &h, &bodies) == 0);
	body_hashes_update(&bodies, text + body, len - body);
	body_hashes_end(&bodies);
	assert((r = arc_verifying_finish(v, dns_now() + 10000)) != NULL);
	check_result(r);
	if (arc_sealing_headers(s, &h) != DKIM_SIGNING_ERROR)
		seal(s, r);
	arc_sealing_free(s);
	arc_verifying_free(v);
	body_hashes_free(&bodies);
	header_free(&h);
	arena_free(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct dns_source *zone;
	size_t at;

	if (size > 60000)
		return 0;
	at = make_zone(text, size, &zone);
	if (zone != NULL)
		check(zone, text + at, size - at);
	dns_source_free(zone);
	return 0;
}
