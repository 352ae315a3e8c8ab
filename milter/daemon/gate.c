#include "gate.h"

#include <errno.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "gate_state.h"
#include "ipc.h"
#include "listener.h"
#include "log.h"
#include "message.h"
#include "privileges.h"
#include "signer_client.h"

/* One SMTP session. It keeps the configuration that it began with. */
struct session {
	const struct conf *conf; /* a reference */
	struct client client;
	struct message *message;
	unsigned long no_reply; /* SMFIP_NR_* that were agreed on */
	bool leading_space;	/* values come and go with the space after the colon */
	bool in_message;
	bool counted; /* as in flight */
};

static atomic_uint in_flight; /* messages that the end waits for */
static atomic_bool ending;

static void
enter_message(struct session *s)
{
	if (!s->counted && !atomic_load(&ending)) {
		atomic_fetch_add(&in_flight, 1);
		s->counted = true;
	}
	s->in_message = true;
}

static void
leave_message(struct session *s)
{
	if (s->counted)
		atomic_fetch_sub(&in_flight, 1);
	s->counted = s->in_message = false;
}

/* ---- negotiation ---- */

/*
 * Every reply that is not needed saves a round trip. Body chunks are left
 * out: the last one may come with the end of the message, and libmilter goes
 * on to that only if the body callback returns SMFIS_CONTINUE.
 */
#define NO_REPLY                                                                                   \
	(SMFIP_NR_HDR | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT |            \
	    SMFIP_NR_EOH)

#define WANTED (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST)

static void
say_once_without_leading_space(void)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&said))
		log_warning("the MTA does not pass the space after a field's colon: "
			    "signatures with simple header canonicalization will not verify");
}

static void
ask_for_macros(SMFICTX *ctx)
{
	static char connect_macros[] = "{daemon_name}";
	static char mail_macros[] = "i {auth_authen}";
	static char eom_macros[] = "i";
	static char none[] = "";

	smfi_setsymlist(ctx, SMFIM_CONNECT, connect_macros);
	smfi_setsymlist(ctx, SMFIM_HELO, none);
	smfi_setsymlist(ctx, SMFIM_ENVFROM, mail_macros);
	smfi_setsymlist(ctx, SMFIM_ENVRCPT, none);
	smfi_setsymlist(ctx, SMFIM_EOM, eom_macros);
}

/* What was agreed on is kept with the session, which is made here, before connect. */
static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
    unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return SMFIS_REJECT;
	s->conf = gate_state_conf();
	s->no_reply = f1 & NO_REPLY;
	s->leading_space = (f1 & SMFIP_HDR_LEADSPC) != 0;
	if (!s->leading_space)
		say_once_without_leading_space();
	s->client.can_hold = (f0 & SMFIF_QUARANTINE) != 0;
	if ((f0 & SMFIF_SETSYMLIST) != 0)
		ask_for_macros(ctx);
	smfi_setpriv(ctx, s);
	*pf0 = f0 & WANTED;
	*pf1 = (f1 & (NO_REPLY | SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN | SMFIP_NODATA));
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

