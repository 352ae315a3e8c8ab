#include "conf/loader.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "conf/option.h"
#include "conf/report.h"
#include "conf/source.h"
#include "conf/value.h"

#define MAX_DEPTH 10   /* files that include one another */
#define MAX_FILES 1000 /* files altogether, so that no pair of includes grows without end */
#define MAX_UNKNOWN 20 /* unknown names that are reported before we give up */

/* What one pass over the files has seen of an option. */
struct sighting {
	struct place at;
	unsigned times;
	bool begun; /* a list has its first value */
};

struct login_at {
	struct conf_login login;
	struct place at;
};

/* A name that is no option: made known to libconfuse, so that the next pass gets beyond it. */
struct unknown {
	const char *name;
	bool in_login;
};

struct source_id {
	dev_t dev;
	ino_t ino;
};

struct loader {
	enum conf_checks checks;
	struct report report;
	struct arena names; /* file names and unknown names */
	struct unknown unknown[MAX_UNKNOWN];
	size_t nunknown;
	bool again; /* this pass found another unknown name */

	/* one pass */
	struct conf_holder *holder;
	struct sighting seen[OPTION_MAX];
	struct login_at *logins;
	size_t nlogins, logins_cap;
	bool in_login; /* the last of logins is still open */
	cfg_t *cfg;    /* the root */
	const char *file;
	struct source_id files[MAX_DEPTH];
	size_t depth, nfiles;
};

/*
 * libconfuse hands its callbacks nothing of ours, and its lexer is one for
 * the whole process; so there is one load at a time, and this is it.
 */
static struct loader *loading;

/* ---- errors ---- */

static struct place
here(const struct loader *l, const cfg_t *cfg)
{
	return (struct place){l->file, cfg->line > 0 ? (unsigned)cfg->line : 0};
}

/* ---- what libconfuse says, in our words ---- */

static bool
is_unknown(const struct loader *l, const char *name, bool in_login)
{
	size_t i;

	for (i = 0; i < l->nunknown; i++)
		if (l->unknown[i].in_login == in_login && strcmp(l->unknown[i].name, name) == 0)
			return true;
	return false;
}

static void
unknown_option(struct loader *l, cfg_t *cfg, const char *name)
{
	bool in_login = cfg != l->cfg;
	char *copy;

	if (in_login)
		report(&l->report, here(l, cfg), name, "expected only domains in a login section");
	else
		report(
		    &l->report, here(l, cfg), name, "expected the name of an option, this is none");
	if (l->nunknown == MAX_UNKNOWN || is_unknown(l, name, in_login))
		return;
	copy = arena_strdup(&l->names, name);
	if (copy == NULL)
		return;
	l->unknown[l->nunknown++] = (struct unknown){copy, in_login};
	l->again = true;
}

/* The option whose assignment began in the line where libconfuse stopped, or NULL. */
static const struct option *
option_here(const struct loader *l, const cfg_t *cfg)
{
	struct place at = here(l, cfg);
	size_t i;

	for (i = 0; i < noptions; i++)
		if (l->seen[i].at.file == at.file && l->seen[i].at.line == at.line)
			return &options[i];
	return NULL;
}

static void
unexpected_token(struct loader *l, cfg_t *cfg, const char *token)
{
	const struct option *o = option_here(l, cfg);
	const char *name = o != NULL ? o->name : NULL;
	struct buf shown;

	if (o != NULL && (o->flags & OPTION_LIST) == 0 && token[0] == '{') {
		report(&l->report, here(l, cfg), name, "expected one value, not a list");
		return;
	}
	buf_init(&shown, 1024);
	report_show(&shown, token);
	report(&l->report, here(l, cfg), name,
	    "expected something else before %s (is a comma, brace or quote missing?)",
	    buf_str(&shown));
	buf_free(&shown);
}

