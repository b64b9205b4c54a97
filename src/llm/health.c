/*
 * GET /health/llm: what our own traffic says of a feature's models, else the
 * last probe, else a new one.  A probe is a call with an encoder of its own,
 * which also has the result kept.
 */
#include "llm/health.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "base/num.h"
#include "db/db.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/internal.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

#define BODY_BYTES  ((size_t)16 * 1024)
#define ARENA_BYTES ((size_t)256 * 1024)
#define CLAIM_MS    "60000"
#define MINUTE_MS   60000
#define MAX_TOKENS  16
#define TEXT_BYTES  24

/* What is kept of a probe; its call may be gone by then. */
struct probe {
	struct worker_job job;
	struct app *app;
	bool ok;
	char feature[LEDGER_NAME_BYTES];
	char model_route[LEDGER_NAME_BYTES];
	int64_t latency_ms;
	enum err error;
};

/* What there is to say. */
struct verdict {
	bool known;
	bool ok;
	const char *source; /* traffic, probe, last_probe, none */
	struct str model_route;
	int64_t latency_ms; /* -1: unknown */
	int64_t age_ms;
	const char *error; /* public code; "" */
};

static void write_verdict(struct buf *out, const char *feature,
			  const struct verdict *v)
{
	const enum err err = err_from_code(v->error);
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	if (v->known)
		jw_bool(&w, "ok", v->ok);
	else
		jw_null(&w, "ok");
	jw_int(&w, "ts", clock_wall_ms() / 1000);
	jw_c(&w, "feature", feature);
	jw_c(&w, "source", v->source);
	if (v->model_route.n > 0)
		jw_str(&w, "model_route", v->model_route);
	if (v->latency_ms >= 0)
		jw_int(&w, "latency_ms", v->latency_ms);
	jw_int(&w, "age_s", v->age_ms / 1000);
	if (v->error[0] != '\0') {
		jw_c(&w, "error", v->error);
		jw_c(&w, "detail", err_entry(err)->message);
	}
	jw_close(&w);
}

/*
 * Answer here and now.  The route hands its requests over, so this one has to
 * be ended by hand.
 */
static enum err send_verdict(struct req *req, const char *feature,
			     const struct verdict *v)
{
	struct buf body;

	buf_init(&body, &req->arena, BODY_BYTES);
	write_verdict(&body, feature, v);
	ERR_TRY(buf_err(&body));
	ERR_TRY(res_send(req, v->ok || !v->known ? 200 : 503,
			 "application/json", buf_str(&body)));
	worker_finish(req->worker, req);
	return ERR_OK;
}

/* The probe ----------------------------------------------------------- */

/* Intake thread. */
static void note_result(struct worker_job *job)
{
	struct probe *const p = CONTAINER_OF(job, struct probe, job);
	char ms[TEXT_BYTES];
	struct arena a;
	struct db *db = NULL;
	struct errbuf e = {.code = ERR_OK};

	(void)snprintf(ms, sizeof(ms), "%lld", (long long)p->latency_ms);
	const struct str params[] = {
		str_from(p->feature), str_from(p->ok ? "true" : "false"),
		str_from(p->model_route), str_from(ms),
		str_from(p->ok ? "" : err_entry(p->error)->code)};
	arena_init(&a, ARENA_BYTES);
	if (db_pool_get(p->app->pool, &db, &e) == ERR_OK) {
		if (db_call(db, &a,
			    "SELECT slipway.probe_note($1, $2::boolean, $3, "
			    "$4::bigint, $5)",
			    params, 5, NULL, &e) != ERR_OK)
			log_msg(LOG_WARN, "probe_not_kept", "%s", e.detail);
		db_pool_put(p->app->pool, db);
	}
	arena_release(&a);
}

/* Loop thread: write the answer, and have the result kept. */
static void report(const struct call *c, enum err err, struct buf *out)
{
	struct probe *const p = c->encoder_state;
	const struct verdict v = {
		.known = err != ERR_USER_CAP,
		.ok = err == ERR_OK,
		.source = err != ERR_USER_CAP ? "probe" : "none",
		.model_route = str_from(c->settle.model_route),
		.latency_ms = clock_mono_ms() - c->req->accepted_us / 1000,
		.error = err == ERR_OK ? "" : err_entry(err)->code,
	};

	write_verdict(out, p->feature, &v);
	if (!v.known) {
		return;
	}
	p->ok = v.ok;
	p->error = err;
	p->latency_ms = v.latency_ms;
	(void)snprintf(p->model_route, sizeof(p->model_route), "%s",
		       c->settle.model_route);
	p->job.run = note_result;
	worker_post(p->app->worker, &p->job);
}

static void answer(const struct call *c, struct buf *out)
{
	report(c, ERR_OK, out);
}

/* A budget for probes that is used up says nothing about the models. */
static int problem_status(enum err err)
{
	return err == ERR_USER_CAP ? 200 : 503;
}

static const struct encoder encoder = {
	.content_type = "application/json",
	.problem_type = "application/json",
	.answer = answer,
	.problem = report,
	.problem_status = problem_status,
};

/* There is never more than one probe of a feature, so each has a place. */
static struct probe *probe_of(struct app *app, const struct conf_feature *f)
{
	return &app->probes[f - app->conf->features];
}

enum err llm_health_open(struct worker *w, void **state, struct errbuf *e)
{
	struct app *app = NULL;

	ERR_TRY(app_open(w, state, e));
	app = *state;
	app->probes = ARENA_ARRAY(&app->arena, CONF_MAX_FEATURES, struct probe);
	return ERR_OK;
}

