/* activate and retire: what a key file is called decides whether it signs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "command.h"
#include "files.h"
#include "inventory.h"
#include "published.h"
#include "record.h"
#include "selector.h"

/* One key that is wanted, and what was found of it. */
struct wanted {
	char selector[SELECTOR_BUF];
	bool pending, active;
	struct publication about;
	char problem[512];
};

struct wish {
	const char *domain;
	struct wanted *keys;
	size_t n;
	size_t active; /* keys of the domain altogether */
};

static void
find_record(struct wanted *w, const struct inventory_key *k)
{
	struct buf name, value, err;

	buf_init(&name, 0);
	buf_init(&value, 0);
	buf_init(&err, 0);
	if (k->key == NULL) {
		strlcpy(w->problem, k->problem, sizeof(w->problem));
	} else if (!record_value(k->key, &value, &err)) {
		snprintf(w->problem, sizeof(w->problem), "%s: %s", k->path, buf_str(&err));
	} else {
		record_name(k->selector, k->domain, &name);
		w->about.name = strdup(buf_str(&name));
		w->about.value = strdup(buf_str(&value));
	}
	buf_free(&name);
	buf_free(&value);
	buf_free(&err);
}

static void
note_key(const struct inventory_key *k, void *arg)
{
	struct wish *wish = arg;
	struct wanted *w;
	size_t i;

	wish->active += k->status == STATUS_ACTIVE;
	for (i = 0; i < wish->n; i++) {
		w = &wish->keys[i];
		if (strcmp(w->selector, k->selector) != 0)
			continue;
		if (k->status == STATUS_ACTIVE)
			w->active = true;
		else
			w->pending = true;
		if (k->status == STATUS_PENDING)
			find_record(w, k);
	}
}

static void
free_wish(struct wish *wish)
{
	size_t i;

	for (i = 0; i < wish->n; i++) {
		free(wish->keys[i].about.name);
		free(wish->keys[i].about.value);
	}
	free(wish->keys);
}

/* From "DOMAIN SELECTOR ..." to what lies on the disk. 0, or what to exit with. */
static int
look_up(const struct command *c, char domain[DOMAIN_BUF], struct wish *wish)
{
	struct inventory inv = {c->keys_dir, c->secrecy, note_key, wish};
	struct buf err;
	int status = 0;
	size_t i;

	if (!command_domain(c->args[0], domain))
		return EXIT_USAGE;
	wish->domain = domain;
	wish->keys = calloc(c->nargs, sizeof(wish->keys[0]));
	if (wish->keys == NULL)
		return command_fail("out of memory");
	for (i = 1; i < c->nargs; i++)
		if (!selector_canonical(
			c->args[i], strlen(c->args[i]), wish->keys[wish->n++].selector)) {
			command_fail("%s is no selector", c->args[i]);
			return EXIT_USAGE;
		}
	buf_init(&err, 0);
	if (!inventory_domain(&inv, domain, &err))
		status = command_fail("%s", buf_str(&err));
	buf_free(&err);
	return status;
}

/* Gives each wanted key's file the other suffix. */
static int
rename_all(const struct command *c, struct wish *wish, const char *from, const char *to)
{
	char old[SELECTOR_BUF + 16], new[SELECTOR_BUF + 16];
	struct buf folder, err;
	int status = 0;
	size_t i;

	buf_init(&folder, 0);
	buf_init(&err, 0);
	inventory_folder(c->keys_dir, wish->domain, &folder);
	for (i = 0; i < wish->n && status == 0; i++) {
		snprintf(old, sizeof(old), "%s%s", wish->keys[i].selector, from);
		snprintf(new, sizeof(new), "%s%s", wish->keys[i].selector, to);
		if (files_rename(buf_str(&folder), old, new, &err))
			printf("%s/%s\n", buf_str(&folder), new);
		else
			status = command_fail("%s", buf_str(&err));
	}
	buf_free(&folder);
	buf_free(&err);
	return status;
}

/* ---- activate ---- */

static int
check_pending(const struct wish *wish)
{
	const struct wanted *w;
	size_t i;

	for (i = 0; i < wish->n; i++) {
		w = &wish->keys[i];
		if (!w->pending && w->active)
			return command_fail(
			    "%s of %s is active already", w->selector, wish->domain);
		if (!w->pending)
			return command_fail("%s has no pending key %s", wish->domain, w->selector);
		if (w->active)
			return command_fail("%s has both an active and a pending key %s: "
					    "retire the one or remove the other",
			    wish->domain, w->selector);
		if (w->about.value == NULL)
			return command_fail("%s", w->problem);
	}
	return 0;
}

static void
no_progress(size_t done, size_t of)
{
	(void)done;
	(void)of;
}

static int
check_published(const struct command *c, struct wish *wish)
{
	struct publication *p;
	int status = 0;
	size_t i;

	for (i = 0; i < wish->n; i++) {
		p = &wish->keys[i].about;
		published_check(p, 1, c->resolvers, c->nresolvers, no_progress);
		if (p->result != PUBLISHED_OK)
			status = command_fail("%s: %s%s%s%s", p->name, published_text(p->result),
			    p->detail[0] != '\0' ? " (" : "", p->detail,
			    p->detail[0] != '\0' ? ")" : "");
	}
	if (status != 0)
		command_fail("nothing was activated: receivers would see signatures that fail. "
			     "Publish the record first, or use --force");
	return status;
}

int
command_activate(const struct command *c)
{
	char domain[DOMAIN_BUF];
	struct wish wish = {0};
	int status;

	status = look_up(c, domain, &wish);
	if (status == 0)
		status = check_pending(&wish);
	if (status == 0 && !c->force)
		status = check_published(c, &wish);
	if (status == 0)
		status = rename_all(c, &wish, PENDING_SUFFIX, KEY_SUFFIX);
	if (status == 0)
		puts("Now let the daemon read its keys: systemctl reload gatepost");
	free_wish(&wish);
	return status;
}

/* ---- retire ---- */

static int
check_active(const struct wish *wish)
{
	size_t i;

	for (i = 0; i < wish->n; i++)
		if (!wish->keys[i].active)
			return command_fail(
			    "%s has no active key %s", wish->domain, wish->keys[i].selector);
	return 0;
}

int
command_retire(const struct command *c)
{
	char domain[DOMAIN_BUF];
	struct wish wish = {0};
	int status;

	status = look_up(c, domain, &wish);
	if (status == 0)
		status = check_active(&wish);
	if (status == 0)
		status = rename_all(c, &wish, KEY_SUFFIX, RETIRED_SUFFIX);
	if (status == 0) {
		puts(
		    "Now let the daemon read its keys: systemctl reload gatepost\n"
		    "Keep the DNS record for a week: mail that is signed may still be on its way.");
		if (wish.active <= wish.n)
			printf("%s has no active key left: its mail leaves unsigned.\n", domain);
	}
	free_wish(&wish);
	return status;
}
