/*
 * A run, step by step: read it, do what comes next, write down what came of
 * it.  Everything that matters is in the database before and after each step,
 * so a worker may die anywhere:
 *
 *	model	calling -> done		the call is in the ledger by its id
 *	read	planned -> done		may be done again
 *	effect	planned -> waiting -> confirmed -> sent -> done
 *
 * "sent" is written before anything is sent, by one worker only.  Who finds
 * it later cannot know what happened: the step is then sent again with the
 * same Idempotency-Key if its address honours that, else the run ends.
 *
 * A run that the person stopped takes no further step.
 */
#include "agent/run.h"

#include "base/container.h"
#include "base/log.h"
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"

#include <string.h>

/* After a tool's timeout, to write down what it said. */
#define SLACK_MS   15000
#define BODY_BYTES (24 * AGENT_MAX_BYTES) /* all of it as escapes */

enum turn {
	TURN_AGAIN, /* something was done: look again */
	TURN_STOP,  /* the run is over, waits, or is not ours: show it */
	TURN_LOOP   /* the loop has it */
};

static void release(void *arg)
{
	arena_release(arg);
}

void agent_init(struct agent_run *r, struct req *req, struct app *app)
{
	r->req = req;
	r->app = app;
	r->scratch = &req->arena;
	r->e = &req->err;
	arena_init(&r->arena, REQ_ARENA_BYTES);
	arena_defer(&req->arena, release, &r->arena);
}

static void finish(struct agent_run *r)
{
	worker_finish(r->req->worker, r->req);
}

static void fail(struct agent_run *r, enum err err)
{
	log_msg(LOG_WARN, "agent_failed", "%s: %s", r->id, r->req->err.detail);
	if (!r->detached)
		problem_send(r->req, err, NULL);
	finish(r);
}

void agent_show(struct agent_run *r)
{
	struct buf body;
	enum err err = agent_store_load(r);

	buf_init(&body, &r->arena, BODY_BYTES);
	if (err == ERR_OK) {
		agent_write(r, false, &body);
		err = buf_err(&body);
	}
	if (err != ERR_OK) {
		fail(r, err);
		return;
	}
	log_msg(LOG_INFO, "agent_run", "%s " STR_FMT ", %zu steps", r->id,
		STR_ARG(r->status), r->nsteps);
	if (!r->detached &&
	    res_send(r->req, 200, "application/json", buf_str(&body)) != ERR_OK)
		log_msg(LOG_INFO, "agent_unread", "%s", r->id);
	finish(r);
}

/* Stopping ------------------------------------------------------------- */

static enum err end_failed(struct agent_run *r, const char *code,
			   const char *sentence, enum turn *turn)
{
	*turn = TURN_STOP;
	return agent_store_end(r, "failed", str_from(sentence), str_from(code));
}

static enum err end_unknown(struct agent_run *r, enum turn *turn)
{
	return end_failed(r, "tool_outcome_unknown",
			  "A worker died while a tool was being called. "
			  "Whether it did what it was asked for is not known, "
			  "so it is not called again. Please check it by hand.",
			  turn);
}

/* The person wants no more of it; todo: the tool whose turn it is, or NULL. */
static enum err end_stopped(struct agent_run *r, const struct agent_step *todo,
			    enum turn *turn)
{
	if (todo != NULL && str_eq_c(todo->status, "unknown"))
		return end_unknown(r, turn);
	*turn = TURN_STOP;
	return agent_store_end(r, "stopped", STR(""), STR_NONE);
}

/* A model was not asked, or did not answer; what passes is not the end. */
static enum err end_error(struct agent_run *r, enum err err,
			  struct str sentence, enum turn *turn)
{
	const struct err_entry *const entry = err_entry(err);
	/* another key may do, or another worker */
	const bool passes = entry->retryable || err == ERR_CLOSED ||
			    err == ERR_CONFLICT || err == ERR_UNAUTHORIZED ||
			    err == ERR_FORBIDDEN || err == ERR_KEY_CAP;

