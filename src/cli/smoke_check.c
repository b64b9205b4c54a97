/*
 * What `slipway smoke` checks with single requests.  Each check notes one
 * result: that it holds, or what is wrong, where, and what to do.
 */
#include "base/num.h"
#include "cli/smoke.h"
#include "db/db.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES 128

static bool is_ok(const struct net_reply *reply, struct json said)
{
	return reply->status == 200 && json_is_true(json_get(said, "ok"));
}

bool smoke_check_live(struct smoke *s)
{
	const struct smoke_ask ask = {.path = "/healthz"};
	struct net_reply reply;
	struct json said;

	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "live", ask.path);
		return false;
	}
	if (is_ok(&reply, said)) {
		smoke_note(s, "live", SMOKE_OK, "%s", "");
		return true;
	}
	smoke_refused(s, "live", ask.path, &reply, said);
	return false;
}

/* The first of "checks" that is not well, into out. */
static enum err find_unwell(void *arg, struct str name, struct json value)
{
	struct buf *const out = arg;
	bool ok = true;

	if (json_type(value) != JSON_OBJECT ||
	    json_get_bool(value, "ok", &ok, NULL) != ERR_OK || ok)
		return ERR_OK;
	buf_addf(out, "%s" STR_FMT " (" STR_FMT ")", out->n > 0 ? ", " : "",
		 STR_ARG(name), STR_ARG(json_str(json_get(value, "detail"))));
	return ERR_OK;
}

void smoke_check_ready(struct smoke *s)
{
	const struct smoke_ask ask = {.path = "/ready"};
	struct net_reply reply;
	struct json said;
	struct buf why;

	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "ready", ask.path);
		return;
	}
	if (is_ok(&reply, said)) {
		smoke_note(s, "ready", SMOKE_OK, "%s", "");
		return;
	}
	buf_init(&why, &s->cli->arena, 4096);
	if (json_each(json_get(said, "checks"), find_unwell, &why) != ERR_OK ||
	    why.n == 0) {
		smoke_refused(s, "ready", ask.path, &reply, said);
		return;
	}
	smoke_note(s, "ready", SMOKE_FAILED,
		   "%s/ready answers %ld, not well: %s; mend that first",
		   s->url, reply.status, buf_c(&why));
}

void smoke_check_models(struct smoke *s)
{
	char path[PATH_BYTES] = "/health/llm";
	const struct smoke_ask ask = {.path = path};
	struct net_reply reply;
	struct json said;

	if (s->feature != NULL)
		(void)snprintf(path, sizeof(path), "/health/llm?feature=%s",
			       s->feature);
	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "models", path);
		return;
	}
	const struct str error = json_str(json_get(said, "error"));
	const struct str route = json_str(json_get(said, "model_route"));
	if (reply.status == 200 && json_has(said, "ok"))
		smoke_note(s, "models", SMOKE_OK, STR_FMT "%s" STR_FMT,
			   STR_ARG(json_str(json_get(said, "source"))),
			   route.n > 0 ? " " : "", STR_ARG(route));
	else if (error.n > 0)
		smoke_note(s, "models", SMOKE_FAILED,
			   "%s%s answers %ld " STR_FMT ": " STR_FMT " (%s)",
			   s->url, path, reply.status, STR_ARG(error),
			   STR_ARG(json_str(json_get(said, "detail"))),
			   smoke_hint(s, error));
	else
		smoke_refused(s, "models", path, &reply, said);
}

/* Everything that spends refuses a caller whom nobody knows. */
void smoke_check_no_session(struct smoke *s)
{
	static const char *const paths[] = {
		"/chat",        "/chat/stream",  "/v1/chat/completions",
		"/v1/messages", "/v1/responses", "/v1/embeddings"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct smoke_ask ask = {.path = paths[i],
					      .body = smoke_question(s)};
		struct net_reply reply;
		struct json said;
		if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
			smoke_unanswered(s, "no-session", ask.path);
			return;
		}
		if (reply.status == 401)
			continue;
		smoke_note(s, "no-session", SMOKE_FAILED,
			   "POST %s%s without a key answers %ld, not 401: "
			   "close it, anybody could spend there",
			   s->url, paths[i], reply.status);
		return;
	}
	smoke_note(s, "no-session", SMOKE_OK, "%s", "");
}

/* The two names of the request's id, and the one in the answer. */
static bool ids_agree(const struct net_reply *reply, struct str id)
{
	return id.n > 0 && str_eq(net_header(reply, "x-request-id"), id) &&
	       str_eq(net_header(reply, "request-id"), id);
}

