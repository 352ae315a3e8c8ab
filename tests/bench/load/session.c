#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "edits.h"

#define NS 1000000000ull
#define RETRY_NS 1000000ull /* a listen queue of a unix socket was full */
#define MAX_PACKET (1u << 20)
#define READ_SIZE 65536
#define MAX_COMPLAINTS 20

/* How each command goes onto the wire, and which protocol flags leave it or its reply out. */
struct rule {
	char cmd;
	enum stage stage, sendmail_stage; /* macros before it */
	uint32_t omit, no_reply;
};

/* Postfix sends the macros of end of headers and end of message before each field and chunk, too.
 */
static const struct rule rules[] = {
    [STEP_CONNECT] = {SMFIC_CONNECT, STAGE_CONNECT, STAGE_CONNECT, SMFIP_NOCONNECT, SMFIP_NR_CONN},
    [STEP_HELO] = {SMFIC_HELO, STAGE_HELO, STAGE_HELO, SMFIP_NOHELO, SMFIP_NR_HELO},
    [STEP_MAIL] = {SMFIC_MAIL, STAGE_MAIL, STAGE_MAIL, SMFIP_NOMAIL, SMFIP_NR_MAIL},
    [STEP_RCPT] = {SMFIC_RCPT, STAGE_RCPT, STAGE_RCPT, SMFIP_NORCPT, SMFIP_NR_RCPT},
    [STEP_DATA] = {SMFIC_DATA, STAGE_DATA, STAGE_DATA, SMFIP_NODATA, SMFIP_NR_DATA},
    [STEP_HEADER] = {SMFIC_HEADER, STAGE_EOH, STAGE_NONE, SMFIP_NOHDRS, SMFIP_NR_HDR},
    [STEP_EOH] = {SMFIC_EOH, STAGE_EOH, STAGE_EOH, SMFIP_NOEOH, SMFIP_NR_EOH},
    [STEP_BODY] = {SMFIC_BODY, STAGE_EOM, STAGE_NONE, SMFIP_NOBODY, SMFIP_NR_BODY},
    [STEP_EOM] = {SMFIC_BODYEOB, STAGE_EOM, STAGE_EOM, 0, 0},
};

uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

void
session_init(struct session *s, struct load *load)
{
	memset(s, 0, sizeof(*s));
	s->load = load;
	s->fd = -1;
	outq_init(&s->out);
	buf_init(&s->in, MAX_PACKET + READ_SIZE);
	buf_init(&s->sender, 1024);
	buf_init(&s->rcpt_text, 1024);
	buf_init(&s->edits, 32u << 20);
	load->active++;
}

void
session_free(struct session *s)
{
	if (s->fd != -1)
		close(s->fd);
	outq_free(&s->out);
	buf_free(&s->in);
	buf_free(&s->sender);
	buf_free(&s->rcpt_text);
	buf_free(&s->edits);
}

