#include "own_signature.h"

#include <stdlib.h>
#include <string.h>

#include "auth/dkim_signature.h"
#include "signer_client.h"

static const struct catalog_key *
key_of(const struct own_signature_facts *f, const struct dkim_signature *s)
{
	enum key_alg alg = s->alg == DKIM_RSA_SHA256 ? KEY_RSA : KEY_ED25519;
	size_t i;

	for (i = 0; i < f->nkeys; i++)
		if (f->keys[i].alg == alg && strcmp(f->keys[i].domain, s->domain) == 0 &&
		    strcmp(f->keys[i].selector, s->selector) == 0)
			return &f->keys[i];
	return NULL;
}

static bool
body_is_the_same(const struct own_signature_facts *f, const struct dkim_signature *s)
{
	return s->body_canon == f->body_canon && s->limit == UINT64_MAX &&
	       memcmp(s->body_hash, f->body_hash, DKIM_DIGEST_LEN) == 0;
}

static bool
signs_the_same(
    const struct own_signature_facts *f, const struct dkim_signature *s, struct sign_request *q)
{
	struct sign_answer *a = malloc(sizeof(*a));
	bool same;

	if (a == NULL)
		return false;
	same = signer_client_sign(q, a, f->timeout_ms) == NULL && a->got[0].len == s->b_len &&
	       memcmp(a->got[0].sig, s->b, s->b_len) == 0;
	free(a);
	return same;
}

static bool
holds(const struct own_signature_facts *f, const struct header_field *field,
    struct dkim_fields **fields, struct arena *mem)
{
	struct sign_request q = {.n = 1};
	const struct catalog_key *key;
	struct dkim_signature s;

	if (!dkim_signature_parse(&s, field, mem) || s.error != NULL)
		return false;
	key = key_of(f, &s);
	if (key == NULL || !body_is_the_same(f, &s))
		return false;
	if (*fields == NULL)
		*fields = dkim_fields_new(f->header, mem);
	if (*fields == NULL || dkim_signature_digest(&s, *fields, mem, q.want[0].digest) != 0)
		return false;
	q.want[0].id = key->id;
	return signs_the_same(f, &s, &q);
}

bool
own_signature_holds(const struct own_signature_facts *f, struct arena *mem)
{
	struct dkim_fields *fields = NULL;
	size_t i, seen = 0;

	for (i = 0; i < f->header->n && seen < OWN_SIGNATURES_MAX; i++) {
		if (!header_is(&f->header->fields[i], "DKIM-Signature"))
			continue;
		seen++;
		if (holds(f, &f->header->fields[i], &fields, mem))
			return true;
	}
	return false;
}