static enum err ask(struct app *app, struct db *db, struct req *req,
		    const struct conf_feature *f)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);
	struct probe *const p = probe_of(app, f);

	struct conf_feature *const bare = internal_feature(&req->arena, f);

	c->req = req;
	ERR_TRY(internal_identify(c, db, "probe",
				  app->conf->status.probe_daily_pico));
	bare->max_output_tokens = MAX_TOKENS;
	bare->min_output_tokens = 1;
	p->app = app;
	(void)snprintf(p->feature, sizeof(p->feature), "%s", f->name);
	c->app = app;
	c->encoder = &encoder;
	c->encoder_state = p;
	c->feature = bare;
	c->messages = ARENA_NEW(&req->arena, struct llm_message);
	c->messages[0] = (struct llm_message){
		.role = LLM_USER, .text = STR("Answer with the word ok.")};
	c->nmessages = 1;
	return call_run(c);
}

/* What is known already ----------------------------------------------- */

static bool in_route(const struct conf_feature *f, struct str provider)
{
	struct str name;
	struct str model;

	for (size_t i = 0; i < f->nroute; i++) {
		(void)str_cut(f->route[i], '/', &name, &model);
		if (str_eq(name, provider))
			return true;
	}
	return false;
}

/* Our own traffic; what failed is known, too, once nothing worked. */
static enum err look_at_traffic(struct app *app, struct db *db, struct req *req,
				const struct conf_feature *f, struct verdict *v)
{
	const int64_t ms = app->conf->status.probe_interval_ms;
	char minutes[TEXT_BYTES];
	struct db_rows rows;

	(void)snprintf(minutes, sizeof(minutes), "%lld",
		       (long long)((ms + MINUTE_MS - 1) / MINUTE_MS));
	const struct str params[] = {str_from(minutes)};
	ERR_TRY(db_call(db, &req->arena,
			"SELECT provider, calls, errors, ttft_p50_ms FROM "
			"slipway.provider_health($1::int)",
			params, 1, &rows, &req->err));
	v->source = "traffic";
	v->age_ms = 0;
	for (size_t i = 0; i < rows.nrows; i++) {
		if (!in_route(f, db_str(&rows, i, 0)))
			continue;
		v->known = true;
		v->error = "upstream_error";
		if (db_i64(&rows, i, 1) == db_i64(&rows, i, 2))
			continue;
		v->ok = true;
		v->error = "";
		v->model_route = db_str(&rows, i, 0);
		if (db_str(&rows, i, 3).p != NULL)
			v->latency_ms = db_i64(&rows, i, 3);
		break;
	}
	return ERR_OK;
}

/* The last probe, or *claimed: this caller makes the next one. */
static enum err look_at_probe(struct app *app, struct db *db, struct req *req,
			      const struct conf_feature *f, bool *claimed,
			      struct verdict *v)
{
	char interval[TEXT_BYTES];
	struct db_rows rows;

	(void)snprintf(interval, sizeof(interval), "%lld",
		       (long long)app->conf->status.probe_interval_ms);
	const struct str params[] = {str_from(f->name), str_from(interval),
				     STR(CLAIM_MS)};
	ERR_TRY(db_call(db, &req->arena,
			"SELECT claimed, checked_ms, ok, model_route, "
			"latency_ms, error FROM slipway.probe_claim($1, "
			"$2::bigint, $3::bigint)",
			params, 3, &rows, &req->err));
	*claimed = db_bool(&rows, 0, 0);
	v->source = "none";
	if (db_str(&rows, 0, 1).p == NULL)
		return ERR_OK;
	v->source = "last_probe";
	v->known = true;
	v->age_ms = db_i64(&rows, 0, 1);
	v->ok = db_bool(&rows, 0, 2);
	v->model_route = db_str(&rows, 0, 3);
	v->latency_ms = db_i64(&rows, 0, 4);
	v->error = str_dup(&req->arena, db_str(&rows, 0, 5));
	return ERR_OK;
}

static enum err examine(struct app *app, struct db *db, struct req *req,
			const struct conf_feature *f, bool *claimed,
			struct verdict *v)
{
	ERR_TRY(look_at_traffic(app, db, req, f, v));
	if (v->known)
		return ERR_OK;
	return look_at_probe(app, db, req, f, claimed, v);
}

/* A feature that asks no model is always well. */
static bool asks_nobody(const struct conf_feature *f)
{
	return f->nroute == 1 && str_eq_c(f->route[0], "extract");
}

static enum err find_feature(struct app *app, struct req *req,
			     const struct conf_feature **out)
{
	struct str name;

	ERR_TRY(req_query(req, "feature", &name));
	if (name.n == 0)
		name = STR("chat");
	*out = conf_feature(app->conf, name);
	if (*out == NULL)
		return err_set(&req->err, ERR_UNKNOWN_FEATURE,
			       "there is no feature \"" STR_FMT "\"",
			       STR_ARG(name));
	return ERR_OK;
}

enum err llm_health(struct req *req, void *state)
{
	struct app *const app = state;
	const struct conf_feature *f = NULL;
	struct verdict v = {.source = "none", .latency_ms = -1, .error = ""};
	struct db *db = NULL;
	bool claimed = false;

	ERR_TRY(find_feature(app, req, &f));
	if (asks_nobody(f)) {
		v.known = v.ok = true;
		v.source = "built_in";
		return send_verdict(req, f->name, &v);
	}
	ERR_TRY(db_pool_get(app->pool, &db, &req->err));
	enum err err = examine(app, db, req, f, &claimed, &v);
	if (err == ERR_OK && claimed)
		err = ask(app, db, req, f);
	db_pool_put(app->pool, db);
	if (err != ERR_OK || claimed)
		return err;
	return send_verdict(req, f->name, &v);
}
