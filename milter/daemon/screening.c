#include "screening.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/memfile.h"
#include "mail/address.h"
#include "policy/recipients.h"
#include "process.h"
#include "scan_options.h"
#include "scanner_pool.h"
#include "virus_check.h"

#define START_MAX (64u * 1024) /* bytes of a message that may stay in memory */

const char *
screening_state_name(enum screening_state s)
{
	static const char *const names[] = {[SCREENING_OFF] = "off",
	    [SCREENING_EXEMPT] = "exempt",
	    [SCREENING_PLAIN] = "text",
	    [SCREENING_DONE] = "done",
	    [SCREENING_FAILED] = "failed",
	    [SCREENING_PUT_OFF] = "put off"};

	return names[s];
}

/* ---- whose mail is not looked into ---- */

static bool
is_listed(const struct conf_list *l, const char *path, struct arena *mem)
{
	struct mailbox m;

	if (l->n == 0 || address_parse_path(path, mem, &m) != ADDRESS_OK)
		return false;
	return recipient_is_among(m.local, m.domain, (const char *const *)l->v, l->n);
}

/* By what, or NULL. */
static const char *
exemption(const struct conf *c, const struct screening_envelope *e, struct arena *mem)
{
	size_t i;

	for (i = 0; i < c->filter_exempt_logins.n && e->login[0] != '\0'; i++)
		if (strcmp(c->filter_exempt_logins.v[i], e->login) == 0)
			return "login";
	if (e->has_ip &&
	    cidr_match_any(c->filter_exempt_networks, c->nfilter_exempt_networks, &e->ip))
		return "network";
	return is_listed(&c->filter_exempt_senders, e->sender, mem) ? "sender" : NULL;
}

void
screening_begin(struct screening *s, const struct conf *c, struct arena *mem,
    const struct screening_envelope *e)
{
	const struct buf start = s->start;

	*s = (struct screening){.conf = c, .mem = mem, .start = start, .file = -1};
	if (s->start.max == 0)
		buf_init(&s->start, START_MAX);
	buf_clear(&s->start);
	outcome_begin(&s->outcome);
	if (!c->filter)
		return;
	s->exempt = exemption(c, e, mem);
	scan_options_rules(c, mem, &s->rules);
}

void
screening_recipient(struct screening *s, const char *path)
{
	s->recipients++;
	if (is_listed(&s->conf->filter_exempt_recipients, path, s->mem))
		s->listed++;
}

static bool
is_wanted(const struct screening *s)
{
	return s->conf->filter && s->exempt == NULL &&
	       (s->recipients == 0 || s->listed < s->recipients);
}

/* ---- keeping the message ---- */

static void
fail(struct screening *s, const char *error)
{
	if (s->error == NULL)
		s->error = error;
}

/* From memory to a file. */
static void
spill(struct screening *s)
{
	if (s->file != -1)
		return;
	s->file = memfile_open("gatepost-message");
	if (s->file == -1 || memfile_add(s->file, s->start.data, s->start.len) == -1)
		fail(s, strerror(errno));
}

static void
keep(struct screening *s, const char *p, size_t n)
{
	if (s->error != NULL)
		return;
	s->size += n;
	if (s->size > SCAN_MESSAGE_MAX) {
		fail(s, "the message is too large");
		return;
	}
	if (s->file == -1 && s->start.len + n <= START_MAX) {
		buf_add(&s->start, p, n);
		if (s->start.failed)
			fail(s, "out of memory");
		return;
	}
	spill(s);
	if (s->error == NULL && memfile_add(s->file, p, n) == -1)
		fail(s, strerror(errno));
}

void
screening_headers(struct screening *s, const struct header *h)
{
	size_t i;

	if (!is_wanted(s))
		return;
	for (i = 0; i < h->n; i++) {
		keep(s, h->fields[i].name, h->fields[i].name_len);
		keep(s, ":", 1);
		keep(s, h->fields[i].value, h->fields[i].value_len);
		keep(s, "\r\n", 2);
	}
	keep(s, "\r\n", 2);
	plain_begin(&s->plain, h);
	if (h->overflow)
		fail(s, "the header is over the limits");
}

void
screening_body(struct screening *s, const char *p, size_t n)
{
	if (!is_wanted(s))
		return;
	plain_body(&s->plain, p, n);
	keep(s, p, n);
}

/* ---- looking into it ---- */

static void
cannot_scan(struct screening *s, const char *why)
{
	s->state = SCREENING_FAILED;
	s->findings++;
	outcome_add(&s->outcome, &s->rules,
	    &(struct scan_finding){
		.rule = RULE_SCAN_FAILURE, .name = "the message", .reason = why});
}

static void
add_result(struct screening *s, const struct scan_result *r)
{
	if (r->incomplete) {
		cannot_scan(s, "out of memory");
		return;
	}
	outcome_add_result(&s->outcome, &s->rules, r);
	s->findings += (unsigned)(r->report.nfindings + r->report.more);
}

static void
scan(struct screening *s, struct scan_answer *a)
{
	struct scan_request q;
	const char *error;

	scan_options_request(s->conf, s->size, &q);
	q.hashes = s->rules.nexempt > 0;
	if (s->conf->clamd[0] != '\0')
		virus_check_want_parts(&q);
	error = scanner_pool_scan(&q, s->file, (int)s->conf->scan_timeout * 1000, s->mem, a);
	s->state = SCREENING_DONE;
	if (error != NULL)
		cannot_scan(s, error);
	else
		add_result(s, &a->result);
}

