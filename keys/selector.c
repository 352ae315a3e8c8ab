#include "selector.h"

#include <string.h>

#include "base/domain.h"

#define LABEL_MAX 63

static bool
label_is_valid(const char *s, size_t n)
{
	return n > 0 && n <= LABEL_MAX && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= n;
}

bool
selector_canonical(const char *s, size_t n, char out[SELECTOR_BUF])
{
	size_t i, start = 0;

	out[0] = '\0';
	if (n >= SELECTOR_BUF)
		return false;
	for (i = 0; i < n; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
	out[n] = '\0';
	for (i = 0; i <= n; i++) {
		if (i < n && out[i] != '.')
			continue;
		if (!label_is_valid(out + start, i - start)) {
			out[0] = '\0';
			return false;
		}
		start = i + 1;
	}
	return true;
}

bool
selector_fits(const char *selector, const char *domain)
{
	return strlen(selector) + strlen("._domainkey.") + strlen(domain) <= DOMAIN_MAX;
}
