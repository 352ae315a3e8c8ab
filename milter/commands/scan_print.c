#include "scan_print.h"

#include <stdio.h>
#include <string.h>

#include "base/clean.h"

const char *
scan_verdict_name(enum scan_action a)
{
	return a == SCAN_OFF ? "clean" : scan_action_name(a);
}

/* ---- for people ---- */

static void
add_size(struct buf *out, size_t n)
{
	if (n < 10000)
		buf_addf(out, "%zu bytes", n);
	else if (n < 10000u * 1024)
		buf_addf(out, "%zu KB", n / 1024);
	else
		buf_addf(out, "%zu MB", n / 1048576);
}

static unsigned
depth_of(const struct scan_report *r, size_t part)
{
	unsigned d = 0;
	int p;

	for (p = r->parts[part].parent; p >= 0; p = r->parts[p].parent)
		d++;
	return d < 40 ? d : 40;
}

static void
add_part(struct buf *out, const struct scan_report *r, size_t i)
{
	const struct scan_part *p = &r->parts[i];
	const char *type = p->declared[0] != '\0' ? p->declared : p->found;

	buf_addf(out, "  %*s", (int)(2 * depth_of(r, i)), "");
	clean_for_terminal(out, type[0] != '\0' ? type : "file");
	if (p->name[0] != '\0') {
		buf_adds(out, " \"");
		clean_for_terminal(out, p->name);
		buf_addc(out, '"');
	}
	if (p->size > 0) {
		buf_adds(out, ", ");
		add_size(out, p->size);
	}
	if (p->found[0] != '\0' && strcmp(p->found, type) != 0) {
		buf_adds(out, ", is ");
		clean_for_terminal(out, p->found);
	}
	buf_addc(out, '\n');
}

/* What is done about a finding of the scanner; a virus scanner's are never exempt. */
static const char *
done_about(const struct scanned *s, const struct scan_finding *f)
{
	if (outcome_is_exempt(s->rules, s->result, f->part))
		return "exempt";
	return scan_action_name(s->rules->action[f->rule]);
}

static void
add_finding(struct buf *out, const char *done, const struct scan_finding *f)
{
	buf_addf(out, "  %s: %s (%s), ", done, scan_rule_name(f->rule), scan_rule_text(f->rule));
	clean_for_terminal(out, f->name);
	buf_adds(out, ": ");
	clean_for_terminal(out, f->reason);
	buf_addc(out, '\n');
}

void
scan_print_text(const struct scanned *s)
{
	const struct scan_report *r = &s->result->report;
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	clean_for_terminal(&out, s->file);
	buf_addf(&out, ": %s\n", scan_verdict_name(s->outcome->action));
	for (i = 0; i < r->nparts; i++)
		add_part(&out, r, i);
	if (s->result->more_parts > 0)
		buf_addf(&out, "  and %zu more\n", s->result->more_parts);
	for (i = 0; i < r->nfindings; i++)
		add_finding(&out, done_about(s, &r->findings[i]), &r->findings[i]);
	for (i = 0; i < s->nmore; i++)
		add_finding(&out, scan_action_name(s->rules->action[s->more[i].rule]), &s->more[i]);
	if (r->more > 0)
		buf_addf(&out, "  and %zu more findings\n", r->more);
	fputs(buf_str(&out), stdout);
	buf_free(&out);
}

void
scan_print_error(const char *file, const char *error)
{
	struct buf out;

	buf_init(&out, 0);
	buf_adds(&out, "gatepost scan: ");
	clean_for_terminal(&out, file);
	buf_adds(&out, ": ");
	clean_for_terminal(&out, error);
	fprintf(stderr, "%s\n", buf_str(&out));
	buf_free(&out);
}

/* ---- JSON ---- */

static void
json_finding(struct json *j, const char *done, const struct scan_finding *f)
{
	json_open_object(j, NULL);
	json_str(j, "rule", scan_rule_name(f->rule));
	json_str(j, "action", done);
	json_int(j, "part", f->part);
	json_str(j, "name", f->name);
	json_str(j, "reason", f->reason);
	json_close_object(j);
}

static void
json_hash(struct json *j, const unsigned char hash[RESULT_HASH])
{
	char hex[2 * RESULT_HASH + 1];
	size_t i;

	for (i = 0; i < RESULT_HASH; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	json_str(j, "sha256", hex);
}

static void
json_parts(struct json *j, const struct scan_result *result)
{
	const struct scan_part *p;
	size_t i;

	json_open_array(j, "parts");
	for (i = 0; i < result->report.nparts; i++) {
		p = &result->report.parts[i];
		json_open_object(j, NULL);
		json_int(j, "parent", p->parent);
		json_str(j, "name", p->name);
		json_str(j, "declared", p->declared);
		json_str(j, "found", p->found);
		json_int(j, "size", (int64_t)p->size);
		if (result->hashes != NULL && p->size > 0)
			json_hash(j, result->hashes[i]);
		json_close_object(j);
	}
	json_close_array(j);
	if (result->more_parts > 0)
		json_int(j, "more_parts", (int64_t)result->more_parts);
}

static void
print(struct buf *out)
{
	puts(buf_str(out));
	buf_free(out);
}

void
scan_json(struct json *j, const struct scanned *s)
{
	const struct scan_report *r = &s->result->report;
	size_t i;

	json_str(j, "verdict", scan_verdict_name(s->outcome->action));
	json_open_array(j, "findings");
	for (i = 0; i < r->nfindings; i++)
		json_finding(j, done_about(s, &r->findings[i]), &r->findings[i]);
	for (i = 0; i < s->nmore; i++)
		json_finding(j, scan_action_name(s->rules->action[s->more[i].rule]), &s->more[i]);
	json_close_array(j);
	if (r->more > 0)
		json_int(j, "more_findings", (int64_t)r->more);
	json_parts(j, s->result);
}

void
scan_print_json(const struct scanned *s)
{
	struct buf out;
	struct json j;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "file", s->file);
	scan_json(&j, s);
	json_close_object(&j);
	print(&out);
}

void
scan_print_json_error(const char *file, const char *error)
{
	struct buf out;
	struct json j;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "file", file);
	json_str(&j, "error", error);
	json_close_object(&j);
	print(&out);
}
