#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "base/json.h"
#include "command.h"
#include "inventory.h"
#include "record.h"

struct showing {
	const struct command *c;
	struct buf out;
	struct json json;
	size_t shown;
	int status;
};

static void
add_json(struct showing *s, const struct inventory_key *k, const char *name, const char *value)
{
	size_t left = strlen(value), n;

	json_open_object(&s->json, NULL);
	json_str(&s->json, "domain", k->domain);
	json_str(&s->json, "selector", k->selector);
	json_str(&s->json, "algorithm", k->key->alg == KEY_RSA ? "rsa" : "ed25519");
	json_int(&s->json, "bits", k->key->bits);
	json_str(&s->json, "name", name);
	json_str(&s->json, "value", value);
	json_open_array(&s->json, "strings");
	for (; left > 0; value += n, left -= n) {
		n = left < RECORD_STRING ? left : RECORD_STRING;
		json_strn(&s->json, NULL, value, n);
	}
	json_close_array(&s->json);
	json_str(&s->json, "status", k->status == STATUS_ACTIVE ? "active" : "pending");
	json_close_object(&s->json);
}

static void
add_record(struct showing *s, const struct inventory_key *k, const char *value)
{
	struct buf name;

	buf_init(&name, 0);
	record_name(k->selector, k->domain, &name);
	switch (s->c->output) {
	case OUTPUT_JSON:
		add_json(s, k, buf_str(&name), value);
		break;
	case OUTPUT_PLAIN:
		buf_addf(&s->out, "%s\n%s\n", buf_str(&name), value);
		break;
	case OUTPUT_TEXT:
		record_zone(buf_str(&name), value, &s->out);
		break;
	}
	buf_free(&name);
}

static void
show_key(const struct inventory_key *k, void *arg)
{
	struct showing *s = arg;
	struct buf value, err;

	if (s->c->selector != NULL && strcmp(s->c->selector, k->selector) != 0)
		return;
	s->shown++;
	if (k->key == NULL) {
		s->status = command_fail("%s", k->problem);
		return;
	}
	buf_init(&value, 0);
	buf_init(&err, 0);
	if (record_value(k->key, &value, &err))
		add_record(s, k, buf_str(&value));
	else
		s->status = command_fail("%s: %s", k->path, buf_str(&err));
	buf_free(&value);
	buf_free(&err);
}

static int
show_domain(struct showing *s, const char *domain)
{
	struct inventory inv = {s->c->keys_dir, s->c->secrecy, show_key, s};
	struct buf err;

	buf_init(&err, 0);
	s->shown = 0;
	if (!inventory_domain(&inv, domain, &err))
		s->status = command_fail("%s", buf_str(&err));
	else if (s->shown == 0)
		s->status =
		    command_fail("%s has no key%s%s", domain, s->c->selector != NULL ? " " : "",
			s->c->selector != NULL ? s->c->selector : "");
	buf_free(&err);
	return s->status;
}

int
command_show(const struct command *c)
{
	struct showing s = {.c = c};
	char domain[DOMAIN_BUF];
	size_t i;

	buf_init(&s.out, 0);
	json_init(&s.json, &s.out);
	if (c->output == OUTPUT_JSON)
		json_open_array(&s.json, NULL);
	for (i = 0; i < c->nargs; i++) {
		if (command_domain(c->args[i], domain))
			show_domain(&s, domain);
		else
			s.status = EXIT_USAGE;
	}
	if (c->output == OUTPUT_JSON) {
		json_close_array(&s.json);
		buf_addc(&s.out, '\n');
	}
	fputs(buf_str(&s.out), stdout);
	buf_free(&s.out);
	return s.status;
}
