#include "queue_postfix.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/utf8.h"

#define LISTING_MAX (64UL * 1024 * 1024) /* one message with all its recipients */
#define LINE_MAX_BYTES 65536
#define HEADER_MAX (256UL * 1024) /* of a message in the list; Subject stands at its beginning */
#define BATCH 500		  /* messages for one run of a program */
#define WAKE_MAX 100		  /* released messages that are not left to the next queue run */

static bool
is_id(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (!ascii_is_alpha(s[i]) && !ascii_is_digit(s[i]))
			return false;
	/* postsuper(1) takes ALL for every message */
	return i >= 5 && i < QUEUE_ID_MAX && strcmp(s, "ALL") != 0;
}

/* ---- running ---- */

int
postfix_run(struct queue *q, const struct postfix_call *c, struct buf *errors)
{
	size_t n = 0, i;
	const char **argv;
	int status;

	for (i = 0; c->arguments[i] != NULL; i++)
		;
	argv = calloc(i + c->nids + 4, sizeof(*argv));
	if (argv == NULL) {
		buf_adds(errors, "out of memory\n");
		return -1;
	}
	argv[n++] = queue_program(q, c->program);
	if (q->config[0] != '\0') {
		argv[n++] = "-c";
		argv[n++] = q->config;
	}
	for (i = 0; c->arguments[i] != NULL; i++)
		argv[n++] = c->arguments[i];
	for (i = 0; i < c->nids; i++)
		argv[n++] = c->ids[i]->id;
	status = argv[0] == NULL ? -1
				 : program_run(&(struct program){.argv = argv,
				       .input = c->input,
				       .take = c->take,
				       .arg = c->arg,
				       .errors = errors});
	free(argv);
	return status;
}

/* ---- the list ---- */

/* JSON is UTF-8 (RFC 8259 §8.1); an address in the queue need not be. */
static void
make_utf8(const struct buf *line, struct buf *out)
{
	size_t i = 0, n;

	while (i < line->len) {
		n = utf8_length(line->data + i, line->len - i);
		if (n > 0)
			buf_add(out, line->data + i, n);
		else
			buf_adds(out, "\xef\xbf\xbd");
		i += n > 0 ? n : 1;
	}
}

static const char *
member(struct held_list *l, const json_t *object, const char *name)
{
	const json_t *s = json_object_get(object, name);

	return json_is_string(s) ? held_copy(l, json_string_value(s), json_string_length(s)) : "";
}

static void
add_recipients(struct held_list *l, struct held *h, const json_t *list)
{
	size_t n = json_array_size(list), i;

	h->recipients = arena_alloc(&l->mem, (n + 1) * sizeof(*h->recipients));
	if (h->recipients == NULL) {
		l->failed = true;
		return;
	}
	for (i = 0; i < n; i++)
		h->recipients[h->nrecipients++] = member(l, json_array_get(list, i), "address");
}

static bool
add_message(struct held_list *l, const json_t *m)
{
	const char *id = json_string_value(json_object_get(m, "queue_id"));
	struct held *h;

	if (id == NULL || !is_id(id))
		return false;
	h = held_list_add(l, id, strlen(id));
	if (h == NULL)
		return true;
	h->arrived = json_integer_value(json_object_get(m, "arrival_time"));
	h->size = json_integer_value(json_object_get(m, "message_size"));
	h->sender = member(l, m, "sender");
	/* showq(8) writes the null sender so; a true sender of that name has a domain */
	if (strcmp(h->sender, "MAILER-DAEMON") == 0)
		h->sender = "";
	add_recipients(l, h, json_object_get(m, "recipients"));
	return true;
}

bool
postfix_read_listing(struct held_list *l, struct buf *line)
{
	struct buf text;
	const char *queue;
	bool good = false;
	json_t *m;

	buf_init(&text, 0);
	make_utf8(line, &text);
	m = json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	queue = json_string_value(json_object_get(m, "queue_name"));
	if (queue != NULL)
		good = strcmp(queue, "hold") != 0 || add_message(l, m);
	json_decref(m);
	buf_free(&text);
	return good;
}

struct listing {
	struct held_list *list;
	size_t strange; /* lines that are not understood */
};

static void
take_listing(void *arg, struct buf *line)
{
	struct listing *l = arg;

	if (line->len > 0 && !postfix_read_listing(l->list, line))
		l->strange++;
}

static bool
list_envelopes(struct queue *q, struct held_list *l, struct buf *err)
{
	static const char *const arguments[] = {"-j", NULL};
	struct listing listing = {.list = l};
	struct lines lines;
	int status;

	lines_init(&lines, LISTING_MAX, take_listing, &listing);
	status = postfix_run(q,
	    &(struct postfix_call){
		.program = "postqueue", .arguments = arguments, .take = lines_take, .arg = &lines},
	    err);
	lines_end(&lines);
	if (listing.strange > 0)
		buf_addf(err, "%zu lines of postqueue -j are not understood\n", listing.strange);
	return status == 0;
}

