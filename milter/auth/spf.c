#include "spf.h"

#include <string.h>

#include "base/domain.h"
#include "spf_engine.h"
#include "spf_explain.h"
#include "spf_walk.h"

/* §2.3, §2.4: the null sender's MAIL FROM identity is postmaster@HELO. */
static const char *
domain_said(const struct spf_request *r)
{
	if (r->identity == SPF_HELO || (r->local[0] == '\0' && r->domain[0] == '\0'))
		return r->helo;
	return r->domain;
}

bool
spf_domain(const struct spf_request *r, char out[DOMAIN_BUF])
{
	const char *said = domain_said(r);

	if (domain_canonical(said, strlen(said), out) && domain_labels(out) > 1)
		return true;
	out[0] = '\0';
	return false;
}

static enum spf_result
result_of(enum spf_engine_result r)
{
	static const enum spf_result results[] = {
	    [SPF_ENGINE_PASS] = SPF_PASS,
	    [SPF_ENGINE_FAIL] = SPF_FAIL,
	    [SPF_ENGINE_SOFTFAIL] = SPF_SOFTFAIL,
	    [SPF_ENGINE_NEUTRAL] = SPF_NEUTRAL,
	    [SPF_ENGINE_TEMPERROR] = SPF_TEMPERROR,
	    [SPF_ENGINE_PERMERROR] = SPF_PERMERROR,
	};

	return results[r];
}

static bool
is_error(enum spf_result result)
{
	return result == SPF_TEMPERROR || result == SPF_PERMERROR;
}

/* The term that matched, and the explanation of a fail. */
static void
tell_match(struct spf_walk *w, struct spf_outcome *out)
{
	const struct spf_term *term;
	const struct spf_frame *frame = spf_walk_matched(w, &term);
	const char *text;

	text = term != NULL ? arena_strndup(w->mem, term->text, term->len) : "default";
	out->mechanism = text != NULL ? text : "";
	if (out->result == SPF_FAIL)
		out->explanation = spf_explain(w, frame);
}

static void
evaluate(struct spf_walk *w, const char *text, struct spf_outcome *out)
{
	const struct spf_engine_host host = {spf_walk_address, spf_walk_record, w};

	out->result = result_of(spf_engine_run(&host, &w->request->ip, text));
	if (w->stopped) {
		out->result = w->result;
		out->reason = w->reason;
	} else if (is_error(out->result)) {
		out->result = SPF_TEMPERROR;
		out->reason = "libspf2 failed";
	} else {
		tell_match(w, out);
	}
}

static void
check_domain(struct spf_walk *w, struct spf_outcome *out)
{
	const char *text;

	switch (spf_walk_open(w, out->domain, (struct spf_engine_term){0, 0}, &text)) {
	case SPF_ENGINE_YES:
		evaluate(w, text, out);
		break;
	case SPF_ENGINE_NO:
		out->result = SPF_NONE;
		out->reason = w->reason;
		break;
	default:
		out->result = w->result;
		out->reason = w->reason;
		break;
	}
}

void
spf_check(struct dns_source *source, const struct spf_request *request, struct arena *mem,
    struct spf_outcome *out)
{
	struct spf_walk *w;
	char domain[DOMAIN_BUF];
	const char *copy;

	*out = (struct spf_outcome){SPF_NONE, request->identity, "", "", "", ""};
	if (!spf_domain(request, domain)) {
		out->reason = "no domain name to check";
		return;
	}
	out->result = SPF_TEMPERROR;
	out->reason = "out of memory";
	copy = arena_strdup(mem, domain);
	w = arena_alloc(mem, sizeof(*w));
	if (copy == NULL || w == NULL)
		return;
	out->domain = copy;
	if (spf_walk_begin(w, source, request, mem, copy)) {
		out->reason = "";
		check_domain(w, out);
	}
	spf_walk_end(w);
}

const char *
spf_result_name(enum spf_result result)
{
	static const char *const names[] = {
	    [SPF_NONE] = "none",
	    [SPF_NEUTRAL] = "neutral",
	    [SPF_PASS] = "pass",
	    [SPF_FAIL] = "fail",
	    [SPF_SOFTFAIL] = "softfail",
	    [SPF_TEMPERROR] = "temperror",
	    [SPF_PERMERROR] = "permerror",
	};

	return names[result];
}

const char *
spf_identity_name(enum spf_identity identity)
{
	return identity == SPF_HELO ? "helo" : "mailfrom";
}
