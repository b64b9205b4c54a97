/*
 * The route: who asks, and what: begin a run, go on with one, decide, stop,
 * list.
 */
#include "agent/agent.h"

#include "agent/run.h"
#include "auth/check.h"
#include "auth/identify.h"
#include "auth/refusals.h"
#include "base/clock.h"
#include "db/db.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/limits.h"
#include "llm/setup.h"
#include "json/json.h"

#include <string.h>

#define LIST_BYTES       ((size_t)256 * 1024)
#define CLIENT_KEY_BYTES 200
#define MAX_STEP         100000

enum err agent_open(struct worker *w, void **state, struct errbuf *e)
{
	ERR_TRY(setup_tools(worker_conf(w), e));
	return app_open(w, state, e);
}

/*
 * Who asks; counts against the RPM.  free: also who has asked too much lately,
 * as stopping costs less than going on.
 */
static enum err who(struct agent_run *r, struct str feature, bool free)
{
	struct app *const app = r->app;
	struct req *const req = r->req;
	const struct str address = req_env(req, "REMOTE_ADDR");
	struct ledger_admit in = {.needs_admin = false};
	struct ledger_admission out = {.verdict = ERR_OK};
	struct auth_credential credential;
	struct db *db = NULL;

	ERR_TRY(auth_identify(req, &credential));
	if (credential.kind == AUTH_VISITOR)
		return err_set(&req->err, ERR_SIGN_UP,
			       "Agents are for people with an account. Sign "
			       "up to use them.");
	memcpy(r->key_hash, credential.hash, sizeof(r->key_hash));
	memcpy(in.key_hash, credential.hash, sizeof(in.key_hash));
	if (!free &&
	    refusals_find(app->refusals, &in, address, clock_mono_ms(), &out))
		return limits_apply(req, &out);
	ERR_TRY(db_pool_get(app->pool, &db, &req->err));
	const struct auth_question q = {credential.hash, feature, STR_NONE};
	const enum err err = auth_check(db, &req->arena, &app->conf->limits, &q,
					&out, &req->err);
	db_pool_put(app->pool, db);
	ERR_TRY(err);
	if (out.verdict != ERR_FORBIDDEN)
		refusals_note(app->refusals, &in, address, clock_mono_ms(),
			      &out);
	r->tenant_id = out.tenant_id;
	r->user_id = out.user_id;
	if (free && out.verdict == ERR_RATE_LIMITED)
		return ERR_OK;
	return limits_apply(req, &out);
}

static enum err take_run_id(struct agent_run *r, struct str id)
{
	if (id.n != sizeof(r->id) - 1)
		return err_set(&r->req->err, ERR_NOT_FOUND,
			       "there is no such run");
	memcpy(r->id, id.p, id.n);
	return ERR_OK;
}

/* It is a run of theirs that this key may see. */
static enum err take_run(struct agent_run *r, struct str id)
{
	ERR_TRY(take_run_id(r, id));
	return agent_store_may(r);
}

/* The run is ours: go on with it; else show it.  It answers in the end. */
static enum err proceed(struct agent_run *r, bool ours)
{
	if (r->streams) {
		if (ours)
			ERR_TRY(agent_launch(r));
		agent_watch(r);
	} else if (ours) {
		agent_go(r);
	} else {
		agent_show(r);
	}
	return ERR_OK;
}

static enum err go_on(struct agent_run *r, struct str id)
{
	bool ours = false;

	ERR_TRY(who(r, STR_NONE, false));
	ERR_TRY(take_run(r, id));
	ERR_TRY(agent_store_claim(r, &ours));
	return proceed(r, ours);
}

static enum err stop(struct agent_run *r, struct str id)
{
	bool ours = false;

	ERR_TRY(who(r, STR_NONE, true));
	ERR_TRY(take_run(r, id));
	ERR_TRY(agent_store_stop(r));
	/* nobody has it: then it ends here */
	ERR_TRY(agent_store_claim(r, &ours));
	return proceed(r, ours);
}

static enum err check_question(struct agent_run *r, struct str question)
{
	const int64_t max = r->app->conf->server.max_message_bytes;

	if (str_trim(question).n == 0)
		return err_set(&r->req->err, ERR_INVALID_REQUEST,
			       "\"message\" is missing or empty");
	if ((int64_t)question.n > max || question.n > AGENT_MAX_BYTES / 2)
		return err_set(&r->req->err, ERR_TOO_LARGE,
			       "\"message\" is too long");
	return ERR_OK;
}

