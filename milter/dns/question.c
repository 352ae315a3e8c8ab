#include "question.h"

#include <strings.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
dns_question_set(struct dns_question *q, const char *name, enum dns_type type)
{
	size_t i, label = 0;

	for (i = 0; name[i] != '\0'; i++) {
		if (name[i] == '.' && label == 0)
			return false;
		if (name[i] == '.' && name[i + 1] == '\0')
			break;
		if (i == DNS_NAME_MAX)
			return false;
		label = name[i] == '.' ? 0 : label + 1;
		if (label > DNS_LABEL_MAX)
			return false;
		q->name[i] = lower(name[i]);
	}
	q->name[i] = '\0';
	q->len = i;
	q->type = type;
	return i > 0;
}

static const struct {
	enum dns_type type;
	const char *name;
} types[] = {
    {DNS_A, "A"},
    {DNS_CNAME, "CNAME"},
    {DNS_PTR, "PTR"},
    {DNS_MX, "MX"},
    {DNS_TXT, "TXT"},
    {DNS_AAAA, "AAAA"},
};

const char *
dns_type_name(enum dns_type type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return "";
}

bool
dns_type_parse(const char *name, enum dns_type *type)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(types[i].name, name) == 0) {
			*type = types[i].type;
			return true;
		}
	return false;
}

const char *
dns_status_name(enum dns_status status)
{
	static const char *const names[] = {
	    [DNS_OK] = "OK",
	    [DNS_NODATA] = "NODATA",
	    [DNS_NXDOMAIN] = "NXDOMAIN",
	    [DNS_TEMPFAIL] = "TEMPFAIL",
	    [DNS_BADNAME] = "BADNAME",
	};

	return names[status];
}