/* The answer to a step that needs none. */
static sfsistat
go_on(const struct session *s, unsigned long step)
{
	return s == NULL || (s->no_reply & step) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* ---- the steps of SMTP ---- */

static void
set_string(char **to, const char *from)
{
	free(*to);
	*to = from != NULL ? strdup(from) : NULL;
}

static sfsistat
on_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *address)
{
	struct session *s = smfi_getpriv(ctx);
	static char daemon_name[] = "{daemon_name}";

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	set_string(&s->client.name, hostname);
	set_string(&s->client.daemon, smfi_getsymval(ctx, daemon_name));
	s->client.has_ip = ip_from_sockaddr((struct sockaddr *)address, &s->client.ip);
	return go_on(s, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL)
		set_string(&s->client.helo, helo);
	return go_on(s, SMFIP_NR_HELO);
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	static char auth[] = "{auth_authen}";
	struct message_tools tools;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		s->message = message_new();
	if (s->message != NULL) {
		enter_message(s);
		tools = (struct message_tools){
		    .conf = s->conf, .catalog = gate_state_catalog(), .dns = gate_state_dns()};
		message_begin(s->message, &s->client, &tools, smfi_getsymval(ctx, auth), argv[0]);
		catalog_unref(tools.catalog);
	}
	return go_on(s, SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL && s->in_message)
		message_recipient(s->message, argv[0]);
	return go_on(s, SMFIP_NR_RCPT);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);
	struct buf spaced;

	if (s == NULL || !s->in_message)
		return go_on(s, SMFIP_NR_HDR);
	if (s->leading_space)
		message_header(s->message, name, value);
	else {
		buf_init(&spaced, 0); /* the usual space, which this MTA took away */
		buf_addf(&spaced, " %s", value);
		message_header(s->message, name, buf_str(&spaced));
		buf_free(&spaced);
	}
	return go_on(s, SMFIP_NR_HDR);
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL && s->in_message)
		message_end_of_header(s->message);
	return go_on(s, SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL && s->in_message)
		message_body(s->message, (const char *)p, n);
	return SMFIS_CONTINUE;
}

/* ---- the verdict ---- */

/* RFC 8601 §5: a field that pretends to be ours must not reach a reader. */
static bool
remove_fields(SMFICTX *ctx, const struct verdict *v)
{
	char name[64];
	size_t i;

	for (i = 0; i < v->nremovals; i++) {
		strlcpy(name, v->removals[i].name, sizeof(name));
		if (smfi_chgheader(ctx, name, v->removals[i].index, NULL) != MI_SUCCESS)
			return false;
	}
	return true;
}

static bool
insert_edits(SMFICTX *ctx, const struct session *s, const struct verdict *v)
{
	char name[64];
	const char *value;
	size_t i;

	for (i = 0; i < v->nedits; i++) {
		strlcpy(name, v->edits[i].name, sizeof(name));
		value = v->edits[i].value;
		if (!s->leading_space && value[0] == ' ')
			value++;
		if (smfi_insheader(ctx, 0, name, (char *)(uintptr_t)value) != MI_SUCCESS)
			return false;
	}
	return true;
}

static sfsistat
reply(SMFICTX *ctx, const struct verdict *v, sfsistat status)
{
	char rcode[4], xcode[12], text[512];

	strlcpy(rcode, v->rcode, sizeof(rcode));
	strlcpy(xcode, v->xcode, sizeof(xcode));
	strlcpy(text, v->text, sizeof(text));
	if (smfi_setreply(ctx, rcode, xcode, text) != MI_SUCCESS)
		log_error("the reply was not accepted: %s %s %s", rcode, xcode, text);
	return status;
}

static bool
hold(SMFICTX *ctx, const struct verdict *v)
{
	char reason[512];

	strlcpy(reason, v->text, sizeof(reason));
	return smfi_quarantine(ctx, reason) == MI_SUCCESS;
}

