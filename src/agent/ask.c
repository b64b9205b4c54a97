/*
 * A step of the model: the run as a conversation, asked through call_run()
 * like every call, for the person whose run it is.  The call is a request of
 * our own, so it has an id of its own in the ledger.
 */
#include "agent/run.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/container.h"
#include "http/problem.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/call.h"
#include "json/json.h"

#include <string.h>

#define NAME_BYTES 64 /* of a tool, or of the call of one */
#define POLL_MS    1000

/* The conversation ----------------------------------------------------- */

static struct str result_of(const struct agent_step *s)
{
	if (str_eq_c(s->status, "declined"))
		return STR("The person declined this. Do not try it again.");
	return s->result.p != NULL ? s->result : STR("");
}

/* The tools that the model called with the step at `first` - 1. */
static size_t calls_from(const struct agent_run *r, size_t first)
{
	size_t n = 0;

	while (first + n < r->nsteps && !r->steps[first + n].is_model)
		n++;
	return n;
}

static struct llm_message said(struct arena *a, const struct agent_step *s,
			       size_t ncalls)
{
	struct llm_message m = {.role = LLM_ASSISTANT, .text = s->content};

	m.parts = ARENA_ARRAY(a, ncalls + 1, struct llm_part);
	m.nparts = ncalls;
	for (size_t i = 0; i < ncalls; i++)
		m.parts[i] = (struct llm_part){.kind = LLM_PART_TOOL_CALL,
					       .text = s[1 + i].content,
					       .id = s[1 + i].call_id,
					       .name = s[1 + i].tool};
	return m;
}

static struct llm_message result(struct arena *a, const struct agent_step *s)
{
	struct llm_message m = {.role = LLM_TOOL, .nparts = 1};

	m.parts = ARENA_NEW(a, struct llm_part);
	m.parts[0] =
		(struct llm_part){.kind = LLM_PART_TOOL_RESULT,
				  .text = result_of(s),
				  .id = s->call_id,
				  .name = s->tool,
				  .is_error = !str_eq_c(s->status, "done")};
	return m;
}

/* What was lost or failed has said nothing. */
static void converse(const struct agent_run *r, struct call *c)
{
	struct arena *const a = &c->req->arena;

	c->messages = ARENA_ARRAY(a, r->nsteps + 1, struct llm_message);
	c->messages[c->nmessages++] =
		(struct llm_message){.role = LLM_USER, .text = r->question};
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct agent_step *const s = &r->steps[i];
		if (!s->is_model)
			c->messages[c->nmessages++] = result(a, s);
		else if (str_eq_c(s->status, "done"))
			c->messages[c->nmessages++] =
				said(a, s, calls_from(r, i + 1));
	}
}

static void offer_tools(const struct agent_run *r, struct call *c)
{
	const struct conf_feature *const f = r->feature;
	struct llm_tool *const tools =
		ARENA_ARRAY(&c->req->arena, f->ntools + 1, struct llm_tool);

	for (size_t i = 0; i < f->ntools; i++)
		tools[i] = (struct llm_tool){
			.name = str_from(f->tools[i]->name),
			.description = str_from(f->tools[i]->description),
			.schema = str_from(f->tools[i]->schema)};
	c->llm.tools = tools;
	c->llm.ntools = f->ntools;
}

/* The answer ----------------------------------------------------------- */

/* A name as every provider takes it back. */
static struct str name_of(struct arena *a, struct str s)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const size_t n = s.n < NAME_BYTES ? s.n : NAME_BYTES;
	char *const name = ARENA_ARRAY(a, n + 1, char);

	for (size_t i = 0; i < n; i++)
		name[i] = s.p[i] != '\0' && strchr(good, s.p[i]) != NULL
				  ? s.p[i]
				  : '_';
	return (struct str){name, n};
}

/* PostgreSQL takes no NUL in a text. */
static struct str without_nul(struct arena *a, struct str s)
{
	char *const copy = str_dup(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	return (struct str){copy, s.n};
}

/*
 * The arguments as they are shown, confirmed and sent: without what one reader
 * of JSON understands otherwise than another, such as a name that comes twice.
 */
static struct str arguments_of(struct agent_run *r, const struct call_tool *t)
{
	struct errbuf unused = {.code = ERR_OK};
	struct json v;

