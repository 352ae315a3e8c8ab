/*
 * `gatepost hold release` and `gatepost hold delete`: for several messages at
 * once, each with an answer of its own, and a line in the log that says who.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "hold_task.h"
#include "terminal.h"

#define LOGGED_RECIPIENTS 50

enum outcome { ITEM_DONE, ITEM_FAILED, ITEM_NOT_HELD, ITEM_NOT_RECIPIENT };

/* One id of the command line. */
struct item {
	const char *id;
	const struct held *held;   /* NULL where it is not held */
	struct held part;	   /* what --for has split off */
	const struct held *target; /* the message that is changed: `held` or `part`; NULL: none */
	enum outcome outcome;
};

struct change {
	struct hold_task *task;
	const char *verb; /* "release" */
	const char *done; /* "released" */
	void (*carry_out)(
	    struct queue *, const struct held *const *, size_t, enum queue_result *, struct buf *);
	struct item *items;
	size_t n;
	struct buf err;
};

/* ---- which messages, and whose copy ---- */

/* Addresses are equal where the local parts are (RFC 5321 §2.4) and the domains are but for case.
 */
static bool
same_address(const char *a, const char *b)
{
	const char *at_a = strrchr(a, '@'), *at_b = strrchr(b, '@');

	if (at_a == NULL || at_b == NULL)
		return strcmp(a, b) == 0;
	return at_a - a == at_b - b && strncmp(a, b, (size_t)(at_a - a)) == 0 &&
	       strcasecmp(at_a, at_b) == 0;
}

/* Marks the recipients that --for names; how many of them there are. */
static size_t
choose_recipients(const struct hold_task *t, const struct held *h, bool *chosen)
{
	size_t i, j, n = 0;

	for (i = 0; i < h->nrecipients; i++) {
		for (j = 0; j < t->nrecipients; j++)
			if (same_address(h->recipients[i], t->recipients[j]))
				chosen[i] = true;
		n += chosen[i];
	}
	return n;
}

/* For all recipients there is nothing to split, and for none nothing to release. */
static void
split_off(struct change *c, struct item *item)
{
	const struct held *h = item->held;
	struct queue *q = &c->task->queue;
	bool *chosen = calloc(h->nrecipients + 1, sizeof(*chosen));
	size_t n;

	if (chosen == NULL) {
		item->outcome = ITEM_FAILED;
		return;
	}
	n = choose_recipients(c->task, h, chosen);
	if (n == 0)
		item->outcome = ITEM_NOT_RECIPIENT;
	else if (n == h->nrecipients)
		item->target = h;
	else if (q->methods->split(q, h, chosen, &item->part, &c->err))
		item->target = &item->part;
	else
		item->outcome = ITEM_FAILED;
	free(chosen);
}

static bool
is_named(const struct change *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->items[i].id, id) == 0)
			return true;
	return false;
}

static bool
find_items(struct change *c)
{
	struct item *item;
	size_t i;

	c->items = calloc(c->task->nids, sizeof(*c->items));
	if (c->items == NULL)
		return false;
	c->n = 0;
	for (i = 0; i < c->task->nids; i++) {
		if (is_named(c, c->task->ids[i]))
			continue;
		item = &c->items[c->n++];
		*item = (struct item){.id = c->task->ids[i], .outcome = ITEM_NOT_HELD};
		item->held = held_find(&c->task->held, item->id);
		if (item->held == NULL)
			continue;
		item->outcome = ITEM_FAILED;
		if (c->task->nrecipients > 0)
			split_off(c, item);
		else
			item->target = item->held;
	}
	return true;
}

/* ---- doing it ---- */

static bool
carry_out(struct change *c)
{
	const struct held **v = calloc(c->n, sizeof(struct held *));
	enum queue_result *results = calloc(c->n, sizeof(*results));
	size_t i, n = 0;

	if (v != NULL && results != NULL) {
		for (i = 0; i < c->n; i++)
			if (c->items[i].target != NULL)
				v[n++] = c->items[i].target;
		if (n > 0)
			c->carry_out(&c->task->queue, v, n, results, &c->err);
		for (i = n = 0; i < c->n; i++)
			if (c->items[i].target != NULL && results[n++] == QUEUE_DONE)
				c->items[i].outcome = ITEM_DONE;
	}
	free(v);
	free(results);
	return v != NULL && results != NULL;
}

/* ---- the log ---- */

static bool
name_of(uid_t uid, char *out, size_t n)
{
	const struct passwd *p = getpwuid(uid);

	if (p == NULL)
		return false;
	strlcpy(out, p->pw_name, n);
	return true;
}

/*
 * Who logged in: the kernel keeps that (audit's login uid) through su and
 * sudo. Where it does not know, what sudo says, else whose process this is.
 */
static void
who(char *out, size_t n)
{
	FILE *f = fopen("/proc/self/loginuid", "re");
	const char *sudo = getenv("SUDO_USER");
	char text[16] = "";
	const char *error = "";
	long long uid = 0;

	if (f != NULL) {
		if (fgets(text, sizeof(text), f) != NULL) {
			text[strcspn(text, "\n")] = '\0';
			uid = strtonum(text, 0, UINT32_MAX - 1, &error);
		}
		fclose(f);
	}
	if (text[0] != '\0' && error == NULL && name_of((uid_t)uid, out, n))
		return;
	if (sudo != NULL)
		strlcpy(out, sudo, n);
	else if (!name_of(getuid(), out, n))
		snprintf(out, n, "uid %u", (unsigned)getuid());
}

