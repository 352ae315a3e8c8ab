#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/json.h"
#include "command.h"
#include "inventory.h"
#include "progress.h"
#include "published.h"
#include "record.h"
#include "table.h"

/* One key to check. */
struct item {
	char *domain, *selector;
	enum key_status status;
	char *problem; /* the file is no good; NULL: ask the DNS */
};

struct checking {
	const struct command *c;
	struct item *items;
	struct publication *records; /* one for each item */
	size_t n, cap;
	bool failed; /* memory */
	int status;
};

static bool
grow(struct checking *k)
{
	struct publication *records;
	struct item *items;
	size_t cap = k->cap * 2 + 16;

	if (k->n < k->cap)
		return true;
	items = reallocarray(k->items, cap, sizeof(*items));
	if (items != NULL)
		k->items = items;
	records = reallocarray(k->records, cap, sizeof(*records));
	if (records != NULL)
		k->records = records;
	if (items == NULL || records == NULL)
		return false;
	k->cap = cap;
	return true;
}

static void
fill_record(struct item *item, struct publication *p, const struct inventory_key *k)
{
	struct buf name, value, err;

	buf_init(&name, 0);
	buf_init(&value, 0);
	buf_init(&err, 0);
	record_name(k->selector, k->domain, &name);
	if (k->key == NULL)
		item->problem = strdup(k->problem);
	else if (!record_value(k->key, &value, &err))
		item->problem = strdup(buf_str(&err));
	p->name = strdup(buf_str(&name));
	p->value = strdup(buf_str(&value));
	buf_free(&name);
	buf_free(&value);
	buf_free(&err);
}

static void
note_key(const struct inventory_key *k, void *arg)
{
	struct checking *all = arg;
	struct publication *p;
	struct item *item;

	if (!grow(all)) {
		all->failed = true;
		return;
	}
	item = &all->items[all->n];
	p = &all->records[all->n++];
	memset(item, 0, sizeof(*item));
	memset(p, 0, sizeof(*p));
	item->domain = strdup(k->domain);
	item->selector = strdup(k->selector);
	item->status = k->status;
	fill_record(item, p, k);
	if (item->domain == NULL || item->selector == NULL || p->name == NULL || p->value == NULL)
		all->failed = true;
	progress_show("reading keys", all->n, 0);
}

static void
show_progress(size_t done, size_t of)
{
	progress_show("asking the DNS", done, of);
}

/* Keys that cannot be read have no record to ask for: they go to the end. */
static void
ask(struct checking *all)
{
	struct publication record;
	struct item item;
	size_t i, good = 0;

	for (i = 0; i < all->n; i++) {
		if (all->items[i].problem != NULL)
			continue;
		item = all->items[good];
		record = all->records[good];
		all->items[good] = all->items[i];
		all->records[good++] = all->records[i];
		all->items[i] = item;
		all->records[i] = record;
	}
	published_check(all->records, good, all->c->resolvers, all->c->nresolvers, show_progress);
	progress_end();
}

static const char *
result_of(const struct checking *all, size_t i)
{
	if (all->items[i].problem != NULL)
		return "bad key";
	return published_text(all->records[i].result);
}

static const char *
detail_of(const struct checking *all, size_t i)
{
	return all->items[i].problem != NULL ? all->items[i].problem : all->records[i].detail;
}

static bool
is_ok(const struct checking *all, size_t i)
{
	return all->items[i].problem == NULL && all->records[i].result == PUBLISHED_OK;
}

static const char *
status_of(const struct item *item)
{
	return item->status == STATUS_ACTIVE ? "active" : "pending";
}

static void
print_table(const struct checking *all)
{
	static const char *const titles[] = {"DOMAIN", "SELECTOR", "STATUS", "DNS", ""};
	struct table t;
	size_t i;

	table_init(&t, titles, sizeof(titles) / sizeof(titles[0]));
	for (i = 0; i < all->n; i++) {
		table_add(&t, TONE_PLAIN, all->items[i].domain);
		table_add(&t, TONE_PLAIN, all->items[i].selector);
		table_add(&t, TONE_PLAIN, status_of(&all->items[i]));
		table_add(&t, is_ok(all, i) ? TONE_GOOD : TONE_BAD, result_of(all, i));
		table_add(&t, TONE_PLAIN, detail_of(all, i));
	}
	table_print(&t, stdout);
}

static void
print_json(const struct checking *all)
{
	struct buf out;
	struct json j;
	size_t i;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_array(&j, NULL);
	for (i = 0; i < all->n; i++) {
		json_open_object(&j, NULL);
		json_str(&j, "domain", all->items[i].domain);
		json_str(&j, "selector", all->items[i].selector);
		json_str(&j, "name", all->records[i].name);
		json_str(&j, "status", status_of(&all->items[i]));
		json_str(&j, "result", result_of(all, i));
		json_str(&j, "detail", detail_of(all, i));
		json_close_object(&j);
	}
	json_close_array(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

static void
collect(struct checking *all)
{
	struct inventory inv = {all->c->keys_dir, all->c->secrecy, note_key, all};
	char domain[DOMAIN_BUF];
	struct buf err;
	size_t i, before;

	buf_init(&err, 0);
	if (all->c->nargs == 0 && !inventory_all(&inv, &err))
		all->status = command_fail("%s", buf_str(&err));
	for (i = 0; i < all->c->nargs; i++) {
		before = all->n;
		if (!command_domain(all->c->args[i], domain))
			all->status = EXIT_USAGE;
		else if (!inventory_domain(&inv, domain, &err))
			all->status = command_fail("%s", buf_str(&err));
		else if (all->n == before)
			all->status = command_fail("%s has no key", domain);
	}
	progress_end();
	if (all->failed)
		all->status = command_fail("out of memory");
	buf_free(&err);
}

static void
free_all(struct checking *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		free(all->items[i].domain);
		free(all->items[i].selector);
		free(all->items[i].problem);
		free(all->records[i].name);
		free(all->records[i].value);
	}
	free(all->items);
	free(all->records);
}

int
command_check(const struct command *c)
{
	struct checking all = {.c = c};
	size_t i;

	collect(&all);
	if (!all.failed) {
		ask(&all);
		for (i = 0; i < all.n; i++)
			if (!is_ok(&all, i) && all.status == 0)
				all.status = 1;
		if (c->output == OUTPUT_JSON)
			print_json(&all);
		else
			print_table(&all);
	}
	free_all(&all);
	return all.status;
}
