#include "formula.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "text.h"

static bool
is_word(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || c == '.';
}

/* A call of the function: its name as a whole word, then a bracket. */
static bool
calls(const char *s, size_t len, const char *function)
{
	const char *at = s, *end = s + len, *after;

	while ((at = text_find(at, (size_t)(end - at), function)) != NULL) {
		after = at + strlen(function);
		while (after < end && *after == ' ')
			after++;
		if (after < end && *after == '(' && (at == s || !is_word(at[-1])))
			return true;
		at++;
	}
	return false;
}

/* A link by DDE: program, bar, topic, exclamation mark, item; outside a text in quotes. */
static bool
has_dde(const char *s, size_t len)
{
	const char *end = s + len, *p, *bar = NULL;
	bool quoted = false;

	for (p = s; p < end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '|' && p > s && (is_word(p[-1]) || p[-1] == '\''))
			bar = p;
		else if (*p == '!' && bar != NULL && p > bar + 1)
			return true;
	}
	return false;
}

bool
formula_starts_program(const char *s, size_t len)
{
	static const char *const functions[] = {
	    "exec", "call", "register", "register.id", "dde", "dde.execute", "initiate"};
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (calls(s, len, functions[i]))
			return true;
	return has_dde(s, len);
}