static enum err begin(struct agent_run *r, struct json body)
{
	struct errbuf *const e = &r->req->err;
	struct str key = req_env(r->req, "HTTP_IDEMPOTENCY_KEY");
	struct str name = STR_NONE;
	struct str question = STR_NONE;
	bool is_new = false;

	ERR_TRY(json_get_str(body, "feature", &name, e));
	ERR_TRY(json_get_str(body, "message", &question, e));
	r->feature = conf_feature(r->app->conf, name);
	ERR_TRY(who(r, r->feature != NULL ? name : STR_NONE, false));
	if (r->feature == NULL || !r->feature->agent)
		return err_set(e, ERR_UNKNOWN_FEATURE,
			       "there is no agent \"" STR_FMT "\"",
			       STR_ARG(str_utf8_prefix(name, 64)));
	ERR_TRY(check_question(r, question));
	if (key.n > CLIENT_KEY_BYTES)
		return err_set(e, ERR_INVALID_REQUEST,
			       "Idempotency-Key is longer than %d bytes",
			       CLIENT_KEY_BYTES);
	if (key.n == 0)
		key = STR_NONE;
	ERR_TRY(agent_store_start(r, key, question, &is_new));
	if (!is_new)
		ERR_TRY(agent_store_claim(r, &is_new));
	return proceed(r, is_new);
}

static enum err confirm(struct agent_run *r, struct json body)
{
	struct errbuf *const e = &r->req->err;
	struct str id = STR_NONE;
	int64_t step = 0;
	bool confirmed = false;
	bool ours = false;

	ERR_TRY(who(r, STR_NONE, false));
	ERR_TRY(json_get_str(body, "run", &id, e));
	ERR_TRY(json_get_i64(body, "step", 1, MAX_STEP, &step, e));
	ERR_TRY(json_get_bool(body, "confirmed", &confirmed, e));
	if (step == 0 || !json_has(body, "confirmed"))
		return err_set(e, ERR_INVALID_REQUEST,
			       "\"run\", \"step\" and \"confirmed\" (true or "
			       "false) are needed");
	ERR_TRY(take_run(r, id));
	ERR_TRY(agent_store_decide(r, step, confirmed, &ours));
	if (!ours)
		ERR_TRY(agent_store_claim(r, &ours));
	return proceed(r, ours);
}

static enum err list(struct agent_run *r)
{
	struct buf body;
	struct jw w;

	ERR_TRY(who(r, STR_NONE, false));
	buf_init(&body, &r->req->arena, LIST_BYTES);
	jw_init(&w, &body);
	jw_open_object(&w, NULL);
	ERR_TRY(agent_store_list(r, &w));
	agent_write_agents(r, &w);
	jw_close(&w);
	ERR_TRY(buf_err(&body));
	ERR_TRY(res_send(r->req, 200, "application/json", buf_str(&body)));
	worker_finish(r->req->worker, r->req);
	return ERR_OK;
}

static enum err post(struct agent_run *r)
{
	struct req *const req = r->req;
	struct auth_credential credential;
	struct json body;
	struct str id = STR_NONE;

	/* a stranger gets 401, whatever he sent */
	ERR_TRY(auth_identify(req, &credential));
	ERR_TRY(json_parse(&req->arena, req->body, &body, &req->err));
	if (json_type(body) != JSON_OBJECT)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the body must be a JSON object");
	ERR_TRY(json_get_bool(body, "stream", &r->streams, &req->err));
	if (str_eq_c(req->path, "/agent/confirm"))
		return confirm(r, body);
	ERR_TRY(json_get_str(body, "run", &id, &req->err));
	if (str_eq_c(req->path, "/agent/stop"))
		return stop(r, id);
	return id.n > 0 ? go_on(r, id) : begin(r, body);
}

enum err agent_handle(struct req *req, void *state)
{
	struct agent_run *const r = ARENA_NEW(&req->arena, struct agent_run);
	const struct str accept = req_env(req, "HTTP_ACCEPT");
	struct str id;

	agent_init(r, req, state);
	if (str_eq_c(req->method, "POST"))
		return post(r);
	if (!str_eq_c(req->path, "/agent"))
		return err_set(&req->err, ERR_METHOD, "this takes POST");
	r->streams = str_starts(accept, STR("text/event-stream"));
	ERR_TRY(req_query(req, "run", &id));
	return id.n > 0 ? go_on(r, id) : list(r);
}
