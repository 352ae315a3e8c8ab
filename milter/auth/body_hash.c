#include "body_hash.h"

#include "digest.h"

void
body_hashes_init(struct body_hashes *all, struct arena *mem)
{
	*all = (struct body_hashes){.mem = mem};
}

void
body_hashes_free(struct body_hashes *all)
{
	struct body_hash *b;

	for (b = all->first; b != NULL; b = b->next)
		EVP_MD_CTX_free(b->digest);
	all->first = NULL;
}

static struct body_hash *
find(const struct body_hashes *all, enum canon canon, uint64_t limit)
{
	struct body_hash *b;

	for (b = all->first; b != NULL; b = b->next)
		if (b->body.mode == canon && b->body.limit == limit)
			return b;
	return NULL;
}

struct body_hash *
body_hashes_want(struct body_hashes *all, enum canon canon, uint64_t limit)
{
	struct body_hash *b = find(all, canon, limit);

	if (b != NULL)
		return b;
	if ((b = arena_alloc(all->mem, sizeof(*b))) == NULL || (b->digest = digest_new()) == NULL)
		return NULL;
	canon_body_init(&b->body, canon, limit, digest_sink, b->digest);
	b->next = all->first;
	all->first = b;
	return b;
}

bool
body_hashes_needed(const struct body_hashes *all)
{
	return all->first != NULL;
}

void
body_hashes_update(struct body_hashes *all, const void *bytes, size_t n)
{
	struct body_hash *b;

	for (b = all->first; b != NULL; b = b->next)
		canon_body_update(&b->body, bytes, n);
}

void
body_hashes_end(struct body_hashes *all)
{
	struct body_hash *b;

	for (b = all->first; b != NULL; b = b->next) {
		canon_body_final(&b->body);
		all->failed |= EVP_DigestFinal_ex(b->digest, b->value, NULL) != 1;
	}
}