static void
missing_equal(struct loader *l, cfg_t *cfg, const char *name)
{
	if (!is_unknown(l, name, cfg != l->cfg))
		report(&l->report, here(l, cfg), name, "expected = after the name");
}

static void
append_to_scalar(struct loader *l, cfg_t *cfg, const char *name)
{
	report(&l->report, here(l, cfg), name, "expected = and one value; += is for lists");
}

static void
bad_login(struct loader *l, cfg_t *cfg, const char *name)
{
	report(&l->report, here(l, cfg), name, "expected login \"name\" { domains = {...} }");
}

static void
bad_include(struct loader *l, cfg_t *cfg, const char *name)
{
	report(&l->report, here(l, cfg), name, "expected include(\"file\")");
}

/* Formats of libconfuse 3.3 that have one string as their argument. */
static const struct {
	const char *format;
	void (*say)(struct loader *, cfg_t *, const char *);
} sayings[] = {
    {"no such option '%s'", unknown_option},
    {"unexpected token '%s'", unexpected_token},
    {"missing equal sign after option '%s'", missing_equal},
    {"attempt to append to non-list option '%s'", append_to_scalar},
    {"missing title for section '%s'", bad_login},
    {"missing opening brace for section '%s'", bad_login},
    {"missing parenthesis for function '%s'", bad_include},
};

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct buf text;
	size_t i;

	for (i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
		if (strcmp(fmt, sayings[i].format) == 0) {
			sayings[i].say(loading, cfg, va_arg(ap, const char *));
			return;
		}
	buf_init(&text, 1024);
	buf_vaddf(&text, fmt, ap);
	report(&loading->report, here(loading, cfg), NULL, "%s", buf_str(&text));
	buf_free(&text);
}

/* ---- values ---- */

/* What each list has in libconfuse's eyes at first, to tell "+=" from "=". */
static char placeholder[] = "{\"\"}";

/*
 * The first value of a list decides: "=" has thrown the placeholder out and
 * the list begins anew; "+=" goes on from the default.
 */
static void
begin_list(struct loader *l, const struct option *o, const cfg_opt_t *opt, struct buf *expected)
{
	struct sighting *seen = &l->seen[o - options];

	if (opt->nvalues == 1)
		option_clear(o, &l->holder->conf);
	else if (!seen->begun)
		(void)option_default(o, &l->holder->conf, &l->holder->arena, expected);
	seen->begun = true;
}

static void
set_given(const struct option *o, struct conf *c)
{
	if (o->given != 0)
		*(bool *)((char *)c + o->given) = true;
}

static void
set_place(const struct loader *l, const struct option *o, struct place at)
{
	char text[4200];

	if (o->at == 0)
		return;
	snprintf(text, sizeof(text), "%s:%u", at.file, at.line);
	*(char **)((char *)&l->holder->conf + o->at) = arena_strdup(&l->holder->arena, text);
}

static void
set_value(struct loader *l, cfg_t *cfg, cfg_opt_t *opt, const char *value)
{
	const struct option *o = option_find(opt->name, strlen(opt->name));
	struct buf expected;
	struct setting s = {.option = o,
	    .value = value,
	    .conf = &l->holder->conf,
	    .arena = &l->holder->arena,
	    .expected = &expected};

	if (o == NULL)
		return;
	buf_init(&expected, 8192);
	if ((o->flags & OPTION_LIST) != 0)
		begin_list(l, o, opt, &expected);
	set_given(o, s.conf);
	set_place(l, o, here(l, cfg));
	if (!o->set(&s))
		report_value(&l->report, here(l, cfg), &s, o->name);
	else if (l->checks == CONF_CHECK_FILES && o->check != NULL && !o->check(&s)) {
		s.value = NULL;
		report_value(&l->report, here(l, cfg), &s, o->name);
	}
	buf_free(&expected);
}