void smoke_check_bad_request(struct smoke *s)
{
	const struct smoke_ask ask = {.path = "/chat",
				      .with_key = true,
				      .body = STR("{\"message\":")};
	struct net_reply reply;
	struct json said;

	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "bad-request", ask.path);
		return;
	}
	const struct str type = net_header(&reply, "content-type");
	if (reply.status != 400 ||
	    !str_starts(type, STR("application/problem+json"))) {
		smoke_refused(s, "bad-request", ask.path, &reply, said);
		return;
	}
	if (!str_eq_c(json_str(json_get(said, "code")), "invalid_json") ||
	    !ids_agree(&reply, json_str(json_get(said, "request_id"))))
		smoke_note(s, "bad-request", SMOKE_FAILED,
			   "POST %s/chat with broken JSON answers a problem "
			   "without its code or request_id: does something "
			   "before it change answers or headers?",
			   s->url);
	else
		smoke_note(s, "bad-request", SMOKE_OK, "%s", "");
}

/* What is not as it should be in an answer of /chat; NULL: nothing. */
static const char *flaw_of(const struct net_reply *reply, struct json said)
{
	const struct json usage = json_get(said, "usage");
	const struct str route = json_str(json_get(said, "model_route"));

	if (json_is_true(json_get(said, "degraded")))
		return "no model answered, only the last tier: see "
		       "/docs/runbooks/provider-outage.html";
	if (json_str(json_get(said, "answer")).n == 0)
		return "the answer is empty: see what the model was asked";
	if (!ids_agree(reply, json_str(json_get(said, "request_id"))))
		return "request_id and x-request-id differ: does something "
		       "before it change headers?";
	if (json_type(json_get(usage, "input_tokens")) != JSON_INT ||
	    json_type(json_get(usage, "output_tokens")) != JSON_INT ||
	    json_str(json_get(said, "cost_usd")).n == 0)
		return "the usage is missing: is it the version that was to "
		       "be deployed?";
	if (route.n == 0 ||
	    !str_eq(net_header(reply, "x-slipway-model-route"), route) ||
	    net_header(reply, "x-slipway-cost-usd").n == 0)
		return "the x-slipway headers are missing: does something "
		       "before it drop headers?";
	return NULL;
}

void smoke_check_chat(struct smoke *s)
{
	const struct smoke_ask ask = {
		.path = "/chat", .with_key = true, .body = smoke_question(s)};
	struct net_reply reply;
	struct json said;

	if (smoke_http(s, &ask, &reply, &said) != ERR_OK) {
		smoke_unanswered(s, "chat", ask.path);
		return;
	}
	if (reply.status != 200) {
		smoke_refused(s, "chat", ask.path, &reply, said);
		return;
	}
	s->request_id =
		str_dup(&s->cli->arena, json_str(json_get(said, "request_id")));
	s->cost_usd = json_str(json_get(said, "cost_usd"));
	s->model_route = json_str(json_get(said, "model_route"));
	s->fallback_tier = json_i64(json_get(said, "fallback_tier"));
	smoke_count(s, s->cost_usd);
	const char *const flaw = flaw_of(&reply, said);
	if (flaw != NULL)
		smoke_note(s, "chat", SMOKE_FAILED,
			   "POST %s/chat, %s: %s (what happened: `slipway "
			   "replay %s`)",
			   s->url, s->request_id, flaw, s->request_id);
	else
		smoke_note(s, "chat", SMOKE_OK, STR_FMT ", fallback tier %lld",
			   STR_ARG(s->model_route),
			   (long long)s->fallback_tier);
}

/* The call of /chat stands in the books, once, with what it said it cost. */
void smoke_check_ledger(struct smoke *s)
{
	const struct str param = str_from(s->request_id);
	char usd[NUM_USD_BYTES];
	struct db_rows rows;
	struct db *db = NULL;
	size_t found = 0;

	if (s->request_id[0] == '\0' || !s->has_conf) {
		smoke_note(s, "ledger", SMOKE_SKIPPED,
			   s->has_conf ? "no call was answered"
				       : "there is no configuration here "
					 "that names the database");
		return;
	}
	enum err err = cli_db(s->cli, &db);
	if (err == ERR_OK)
		err = cli_call(s->cli,
			       "SELECT outcome, cost_pico FROM "
			       "slipway.call_find($1)",
			       &param, 1, &rows);
	if (err != ERR_OK) {
		smoke_note(s, "ledger", SMOKE_SKIPPED,
			   "the database cannot be asked from here (%s)",
			   s->cli->err.detail);
		return;
	}
	for (size_t i = 0; i < rows.nrows; i++)
		found += str_eq_c(db_str(&rows, i, 0), "done") &&
			 str_eq_c(s->cost_usd,
				  num_format_usd(db_i64(&rows, i, 1), usd));
	if (rows.nrows == 1 && found == 1) {
		smoke_note(s, "ledger", SMOKE_OK, "%s", s->request_id);
		return;
	}
	smoke_note(
		s, "ledger", SMOKE_FAILED,
		"the database of %s has %zu calls %s that are done for " STR_FMT
		" USD: is it the database of %s? If so, look with "
		"`slipway replay %s`",
		s->cli->conf.path, found, s->request_id, STR_ARG(s->cost_usd),
		s->url, s->request_id);
}