/* ---- header sections ---- */

/* What postcat(1) prints of several messages, taken apart. */
struct headers {
	struct held **v; /* the messages asked for, in that order */
	size_t n;
	size_t next; /* the first that has not come yet */
	enum { OUTSIDE, ENVELOPE, HEADER } within;
	struct buf text, path;
	struct held_list *list; /* where subject and reason go, or NULL */
	struct buf *out;	/* where the text goes, or NULL */
};

bool
postfix_read_marker(const char *line, const char *what, struct buf *path)
{
	size_t n = strlen(what), len;

	if (strncmp(line, "*** ", 4) != 0 || strncmp(line + 4, what, n) != 0 || line[4 + n] != ' ')
		return false;
	line += 4 + n + 1;
	len = strcspn(line, " ");
	if (strcmp(line + len, " ***") != 0)
		return false;
	buf_clear(path);
	buf_add(path, line, len);
	return true;
}

/* "hold/ID", or with folders of letters in between (hash_queue_names). */
static bool
is_path_of(struct buf *path, const char *id)
{
	const char *s = buf_str(path), *slash = strrchr(s, '/');

	return strncmp(s, "hold/", 5) == 0 && strstr(s, "..") == NULL && slash != NULL &&
	       strcmp(slash + 1, id) == 0;
}

static void
begin_message(struct headers *h)
{
	size_t i;

	for (i = h->next; i < h->n; i++)
		if (is_path_of(&h->path, h->v[i]->id)) {
			h->next = i;
			h->within = ENVELOPE;
			return;
		}
}

static void
end_message(struct headers *h)
{
	if (h->list != NULL)
		held_read_header(h->list, h->v[h->next], &h->text);
	if (h->out != NULL)
		buf_add(h->out, h->text.data, h->text.len);
	h->next++;
	h->within = OUTSIDE;
}

/*
 * No header line looks like a marker: it has no colon behind its first word
 * (RFC 5322 §2.2), and postcat -h ends at the first line that is no header.
 */
static void
take_header(void *arg, struct buf *line)
{
	struct headers *h = arg;
	const char *s = buf_str(line);

	switch (h->within) {
	case OUTSIDE:
		if (postfix_read_marker(s, "ENVELOPE RECORDS", &h->path))
			begin_message(h);
		return;
	case ENVELOPE:
		if (postfix_read_marker(s, "MESSAGE CONTENTS", &h->path)) {
			buf_clear(&h->text);
			h->within = HEADER;
		}
		return;
	case HEADER:
		if (postfix_read_marker(s, "HEADER EXTRACTED", &h->path)) {
			end_message(h);
			return;
		}
		buf_add(&h->text, line->data, line->len);
		buf_addc(&h->text, '\n');
		return;
	}
}

/*
 * postcat stops at a message that is not there any more: we go on behind it.
 * What remains unread has been released or deleted meanwhile.
 */
static void
read_headers(struct queue *q, struct headers *h, struct buf *err)
{
	static const char *const arguments[] = {"-qeh", NULL};
	struct lines lines;
	size_t n;
	int status;

	while (h->next < h->n) {
		n = h->n - h->next < BATCH ? h->n - h->next : BATCH;
		n += h->next;
		h->within = OUTSIDE;
		lines_init(&lines, LINE_MAX_BYTES, take_header, h);
		status = postfix_run(q,
		    &(struct postfix_call){.program = "postcat",
			.arguments = arguments,
			.ids = (const struct held *const *)h->v + h->next,
			.nids = n - h->next,
			.take = lines_take,
			.arg = &lines},
		    err);
		lines_end(&lines);
		if (status == -1)
			return;
		if (h->next < n)
			h->next++;
	}
}

static struct headers
headers_of(struct held **v, size_t n, size_t max)
{
	struct headers h = {.v = v, .n = n};

	buf_init(&h.text, max);
	buf_init(&h.path, 0);
	return h;
}

static bool
list(struct queue *q, struct held_list *l, struct buf *err)
{
	struct headers h;
	struct buf unread;
	struct held **v;
	size_t i;

	if (!list_envelopes(q, l, err))
		return false;
	v = calloc(l->n + 1, sizeof(struct held *));
	if (v == NULL) {
		buf_adds(err, "out of memory\n");
		return false;
	}
	for (i = 0; i < l->n; i++)
		v[i] = &l->v[i];
	buf_init(&unread, 4096);
	h = headers_of(v, l->n, HEADER_MAX);
	h.list = l;
	read_headers(q, &h, &unread);
	buf_free(&h.text);
	buf_free(&h.path);
	buf_free(&unread);
	free(v);
	return !l->failed;
}