/* libconfuse's own copy of a value is of no use to us, but it wants one. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	*(const char **)result = "";
	if (loading->cfg != NULL)
		set_value(loading, cfg, opt, value);
	return 0;
}

static int
on_unknown(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	*(const char **)result = "";
	unknown_option(loading, cfg, opt->name);
	return 0;
}

/* ---- login sections ---- */

static struct login_at *
open_login(struct loader *l, const char *name, struct place at)
{
	size_t cap = l->logins_cap != 0 ? 2 * l->logins_cap : 64;
	struct login_at *v = l->logins;

	if (l->nlogins == l->logins_cap) {
		v = reallocarray(l->logins, cap, sizeof(*v));
		if (v == NULL)
			return NULL;
		l->logins = v;
		l->logins_cap = cap;
	}
	v += l->nlogins;
	*v = (struct login_at){.login.name = arena_strdup(&l->holder->arena, name), .at = at};
	if (v->login.name == NULL)
		return NULL;
	if (!value_is_name(name))
		report(&l->report, at, "login", "expected a name of 1 to 255 octets");
	l->nlogins++;
	l->in_login = true;
	return v;
}

static int
on_login_domain(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct loader *l = loading;
	struct buf expected;
	struct setting s = {.value = value, .arena = &l->holder->arena, .expected = &expected};
	struct login_at *at;

	*(const char **)result = "";
	/* The root still stands at the line where the section began. */
	at = l->in_login ? &l->logins[l->nlogins - 1] : open_login(l, cfg->title, here(l, l->cfg));
	if (at == NULL)
		return -1;
	if (opt->nvalues == 1 && at->login.domains.n != 0)
		report(&l->report, here(l, cfg), "domains", "expected once in a login section");
	buf_init(&expected, 1024);
	if (!value_set_login_domain(&s, &at->login.domains))
		report_value(&l->report, here(l, cfg), &s, "domains");
	buf_free(&expected);
	return 0;
}

/*
 * The end of a section. It is thrown away at once: libconfuse compares each
 * new title with all those before.
 */
static int
on_login(cfg_t *cfg, cfg_opt_t *opt)
{
	struct loader *l = loading;
	const char *title = opt->values[opt->nvalues - 1]->section->title;
	bool good = l->in_login || open_login(l, title, here(l, cfg)) != NULL;

	l->in_login = false;
	cfg_free_value(opt);
	return good ? 0 : -1;
}

static int
by_name(const void *a, const void *b)
{
	const struct login_at *x = a, *y = b;
	int order = strcmp(x->login.name, y->login.name);

	if (order != 0)
		return order;
	return x->at.line < y->at.line ? -1 : x->at.line > y->at.line;
}

static int
by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* For bsearch(3): a host may have thousands. */
static void
sort_list(struct conf_list *list)
{
	if (list->n > 1)
		qsort(list->v, list->n, sizeof(*list->v), by_string);
}

static void
take_logins(struct loader *l)
{
	struct conf *c = &l->holder->conf;
	size_t i;

	if (l->nlogins == 0)
		return;
	qsort(l->logins, l->nlogins, sizeof(*l->logins), by_name);
	c->logins = arena_alloc(&l->holder->arena, l->nlogins * sizeof(*c->logins));
	if (c->logins == NULL) {
		report(
		    &l->report, (struct place){0}, "login", "expected more memory than there is");
		return;
	}
	for (i = 0; i < l->nlogins; i++) {
		const struct login_at *at = &l->logins[i];

		if (i > 0 && strcmp(at[-1].login.name, at->login.name) == 0)
			report(&l->report, at->at, "login",
			    "expected each name once, but \"%s\" is also at %s:%u", at->login.name,
			    at[-1].at.file, at[-1].at.line);
		c->logins[i] = at->login;
	}
	c->nlogins = l->nlogins;
}

/* ---- files ---- */

static void
on_source_error(void *arg, unsigned line, const char *what)
{
	struct loader *l = arg;

	report(&l->report, (struct place){l->file, line}, NULL, "%s", what);
}

