#include "published.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>

#define AT_ONCE 64	/* questions under way */
#define TIME_LIMIT 5000 /* milliseconds for one */
#define MAX_RECORD 8192 /* bytes of a record that we look at */
#define TXT 16
#define IN 1

struct question {
	struct asking *asking;
	struct publication *about;
	int id;	       /* libunbound's */
	int64_t asked; /* milliseconds */
	bool waiting;
};

struct asking {
	struct ub_ctx *ctx;
	struct question *questions;
	size_t n, next, done, waiting;
	size_t oldest; /* all before are done */
};

const char *
published_text(enum published p)
{
	switch (p) {
	case PUBLISHED_OK:
		return "ok";
	case PUBLISHED_MISSING:
		return "missing";
	case PUBLISHED_DIFFERS:
		return "differs";
	case PUBLISHED_REVOKED:
		return "revoked";
	case PUBLISHED_SEVERAL:
		return "several records";
	case PUBLISHED_FAILED:
		return "DNS error";
	}
	return "";
}

static void
conclude(struct publication *p, enum published result, const char *detail)
{
	p->result = result;
	snprintf(p->detail, sizeof(p->detail), "%s", detail);
}

/* ---- tag lists (RFC 6376 §3.2), as far as it takes to compare two ---- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The value of a tag of a record without its white space, which has no
 * meaning in the tags that matter here. False where there is no such tag.
 */
static bool
find_tag(const char *record, size_t len, const char *tag, struct buf *out)
{
	const char *at = record, *end = record + len, *stop, *eq;

	buf_clear(out);
	for (; at < end; at = stop + 1) {
		stop = memchr(at, ';', (size_t)(end - at));
		if (stop == NULL)
			stop = end;
		while (at < stop && is_space(*at))
			at++;
		eq = memchr(at, '=', (size_t)(stop - at));
		if (eq == NULL)
			continue;
		for (len = (size_t)(eq - at); len > 0 && is_space(at[len - 1]); len--)
			;
		if (len != strlen(tag) || memcmp(at, tag, len) != 0)
			continue;
		for (eq++; eq < stop; eq++)
			if (!is_space(*eq))
				buf_addc(out, *eq);
		return true;
	}
	return false;
}

/* Whether a colon-separated list has one of two words. */
static bool
list_has(const char *list, const char *word, const char *other)
{
	size_t n;

	for (;; list += n + 1) {
		n = strcspn(list, ":");
		if ((n == strlen(word) && memcmp(list, word, n) == 0) ||
		    (n == strlen(other) && memcmp(list, other, n) == 0))
			return true;
		if (list[n] == '\0')
			return false;
	}
}

/* What else of a record keeps verifiers from using it; NULL: nothing. */
static const char *
find_obstacle(const char *record, size_t len, const char *wanted_k, struct buf *tag)
{
	const char *k = "rsa";

	if (find_tag(record, len, "v", tag) && strcmp(buf_str(tag), "DKIM1") != 0)
		return "v= is not DKIM1";
	if (find_tag(record, len, "k", tag))
		k = buf_str(tag);
	if (strcmp(k, wanted_k) != 0)
		return "k= is another algorithm";
	if (find_tag(record, len, "h", tag) && !list_has(buf_str(tag), "sha256", "sha256"))
		return "h= does not allow sha256";
	if (find_tag(record, len, "s", tag) && !list_has(buf_str(tag), "email", "*"))
		return "s= does not allow email";
	return NULL;
}

void
published_compare(struct publication *p, const char *record, size_t len)
{
	struct buf wanted_k, wanted_p, tag;
	const char *obstacle;

	buf_init(&wanted_k, MAX_RECORD);
	buf_init(&wanted_p, MAX_RECORD);
	buf_init(&tag, MAX_RECORD);
	find_tag(p->value, strlen(p->value), "k", &wanted_k);
	find_tag(p->value, strlen(p->value), "p", &wanted_p);
	obstacle = find_obstacle(record, len, buf_str(&wanted_k), &tag);
	if (!find_tag(record, len, "p", &tag))
		conclude(p, PUBLISHED_DIFFERS, "the record has no p=");
	else if (tag.len == 0)
		conclude(p, PUBLISHED_REVOKED, "p= is empty");
	else if (obstacle != NULL)
		conclude(p, PUBLISHED_DIFFERS, obstacle);
	else if (strcmp(buf_str(&tag), buf_str(&wanted_p)) != 0)
		conclude(p, PUBLISHED_DIFFERS, "p= is another key");
	else if (find_tag(record, len, "t", &tag) && list_has(buf_str(&tag), "y", "y"))
		conclude(p, PUBLISHED_OK, "t=y: verifiers treat it as a test");
	else
		conclude(p, PUBLISHED_OK, "");
	buf_free(&wanted_k);
	buf_free(&wanted_p);
	buf_free(&tag);
}

