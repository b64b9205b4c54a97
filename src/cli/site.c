/*
 * A deployed service as `slipway smoke` and `slipway preflight` see it: where
 * it is, with which key it is asked, and what its refusals ask of the operator.
 */
#include "cli/site.h"

#include "base/buf.h"
#include "cli/service.h"

#include <limits.h>
#include <stdio.h>

#define TEXT_BYTES     ((size_t)2048)
#define KEY_FILE_BYTES ((size_t)4096)
#define TIMEOUT_MS     120000

/* What the codes of our own errors ask of the operator. */
static const struct {
	const char *code;
	const char *hint;
} hints[] = {
	{"forbidden", "give a key that may use this feature"},
	{"unknown_feature", "name one of its features with --feature"},
	{"rate_limited",
	 "give a key whose user has more requests a minute, or fewer --asks"},
	{"busy", "raise [server] max_calls, or have more workers of the route"},
	{"key_cap", "give a key with a budget for this"},
	{"user_cap", "give a key whose user has a budget for this"},
	{"tenant_cap", "see `slipway cap show`"},
	{"system_cap",
	 "see `slipway cap show`, /docs/runbooks/cost-spike.html"},
	{"paused", "end it with `slipway resume`"},
	{"misconfigured", "GET /ready says what is missing"},
	{"unpriced_model", "import a price with `slipway prices import`"},
	{"database_unavailable", "see /docs/runbooks/database-full.html"},
	{"upstream_auth", "see /docs/runbooks/key-leak.html: the provider "
			  "refuses our key"},
};

const char *site_hint(const struct site *s, struct str code)
{
	char *const own = arena_alloc(&s->cli->arena, TEXT_BYTES);

	if (str_eq_c(code, "unauthorized")) {
		(void)snprintf(own, TEXT_BYTES,
			       "the key from %s is not known there: `slipway "
			       "key create USER` makes one",
			       s->key_from);
		return own;
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (str_eq_c(code, hints[i].code))
			return hints[i].hint;
	if (str_starts(code, STR("upstream_")) || str_eq_c(code, "not_asked"))
		return "see /docs/runbooks/provider-outage.html";
	return "see the service's log";
}

void site_request(const struct site *s, struct arena *a,
		  const struct site_ask *ask, struct net_request *out)
{
	char *const url = arena_alloc(a, PATH_MAX);
	size_t n = 0;

	*out = (struct net_request){
		.what = "the service",
		.url = url,
		.method = ask->method,
		.ca_file = s->ca_file,
		.body = ask->body,
		.timeout_ms = TIMEOUT_MS,
		.private_network = true, /* our own service */
		.piece = ask->piece,
		.arg = ask->arg,
	};
	if (ask->header != NULL)
		out->headers[n++] = ask->header;
	if (ask->more != NULL)
		out->headers[n++] = ask->more;
	if (ask->body.p != NULL)
		out->headers[n] = ask->form
					  ? "Content-Type: "
					    "application/x-www-form-urlencoded"
					  : "Content-Type: application/json";
	(void)snprintf(url, PATH_MAX, "%s%s", s->url, ask->path);
}

enum err site_http(struct site *s, const struct site_ask *ask,
		   struct net_reply *reply, struct json *said)
{
	struct net_request request;

	site_request(s, &s->cli->arena, ask, &request);
	*said = (struct json){NULL};
	ERR_TRY(net_http(&s->cli->arena, &request, reply, &s->cli->err));
	if (json_parse(&s->cli->arena, reply->body, said, NULL) != ERR_OK)
		*said = (struct json){NULL};
	return ERR_OK;
}

struct str site_question(struct site *s, const char *feature, const char *words,
			 int64_t max_output_tokens)
{
	struct buf body;
	struct jw w;

	buf_init(&body, &s->cli->arena, TEXT_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	jw_c(&w, "message", words);
	if (feature != NULL)
		jw_c(&w, "feature", feature);
	jw_int(&w, "max_output_tokens", max_output_tokens);
	jw_close(&w);
	return buf_str(&body);
}

const char *site_bearer(struct site *s, struct str key)
{
	struct buf header;

	buf_init(&header, &s->cli->arena, 2 * KEY_FILE_BYTES);
	buf_add_c(&header, "Authorization: Bearer ");
	buf_add_str(&header, key);
	return buf_c(&header);
}

enum err site_find(struct site *s, const char *url, const char *key_file,
		   bool needs_key)
{
	struct cli_service service;

	if (!needs_key && key_file == NULL)
		return cli_service_url(s->cli, url, &s->url);
	ERR_TRY(cli_service(s->cli, url, key_file, &service));
	s->url = service.url;
	s->header = service.header;
	s->key_from = service.key_from;
	return ERR_OK;
}

bool site_ids_agree(const struct net_reply *reply, struct str id)
{
	return id.n > 0 && str_eq(net_header(reply, "x-request-id"), id) &&
	       str_eq(net_header(reply, "request-id"), id);
}