static void
on_assigned(void *arg, unsigned line, const char *name, size_t n, char op)
{
	struct loader *l = arg;
	const struct option *o = option_find(name, n);
	struct place at = {l->file, line};
	struct sighting *seen;

	if (o == NULL)
		return;
	seen = &l->seen[o - options];
	if (seen->times > 0 && (op == '=' || (o->flags & OPTION_LIST) == 0))
		report(&l->report, at, o->name, "expected once, but it is also at %s:%u",
		    seen->at.file, seen->at.line);
	seen->times++;
	seen->at = at;
}

/* Hands the text of l->file to libconfuse. 0 where parsing may go on. */
static int
parse_text(struct loader *l, const struct buf *text)
{
	struct source_listener listener = {on_source_error, on_assigned, l};
	struct buf plain;
	FILE *f = NULL;
	int result = -1;

	buf_init(&plain, 0);
	if (!source_plain(text, &listener, &plain))
		goto out;
	if (plain.len == 0) {
		result = 0;
		goto out;
	}
	if (!plain.failed)
		f = fmemopen(plain.data, plain.len, "r");
	if (f == NULL) {
		report(&l->report, (struct place){l->file, 0}, NULL,
		    "expected more memory than there is");
		goto out;
	}
	result = cfg_parse_fp(l->cfg, f);
	fclose(f);
out:
	buf_free(&plain);
	return result;
}

/* Opens a regular file and reads it. False, and a report for that place, where it cannot. */
static bool
read_file(
    struct loader *l, struct place at, const char *path, struct buf *text, struct source_id *id)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *option = l->depth > 0 ? "include" : NULL;
	struct stat st;
	bool good = false;

	if (fd == -1 || fstat(fd, &st) == -1)
		report(&l->report, at, option, "expected a file that can be read (%s: %s)", path,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode))
		report(&l->report, at, option, "expected a regular file (%s is none)", path);
	else if (source_read(fd, text) == -1)
		report(&l->report, at, option,
		    "expected a file of at most 16 MiB that can be read (%s: %s)", path,
		    strerror(errno));
	else
		good = true;
	if (good)
		*id = (struct source_id){st.st_dev, st.st_ino};
	if (fd != -1)
		close(fd);
	return good;
}

/* A path in an include is relative to the folder of the file that has it. */
static char *
beside(struct loader *l, const char *path)
{
	const char *slash = strrchr(l->file, '/');
	size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - l->file) + 1;
	char *out = arena_alloc(&l->names, folder + strlen(path) + 1);

	if (out == NULL)
		return NULL;
	memcpy(out, l->file, folder);
	memcpy(out + folder, path, strlen(path) + 1);
	return out;
}

static bool
is_open(const struct loader *l, const struct source_id *id)
{
	size_t i;

	for (i = 0; i < l->depth; i++)
		if (l->files[i].dev == id->dev && l->files[i].ino == id->ino)
			return true;
	return false;
}

/* Parses text as path, then goes on where we were. */
static int
parse_included(struct loader *l, cfg_t *cfg, const char *path, const struct buf *text)
{
	char *outer_name = cfg->filename;
	const char *outer_file = l->file;
	int outer_line = cfg->line, result;

	cfg->filename = strdup(path);
	l->file = path;
	l->depth++;
	result = parse_text(l, text);
	l->depth--;
	l->file = outer_file;
	free(cfg->filename);
	cfg->filename = outer_name;
	cfg->line = outer_line;
	return result;
}

/*
 * Not libconfuse's own cfg_include(): that has no limits, takes paths from
 * the working directory, and after an error in the included file it has one
 * level less for the rest of the process's life.
 */
