#include "macros.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
render_one(struct buf *out, char what, const struct facts *f)
{
	switch (what) {
	case 'd':
		buf_addf(out, "%" PRIu64, f->domain);
		return;
	case 'n':
		buf_addf(out, "%" PRIu64, f->number);
		return;
	case 's':
		buf_adds(out, f->sender);
		return;
	case 'r':
		buf_adds(out, f->rcpt);
		return;
	case '%':
		buf_addc(out, '%');
		return;
	default:
		buf_addc(out, '%');
		buf_addc(out, what);
		return;
	}
}

void
template_render(struct buf *out, const char *tmpl, const struct facts *f)
{
	const char *percent;

	while ((percent = strchr(tmpl, '%')) != NULL && percent[1] != '\0') {
		buf_add(out, tmpl, (size_t)(percent - tmpl));
		render_one(out, percent[1], f);
		tmpl = percent + 2;
	}
	buf_adds(out, tmpl);
}

void
macros_init(struct macro_set *set, enum mta mta)
{
	static const char *const common[] = {"j=mx.example.org", "{daemon_name}=smtpd",
	    "{daemon_addr}=127.0.0.1", "_=localhost [127.0.0.1]", "i=4BENCH%n", "{mail_addr}=%s",
	    "{mail_host}=example.com", "{mail_mailer}=smtp", "{rcpt_addr}=%r",
	    "{rcpt_host}=example.net", "{rcpt_mailer}=smtp", "{client_addr}=127.0.0.1",
	    "{client_name}=localhost", "{client_port}=25025", "{client_ptr}=localhost"};
	size_t i;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		macros_set(set, common[i]);
	macros_set(set, mta == MTA_POSTFIX ? "v=Postfix 3.7.11" : "v=8.17.1.9");
}

void
macros_free(struct macro_set *set)
{
	unsigned i;

	for (i = 0; i < set->n; i++) {
		free(set->v[i].name);
		free(set->v[i].value);
	}
	set->n = 0;
}

/* The macro of a name with or without its braces, or n where there is none. */
static unsigned
find(const struct macro_set *set, const char *name, size_t len)
{
	unsigned i;
	const char *have;
	size_t have_len;

	if (len > 2 && name[0] == '{' && name[len - 1] == '}') {
		name++;
		len -= 2;
	}
	for (i = 0; i < set->n; i++) {
		have = set->v[i].name;
		have_len = strlen(have);
		if (have[0] == '{') {
			have++;
			have_len -= 2;
		}
		if (have_len == len && memcmp(have, name, len) == 0)
			return i;
	}
	return set->n;
}

static char *
copy_name(const char *name, size_t len)
{
	const char *form = len > 1 && name[0] != '{' ? "{%.*s}" : "%.*s";
	char *copy = malloc(len + 3);

	if (copy != NULL)
		snprintf(copy, len + 3, form, (int)len, name);
	return copy;
}

bool
macros_set(struct macro_set *set, const char *assignment)
{
	const char *eq = strchr(assignment, '=');
	size_t len = eq == NULL ? 0 : (size_t)(eq - assignment);
	unsigned i;

	if (len == 0 || (assignment[0] == '{' && (len < 3 || assignment[len - 1] != '}')))
		return false;
	i = find(set, assignment, len);
	if (i == MAX_MACROS)
		return false;
	if (i == set->n) {
		set->v[i].name = copy_name(assignment, len);
		if (set->v[i].name == NULL)
			return false;
		set->n++;
	}
	free(set->v[i].value);
	set->v[i].value = strdup(eq + 1);
	return set->v[i].value != NULL;
}

void
macros_parse_list(const struct macro_set *set, const char *names, struct macro_list *list)
{
	size_t len;
	unsigned i;

	list->n = 0;
	while (*(names += strspn(names, " ,\t")) != '\0') {
		len = strcspn(names, " ,\t");
		i = find(set, names, len);
		names += len;
		if (i < set->n && list->n < MAX_STAGE_MACROS)
			list->v[list->n++] = (uint8_t)i;
	}
}

void
macros_default_lists(const struct macro_set *set, enum mta mta, struct macro_list lists[STAGE_NONE])
{
	/* postconf(5), milter_*_macros; Sendmail's are those of its milter(8) sample set-up. */
	static const char *const postfix[STAGE_NONE] = {
	    [STAGE_CONNECT] = "j {daemon_name} {daemon_addr} v _",
	    [STAGE_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
	    [STAGE_MAIL] = ("i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} "
			    "{mail_mailer}"),
	    [STAGE_RCPT] = "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	    [STAGE_DATA] = "i",
	    [STAGE_EOM] = "i",
	    [STAGE_EOH] = "i",
	};
	static const char *const sendmail[STAGE_NONE] = {
	    [STAGE_CONNECT] = "j _ {daemon_name} {if_name} {if_addr}",
	    [STAGE_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
	    [STAGE_MAIL] = ("i {auth_type} {auth_authen} {auth_ssf} {auth_author} {mail_mailer} "
			    "{mail_host} {mail_addr}"),
	    [STAGE_RCPT] = "{rcpt_mailer} {rcpt_host} {rcpt_addr}",
	    [STAGE_DATA] = "",
	    [STAGE_EOM] = "{msg_id}",
	    [STAGE_EOH] = "",
	};
	const char *const *names = mta == MTA_POSTFIX ? postfix : sendmail;
	unsigned i;

	for (i = 0; i < STAGE_NONE; i++)
		macros_parse_list(set, names[i], &lists[i]);
}

void
macros_add(struct buf *out, const struct macro_set *set, const struct macro_list *list,
    const struct facts *facts)
{
	const struct macro *m;
	unsigned i;

	for (i = 0; i < list->n; i++) {
		m = &set->v[list->v[i]];
		if (!facts->queued && strcmp(m->name, "i") == 0)
			continue;
		buf_add(out, m->name, strlen(m->name) + 1);
		template_render(out, m->value, facts);
		buf_addc(out, '\0');
	}
}