	*turn = TURN_STOP;
	return agent_store_end(r, passes ? "running" : "failed", sentence,
			       str_from(entry->code));
}

/* Tools ---------------------------------------------------------------- */

/* Move a step; *turn is TURN_STOP when the run is not ours any more. */
static enum err move(struct agent_run *r, const struct agent_move *m,
		     enum turn *turn)
{
	bool moved = false;

	ERR_TRY(agent_store_move(r, m, &moved));
	*turn = moved ? TURN_AGAIN : TURN_STOP;
	return ERR_OK;
}

/* A step that is carried out; "planned" for what only reads. */
static const char *during(const struct agent_step *s)
{
	return s->side_effect ? "sent" : "planned";
}

static enum err settle(struct agent_run *r, const struct agent_step *s,
		       const char *from, bool ok, struct str text,
		       enum turn *turn)
{
	const struct agent_move m = {.step = s,
				     .from = from,
				     .to = ok ? "done" : "failed",
				     .lease_ms = AGENT_LEASE_MS,
				     .result = text};

	return move(r, &m, turn);
}

/* What a tool said, or that it failed, as the model gets to see it. */
static enum err said(struct agent_run *r, const struct agent_step *s,
		     enum err err, struct str text, enum turn *turn)
{
	const enum err seen = agent_answer_check(r, s->tool, &text);

	return settle(r, s, during(s), err == ERR_OK && seen == ERR_OK, text,
		      turn);
}

/* It is ours to carry out, and everybody knows before it happens. */
static enum err carry_out(struct agent_run *r, const struct conf_tool *t,
			  const struct agent_step *s, enum turn *turn)
{
	const struct agent_move begin = {.step = s,
					 .to = during(s),
					 .lease_ms = t->timeout_ms + SLACK_MS};
	struct str text = STR("");

	ERR_TRY(move(r, &begin, turn));
	if (*turn == TURN_STOP)
		return ERR_OK;
	if (!t->docs_search) {
		agent_http(r, t, s);
		*turn = TURN_LOOP;
		return ERR_OK;
	}
	const enum err err = agent_tool_search(r, s, &text);
	return said(r, s, err, text, turn);
}

static enum err ask_person(struct agent_run *r, const struct agent_step *s,
			   enum turn *turn)
{
	const struct agent_move m = {
		.step = s, .to = "waiting", .lease_ms = AGENT_LEASE_MS};

	ERR_TRY(move(r, &m, turn));
	if (*turn == TURN_STOP)
		return ERR_OK;
	*turn = TURN_STOP;
	return agent_store_end(r, "needs_confirmation", STR(""), STR_NONE);
}

static enum err do_tool(struct agent_run *r, const struct agent_step *s,
			enum turn *turn)
{
	const struct conf_tool *const t = agent_tool(r->feature, s->tool);
	const bool effect = s->side_effect ||
			    (t != NULL && t->effect == CONF_EFFECT_SIDE_EFFECT);
	struct str why = STR("There is no tool of this name.");

	if (str_eq_c(s->status, "unknown") && (t == NULL || !t->idempotent))
		return end_unknown(r, turn);
	if (t == NULL || agent_tool_check(r, t, s->content, &why) != ERR_OK)
		return settle(r, s, NULL, false, why, turn);
	if (effect && str_eq_c(s->status, "planned"))
		return s->side_effect
			       ? ask_person(r, s, turn)
			       : settle(r, s, NULL, false,
					STR("This tool was changed."), turn);
	return carry_out(r, t, s, turn);
}

/* The next step -------------------------------------------------------- */

/* The first tool that was called and has said nothing yet. */
static const struct agent_step *tool_to_do(const struct agent_run *r)
{
	static const char *const open[] = {"planned", "confirmed", "unknown"};

	for (size_t i = 0; i < r->nsteps; i++)
		for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
			if (str_eq_c(r->steps[i].status, open[k]))
				return &r->steps[i];
	return NULL;
}

