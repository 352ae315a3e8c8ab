/* `gatepost hold list`: a table, or JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hold_task.h"
#include "terminal.h"

enum column { ID, AGE, FROM, TO, SUBJECT, REASON, COLUMNS };

static const char *const titles[] = {"ID", "AGE", "FROM", "TO", "SUBJECT", "REASON"};

struct cell {
	struct buf text[COLUMNS];
};

/* ---- text ---- */

static void
add_age(int64_t seconds, struct buf *out)
{
	if (seconds < 0)
		seconds = 0;
	if (seconds < 60)
		buf_addf(out, "%" PRId64 "s", seconds);
	else if (seconds < 3600)
		buf_addf(out, "%" PRId64 "m", seconds / 60);
	else if (seconds < 48 * 3600)
		buf_addf(out, "%" PRId64 "h", seconds / 3600);
	else
		buf_addf(out, "%" PRId64 "d", seconds / 86400);
}

static void
fill(struct cell *c, const struct held *h, int64_t now)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		buf_clear(&c->text[i]);
	buf_adds(&c->text[ID], h->id);
	add_age(now - h->arrived, &c->text[AGE]);
	buf_adds(&c->text[FROM], h->sender[0] != '\0' ? h->sender : "<>");
	if (h->nrecipients > 0)
		buf_adds(&c->text[TO], h->recipients[0]);
	if (h->nrecipients > 1)
		buf_addf(&c->text[TO], " +%zu", h->nrecipients - 1);
	hold_subject(h, &c->text[SUBJECT]);
	buf_adds(&c->text[REASON], held_reason(h)[0] != '\0' ? held_reason(h) : "-");
}

/* Narrow columns get what they need; the others share the rest of the line. */
static void
measure(const struct held_list *l, const struct terminal *t, size_t width[COLUMNS])
{
	static const size_t share[COLUMNS] = {[FROM] = 25, [TO] = 22, [SUBJECT] = 25};
	size_t i, rest, n;

	memset(width, 0, COLUMNS * sizeof(*width));
	width[ID] = strlen(titles[ID]);
	width[AGE] = 4;
	for (i = 0; i < l->n; i++) {
		n = strlen(l->v[i].id);
		width[ID] = n > width[ID] ? n : width[ID];
	}
	n = width[ID] + width[AGE] + (COLUMNS - 1) * 2;
	rest = t->width > n + 60 ? t->width - n : 60;
	width[REASON] = rest;
	for (i = FROM; i < REASON; i++) {
		width[i] = rest * share[i] / 100;
		width[REASON] -= width[i];
	}
}

static void
print_row(
    const struct terminal *t, const struct cell *c, const size_t width[COLUMNS], struct buf *line)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		if (i == REASON || t->width == 0)
			terminal_clean(
			    t, c->text[i].data, c->text[i].len, t->width == 0 ? 0 : width[i], line);
		else
			terminal_column(t, c->text[i].data, c->text[i].len, width[i], line);
		if (i < REASON)
			buf_adds(line, t->width == 0 ? "\t" : "  ");
	}
}

static void
print_titles(const struct terminal *t, const size_t width[COLUMNS])
{
	struct buf line;
	size_t i;

	buf_init(&line, 0);
	for (i = 0; i < COLUMNS; i++) {
		terminal_column(t, titles[i], strlen(titles[i]), i < REASON ? width[i] : 0, &line);
		buf_adds(&line, i < REASON ? "  " : "");
	}
	printf(t->colour ? "\033[1m%s\033[0m\n" : "%s\n", buf_str(&line));
	buf_free(&line);
}

/* On a terminal a table as wide as it is, elsewhere whole values with tabs between. */
static void
print_table(const struct held_list *l)
{
	const struct terminal t = terminal_of(stdout);
	int64_t now = time(NULL);
	size_t width[COLUMNS], i;
	struct cell c;
	struct buf line;

	for (i = 0; i < COLUMNS; i++)
		buf_init(&c.text[i], 0);
	buf_init(&line, 0);
	measure(l, &t, width);
	if (t.width > 0 && l->n > 0)
		print_titles(&t, width);
	for (i = 0; i < l->n; i++) {
		buf_clear(&line);
		fill(&c, &l->v[i], now);
		print_row(&t, &c, width, &line);
		puts(buf_str(&line));
	}
	if (t.width > 0)
		printf(l->n == 0 ? "nothing is held\n" : "%zu held\n", l->n);
	buf_free(&line);
	for (i = 0; i < COLUMNS; i++)
		buf_free(&c.text[i]);
}

/* ---- JSON ---- */

static void
print_json(const struct hold_task *t)
{
	struct buf out;
	struct json j;
	size_t i;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "mta", t->queue.methods->name);
	json_open_array(&j, "held");
	for (i = 0; i < t->held.n; i++) {
		json_open_object(&j, NULL);
		hold_json(&j, &t->held.v[i]);
		json_close_object(&j);
	}
	json_close_array(&j);
	json_close_object(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

int
hold_list(struct hold_task *t)
{
	if (t->json)
		print_json(t);
	else
		print_table(&t->held);
	return fflush(stdout) == 0 ? HOLD_DONE : HOLD_TROUBLE;
}