static sfsistat
carry_out(SMFICTX *ctx, const struct session *s, const struct verdict *v)
{
	switch (v->action) {
	case ACTION_TEMPFAIL:
		return reply(ctx, v, SMFIS_TEMPFAIL);
	case ACTION_REJECT:
		return reply(ctx, v, SMFIS_REJECT);
	case ACTION_DISCARD:
		return SMFIS_DISCARD;
	case ACTION_HOLD:
	case ACTION_ACCEPT:
		break;
	}
	if (!remove_fields(ctx, v) || !insert_edits(ctx, s, v)) {
		log_error(
		    "the MTA does not take the changes to the header; the message is put off");
		return SMFIS_TEMPFAIL;
	}
	if (v->action == ACTION_HOLD && !hold(ctx, v)) {
		log_error("the MTA does not hold the message; it is put off");
		return SMFIS_TEMPFAIL;
	}
	return SMFIS_ACCEPT;
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	static char queue_id[] = "i";
	struct verdict v;
	sfsistat status;

	if (s == NULL || !s->in_message) {
		log_error("a message without a beginning, or out of memory: it is put off");
		return SMFIS_TEMPFAIL;
	}
	listener_wait_begins();
	message_end(s->message, smfi_getsymval(ctx, queue_id), &v);
	listener_wait_ends();
	status = carry_out(ctx, s, &v);
	message_abandon(s->message);
	leave_message(s);
	return status;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		if (s->message != NULL)
			message_abandon(s->message);
		leave_message(s);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_CONTINUE;
	smfi_setpriv(ctx, NULL);
	message_free(s->message);
	leave_message(s);
	free(s->client.name);
	free(s->client.helo);
	free(s->client.daemon);
	conf_unref(s->conf);
	free(s);
	return SMFIS_CONTINUE;
}

/* ---- the process ---- */

/* New connections wait for the next gate; what has begun may finish, for a while. */
static void
drain(unsigned seconds)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	unsigned quiet = 0, waited;

	atomic_store(&ending, true); /* a busy session would begin message after message */
	listener_pause();
	for (waited = 0; waited < seconds * 50 && quiet < 5; waited++) {
		quiet = atomic_load(&in_flight) == 0 ? quiet + 1 : 0;
		nanosleep(&pause, NULL);
	}
	if (atomic_load(&in_flight) > 0)
		log_warning(
		    "%u messages did not finish within stop_timeout; the MTA will try again",
		    atomic_load(&in_flight));
	_exit(EXIT_SUCCESS);
}

static void *
control_thread(void *arg)
{
	int control = (int)(intptr_t)arg, fds[IPC_MAX_FDS];
	struct ipc_msg m;

	while (ipc_recv(control, &m, fds) == 1) {
		if (m.type == IPC_STOP)
			drain(m.number);
		gate_state_message(control, &m, fds);
	}
	log_error("the supervisor is gone");
	drain(gate_state_stop_timeout());
	return NULL;
}

static bool
start_control_thread(int control)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, control_thread, (void *)(intptr_t)control) == 0 &&
	       pthread_detach(thread) == 0;
}

static bool
prepare_milter(void)
{
	static char name[] = "gatepost";
	struct smfiDesc d = {.xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = WANTED,
	    .xxfi_connect = on_connect,
	    .xxfi_helo = on_helo,
	    .xxfi_envfrom = on_mail,
	    .xxfi_envrcpt = on_rcpt,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_end_of_header,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end_of_message,
	    .xxfi_abort = on_abort,
	    .xxfi_close = on_close,
	    .xxfi_negotiate = on_negotiate};
	const struct conf *c = gate_state_conf();
	bool good =
	    smfi_register(d) == MI_SUCCESS && smfi_settimeout((int)c->milter_timeout) == MI_SUCCESS;

	conf_unref(c);
	return good;
}

int
gate_main(int control)
{
	struct child_start start;
	const struct gate_sockets *sockets;
	struct ipc_msg ready = {.type = IPC_READY};

	if (!child_begin(control, "gate", &start))
		return EXIT_FAILURE;
	sockets = gate_state_begin(control, start.conf);
	if (sockets == NULL)
		return EXIT_FAILURE;
	if (!prepare_milter() || !listener_install(sockets->fd, sockets->n)) {
		log_error("libmilter does not start: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (sandbox_gate() == -1) {
		log_error("cannot close the sandbox: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	if (!gate_state_open_dns())
		return EXIT_FAILURE;
	if (!start_control_thread(control) || ipc_send(control, &ready, NULL) == -1)
		return EXIT_FAILURE;
	if (smfi_main() != MI_SUCCESS)
		log_error("libmilter ended: %s", strerror(errno));
	_exit(EXIT_FAILURE); /* an orderly end is drain()'s */
}