	if (t->arguments.n == 0)
		return STR("{}");
	if (json_parse(&r->arena, buf_str(&t->arguments), &v, &unused) ==
	    ERR_OK)
		return json_text(v);
	return without_nul(&r->arena, buf_str(&t->arguments));
}

static void write_call(struct jw *w, struct agent_run *r,
		       const struct call_tool *t, size_t i)
{
	struct arena *const a = &r->arena;
	const struct conf_tool *const known = agent_tool(r->feature, t->name);
	const bool asks_first =
		known != NULL && known->effect == CONF_EFFECT_SIDE_EFFECT;
	struct buf id;

	buf_init(&id, a, 32);
	buf_addf(&id, "call_%zu", i);
	jw_open_object(w, NULL);
	jw_str(w, "id", t->id.n > 0 ? without_nul(a, t->id) : buf_str(&id));
	jw_str(w, "name", t->name.n > 0 ? name_of(a, t->name) : STR("_"));
	jw_c(w, "effect", asks_first ? "side_effect" : "read");
	jw_str(w, "arguments", arguments_of(r, t));
	jw_close(w);
}

/* Once a second, on an intake thread: does anybody still want the answer? */
static void run_poll(struct worker_job *job)
{
	struct agent_run *const r =
		CONTAINER_OF(job, struct agent_run, poll_job);

	r->wanted = agent_store_wanted(r);
	loop_post(r->app->loop, &r->polled);
}

static void on_polled(struct loop_task *task)
{
	struct agent_run *const r =
		CONTAINER_OF(task, struct agent_run, polled);

	r->polling = false;
	if (r->over)
		worker_post(r->app->worker, &r->job);
	else if (r->wanted)
		loop_timer_set(r->app->loop, &r->poll, POLL_MS);
	else
		call_cancel(r->call);
}

static void on_poll(struct loop_timer *t)
{
	struct agent_run *const r = CONTAINER_OF(t, struct agent_run, poll);

	r->polling = true;
	worker_post(r->app->worker, &r->poll_job);
}

/*
 * Loop thread: admitted.  When that took longer than our lease, somebody else
 * may have the run by now, without knowing of this call: its money would not
 * be counted, so it is not spent.  Once the reservation is there, it is known.
 */
static enum err may_begin(struct call *c)
{
	struct agent_run *const r = c->encoder_state;

	if (clock_mono_ms() - r->asked_ms >= AGENT_LEASE_MS)
		return err_set(&c->req->err, ERR_CONFLICT,
			       "it took too long to admit this step");
	r->call = c;
	loop_timer_set(r->app->loop, &r->poll, POLL_MS);
	return ERR_OK;
}

/* Loop thread: take from the call what is needed of it; it ends now. */
static void on_ended(struct call *c, enum err err)
{
	struct agent_run *const r = c->encoder_state;
	struct arena *const a = &r->arena;
	struct str text = buf_str(&c->answer);
	struct buf calls;
	struct jw w;

	if (err != ERR_OK)
		text = str_from(problem_sentence(c->req, err));
	buf_init(&calls, a, 2 * AGENT_MAX_BYTES);
	jw_init(&w, &calls);
	jw_open_array(&w, NULL);
	for (size_t i = 0; err == ERR_OK && i < c->ntools; i++)
		write_call(&w, r, &c->tools[i], i);
	jw_close(&w);
	if (text.n > AGENT_MAX_BYTES || buf_err(&calls) != ERR_OK) {
		err = ERR_TOO_LARGE;
		text = STR("The model said too much.");
	}
	r->err = err;
	r->said = without_nul(a, text);
	r->calls = buf_str(&calls);
	r->call = NULL;
	r->over = true;
	loop_timer_cancel(r->app->loop, &r->poll);
	if (!r->polling)
		worker_post(r->app->worker, &r->job);
}

static const struct encoder encoder = {
	.content_type = "application/json",
	.problem_type = PROBLEM_TYPE,
	.may_begin = may_begin,
	.ended = on_ended,
};

static struct call *new_call(struct agent_run *r, struct req *req)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);

	c->req = req;
	c->app = r->app;
	c->encoder = &encoder;
	c->encoder_state = r;
	c->feature_name = r->feature_name;
	c->feature =
		r->feature; /* with its tools, which call_run() cannot know */
	memcpy(c->op.admit.key_hash, r->key_hash, sizeof(r->key_hash));
	c->has_budget = true;
	c->budget_pico = r->feature->max_run_pico - r->spent_pico;
	converse(r, c);
	offer_tools(r, c);
	return c;
}

enum err agent_ask(struct agent_run *r)
{
	struct req *const req = worker_detached(r->app->worker, r->req, true);

	if (req == NULL)
		return ERR_DRAINING;
	r->job.run = agent_asked;
	r->poll_job.run = run_poll;
	r->polled.run = on_polled;
	r->poll.fire = on_poll;
	r->over = false;
	r->polling = false;
	r->asked_ms = clock_mono_ms();
	enum err err = agent_store_ask(r, req->id, &r->asking);
	if (err == ERR_OK && r->asking == 0)
		err = err_set(&r->req->err, ERR_CONFLICT,
			      "another worker goes on with this run");
	if (err == ERR_OK) {
		err = call_run(new_call(r, req));
		if (err == ERR_OK)
			return ERR_OK;
		r->req->err = req->err;
	}
	worker_finish(r->app->worker, req);
	return err;
}