static int
on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct loader *l = loading;
	const char *path = beside(l, argv[0]);
	struct source_id id;
	struct buf text;
	int result = 0;

	if (path == NULL)
		return -1;
	if (l->depth == MAX_DEPTH || l->nfiles++ == MAX_FILES) {
		report(&l->report, here(l, cfg), "include",
		    "expected at most %d files in one another, and %d in all", MAX_DEPTH,
		    MAX_FILES);
		return -1;
	}
	buf_init(&text, 0);
	if (read_file(l, here(l, cfg), path, &text, &id)) {
		if (is_open(l, &id))
			report(&l->report, here(l, cfg), "include",
			    "expected another file, %s includes itself", path);
		else {
			l->files[l->depth] = id;
			result = parse_included(l, cfg, path, &text);
		}
	}
	buf_free(&text);
	return result;
}

/* ---- one pass ---- */

/* An option as libconfuse sees it: a string or a list of strings. */
static cfg_opt_t
option_for(const struct option *o)
{
	cfg_opt_t scalar = CFG_STR_CB(o->name, NULL, CFGF_NODEFAULT, on_value);
	cfg_opt_t list = CFG_STR_LIST_CB(o->name, placeholder, CFGF_NONE, on_value);

	return (o->flags & OPTION_LIST) != 0 ? list : scalar;
}

static size_t
add_unknown(const struct loader *l, bool in_login, cfg_opt_t *opts, size_t n)
{
	size_t i;

	for (i = 0; i < l->nunknown; i++) {
		cfg_opt_t o = CFG_STR_LIST_CB(l->unknown[i].name, NULL, CFGF_NODEFAULT, on_unknown);

		if (l->unknown[i].in_login == in_login)
			opts[n++] = o;
	}
	return n;
}

static cfg_t *
new_cfg(const struct loader *l, const char *name)
{
	static const cfg_opt_t end = CFG_END();
	static const cfg_opt_t include = CFG_FUNC("include", on_include);
	cfg_opt_t login[MAX_UNKNOWN + 2] = {
	    CFG_STR_LIST_CB("domains", NULL, CFGF_NODEFAULT, on_login_domain)};
	cfg_opt_t section = CFG_SEC("login", login, CFGF_MULTI | CFGF_TITLE);
	cfg_opt_t *opts = calloc(noptions + MAX_UNKNOWN + 3, sizeof(*opts));
	cfg_t *cfg;
	size_t n;

	if (opts == NULL)
		return NULL;
	login[add_unknown(l, true, login, 1)] = end;
	for (n = 0; n < noptions; n++)
		opts[n] = option_for(&options[n]);
	opts[n++] = include;
	opts[n++] = section;
	opts[add_unknown(l, false, opts, n)] = end;
	cfg = cfg_init(opts, CFGF_NONE);
	free(opts);
	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, "login", on_login);
	cfg->filename = strdup(name);
	return cfg;
}

struct conf_holder *
conf_holder_new(void)
{
	struct conf_holder *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	arena_init(&h->arena, 0);
	atomic_init(&h->refs, 1);
	return h;
}

void
conf_holder_free(struct conf_holder *h)
{
	if (h == NULL)
		return;
	arena_free(&h->arena);
	free(h);
}

static void
default_value(struct loader *l, const struct option *o)
{
	struct conf *c = &l->holder->conf;
	struct buf expected;
	struct setting s = {
	    .option = o, .conf = c, .arena = &l->holder->arena, .expected = &expected};

	buf_init(&expected, 8192);
	if (!option_default(o, c, &l->holder->arena, &expected))
		report_value(&l->report, (struct place){0}, &s, o->name);
	else if (l->checks == CONF_CHECK_FILES && o->check != NULL) {
		s.value = "";
		if (!o->check(&s)) {
			s.value = NULL;
			report_value(&l->report, (struct place){0}, &s, o->name);
		}
	}
	buf_free(&expected);
}

static const struct sighting *
sighting_of(const struct loader *l, const char *name)
{
	return &l->seen[option_find(name, strlen(name)) - options];
}