static void
log_recipients(struct log_line *l, const struct held *h)
{
	struct buf text;
	size_t i;

	buf_init(&text, 8192);
	for (i = 0; i < h->nrecipients && i < LOGGED_RECIPIENTS; i++)
		buf_addf(&text, "%s%s", i > 0 ? "," : "", h->recipients[i]);
	log_line_str(l, "to", buf_str(&text));
	log_line_int(l, "rcpts", (int64_t)h->nrecipients);
	buf_free(&text);
}

static void
log_changes(const struct change *c)
{
	const struct item *item;
	struct log_line l;
	char name[256];

	who(name, sizeof(name));
	log_open("hold", LOG_TARGET_SYSLOG);
	for (item = c->items; item < c->items + c->n; item++) {
		if (item->target == NULL)
			continue;
		log_line_begin(
		    &l, item->outcome == ITEM_DONE ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, c->verb);
		log_line_str(&l, "by", name);
		log_line_str(&l, "result", item->outcome == ITEM_DONE ? c->done : "failed");
		log_line_str(&l, "id", item->target->id);
		if (item->target != item->held)
			log_line_str(&l, "split_from", item->id);
		log_line_str(&l, "from", item->held->sender[0] != '\0' ? item->held->sender : "<>");
		log_recipients(&l, item->target);
		log_line_str(&l, "rule", item->held->rule);
		log_line_str(&l, "reason", held_reason(item->held));
		log_line_send(&l);
	}
}

/* ---- what it says ---- */

static void
say_done(const struct change *c, const struct item *item)
{
	const struct terminal t = terminal_of(stdout);
	struct buf line;
	size_t i;

	buf_init(&line, 0);
	buf_addf(&line, "%s %s", item->id, c->done);
	if (item->target != item->held) {
		buf_adds(&line, " for");
		for (i = 0; i < item->target->nrecipients; i++) {
			buf_adds(&line, i > 0 ? ", " : " ");
			terminal_clean(&t, item->target->recipients[i],
			    strlen(item->target->recipients[i]), 0, &line);
		}
		buf_addf(&line, " as %s; the others stay held", item->target->id);
	}
	puts(buf_str(&line));
	buf_free(&line);
}

static void
say(struct change *c, const struct item *item)
{
	switch (item->outcome) {
	case ITEM_DONE:
		say_done(c, item);
		return;
	case ITEM_FAILED:
		buf_addf(&c->err, "%s: is not %s\n", item->id, c->done);
		if (item->target != NULL && item->target != item->held)
			buf_addf(&c->err, "what was to be %s is held as %s\n", c->done,
			    item->target->id);
		return;
	case ITEM_NOT_HELD:
		buf_addf(&c->err, "%s: no such message is held\n", item->id);
		return;
	case ITEM_NOT_RECIPIENT:
		buf_addf(&c->err, "%s: is not held for this recipient\n", item->id);
		return;
	}
}

static void
json_item(struct json *j, const struct change *c, const struct item *item)
{
	static const char *const words[] = {
	    [ITEM_FAILED] = "failed",
	    [ITEM_NOT_HELD] = "not held",
	    [ITEM_NOT_RECIPIENT] = "not held for this recipient",
	};
	size_t i;

	json_open_object(j, NULL);
	json_str(j, "id", item->id);
	json_str(j, "result", item->outcome == ITEM_DONE ? c->done : words[item->outcome]);
	if (item->target != NULL) {
		json_str(j, "queue_id", item->target->id);
		json_open_array(j, "recipients");
		for (i = 0; i < item->target->nrecipients; i++)
			json_str(j, NULL, item->target->recipients[i]);
		json_close_array(j);
	}
	json_close_object(j);
}

static void
print_json(const struct change *c)
{
	struct buf out;
	struct json j;
	size_t i;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "mta", c->task->queue.methods->name);
	json_str(&j, "action", c->verb);
	json_open_array(&j, "results");
	for (i = 0; i < c->n; i++)
		json_item(&j, c, &c->items[i]);
	json_close_array(&j);
	json_close_object(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

static int
report(struct change *c)
{
	int status = HOLD_DONE;
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->items[i].outcome != ITEM_DONE)
			status = HOLD_PARTLY;
		if (!c->task->json)
			say(c, &c->items[i]);
	}
	if (c->task->json)
		print_json(c);
	return fflush(stdout) == 0 ? status : HOLD_TROUBLE;
}

/* ---- the whole ---- */

static int
change(struct change *c)
{
	int status = HOLD_TROUBLE;

	buf_init(&c->err, 0);
	if (find_items(c) && carry_out(c)) {
		log_changes(c);
		status = report(c);
	} else
		buf_adds(&c->err, "out of memory\n");
	hold_complain(&c->err);
	buf_free(&c->err);
	free(c->items);
	return status;
}

int
hold_release(struct hold_task *t)
{
	return change(&(struct change){.task = t,
	    .verb = "release",
	    .done = "released",
	    .carry_out = t->queue.methods->release});
}

int
hold_delete(struct hold_task *t)
{
	return change(&(struct change){
	    .task = t, .verb = "delete", .done = "deleted", .carry_out = t->queue.methods->remove});
}
