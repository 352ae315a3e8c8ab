#include "spf_engine.h"

#include <sys/types.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>

/*
 * What the rest of this room knows of libspf2 1.2.10 and writes around:
 * - compiled mechanisms of one record may not exceed 511 bytes, so that a
 *   record never holds terms that cannot match;
 * - prefix lengths of 0 are refused;
 * - its own limit of look-ups counts otherwise than RFC 7208 §4.6.4: it is
 *   lifted, the host counts;
 * - SPF_request_query_mailfrom() lets clients of 127.0.0.0/8 and ::1 pass
 *   without a look at the record: the interpreter is called directly;
 * - a DNS layer that answers NULL makes it abort(): see `spare`.
 */
#define NO_LIMIT 1000

/* "t<term>.f<frame>.x": short, no domain of the DNS, and no cause for libspf2 to warn. */
#define NAME_FORMAT "t%u.f%u.x"

void
spf_engine_begin(struct buf *out)
{
	buf_adds(out, "v=spf1");
}

static void
add_name(struct buf *out, struct spf_engine_term t)
{
	buf_addf(out, NAME_FORMAT, t.term, t.frame);
}

void
spf_engine_add_all(struct buf *out, char qualifier)
{
	buf_addf(out, " %call", qualifier);
}

void
spf_engine_add_net(struct buf *out, char qualifier, const struct cidr *net)
{
	char text[IP_STRLEN];

	ip_print(&net->addr, text);
	if (ip_is_v4(&net->addr))
		buf_addf(out, " %cip4:%s/%u", qualifier, text, net->bits - 96);
	else
		buf_addf(out, " %cip6:%s/%u", qualifier, text, net->bits);
}

void
spf_engine_add_address(struct buf *out, char qualifier, struct spf_engine_term t, unsigned bits)
{
	buf_addf(out, " %ca:", qualifier);
	add_name(out, t);
	if (bits > 96)
		buf_addf(out, "/%u//%u", bits - 96, bits);
	else
		buf_addf(out, "//%u", bits);
}

void
spf_engine_add_exists(struct buf *out, char qualifier, struct spf_engine_term t)
{
	buf_addf(out, " %cexists:", qualifier);
	add_name(out, t);
}

void
spf_engine_add_include(struct buf *out, char qualifier, struct spf_engine_term t)
{
	buf_addf(out, " %cinclude:", qualifier);
	add_name(out, t);
}

void
spf_engine_add_redirect(struct buf *out, unsigned frame)
{
	buf_adds(out, " redirect=");
	add_name(out, (struct spf_engine_term){frame, SPF_ENGINE_REDIRECT});
}

/*
 * What one evaluation at a time needs. The dns layer is the first member, so
 * that libspf2's pointer to it is one to this.
 */
struct run {
	SPF_dns_server_t dns;
	SPF_server_t *server;
	const struct spf_engine_host *host;
	SPF_dns_rr_t *spare; /* for an answer when memory has run out; ours until used */
};

static struct spf_engine_term
parse_name(const char *name)
{
	struct spf_engine_term t = {0, 0};

	if (sscanf(name, NAME_FORMAT, &t.term, &t.frame) != 2)
		return (struct spf_engine_term){SPF_ENGINE_REDIRECT, SPF_ENGINE_REDIRECT};
	return t;
}

/* False without memory. */
static bool
add_address(SPF_dns_rr_t *rr, ns_type type, const struct ip *ip)
{
	if (SPF_dns_rr_buf_realloc(rr, 0, sizeof(SPF_dns_rr_data_t)) != SPF_E_SUCCESS)
		return false;
	if (type == ns_t_aaaa)
		memcpy(&rr->rr[0]->aaaa, ip->b, sizeof(rr->rr[0]->aaaa));
	else
		memcpy(&rr->rr[0]->a, ip->b + 12, sizeof(rr->rr[0]->a));
	rr->num_rr = 1;
	return true;
}

static SPF_dns_rr_t *
out_of_memory(struct run *run, SPF_dns_rr_t *rr)
{
	if (rr == NULL) {
		rr = run->spare;
		run->spare = NULL;
	}
	rr->herrno = TRY_AGAIN;
	return rr;
}

/* libspf2 asks for the addresses of a made-up name. TRY_AGAIN ends the evaluation. */
static SPF_dns_rr_t *
lookup(SPF_dns_server_t *dns, const char *name, ns_type type, int should_cache)
{
	struct run *run = (struct run *)(void *)dns;
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(dns, NULL, type, 0, NETDB_SUCCESS);
	struct ip ip = {{0}};

	if (rr == NULL)
		return out_of_memory(run, NULL);
	switch (run->host->address(run->host->ctx, parse_name(name), &ip)) {
	case SPF_ENGINE_YES:
		return add_address(rr, type, &ip) ? rr : out_of_memory(run, rr);
	case SPF_ENGINE_NO:
		rr->herrno = HOST_NOT_FOUND;
		return rr;
	default:
		rr->herrno = TRY_AGAIN;
		return rr;
	}
}