/* ---- asking ---- */

/* The strings of one record, joined with nothing between (RFC 6376 §3.6.2.2). */
static void
compare_rdata(struct publication *p, const char *data, size_t len)
{
	struct buf text;
	size_t at, n;

	buf_init(&text, MAX_RECORD);
	for (at = 0; at < len; at += n + 1) {
		n = (unsigned char)data[at];
		if (n > len - at - 1)
			n = len - at - 1;
		buf_add(&text, data + at + 1, n);
	}
	if (text.failed)
		conclude(p, PUBLISHED_DIFFERS, "the record is too long");
	else
		published_compare(p, buf_str(&text), text.len);
	buf_free(&text);
}

static void
judge(struct publication *p, const struct ub_result *r)
{
	if (r->bogus)
		conclude(p, PUBLISHED_FAILED, "DNSSEC: bogus");
	else if (r->rcode != 0 && r->rcode != 3)
		conclude(p, PUBLISHED_FAILED, r->rcode == 2 ? "SERVFAIL" : "refused or failed");
	else if (!r->havedata)
		conclude(p, PUBLISHED_MISSING,
		    r->nxdomain ? "the name does not exist" : "no TXT record");
	else if (r->data[1] != NULL)
		conclude(p, PUBLISHED_SEVERAL, "there must be exactly one TXT record");
	else
		compare_rdata(p, r->data[0], (size_t)r->len[0]);
}

static void
finish(struct question *q)
{
	q->waiting = false;
	q->asking->waiting--;
	q->asking->done++;
}

static void
answered(void *arg, int error, struct ub_result *r)
{
	struct question *q = arg;

	if (error != 0)
		conclude(q->about, PUBLISHED_FAILED, ub_strerror(error));
	else
		judge(q->about, r);
	ub_resolve_free(r);
	finish(q);
}

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
ask(struct question *q)
{
	int error;

	q->asked = now();
	q->waiting = true;
	q->asking->waiting++;
	error = ub_resolve_async(q->asking->ctx, q->about->name, TXT, IN, q, answered, &q->id);
	if (error != 0) {
		conclude(q->about, PUBLISHED_FAILED, ub_strerror(error));
		finish(q);
	}
}

/* Questions grow old in the order in which they were asked. */
static void
give_up_late(struct asking *a)
{
	struct question *q;

	for (; a->oldest < a->next; a->oldest++) {
		q = &a->questions[a->oldest];
		if (!q->waiting)
			continue;
		if (now() - q->asked < TIME_LIMIT)
			return;
		ub_cancel(a->ctx, q->id);
		conclude(q->about, PUBLISHED_FAILED, "timed out");
		finish(q);
	}
}

static void
ask_all(struct asking *a, void (*progress)(size_t, size_t))
{
	struct pollfd pfd = {.fd = ub_fd(a->ctx), .events = POLLIN};

	while (a->done < a->n) {
		while (a->waiting < AT_ONCE && a->next < a->n)
			ask(&a->questions[a->next++]);
		if (a->waiting == 0)
			continue;
		if (poll(&pfd, 1, 100) > 0)
			ub_process(a->ctx);
		give_up_late(a);
		progress(a->done, a->n);
	}
}

/* Returns NULL, or what went wrong. */
static const char *
set_up(struct ub_ctx *ctx, char *const *resolvers, size_t nresolvers)
{
	int error;
	size_t i;

	ub_ctx_async(ctx, 1);
	error = ub_ctx_set_option(ctx, "do-not-query-localhost:", "no");
	if (error == 0 && nresolvers == 0)
		error = ub_ctx_resolvconf(ctx, NULL);
	for (i = 0; error == 0 && i < nresolvers; i++)
		error = ub_ctx_set_fwd(ctx, resolvers[i]);
	return error == 0 ? NULL : ub_strerror(error);
}

void
published_check(struct publication *p, size_t n, char *const *resolvers, size_t nresolvers,
    void (*progress)(size_t done, size_t of))
{
	const char *problem = "out of memory";
	struct asking a = {.n = n};
	size_t i;

	a.ctx = ub_ctx_create();
	a.questions = calloc(n > 0 ? n : 1, sizeof(a.questions[0]));
	if (a.ctx != NULL && a.questions != NULL)
		problem = set_up(a.ctx, resolvers, nresolvers);
	for (i = 0; i < n; i++) {
		if (problem != NULL) {
			conclude(&p[i], PUBLISHED_FAILED, problem);
			continue;
		}
		a.questions[i].asking = &a;
		a.questions[i].about = &p[i];
	}
	if (problem == NULL)
		ask_all(&a, progress);
	ub_ctx_delete(a.ctx);
	free(a.questions);
}