static void __attribute__((format(printf, 2, 3))) complain(struct session *s, const char *fmt, ...)
{
	va_list ap;

	if (s->load->complaints++ >= MAX_COMPLAINTS)
		return;
	fprintf(
	    stderr, "milter-load: message %" PRIu64 ", after %s: ", s->number, step_name(s->sent));
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void
set_timer(struct session *s, uint64_t at)
{
	s->timer = at;
	if (at < s->load->next_timer)
		s->load->next_timer = at;
}

static void
pause_until(struct session *s, uint64_t at)
{
	s->paused = true;
	set_timer(s, at);
}

static void
expect_reply(struct session *s)
{
	set_timer(s, now_ns() + (uint64_t)(s->load->o->reply_timeout * 1e9));
}

/* ---- the end of a message and of a connection ---- */

static void
dump(struct session *s, enum outcome outcome)
{
	struct buf b;
	struct json j;

	buf_init(&b, 64u << 20);
	json_init(&j, &b);
	json_open_object(&j, NULL);
	json_int(&j, "message", (int64_t)s->number);
	json_str(&j, "outcome", outcome_name(outcome));
	json_str(&j, "after", step_name(s->sent));
	json_str(&j, "reply", s->reply[0] != '\0' ? s->reply : NULL);
	json_bool(&j, "quarantined", s->quarantined);
	json_bool(&j, "leading_space", (s->protocol & SMFIP_HDR_LEADSPC) != 0);
	json_int(&j, "eom_us", (int64_t)(s->latency / 1000));
	buf_adds(&b, ",\"edits\":[");
	buf_add(&b, buf_str(&s->edits), s->edits.len);
	buf_adds(&b, "]}\n");
	fputs(buf_str(&b), s->load->o->dump);
	buf_free(&b);
}

static void
hang_up(struct session *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	s->phase = PHASE_NEXT;
	s->awaiting = s->vanish = s->paused = s->blocked = false;
	s->timer = 0;
	s->in_session = 0;
	outq_clear(&s->out);
	buf_clear(&s->in);
}

static void
count_message(struct session *s, enum outcome outcome)
{
	if (s->number == 0)
		return;
	s->load->tally.outcomes[outcome]++;
	s->load->tally.quarantined += s->quarantined;
	if (s->load->o->dump != NULL)
		dump(s, outcome);
	s->number = 0;
}

/* The connection is of no use any more. */
static void
fail(struct session *s, enum outcome outcome)
{
	count_message(s, outcome);
	hang_up(s);
}

static void
command_without_data(struct session *s, char cmd)
{
	outq_end(&s->out, outq_begin(&s->out, cmd));
}

/* Takes the next message of the run. False where there is none. */
static bool
take_message(struct session *s)
{
	struct load *l = s->load;
	struct facts facts;

	if (l->taken == l->o->messages)
		return false;
	s->m = &l->messages[l->taken % l->nmessages];
	s->number = ++l->taken;
	s->in_session++;
	s->step = STEP_MAIL;
	s->sent = STEP_NEGOTIATE;
	s->rcpt = s->field = 0;
	s->rcpts_left = l->o->nrcpts;
	s->chunk = 0;
	s->skip = s->held = s->quarantined = false;
	s->eom_at = s->latency = 0;
	s->nedits = 0;
	s->reply[0] = '\0';
	buf_clear(&s->edits);
	json_init(&s->json, &s->edits);
	buf_clear(&s->sender);
	facts = (struct facts){.domain = (s->number - 1) % l->o->domains + 1,
	    .number = s->number,
	    .sender = "",
	    .rcpt = ""};
	template_render(&s->sender, l->o->from, &facts);
	if (l->o->rate > 0)
		pause_until(
		    s, l->tally.start_ns + (uint64_t)((double)(s->number - 1) * 1e9 / l->o->rate));
	return true;
}

/* The message has its answer; goes on in the same session, or says QUIT. */
static void
end_message(struct session *s, enum outcome outcome)
{
	bool session_refused = s->sent < STEP_MAIL, postfix = s->load->o->mta == MTA_POSTFIX;

	s->awaiting = false;
	s->timer = 0;
	count_message(s, outcome);
	/* Postfix's smtpd, which has not seen the content, says ABORT after every message. */
	if (!session_refused && (postfix || s->sent < STEP_EOM))
		command_without_data(s, SMFIC_ABORT);
	if (!session_refused && s->in_session < s->load->o->per_session && take_message(s))
		return;
	if (!session_refused && postfix)
		command_without_data(s, SMFIC_ABORT);
	command_without_data(s, SMFIC_QUIT);
	outq_send(&s->out, s->fd);
	hang_up(s);
}

/* ---- commands ---- */

/* Postfix has a queue id once a recipient was accepted, Sendmail from MAIL on. */
static bool
has_queue_id(const struct session *s)
{
	const struct options *o = s->load->o;

	if (o->mta == MTA_SENDMAIL)
		return s->step >= STEP_MAIL;
	if (s->step == STEP_RCPT)
		return s->rcpt > o->nrcpts - s->rcpts_left;
	return s->step > STEP_RCPT;
}

static struct facts
facts_of(struct session *s)
{
	return (struct facts){.domain = (s->number - 1) % s->load->o->domains + 1,
	    .number = s->number,
	    .sender = buf_str(&s->sender),
	    .rcpt = buf_str(&s->rcpt_text),
	    .queued = has_queue_id(s)};
}

static void
add_macros(struct session *s, enum stage stage, char cmd)
{
	struct facts facts;
	size_t mark;

	if (stage == STAGE_NONE || (s->lists[stage].n == 0 && s->load->o->mta == MTA_SENDMAIL))
		return;
	facts = facts_of(s);
	mark = outq_begin(&s->out, SMFIC_MACRO);
	buf_addc(&s->out.small, cmd);
	macros_add(&s->out.small, &s->load->o->macros, &s->lists[stage], &facts);
	outq_end(&s->out, mark);
}

static void
add_string(struct session *s, const char *text)
{
	buf_add(&s->out.small, text, strlen(text) + 1);
}

static void
add_client(struct session *s)
{
	const struct options *o = s->load->o;
	struct in6_addr addr;
	char family = SMFIA_UNKNOWN;

	if (inet_pton(AF_INET, o->client_addr, &addr) == 1)
		family = SMFIA_INET;
	else if (inet_pton(AF_INET6, o->client_addr, &addr) == 1)
		family = SMFIA_INET6;
	else if (strcmp(o->client_addr, "unix") == 0)
		family = SMFIA_UNIX;
	add_string(s, o->client_name);
	buf_addc(&s->out.small, family);
	if (family == SMFIA_UNKNOWN)
		return;
	buf_addc(&s->out.small, (char)(family == SMFIA_UNIX ? 0 : o->client_port >> 8));
	buf_addc(&s->out.small, (char)(family == SMFIA_UNIX ? 0 : o->client_port & 0xff));
	add_string(s, o->client_addr);
}

static void
add_address(struct session *s, struct buf *address)
{
	buf_addc(&s->out.small, '<');
	buf_adds(&s->out.small, buf_str(address));
	add_string(s, ">");
}

static void
add_field(struct session *s)
{
	const struct field *f = &s->m->fields[s->field];
	const char *value = f->value;
	struct facts facts = facts_of(s);

	/* Postfix and Sendmail eat one space, not a tab, unless asked not to. */
	if ((s->protocol & SMFIP_HDR_LEADSPC) == 0 && *value == ' ')
		value++;
	add_string(s, f->name);
	if (s->m->literal)
		buf_adds(&s->out.small, value);
	else
		template_render(&s->out.small, value, &facts);
	buf_addc(&s->out.small, '\0');
}

static void
add_chunk(struct session *s)
{
	const struct message *m = s->m;
	size_t start = m->start[s->chunk], end = m->start[s->chunk + 1];

	outq_share(&s->out, m->packets.data + start, end - start);
}

static void
add_mail(struct session *s)
{
	add_address(s, &s->sender);
	buf_addf(&s->out.small, "SIZE=%zu", s->m->body_size);
	buf_addc(&s->out.small, '\0');
}

static void
add_small_command(struct session *s, char cmd)
{
	size_t mark = outq_begin(&s->out, cmd);

	if (s->step == STEP_CONNECT)
		add_client(s);
	else if (s->step == STEP_HELO)
		add_string(s, s->load->o->helo);
	else if (s->step == STEP_MAIL)
		add_mail(s);
	else if (s->step == STEP_RCPT)
		add_address(s, &s->rcpt_text);
	else if (s->step == STEP_HEADER)
		add_field(s);
	outq_end(&s->out, mark);
}

static void
add_command(struct session *s, char cmd)
{
	if (s->step == STEP_BODY)
		add_chunk(s);
	else
		add_small_command(s, cmd);
}

static bool
wants_headers(const struct session *s)
{
	return (s->protocol & SMFIP_NOHDRS) == 0 && s->field < s->m->nfields;
}

static bool
wants_body(const struct session *s)
{
	return (s->protocol & SMFIP_NOBODY) == 0 && !s->skip && s->chunk < s->m->nchunks;
}

static enum step
step_after_headers(const struct session *s)
{
	if ((s->protocol & SMFIP_NOEOH) == 0)
		return STEP_EOH;
	return wants_body(s) ? STEP_BODY : STEP_EOM;
}

static enum step
next_step(struct session *s)
{
	switch (s->step) {
	case STEP_RCPT:
		return ++s->rcpt < s->load->o->nrcpts ? STEP_RCPT : STEP_DATA;
	case STEP_DATA:
		return wants_headers(s) ? STEP_HEADER : step_after_headers(s);
	case STEP_HEADER:
		s->field++;
		return wants_headers(s) ? STEP_HEADER : step_after_headers(s);
	case STEP_EOH:
		return wants_body(s) ? STEP_BODY : STEP_EOM;
	case STEP_BODY:
		s->chunk++;
		return wants_body(s) ? STEP_BODY : STEP_EOM;
	default:
		return (enum step)(s->step + 1);
	}
}

static void
render_rcpt(struct session *s)
{
	struct facts facts = facts_of(s);

	buf_clear(&s->rcpt_text);
	facts.rcpt = "";
	template_render(&s->rcpt_text, s->load->o->rcpts[s->rcpt], &facts);
}

/* Queues the next command with its macros, and says whether a reply is to come. */
static void
queue_command(struct session *s)
{
	const struct rule *r = &rules[s->step];
	const struct options *o = s->load->o;
	bool omitted = (s->protocol & r->omit) != 0;

	if (s->step == STEP_RCPT)
		render_rcpt(s);
	/* Postfix tells the macros of a command also where the command is declined. */
	add_macros(s, o->mta == MTA_POSTFIX ? r->stage : r->sendmail_stage, r->cmd);
	if (!omitted)
		add_command(s, r->cmd);
	s->awaiting = !omitted && (s->protocol & r->no_reply) == 0;
	s->sent = s->step;
	s->step = next_step(s);
	s->vanish = s->sent >= o->disconnect_at;
	if (s->awaiting)
		expect_reply(s);
}

/* ---- replies ---- */

static bool
protocol_error(struct session *s, const char *what, char cmd)
{
	complain(s, "protocol error: %s (reply 0x%02x)", what, (unsigned char)cmd);
	fail(s, OUTCOME_PROTOCOL);
	return false;
}

static uint32_t
get32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* The lists of macros behind the options: stage, names, NUL. False where that is malformed. */
static bool
read_symlists(struct session *s, const char *p, size_t len)
{
	const char *nul;
	uint32_t stage;

	while (len > 0) {
		if (len < 5 || (nul = memchr(p + 4, '\0', len - 4)) == NULL)
			return false;
		stage = get32(p);
		if (stage >= STAGE_NONE)
			return false;
		/* An empty list leaves Postfix with its own. */
		if (nul > p + 4 || s->load->o->mta == MTA_SENDMAIL)
			macros_parse_list(&s->load->o->macros, p + 4, &s->lists[stage]);
		len -= (size_t)(nul + 1 - p);
		p = nul + 1;
	}
	return true;
}

static bool
read_options(struct session *s, char cmd, const char *data, size_t len)
{
	uint32_t version;

	if (cmd != SMFIC_OPTNEG || len < MILTER_OPTLEN)
		return protocol_error(s, "no answer to the negotiation", cmd);
	version = get32(data);
	s->actions = get32(data + 4);
	s->protocol = get32(data + 8);
	if (version < 2 || version > SMFI_PROT_VERSION)
		return protocol_error(s, "version was not offered", cmd);
	if ((s->actions & ~(uint32_t)SMFI_CURR_ACTS) != 0)
		return protocol_error(s, "actions were not offered", cmd);
	if ((s->protocol & ~(uint32_t)SMFI_CURR_PROT) != 0)
		return protocol_error(s, "protocol flags were not offered", cmd);
	if (!read_symlists(s, data + MILTER_OPTLEN, len - MILTER_OPTLEN))
		return protocol_error(s, "malformed list of macros", cmd);
	s->awaiting = false;
	s->timer = 0;
	return true;
}

/* A recipient was refused; the others go on. */
static void
drop_rcpt(struct session *s, enum outcome outcome)
{
	s->awaiting = false;
	s->timer = 0;
	if (--s->rcpts_left == 0)
		end_message(s, outcome);
}

static void
refuse(struct session *s, enum outcome outcome)
{
	if (s->sent == STEP_RCPT)
		drop_rcpt(s, outcome);
	else
		end_message(s, outcome);
}

static bool
read_replycode(struct session *s, const char *data, size_t len)
{
	if (len < 4 || data[len - 1] != '\0' || (data[0] != '4' && data[0] != '5'))
		return protocol_error(s, "malformed reply code", SMFIR_REPLYCODE);
	strlcpy(s->reply, data, sizeof(s->reply));
	refuse(s, data[0] == '4' ? OUTCOME_TEMPFAIL : OUTCOME_REJECT);
	return true;
}

static bool
skip_body(struct session *s)
{
	if (s->sent != STEP_BODY || (s->protocol & SMFIP_SKIP) == 0)
		return protocol_error(s, "SKIP where there is nothing to skip", SMFIR_SKIP);
	s->skip = true;
	s->step = STEP_EOM;
	s->awaiting = false;
	s->timer = 0;
	return true;
}

static void
proceed(struct session *s)
{
	s->awaiting = false;
	s->timer = 0;
	if (s->sent == STEP_EOM)
		end_message(s, OUTCOME_CONTINUE);
}

static void
take_latency(struct session *s)
{
	if (s->sent != STEP_EOM)
		return;
	s->latency = now_ns() - s->eom_at;
	tally_latency(&s->load->tally, s->latency);
}

static bool
read_final(struct session *s, char cmd, const char *data, size_t len)
{
	take_latency(s);
	switch (cmd) {
	case SMFIR_CONTINUE:
		proceed(s);
		return true;
	case SMFIR_ACCEPT:
		end_message(s, OUTCOME_ACCEPT);
		return true;
	case SMFIR_DISCARD:
		end_message(s, OUTCOME_DISCARD);
		return true;
	case SMFIR_REJECT:
		refuse(s, OUTCOME_REJECT);
		return true;
	case SMFIR_TEMPFAIL:
		refuse(s, OUTCOME_TEMPFAIL);
		return true;
	case SMFIR_REPLYCODE:
		return read_replycode(s, data, len);
	case SMFIR_SKIP:
		return skip_body(s);
	case SMFIR_SHUTDOWN:
		fail(s, OUTCOME_SHUTDOWN);
		return false;
	case SMFIR_CONN_FAIL:
		fail(s, OUTCOME_CONN_FAIL);
		return false;
	default:
		return protocol_error(s, "no such reply", cmd);
	}
}

/* Edits and progress, which come before the final reply to end of message. */
static enum edit_result
read_edit(struct session *s, char cmd, const char *data, size_t len)
{
	struct json *j = s->load->o->dump != NULL ? &s->json : NULL;
	enum edit_result r = edits_read(cmd, data, len, s->actions, &s->load->tally, j);

	if (r == EDIT_NONE)
		return r;
	if (s->sent != STEP_EOM || ++s->nedits > MAX_EDITS || s->edits.failed)
		return EDIT_BAD;
	if (r == EDIT_QUARANTINE)
		s->quarantined = true;
	return r;
}

/* One packet. False where the connection is gone after it. */
static bool
read_packet(struct session *s, char cmd, const char *data, size_t len)
{
	if (!s->awaiting)
		return protocol_error(s, "nothing was asked", cmd);
	if (s->sent == STEP_NEGOTIATE)
		return read_options(s, cmd, data, len);
	if (cmd == SMFIR_PROGRESS) {
		expect_reply(s);
		return true;
	}
	switch (read_edit(s, cmd, data, len)) {
	case EDIT_BAD:
		return protocol_error(s, "malformed edit, too many, or not allowed here", cmd);
	case EDIT_NONE:
		return read_final(s, cmd, data, len) && s->fd != -1;
	default:
		return true;
	}
}

/* All whole packets that have come. False where the connection is gone. */
static bool
read_packets(struct session *s)
{
	size_t at = 0;
	uint32_t len;

	while (s->in.len - at >= 5) {
		len = get32(s->in.data + at);
		if (len == 0 || len > MAX_PACKET)
			return protocol_error(
			    s, "impossible length of a packet", s->in.data[at + 4]);
		if (s->in.len - at < 4 + (size_t)len)
			break;
		if (!read_packet(s, s->in.data[at + 4], s->in.data + at + 5, len - 1))
			return false;
		at += 4 + (size_t)len;
	}
	memmove(s->in.data, s->in.data + at, s->in.len - at);
	s->in.len -= at;
	return true;
}

static void
receive(struct session *s)
{
	ssize_t n;

	if (!buf_reserve(&s->in, READ_SIZE)) {
		protocol_error(s, "too much at once", 0);
		return;
	}
	n = recv(s->fd, s->in.data + s->in.len, READ_SIZE, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		complain(
		    s, "connection lost: %s", n == 0 ? "closed by the milter" : strerror(errno));
		fail(s, OUTCOME_LOST);
		return;
	}
	s->in.len += (size_t)n;
	read_packets(s);
}

/* ---- how it goes on ---- */

static void
watch(struct session *s, int op, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	epoll_ctl(s->load->epoll, op, s->fd, &e);
}

static void
negotiate(struct session *s)
{
	static const char offer[MILTER_OPTLEN] = {0, 0, 0, SMFI_PROT_VERSION, 0, 0,
	    (char)(SMFI_CURR_ACTS >> 8), (char)(SMFI_CURR_ACTS & 0xff), 0,
	    (char)(SMFI_CURR_PROT >> 16), (char)(SMFI_CURR_PROT >> 8 & 0xff),
	    (char)(SMFI_CURR_PROT & 0xff)};
	size_t mark = outq_begin(&s->out, SMFIC_OPTNEG);

	buf_add(&s->out.small, offer, sizeof(offer));
	outq_end(&s->out, mark);
	memcpy(s->lists, s->load->lists, sizeof(s->lists));
	s->load->tally.sessions++;
	s->sent = STEP_NEGOTIATE;
	s->step = STEP_CONNECT;
	s->awaiting = true;
	s->phase = PHASE_TALK;
	expect_reply(s);
}

static void
refused(struct session *s, int error)
{
	complain(s, "cannot connect: %s", strerror(error));
	fail(s, OUTCOME_REFUSED);
}

static void
dial(struct session *s)
{
	const struct endpoint *to = s->load->to;
	struct sockaddr_storage addr = to->addr;
	int error;

	s->fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1) {
		refused(s, errno);
		return;
	}
	error = connect(s->fd, (struct sockaddr *)&addr, to->len) == 0 ? 0 : errno;
	if (error == EAGAIN) {
		close(s->fd);
		s->fd = -1;
		pause_until(s, now_ns() + RETRY_NS);
	} else if (error == EINPROGRESS) {
		s->phase = PHASE_CONNECTING;
		expect_reply(s);
		watch(s, EPOLL_CTL_ADD, EPOLLOUT);
	} else if (error != 0) {
		refused(s, error);
	} else {
		watch(s, EPOLL_CTL_ADD, EPOLLIN);
		negotiate(s);
	}
}

