#include "dns.h"

#include <stdlib.h>
#include <time.h>

#include "dns/answer.h"
#include "dns/question.h"
#include "dns/source.h"
#include "dns/table.h"

struct dns_query {
	const struct dns_answer *answer; /* a reference where it was there at once, */
	struct dns_pending *pending;	 /* or one to the look-up under way */
};

int64_t
dns_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool
dns_source_init(
    struct dns_source *s, const struct dns_source_ops *ops, const struct dns_limits *limits)
{
	s->ops = ops;
	s->table = dns_table_new(limits);
	return s->table != NULL;
}

void
dns_source_shutdown(struct dns_source *s)
{
	s->ops->stop(s);
}

void
dns_source_free(struct dns_source *s)
{
	if (s == NULL)
		return;
	s->ops->stop(s);
	dns_table_unref(s->table);
	s->ops->free(s);
}

static struct dns_query
ask(struct dns_source *s, const char *name, enum dns_type type)
{
	struct dns_question question;
	struct dns_found found;

	if (!dns_question_set(&question, name, type))
		return (struct dns_query){
		    .answer = dns_answer_empty(DNS_BADNAME, 0, "not a domain name")};
	found = dns_table_ask(s->table, &question);
	if (found.start != NULL)
		s->ops->start(s, found.start);
	return (struct dns_query){.answer = found.answer, .pending = found.pending};
}

static const struct dns_answer *
await(struct dns_query q, int64_t deadline)
{
	const struct dns_answer *a;

	if (q.pending == NULL)
		return q.answer;
	a = dns_pending_wait(q.pending, deadline);
	dns_pending_unref(q.pending);
	return a;
}

struct dns_query *
dns_ask(struct dns_source *s, const char *name, enum dns_type type)
{
	struct dns_query *q = malloc(sizeof(*q));

	if (q == NULL)
		return NULL;
	*q = ask(s, name, type);
	return q;
}

const struct dns_answer *
dns_wait(struct dns_query *q, int64_t deadline)
{
	const struct dns_answer *a = await(*q, deadline);

	free(q);
	return a;
}

void
dns_cancel(struct dns_query *q)
{
	if (q == NULL)
		return;
	dns_answer_unref(q->answer);
	if (q->pending != NULL)
		dns_pending_unref(q->pending);
	free(q);
}

const struct dns_answer *
dns_lookup(struct dns_source *s, const char *name, enum dns_type type, int64_t deadline)
{
	return await(ask(s, name, type), deadline);
}
