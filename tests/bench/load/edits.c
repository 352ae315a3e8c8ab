#include "edits.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <string.h>

/* Strings that each end in a NUL, one after the other, and nothing behind them. */
static bool
strings(const char *data, size_t len, const char **first, const char **second)
{
	const char *end = memchr(data, '\0', len);

	if (end == NULL)
		return false;
	*first = data;
	if (second == NULL)
		return true;
	data += (size_t)(end - *first) + 1;
	len -= (size_t)(end - *first) + 1;
	*second = data;
	return len > 0 && memchr(data, '\0', len) == data + len - 1;
}

static void
record_header(struct json *j, const char *op, int64_t index, const char *name, const char *value)
{
	if (j == NULL)
		return;
	json_open_object(j, NULL);
	json_str(j, "op", op);
	if (index >= 0)
		json_int(j, "index", index);
	json_str(j, "name", name);
	json_str(j, "value", value);
	json_close_object(j);
}

static void
record(struct json *j, const char *op, const char *member, const char *value)
{
	if (j == NULL)
		return;
	json_open_object(j, NULL);
	json_str(j, "op", op);
	json_str(j, member, value);
	json_close_object(j);
}

static enum edit_result
add_header(const char *data, size_t len, struct tally *t, struct json *j)
{
	const char *name, *value;

	if (!strings(data, len, &name, &value) || *name == '\0')
		return EDIT_BAD;
	tally_header(t, name, EDIT_ADD);
	record_header(j, "add_header", -1, name, value);
	return EDIT_OK;
}

/* Insert and change look alike: index, name, value. */
static enum edit_result
indexed_header(char cmd, const char *data, size_t len, struct tally *t, struct json *j)
{
	const unsigned char *u = (const unsigned char *)data;
	const char *name, *value;
	uint32_t index;

	if (len < 4 || !strings(data + 4, len - 4, &name, &value) || *name == '\0')
		return EDIT_BAD;
	index = (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
	if (index > INT32_MAX)
		return EDIT_BAD;
	if (cmd == SMFIR_INSHEADER) {
		tally_header(t, name, EDIT_INSERT);
		record_header(j, "insert_header", index, name, value);
	} else if (*value == '\0') {
		tally_header(t, name, EDIT_DELETE);
		record_header(j, "delete_header", index, name, value);
	} else {
		tally_header(t, name, EDIT_CHANGE);
		record_header(j, "change_header", index, name, value);
	}
	return EDIT_OK;
}

static enum edit_result
address(const char *op, const char *data, size_t len, struct tally *t, struct json *j)
{
	const char *first;

	if (!strings(data, len, &first, NULL))
		return EDIT_BAD;
	t->other_edits++;
	record(j, op, "address", first);
	return EDIT_OK;
}

static enum edit_result
quarantine(const char *data, size_t len, struct tally *t, struct json *j)
{
	const char *reason;

	if (!strings(data, len, &reason, NULL))
		return EDIT_BAD;
	record(j, "quarantine", "reason", reason);
	return EDIT_QUARANTINE;
}

static enum edit_result
replace_body(size_t len, struct tally *t, struct json *j)
{
	t->other_edits++;
	if (j != NULL) {
		json_open_object(j, NULL);
		json_str(j, "op", "replace_body");
		json_int(j, "bytes", (int64_t)len);
		json_close_object(j);
	}
	return EDIT_OK;
}

/* The action a milter must have negotiated for this packet; 0: it is no edit. */
static uint32_t
needed_action(char cmd)
{
	switch (cmd) {
	case SMFIR_ADDHEADER:
	case SMFIR_INSHEADER:
		return SMFIF_ADDHDRS;
	case SMFIR_CHGHEADER:
		return SMFIF_CHGHDRS;
	case SMFIR_ADDRCPT:
		return SMFIF_ADDRCPT;
	case SMFIR_ADDRCPT_PAR:
		return SMFIF_ADDRCPT_PAR;
	case SMFIR_DELRCPT:
		return SMFIF_DELRCPT;
	case SMFIR_CHGFROM:
		return SMFIF_CHGFROM;
	case SMFIR_REPLBODY:
		return SMFIF_CHGBODY;
	case SMFIR_QUARANTINE:
		return SMFIF_QUARANTINE;
	default:
		return 0;
	}
}

enum edit_result
edits_read(
    char cmd, const char *data, size_t len, uint32_t actions, struct tally *t, struct json *j)
{
	uint32_t needed = needed_action(cmd);

	if (needed == 0)
		return EDIT_NONE;
	if ((actions & needed) == 0)
		return EDIT_BAD;
	switch (cmd) {
	case SMFIR_ADDHEADER:
		return add_header(data, len, t, j);
	case SMFIR_INSHEADER:
	case SMFIR_CHGHEADER:
		return indexed_header(cmd, data, len, t, j);
	case SMFIR_ADDRCPT:
	case SMFIR_ADDRCPT_PAR:
		return address("add_rcpt", data, len, t, j);
	case SMFIR_DELRCPT:
		return address("delete_rcpt", data, len, t, j);
	case SMFIR_CHGFROM:
		return address("change_from", data, len, t, j);
	case SMFIR_QUARANTINE:
		return quarantine(data, len, t, j);
	default:
		return replace_body(len, t, j);
	}
}
