/* `gatepost hold show`: one message: envelope, why it is held, its parts and what is in them,
 * header. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "hold_task.h"
#include "look.h"
#include "mail/header.h"
#include "scan_print.h"
#include "terminal.h"

#define HEADER_MAX (1024UL * 1024)

/* ---- text ---- */

struct page {
	struct terminal t;
	struct buf line;
};

static void
print_line(struct page *p, const char *name, const char *value)
{
	buf_clear(&p->line);
	if (p->t.colour)
		buf_addf(&p->line, "\033[1m%-11s\033[0m", name);
	else
		buf_addf(&p->line, "%-11s", name);
	terminal_clean(&p->t, value, strlen(value), 0, &p->line);
	puts(buf_str(&p->line));
}

static void
print_time(struct page *p, int64_t when)
{
	time_t seconds = (time_t)when;
	char text[64] = "?";
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
	print_line(p, "arrived", text);
}

static void
print_envelope(struct page *p, const struct held *h)
{
	char size[32];
	size_t i;

	print_line(p, "id", h->id);
	print_time(p, h->arrived);
	snprintf(size, sizeof(size), "%" PRId64 " bytes", h->size);
	print_line(p, "size", size);
	print_line(p, "from", h->sender[0] != '\0' ? h->sender : "<>");
	for (i = 0; i < h->nrecipients; i++)
		print_line(p, i == 0 ? "to" : "", h->recipients[i]);
}

static void
print_reason(struct page *p, const struct held *h)
{
	if (h->rule[0] != '\0')
		print_line(p, "rule", h->rule);
	print_line(p, "reason",
	    held_reason(h)[0] != '\0' ? held_reason(h)
				      : "not known: it was not gatepost that held it");
}

/* As it stands in the message, each fold on a line of its own; the subject decoded above. */
static void
print_header(struct page *p, const struct buf *header)
{
	const char *s = header->data, *end = s + header->len, *lf;
	size_t n;

	putchar('\n');
	for (; s < end; s = lf + 1) {
		lf = memchr(s, '\n', (size_t)(end - s));
		if (lf == NULL)
			lf = end;
		n = (size_t)(lf - s);
		n -= n > 0 && s[n - 1] == '\r';
		buf_clear(&p->line);
		terminal_clean(&p->t, s, n, 0, &p->line);
		puts(buf_str(&p->line));
	}
}

static void
print_parts(const struct look *l, const char *error)
{
	const struct scanned s = {.file = "parts",
	    .result = &l->answer.result,
	    .rules = &l->rules,
	    .outcome = &l->outcome,
	    .more = l->viruses.findings,
	    .nmore = l->viruses.nfindings};

	putchar('\n');
	if (error == NULL)
		scan_print_text(&s);
}

static void
print_text(const struct held *h, const struct buf *header, const struct look *l, const char *error)
{
	struct page p = {.t = terminal_of(stdout)};
	struct buf subject;

	buf_init(&p.line, 0);
	buf_init(&subject, 0);
	hold_subject(h, &subject);
	print_envelope(&p, h);
	print_line(&p, "subject", buf_str(&subject));
	print_reason(&p, h);
	print_parts(l, error);
	if (header->len > 0)
		print_header(&p, header);
	buf_free(&subject);
	buf_free(&p.line);
}

/* ---- JSON ---- */

static void
json_header(struct json *j, const struct buf *text)
{
	struct arena mem;
	struct header h;
	size_t i, body, len;
	const char *value;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, text->data != NULL ? text->data : "", text->len, &body);
	json_open_array(j, "header");
	for (i = 0; i < h.n; i++) {
		value = header_unfold(&h.fields[i], &mem, &len);
		json_open_object(j, NULL);
		json_strn(j, "name", h.fields[i].name, h.fields[i].name_len);
		json_strn(j, "value", value != NULL ? value : "", value != NULL ? len : 0);
		json_close_object(j);
	}
	json_close_array(j);
	header_free(&h);
	arena_free(&mem);
}

static void
json_parts(struct json *j, const struct look *l, const char *error)
{
	const struct scanned s = {.result = &l->answer.result,
	    .rules = &l->rules,
	    .outcome = &l->outcome,
	    .more = l->viruses.findings,
	    .nmore = l->viruses.nfindings};

	json_open_object(j, "scan");
	if (error != NULL)
		json_str(j, "error", error);
	else
		scan_json(j, &s);
	json_close_object(j);
}

static void
print_json(const struct hold_task *t, const struct held *h, const struct buf *header,
    const struct look *l, const char *error)
{
	struct buf out;
	struct json j;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "mta", t->queue.methods->name);
	hold_json(&j, h);
	json_header(&j, header);
	json_parts(&j, l, error);
	json_close_object(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

/* ---- the whole ---- */

static int
show_raw(struct hold_task *t, const struct held *h, struct buf *err)
{
	if (isatty(STDOUT_FILENO)) {
		buf_adds(err, "--raw: a held message may harm a terminal; send it to a file or a "
			      "program\n");
		return HOLD_TROUBLE;
	}
	return t->queue.methods->content(&t->queue, h, STDOUT_FILENO, err) ? HOLD_DONE
									   : HOLD_PARTLY;
}

/* The filter can say what it sees without the virus scanner, too. */
static const char *
look_with_clamd(const struct conf *c, struct look *l, const char *path, struct buf *err)
{
	const char *error;

	l->clamd = c->clamd[0] != '\0' ? c->clamd : NULL;
	error = look_into(l, path, LOOK_PLAIN);
	if (error == NULL || l->viruses.error == NULL)
		return error;
	buf_addf(err, "without the virus scanner: %s\n", error);
	l->clamd = NULL;
	return look_into(l, path, LOOK_PLAIN);
}

/* By the filter as it is now, in a scanner as the daemon has it. */
static const char *
look_into_held(struct hold_task *t, const struct held *h, struct look *l, struct buf *err)
{
	char path[sizeof("/proc/self/fd/") + 12];
	int fd = memfd_create("held", MFD_CLOEXEC);
	const char *error = "the message cannot be read";

	if (fd == -1)
		return strerror(errno);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (t->queue.methods->content(&t->queue, h, fd, err))
		error = look_with_clamd(t->conf, l, path, err);
	close(fd);
	return error;
}

static int
show(struct hold_task *t, const struct held *h, struct buf *err)
{
	struct buf header;
	struct look l;
	const char *error;
	bool good;

	if (t->raw)
		return show_raw(t, h, err);
	buf_init(&header, HEADER_MAX);
	good = t->queue.methods->header(&t->queue, h, &header, err);
	if (header.failed)
		buf_adds(err, "the header is too long; its end is left out\n");
	look_begin(&l, t->conf);
	error = look_into_held(t, h, &l, err);
	if (error != NULL)
		buf_addf(err, "the parts: %s\n", error);
	if (t->json)
		print_json(t, h, &header, &l, error);
	else
		print_text(h, &header, &l, error);
	look_end(&l);
	buf_free(&header);
	return fflush(stdout) == 0 && good && error == NULL ? HOLD_DONE : HOLD_PARTLY;
}

int
hold_show(struct hold_task *t)
{
	const struct held *h = held_find(&t->held, t->ids[0]);
	struct buf err;
	int status = HOLD_PARTLY;

	buf_init(&err, 0);
	if (h != NULL)
		status = show(t, h, &err);
	else
		buf_addf(&err, "%s: no such message is held\n", t->ids[0]);
	hold_complain(&err);
	buf_free(&err);
	return status;
}
