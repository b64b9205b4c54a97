/*
 * Shadow traffic.  The loop copies the request; an intake thread asks who pays
 * for it and runs the call.
 */
#include "llm/shadow.h"

#include "base/container.h"
#include "base/id.h"
#include "base/log.h"
#include "db/db.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/internal.h"

#include <stdio.h>

/* Nothing is sent: the client is nobody. */
static const struct encoder encoder = {.content_type = "text/plain"};

static bool is_drawn(const struct conf_feature *f)
{
	uint64_t random = 0;

	if (f->shadow.n == 0 || f->shadow_percent == 0)
		return false;
	id_random(&random, sizeof(random));
	return random % 100 < (uint64_t)f->shadow_percent;
}

static enum err identify(struct call *c)
{
	char name[sizeof("shadow-") + CONF_MAX_NAME_BYTES];
	struct db *db = NULL;

	(void)snprintf(name, sizeof(name), "shadow-%s", c->feature->name);
	ERR_TRY(db_pool_get(c->app->pool, &db, &c->req->err));
	const enum err err =
		internal_identify(c, db, name, c->feature->shadow_daily_pico);
	db_pool_put(c->app->pool, db);
	return err;
}

/* The schema was checked when the client sent it. */
static enum err read_schema(struct call *c)
{
	if (c->llm.format != LLM_FORMAT_SCHEMA)
		return ERR_OK;
	return json_parse(&c->req->arena, c->llm.schema, &c->schema,
			  &c->req->err);
}

/* Intake thread. */
static void run(struct worker_job *job)
{
	struct call *const c = CONTAINER_OF(job, struct call, prepare);
	enum err err = identify(c);

	if (err == ERR_OK)
		err = read_schema(c);
	if (err == ERR_OK)
		err = call_run(c);
	if (err == ERR_OK)
		return;
	log_request(LOG_WARN, "shadow_failed", c->req->id, "%s",
		    c->req->err.detail);
	worker_finish(c->req->worker, c->req);
}

void shadow_maybe(const struct call *c)
{
	if (!is_drawn(c->feature))
		return;
	struct req *const req = worker_detached(c->req->worker, c->req, false);
	if (req == NULL)
		return;
	struct call *const s = ARENA_NEW(&req->arena, struct call);
	struct llm_message *messages = NULL;

	s->req = req;
	s->app = c->app;
	s->encoder = &encoder;
	s->feature = internal_feature(&req->arena, c->feature);
	s->model_named = c->feature->shadow;
	llm_request_copy(&req->arena, &c->llm, &s->llm);
	messages =
		ARENA_ARRAY(&req->arena, s->llm.nmessages, struct llm_message);
	for (size_t i = 0; i < s->llm.nmessages; i++)
		messages[i] = s->llm.messages[i];
	s->messages = messages;
	s->nmessages = s->llm.nmessages;
	s->max_output_tokens = c->llm.max_output_tokens;
	s->prepare.run = run;
	worker_post(req->worker, &s->prepare);
}