static bool
header(struct queue *q, const struct held *held, struct buf *out, struct buf *err)
{
	struct held copy = *held, *one = &copy;
	struct headers h = headers_of(&one, 1, out->max);
	size_t before = out->len;

	h.out = out;
	read_headers(q, &h, err);
	buf_free(&h.text);
	buf_free(&h.path);
	return out->len > before;
}

static bool
write_out(void *arg, const char *p, size_t n)
{
	int fd = *(const int *)arg;
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w) {
		w = write(fd, p, n);
		if (w == -1 && errno == EINTR)
			w = 0;
		else if (w == -1)
			return false;
	}
	return true;
}

static bool
content(struct queue *q, const struct held *h, int fd, struct buf *err)
{
	static const char *const arguments[] = {"-qbh", NULL};

	return postfix_run(q,
		   &(struct postfix_call){.program = "postcat",
		       .arguments = arguments,
		       .ids = &h,
		       .nids = 1,
		       .take = write_out,
		       .arg = &fd},
		   err) == 0;
}

/* ---- release and delete ---- */

/* What postsuper(1) is told, and what it says: of each message, and at the end. */
struct postsuper {
	const char *const *arguments;
	const char *done, *total;
};

/* "postsuper: ID: released from hold" */
static bool
mark_done(const char *line, const char *done, const struct held *const *v, size_t n,
    enum queue_result *results)
{
	static const char prefix[] = "postsuper: ";
	size_t len, i;

	if (strncmp(line, prefix, strlen(prefix)) != 0)
		return false;
	line += strlen(prefix);
	len = strcspn(line, ":");
	if (line[len] != ':' || strcmp(line + len, done) != 0)
		return false;
	for (i = 0; i < n; i++)
		if (strlen(v[i]->id) == len && strncmp(v[i]->id, line, len) == 0)
			results[i] = QUEUE_DONE;
	return true;
}

static void
postsuper_batch(struct queue *q, const struct postsuper *p, const struct held *const *v, size_t n,
    enum queue_result *results, struct buf *err)
{
	struct buf ids, said;
	char *rest, *line;
	size_t i;

	buf_init(&ids, 0);
	buf_init(&said, 0);
	for (i = 0; i < n; i++) {
		results[i] = QUEUE_LEFT;
		buf_addf(&ids, "%s\n", v[i]->id);
	}
	postfix_run(q,
	    &(struct postfix_call){
		.program = "postsuper", .arguments = p->arguments, .input = &ids},
	    &said);
	(void)buf_str(&said);
	rest = said.data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (!mark_done(line, p->done, v, n, results) && line[0] != '\0' &&
		    strstr(line, p->total) == NULL)
			buf_addf(err, "%s\n", line);
	buf_free(&ids);
	buf_free(&said);
}

static void
run_postsuper(struct queue *q, const struct postsuper *p, const struct held *const *v, size_t n,
    enum queue_result *results, struct buf *err)
{
	size_t i, part;

	for (i = 0; i < n; i += part) {
		part = n - i < BATCH ? n - i : BATCH;
		postsuper_batch(q, p, v + i, part, results + i, err);
	}
}

/* What comes from hold waits for the next queue run, unless that is asked for. */
static void
deliver_now(
    struct queue *q, const struct held *const *v, size_t n, const enum queue_result *results)
{
	static const char *const arguments[] = {"-i", NULL};
	struct buf ignored;
	size_t i;

	buf_init(&ignored, 4096);
	for (i = 0; i < n && n <= WAKE_MAX; i++)
		if (results[i] == QUEUE_DONE)
			postfix_run(q,
			    &(struct postfix_call){.program = "postqueue",
				.arguments = arguments,
				.ids = &v[i],
				.nids = 1},
			    &ignored);
	buf_free(&ignored);
}

static void
release(struct queue *q, const struct held *const *v, size_t n, enum queue_result *results,
    struct buf *err)
{
	static const char *const arguments[] = {"-H", "-", NULL};

	run_postsuper(q,
	    &(struct postsuper){arguments, ": released from hold", "Released from hold:"}, v, n,
	    results, err);
	deliver_now(q, v, n, results);
}

static void delete (struct queue *q, const struct held *const *v, size_t n,
    enum queue_result *results, struct buf *err)
{
	/* from the hold queue only: what somebody has released meanwhile stays */
	static const char *const arguments[] = {"-d", "-", "hold", NULL};

	run_postsuper(
	    q, &(struct postsuper){arguments, ": removed", "Deleted:"}, v, n, results, err);
}

const struct queue_methods queue_postfix = {.name = "postfix",
    .is_id = is_id,
    .list = list,
    .header = header,
    .content = content,
    .release = release,
    .remove = delete,
    .split = postfix_split};