static void
connected(struct session *s)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != 0) {
		refused(s, error);
		return;
	}
	watch(s, EPOLL_CTL_MOD, EPOLLIN);
	negotiate(s);
}

/* False where the socket takes no more for now, or is gone. */
static bool
flush(struct session *s)
{
	uint64_t before = s->sent == STEP_EOM && s->awaiting ? now_ns() : 0;

	switch (outq_send(&s->out, s->fd)) {
	case OUTQ_FAILED:
		complain(s, "connection lost: %s", strerror(errno));
		fail(s, OUTCOME_LOST);
		return false;
	case OUTQ_BLOCKED:
		if (!s->blocked)
			watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
		s->blocked = true;
		return false;
	default:
		if (s->blocked)
			watch(s, EPOLL_CTL_MOD, EPOLLIN);
		s->blocked = false;
		if (before != 0 && s->eom_at == 0)
			s->eom_at = before;
		return true;
	}
}

/* Holding comes when the last command of the kind is sent and answered. */
static bool
hold_is_due(const struct session *s)
{
	return !s->held && !s->awaiting && s->sent >= s->load->o->hold_at &&
	       s->step > s->load->o->hold_at;
}

static void
queue_commands(struct session *s)
{
	while (!s->awaiting && !s->vanish && !hold_is_due(s) && s->step < STEP_DONE &&
	       !outq_full(&s->out)) {
		if (s->step == STEP_EOM && s->load->o->abort)
			return;
		queue_command(s);
	}
}

