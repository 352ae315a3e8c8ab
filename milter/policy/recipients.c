#include "recipients.h"

#include <string.h>
#include <strings.h>

#include "base/domain.h"

enum { RANK_NONE = 0, RANK_ALL = 1, RANK_BELOW = 2, RANK_DOMAIN = 1000, RANK_ADDRESS = 1001 };

/* How much an entry says about the recipient; RANK_NONE where it is about others. */
static int
rank(const char *entry, const char *local, const char *domain)
{
	const char *at = strrchr(entry, '@');

	if (strcmp(entry, "*") == 0)
		return RANK_ALL;
	if (domain[0] == '\0')
		return RANK_NONE;
	if (at != NULL)
		return strcmp(at + 1, domain) == 0 && strlen(local) == (size_t)(at - entry) &&
			       strncasecmp(entry, local, (size_t)(at - entry)) == 0
			   ? RANK_ADDRESS
			   : RANK_NONE;
	if (entry[0] == '.')
		return domain_is_below(domain, entry + 1)
			   ? RANK_BELOW + (int)domain_labels(entry + 1)
			   : RANK_NONE;
	return strcmp(entry, domain) == 0 ? RANK_DOMAIN : RANK_NONE;
}

bool
recipient_is_among(const char *local, const char *domain, const char *const *entries, size_t n)
{
	bool among = false, not ;
	int best = RANK_NONE, r;
	size_t i;

	for (i = 0; i < n; i++) {
		not = entries[i][0] == '!';
		r = rank(entries[i] + not, local, domain);
		if (r == RANK_NONE || r < best)
			continue;
		best = r;
		among = !not ;
	}
	return among;
}
