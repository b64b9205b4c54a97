/*
 * What `slipway smoke` checks with single requests.  Each check notes one
 * result: that it holds, or what is wrong, where, and what to do.
 */
#include "base/num.h"
#include "cli/site_routes.h"
#include "cli/smoke.h"
#include "db/db.h"

#include <stdio.h>
#include <string.h>

/* Everything that spends refuses a caller whom nobody knows. */
void smoke_check_no_session(struct smoke *s)
{
	for (size_t i = 0; i < site_nroutes; i++) {
		const char *const path = site_routes[i].path;
		const struct site_ask ask = {.path = path,
					     .body = smoke_question(s)};
		struct net_reply reply;
		struct json said;
		if (site_routes[i].access != SITE_SPENDS)
			continue;
		if (site_http(&s->site, &ask, &reply, &said) != ERR_OK) {
			site_unanswered(&s->site, "no-session", path);
			return;
		}
		if (reply.status == 401)
			continue;
		verdict_note(&s->site.verdicts, "no-session", VERDICT_FAIL,
			     "POST %s%s without a key answers %ld, not 401: "
			     "close it, anybody could spend there",
			     s->site.url, path, reply.status);
		return;
	}
	verdict_note(&s->site.verdicts, "no-session", VERDICT_PASS, "%s", "");
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
	if (!site_ids_agree(reply, json_str(json_get(said, "request_id"))))
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
	const struct site_ask ask = {.path = "/chat",
				     .header = s->site.header,
				     .body = smoke_question(s)};
	struct net_reply reply;
	struct json said;

	if (site_http(&s->site, &ask, &reply, &said) != ERR_OK) {
		site_unanswered(&s->site, "chat", ask.path);
		return;
	}
	if (reply.status != 200) {
		site_refused(&s->site, "chat", ask.path, &reply, said);
		return;
	}
	s->request_id = str_dup(&s->site.cli->arena,
				json_str(json_get(said, "request_id")));
	s->cost_usd = json_str(json_get(said, "cost_usd"));
	s->model_route = json_str(json_get(said, "model_route"));
	s->fallback_tier = json_i64(json_get(said, "fallback_tier"));
	smoke_count(s, s->cost_usd);
	const char *const flaw = flaw_of(&reply, said);
	if (flaw != NULL)
		verdict_note(&s->site.verdicts, "chat", VERDICT_FAIL,
			     "POST %s/chat, %s: %s (what happened: `slipway "
			     "replay %s`)",
			     s->site.url, s->request_id, flaw, s->request_id);
	else
		verdict_note(&s->site.verdicts, "chat", VERDICT_PASS,
			     STR_FMT ", fallback tier %lld",
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

	if (s->request_id[0] == '\0' || !s->site.has_conf) {
		verdict_note(&s->site.verdicts, "ledger", VERDICT_SKIP,
			     s->site.has_conf
				     ? "no call was answered"
				     : "there is no configuration here "
				       "that names the database");
		return;
	}
	enum err err = cli_db(s->site.cli, &db);
	if (err == ERR_OK)
		err = cli_call(s->site.cli,
			       "SELECT outcome, cost_pico FROM "
			       "slipway.call_find($1)",
			       &param, 1, &rows);
	if (err != ERR_OK) {
		verdict_note(&s->site.verdicts, "ledger", VERDICT_SKIP,
			     "the database cannot be asked from here (%s)",
			     s->site.cli->err.detail);
		return;
	}
	for (size_t i = 0; i < rows.nrows; i++)
		found += str_eq_c(db_str(&rows, i, 0), "done") &&
			 str_eq_c(s->cost_usd,
				  num_format_usd(db_i64(&rows, i, 1), usd));
	if (rows.nrows == 1 && found == 1) {
		verdict_note(&s->site.verdicts, "ledger", VERDICT_PASS, "%s",
			     s->request_id);
		return;
	}
	verdict_note(
		&s->site.verdicts, "ledger", VERDICT_FAIL,
		"the database of %s has %zu calls %s that are done for " STR_FMT
		" USD: is it the database of %s? If so, look with "
		"`slipway replay %s`",
		s->site.cli->conf.path, found, s->request_id,
		STR_ARG(s->cost_usd), s->site.url, s->request_id);
}