/* libspf2 asks for the record of a made-up name: the target of an include or redirect. */
static SPF_errcode_t
get_spf(
    SPF_server_t *server, SPF_request_t *request, SPF_response_t *response, SPF_record_t **record)
{
	struct run *run = (struct run *)(void *)server->resolver;
	const char *text;

	*record = NULL;
	switch (run->host->record(run->host->ctx, parse_name(request->cur_dom), &text)) {
	case SPF_ENGINE_YES:
		if (SPF_record_compile(server, response, record, text) == SPF_E_SUCCESS)
			return SPF_E_SUCCESS;
		return SPF_E_DNS_ERROR;
	case SPF_ENGINE_TEMP:
		return SPF_E_DNS_ERROR;
	default:
		return SPF_E_NOT_SPF;
	}
}

/* Short and constant texts in place of those that libspf2 would make up for people. */
static bool
set_up_server(SPF_server_t *server)
{
	SPF_response_t *response = NULL;
	bool ok;

	ok = SPF_server_set_rec_dom(server, "x") == SPF_E_SUCCESS &&
	     SPF_server_set_explanation(server, "x", &response) == SPF_E_SUCCESS &&
	     SPF_server_set_max_dns_mech(server, NO_LIMIT) == SPF_E_SUCCESS;
	if (response != NULL)
		SPF_response_free(response);
	return ok;
}

static bool
set_up_request(SPF_request_t *request, const struct ip *client)
{
	struct in_addr v4;
	struct in6_addr v6;

	memcpy(&v4, client->b + 12, sizeof(v4));
	memcpy(&v6, client->b, sizeof(v6));
	request->cur_dom = "gatepost";
	if (SPF_request_set_helo_dom(request, "x") != SPF_E_SUCCESS)
		return false;
	if (ip_is_v4(client))
		return SPF_request_set_ipv4(request, v4) == SPF_E_SUCCESS;
	return SPF_request_set_ipv6(request, v6) == SPF_E_SUCCESS;
}

static enum spf_engine_result
result_of(SPF_response_t *response)
{
	switch (SPF_response_result(response)) {
	case SPF_RESULT_PASS:
		return SPF_ENGINE_PASS;
	case SPF_RESULT_FAIL:
		return SPF_ENGINE_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPF_ENGINE_SOFTFAIL;
	case SPF_RESULT_NEUTRAL:
		return SPF_ENGINE_NEUTRAL;
	case SPF_RESULT_PERMERROR:
		return SPF_ENGINE_PERMERROR;
	default:
		return SPF_ENGINE_TEMPERROR;
	}
}

static enum spf_engine_result
interpret(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response, const char *text)
{
	SPF_record_t *record = NULL;
	enum spf_engine_result result = SPF_ENGINE_TEMPERROR;

	if (SPF_record_compile(server, response, &record, text) == SPF_E_SUCCESS) {
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		result = result_of(response);
	}
	if (record != NULL)
		SPF_record_free(record);
	return result;
}

/* ---- a server takes libspf2 longer than many an evaluation: some are kept ---- */

#define SPARES 4

static _Atomic(struct run *) spares[SPARES];

static void
free_run(struct run *run)
{
	if (run == NULL)
		return;
	if (run->server != NULL)
		SPF_server_free(run->server);
	if (run->spare != NULL)
		SPF_dns_rr_free(run->spare);
	free(run);
}

static struct run *
new_run(void)
{
	struct run *run = malloc(sizeof(*run));

	if (run == NULL)
		return NULL;
	*run = (struct run){.dns = {.lookup = lookup, .get_spf = get_spf, .name = "gatepost"}};
	run->server = SPF_server_new_dns(&run->dns, 0);
	if (run->server != NULL && set_up_server(run->server))
		return run;
	free_run(run);
	return NULL;
}

static struct run *
take_run(void)
{
	struct run *run = NULL;
	size_t i;

	for (i = 0; run == NULL && i < SPARES; i++)
		run = atomic_exchange(&spares[i], NULL);
	if (run == NULL && (run = new_run()) == NULL)
		return NULL;
	if (run->spare == NULL && (run->spare = SPF_dns_rr_new()) == NULL) {
		free_run(run);
		return NULL;
	}
	return run;
}

/* Each moves on by a place, until one was free or the last is one too many. */
static void
put_back(struct run *run)
{
	size_t i;

	for (i = 0; run != NULL && i < SPARES; i++)
		run = atomic_exchange(&spares[i], run);
	free_run(run);
}

static enum spf_engine_result
evaluate(struct run *run, const struct ip *client, const char *text)
{
	SPF_request_t *request = SPF_request_new(run->server);
	SPF_response_t *response = request != NULL ? SPF_response_new(request) : NULL;
	enum spf_engine_result result = SPF_ENGINE_TEMPERROR;

	if (response != NULL && set_up_request(request, client))
		result = interpret(run->server, request, response, text);
	if (response != NULL)
		SPF_response_free(response);
	if (request != NULL)
		SPF_request_free(request);
	return result;
}

enum spf_engine_result
spf_engine_run(const struct spf_engine_host *host, const struct ip *client, const char *text)
{
	struct run *run = take_run();
	enum spf_engine_result result;

	if (run == NULL)
		return SPF_ENGINE_TEMPERROR;
	run->host = host;
	result = evaluate(run, client, text);
	put_back(run);
	return result;
}