/* Commands up to where something has to be waited for. True where it goes on at once. */
static bool
talk(struct session *s)
{
	queue_commands(s);
	if (!flush(s))
		return s->phase != PHASE_TALK;
	if (s->vanish) {
		fail(s, OUTCOME_DISCONNECTED);
		return true;
	}
	if (s->awaiting)
		return false;
	if (hold_is_due(s)) {
		s->held = true;
		pause_until(s, now_ns() + (uint64_t)(s->load->o->hold * 1e9));
		return false;
	}
	if (s->step == STEP_EOM && s->load->o->abort)
		end_message(s, OUTCOME_ABORTED);
	return true;
}

void
session_run(struct session *s)
{
	while (!s->paused) {
		switch (s->phase) {
		case PHASE_NEXT:
			s->phase = PHASE_DIAL;
			if (take_message(s))
				continue;
			s->phase = PHASE_OVER;
			s->load->active--;
			return;
		case PHASE_DIAL:
			dial(s);
			continue;
		case PHASE_TALK:
			if (!talk(s))
				return;
			continue;
		default:
			return;
		}
	}
}

void
session_event(struct session *s, uint32_t events)
{
	if (s->phase == PHASE_CONNECTING)
		connected(s);
	else if (s->fd != -1 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		receive(s);
	session_run(s);
}

void
session_tick(struct session *s, uint64_t now)
{
	if (s->timer == 0)
		return;
	if (s->timer > now) {
		set_timer(s, s->timer);
		return;
	}
	s->timer = 0;
	if (s->paused) {
		s->paused = false;
	} else {
		complain(s, "no reply in time");
		fail(s, OUTCOME_TIMEOUT);
	}
	session_run(s);
}

void
session_stop(struct session *s)
{
	if (s->phase == PHASE_OVER)
		return;
	fail(s, OUTCOME_TIMEOUT);
	s->phase = PHASE_OVER;
	s->load->active--;
}