static void
take_viruses(struct screening *s, const struct virus_check *v)
{
	size_t i;

	for (i = 0; i < v->nfindings; i++)
		outcome_add(&s->outcome, &s->rules, &v->findings[i]);
	s->findings += (unsigned)v->nfindings;
	if (v->error == NULL || virus_check_has_virus(v))
		return;
	s->failure = v->error;
	s->rejects = s->conf->on_clamd_failure == FAILURE_REJECT;
	if (s->conf->on_clamd_failure != FAILURE_ACCEPT && s->outcome.action < SCAN_TEMPFAIL)
		s->state = SCREENING_PUT_OFF;
}

/* By a scanner where it could carry something, and by clamd at the same time. */
static void
ask_both(struct screening *s, bool plain)
{
	const struct scan_handed message = {.fd = s->file, .size = s->size, .name = "the message"};
	const bool clamd = s->conf->clamd[0] != '\0';
	struct scan_answer a = {0};
	struct virus_check v;

	if (clamd)
		virus_check_begin(&v, s->conf->clamd, s->conf->clamd_timeout, &message);
	if (plain)
		s->state = SCREENING_PLAIN;
	else
		scan(s, &a);
	if (clamd) {
		virus_check_end(&v, &a, s->mem);
		take_viruses(s, &v);
	}
	scan_answer_close(&a);
}

static void
look_into(struct screening *s)
{
	bool plain = plain_cannot_carry(&s->plain);

	if (plain && s->conf->clamd[0] == '\0') {
		s->state = SCREENING_PLAIN;
		return;
	}
	spill(s);
	if (s->error == NULL && memfile_seal(s->file) == -1)
		fail(s, strerror(errno));
	if (s->error != NULL)
		cannot_scan(s, s->error);
	else
		ask_both(s, plain);
}

void
screening_end(struct screening *s)
{
	const int64_t began = process_now();

	if (!s->conf->filter)
		s->state = SCREENING_OFF;
	else if (!is_wanted(s))
		s->state = SCREENING_EXEMPT;
	else if (s->error != NULL)
		cannot_scan(s, s->error);
	else
		look_into(s);
	s->ms = process_now() - began;
}

void
screening_reset(struct screening *s)
{
	if (s->conf != NULL && s->file != -1)
		close(s->file);
	s->file = -1;
	s->conf = NULL;
}

void
screening_free(struct screening *s)
{
	screening_reset(s);
	buf_free(&s->start);
}

/* ---- what is told of it ---- */

const char *
screening_exemption(const struct screening *s)
{
	if (s->state == SCREENING_EXEMPT)
		return s->exempt != NULL ? s->exempt : "recipient";
	return s->outcome.exempt > 0 ? "hash" : NULL;
}

/* Rules about a message as a whole; others are about something that it has. */
static const char *
whole_text(enum scan_rule rule)
{
	switch (rule) {
	case RULE_MIME_AMBIGUITY:
		return "Mail programs read this message differently";
	case RULE_LIMIT:
		return "This message is over the limits of the filter";
	case RULE_SCAN_FAILURE:
		return "This message could not be looked into";
	default:
		return NULL;
	}
}

static void
add_cleaned(struct buf *out, const char *before, const char *text)
{
	buf_adds(out, before);
	clean_for_reply(out, text);
}

void
screening_text(const struct screening *s, struct buf *out)
{
	const struct scan_finding *f = &s->outcome.finding;
	const char *whole = whole_text(f->rule);

	if (f->rule == RULE_COUNT)
		return;
	if (whole == NULL) {
		buf_addf(out, "This message has %s", scan_rule_text(f->rule));
		add_cleaned(out, ": ", f->name);
	} else
		buf_adds(out, whole);
	if (f->rule == RULE_VIRUS)
		add_cleaned(out, ", ", f->reason);
	if (f->rule == RULE_MIME_AMBIGUITY || f->rule == RULE_LIMIT)
		add_cleaned(out, ": ", f->reason);
	buf_addf(out, " (%s)", scan_rule_name(f->rule));
	if (s->conf->policy_link[0] != '\0')
		buf_addf(out, "; see %s", s->conf->policy_link);
}

/* Words, folded below 78 columns. */
static void
add_folded(struct buf *out, const char *words)
{
	size_t column = sizeof(SCREENING_FIELD), n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (column + 1 + n > 77 && column > 8) {
			buf_adds(out, "\r\n\t");
			column = 8;
		} else {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, words, n);
		column += n;
	}
}

void
screening_field(const struct screening *s, struct buf *out)
{
	const struct outcome *o = &s->outcome;
	const bool done = o->action != SCAN_OFF, would = o->would != SCAN_OFF;
	const struct scan_finding *f = done ? &o->finding : &o->would_finding;
	struct buf text;

	if (!done && !would)
		return;
	buf_init(&text, 2048);
	buf_adds(&text, done ? scan_action_name(o->action) : "accept");
	if (done)
		buf_addf(&text, "; rule=%s", scan_rule_name(f->rule));
	if (would)
		buf_addf(&text, "; would=%s; would_rule=%s (dry run)", scan_action_name(o->would),
		    scan_rule_name(o->would_finding.rule));
	buf_adds(&text, "; ");
	clean_for_reply(&text, f->name);
	buf_adds(&text, ": ");
	clean_for_reply(&text, f->reason);
	if (s->findings > 1)
		buf_addf(&text, "; %u findings", s->findings);
	add_folded(out, buf_str(&text));
	buf_free(&text);
}