/* What can only be together: an option that would do nothing is a mistake. */
static void
check_sealing(struct loader *l)
{
	const struct conf *c = &l->holder->conf;
	const struct sighting *domain = sighting_of(l, "arc_seal_domain");
	const struct sighting *list = sighting_of(l, "arc_seal_for");

	if (list->times > 0 && domain->times == 0)
		report(&l->report, list->at, "arc_seal_for",
		    "expected arc_seal_domain too, since nothing is sealed without it");
	if (domain->times > 0 && c->arc_seal_domain != NULL && c->arc_seal_domain[0] != '\0' &&
	    !c->verify)
		report(&l->report, domain->at, "arc_seal_domain",
		    "expected verify = true, since a seal tells what was verified here");
}

/* Options that the file does not say, and lists that it says are empty. */
static void
fill(struct loader *l)
{
	struct conf *c = &l->holder->conf;
	size_t i;

	for (i = 0; i < noptions; i++) {
		const struct option *o = &options[i];

		if (l->seen[i].times == 0)
			default_value(l, o);
		else if ((o->flags & OPTION_FILLED) != 0 && !l->seen[i].begun)
			report(&l->report, l->seen[i].at, o->name, "expected at least one");
	}
	check_sealing(l);
	if (!value_sign_from(c, &l->holder->arena))
		report(&l->report, (struct place){0}, "sign_headers",
		    "expected more memory than there is");
}

/* One pass over the files. False where it failed and there is no other error to say why. */
static bool
pass(struct loader *l, const struct buf *text)
{
	bool good;

	conf_holder_free(l->holder);
	memset(l->seen, 0, sizeof(l->seen));
	l->nlogins = l->nfiles = 0;
	l->in_login = l->again = false;
	l->cfg = NULL;
	l->holder = conf_holder_new();
	if (l->holder == NULL)
		return false;
	l->cfg = new_cfg(l, l->file);
	if (l->cfg == NULL)
		return false;
	good = parse_text(l, text) == 0;
	if (good) {
		fill(l);
		take_logins(l);
		sort_list(&l->holder->conf.local_domains);
	}
	cfg_free(l->cfg);
	return good || report_any(&l->report);
}

static struct conf_holder *
load(struct loader *l, const struct buf *text)
{
	loading = l;
	do {
		if (!pass(l, text)) {
			report(&l->report, (struct place){0}, NULL,
			    "expected more memory than there is");
			break;
		}
	} while (l->again);
	loading = NULL;
	free(l->logins);
	if (report_any(&l->report)) {
		conf_holder_free(l->holder);
		return NULL;
	}
	return l->holder;
}

/* ---- the face ---- */

struct conf_holder *
loader_path(const char *path, enum conf_checks checks, struct buf *err)
{
	struct loader l = {.checks = checks, .report = report_to(err, path), .file = path};
	struct conf_holder *h = NULL;
	struct buf text;

	arena_init(&l.names, 0);
	buf_init(&text, 0);
	if (read_file(&l, (struct place){0}, path, &text, &l.files[0])) {
		l.depth = 1;
		h = load(&l, &text);
	}
	buf_free(&text);
	arena_free(&l.names);
	return h;
}

struct conf_holder *
loader_fd(int fd, const char *name, enum conf_checks checks, struct buf *err)
{
	struct loader l = {
	    .checks = checks, .report = report_to(err, name), .file = name, .depth = 1};
	struct conf_holder *h = NULL;
	struct stat st;
	struct buf text;

	arena_init(&l.names, 0);
	buf_init(&text, 0);
	if ((lseek(fd, 0, SEEK_SET) == -1 && errno != ESPIPE) || fstat(fd, &st) == -1 ||
	    source_read(fd, &text) == -1)
		report(&l.report, (struct place){0}, NULL,
		    "expected a file of at most 16 MiB that can be read (%s)", strerror(errno));
	else {
		l.files[0] = (struct source_id){st.st_dev, st.st_ino};
		h = load(&l, &text);
	}
	buf_free(&text);
	arena_free(&l.names);
	return h;
}
