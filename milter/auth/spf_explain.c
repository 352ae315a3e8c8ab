#include "spf_explain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define EXPLAIN_TEXT_MAX 2048 /* octets of an explanation before expansion */

/* Macros may bring in what the client said: only printable US-ASCII is left (§6.2). */
static const char *
printable(struct spf_walk *w, const struct buf *b)
{
	size_t i, n = b->len < SPF_EXPLANATION_MAX ? b->len : SPF_EXPLANATION_MAX;
	char *s = arena_strndup(w->mem, b->data != NULL ? b->data : "", n);

	for (i = 0; s != NULL && i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			s[i] = '?';
	return s != NULL ? s : "";
}

static const char *
explain(struct spf_walk *w, const struct spf_frame *f, const struct dns_record *txt)
{
	struct spf_macro_string m;
	struct spf_part *parts;
	char ip[IP_STRLEN], now[24];
	const char *receiver = w->request->receiver;

	if (txt->len > EXPLAIN_TEXT_MAX)
		return "";
	parts = arena_alloc(
	    w->mem, spf_macro_bound((const char *)txt->data, txt->len) * sizeof(*parts));
	if (parts == NULL || spf_macro_parse((const char *)txt->data, txt->len, SPF_MACRO_EXPLAIN,
				 parts, &m) != NULL)
		return "";
	snprintf(now, sizeof(now), "%lld", (long long)time(NULL));
	spf_walk_set(w, 'c', ip_print(&w->request->ip, ip));
	spf_walk_set(w, 't', now);
	spf_walk_set(w, 'r', receiver != NULL && receiver[0] != '\0' ? receiver : "unknown");
	return spf_walk_expand(w, f, &m) ? printable(w, &w->scratch) : "";
}

const char *
spf_explain(struct spf_walk *w, const struct spf_frame *f)
{
	const struct dns_answer *answer;
	const char *name, *text = "";

	if (f->record->exp.n == 0)
		return "";
	name = spf_walk_target(w, f, &f->record->exp);
	if (name == NULL)
		return "";
	answer = dns_lookup(w->source, name, DNS_TXT, w->request->deadline);
	if (answer == NULL)
		return "";
	if (answer->status == DNS_OK && answer->n == 1)
		text = explain(w, f, &answer->records[0]);
	dns_answer_unref(answer);
	return text;
}
