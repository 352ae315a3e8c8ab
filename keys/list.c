#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "base/json.h"
#include "command.h"
#include "inventory.h"
#include "progress.h"
#include "table.h"

struct listing {
	const struct command *c;
	struct table table;
	struct buf out;
	struct json json;
	size_t n;
	int status;
};

static const char *
algorithm(const struct inventory_key *k)
{
	if (k->key == NULL)
		return "?";
	return k->key->alg == KEY_RSA ? "rsa" : "ed25519";
}

static void
add_row(struct listing *l, const struct inventory_key *k, const char *status)
{
	char bits[16] = "?";

	if (k->key != NULL)
		snprintf(bits, sizeof(bits), "%u", k->key->bits);
	table_add(&l->table, TONE_PLAIN, k->domain);
	table_add(&l->table, TONE_PLAIN, k->selector);
	table_add(&l->table, TONE_PLAIN, algorithm(k));
	table_add(&l->table, TONE_PLAIN, bits);
	table_add(&l->table, k->status == STATUS_ACTIVE ? TONE_GOOD : TONE_WARN, status);
	table_add(&l->table, TONE_BAD, k->problem);
}

static void
add_object(struct listing *l, const struct inventory_key *k, const char *status)
{
	json_open_object(&l->json, NULL);
	json_str(&l->json, "domain", k->domain);
	json_str(&l->json, "selector", k->selector);
	json_str(&l->json, "path", k->path);
	json_str(&l->json, "algorithm", k->key != NULL ? algorithm(k) : NULL);
	json_int(&l->json, "bits", k->key != NULL ? k->key->bits : 0);
	json_str(&l->json, "status", status);
	json_str(&l->json, "problem", k->problem[0] != '\0' ? k->problem : NULL);
	json_close_object(&l->json);
}

static void
list_key(const struct inventory_key *k, void *arg)
{
	const char *status = k->status == STATUS_ACTIVE ? "active" : "pending";
	struct listing *l = arg;

	progress_show("reading keys", ++l->n, 0);
	if (k->problem[0] != '\0')
		l->status = 1;
	if (l->c->output == OUTPUT_JSON)
		add_object(l, k, status);
	else
		add_row(l, k, status);
}

static void
visit(struct listing *l)
{
	struct inventory inv = {l->c->keys_dir, l->c->secrecy, list_key, l};
	char domain[DOMAIN_BUF];
	struct buf err;
	bool ok = true;
	size_t i;

	buf_init(&err, 0);
	if (l->c->nargs == 0)
		ok = inventory_all(&inv, &err);
	for (i = 0; i < l->c->nargs && ok; i++) {
		if (command_domain(l->c->args[i], domain))
			ok = inventory_domain(&inv, domain, &err);
		else
			l->status = EXIT_USAGE;
	}
	progress_end();
	if (!ok)
		l->status = command_fail("%s", buf_str(&err));
	buf_free(&err);
}

static void
print_json(struct listing *l)
{
	json_init(&l->json, &l->out);
	json_open_array(&l->json, NULL);
	visit(l);
	json_close_array(&l->json);
	puts(buf_str(&l->out));
}

int
command_list(const struct command *c)
{
	static const char *const titles[] = {
	    "DOMAIN", "SELECTOR", "ALGORITHM", "BITS", "STATUS", "PROBLEM"};
	struct listing l = {.c = c};

	buf_init(&l.out, 0);
	table_init(&l.table, titles, sizeof(titles) / sizeof(titles[0]));
	if (c->output == OUTPUT_JSON) {
		print_json(&l);
		buf_free(&l.table.cells);
	} else {
		visit(&l);
		table_print(&l.table, stdout);
	}
	buf_free(&l.out);
	return l.status;
}