static enum err do_model(struct agent_run *r, enum turn *turn)
{
	*turn = TURN_LOOP;
	const enum err err = agent_ask(r);
	if (err == ERR_OK)
		return ERR_OK;
	if (err == ERR_DB)
		return err; /* nothing can be written down now */
	/* a copy, as the next statement clears r->req->err */
	const struct str why = str_from(problem_sentence(r->req, err));
	return end_error(r, err, (struct str){str_dup(&r->arena, why), why.n},
			 turn);
}

static enum err do_next(struct agent_run *r, enum turn *turn)
{
	const struct agent_step *const todo = tool_to_do(r);
	const struct agent_step *const last =
		r->nsteps > 0 ? &r->steps[r->nsteps - 1] : NULL;

	if (r->feature == NULL || !r->feature->agent)
		return end_failed(r, "unknown_feature",
				  "This agent is not there any more.", turn);
	if (r->stopping)
		return end_stopped(r, todo, turn);
	if (r->bytes > AGENT_MAX_BYTES)
		return end_failed(r, "too_large",
				  "This run has grown too long.", turn);
	if (todo == NULL && last != NULL && last->is_model &&
	    str_eq_c(last->status, "done")) {
		*turn = TURN_STOP;
		return agent_store_end(r, "done", last->content, STR_NONE);
	}
	const int64_t next = todo != NULL   ? todo->step
			     : last != NULL ? last->step + 1
					    : 1;
	if (next > r->feature->max_steps)
		return end_failed(r, "step_cap",
				  "This run has taken all the steps that it "
				  "may take.",
				  turn);
	return todo != NULL ? do_tool(r, todo, turn) : do_model(r, turn);
}

void agent_go(struct agent_run *r)
{
	enum turn turn = TURN_AGAIN;

	while (turn == TURN_AGAIN) {
		enum err err = agent_store_load(r);
		if (err == ERR_OK && !str_eq_c(r->status, "running"))
			break;
		if (err == ERR_OK)
			err = do_next(r, &turn);
		if (err != ERR_OK) {
			fail(r, err);
			return;
		}
	}
	if (turn != TURN_LOOP)
		agent_show(r);
}

void agent_tool_said(struct agent_run *r, const struct agent_step *s,
		     enum err err, struct str text)
{
	enum turn turn = TURN_STOP;
	const enum err failed = said(r, s, err, text, &turn);

	if (failed != ERR_OK)
		fail(r, failed);
	else if (turn == TURN_AGAIN)
		agent_go(r);
	else
		agent_show(r);
}

static void run_launched(struct worker_job *job)
{
	agent_go(CONTAINER_OF(job, struct agent_run, job));
}

enum err agent_launch(struct agent_run *like)
{
	struct worker *const w = like->app->worker;
	struct req *const req = worker_detached(w, like->req, true);

	if (req == NULL) {
		(void)!agent_store_end(like, "running", STR(""),
				       str_from(err_entry(ERR_DRAINING)->code));
		return ERR_DRAINING;
	}
	struct agent_run *const r = ARENA_NEW(&req->arena, struct agent_run);
	agent_init(r, req, like->app);
	r->detached = true;
	r->tenant_id = like->tenant_id;
	r->user_id = like->user_id;
	memcpy(r->key_hash, like->key_hash, sizeof(r->key_hash));
	memcpy(r->id, like->id, sizeof(r->id));
	memcpy(r->owner, like->owner, sizeof(r->owner));
	r->job.run = run_launched;
	worker_post(w, &r->job);
	return ERR_OK;
}

void agent_asked(struct worker_job *job)
{
	struct agent_run *const r = CONTAINER_OF(job, struct agent_run, job);
	enum turn turn = TURN_STOP;
	bool ours = false;
	enum err err = ERR_OK;

	if (r->err == ERR_OK)
		err = agent_store_said(r, &ours);
	else
		err = end_error(r, r->err, r->said, &turn);
	if (err != ERR_OK)
		fail(r, err);
	else if (ours)
		agent_go(r);
	else
		agent_show(r);
}
