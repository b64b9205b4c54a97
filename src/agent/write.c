/*
 * A run as JSON; see README.md.  The page and programs read the same.
 */
#include "agent/run.h"

#include "base/num.h"
#include "llm/app.h"
#include "json/json.h"

#define BRIEF_BYTES ((size_t)2048)

static void write_text(struct jw *w, const char *name, struct str text,
		       bool brief)
{
	jw_str(w, name, brief ? str_utf8_prefix(text, BRIEF_BYTES) : text);
	if (brief && text.n > BRIEF_BYTES)
		jw_bool(w, "cut", true);
}

static void write_step(struct jw *w, const struct agent_step *s, bool brief)
{
	jw_open_object(w, NULL);
	jw_int(w, "step", s->step);
	jw_c(w, "kind", s->is_model ? "model" : "tool");
	jw_str(w, "status", s->status);
	if (s->is_model) {
		jw_str(w, "request_id", s->request_id);
		write_text(w, "text", s->content, brief);
	} else {
		jw_str(w, "tool", s->tool);
		jw_c(w, "effect", s->side_effect ? "side_effect" : "read");
		jw_str(w, "arguments", s->content);
		if (s->result.p != NULL)
			write_text(w, "result", s->result, brief);
	}
	jw_close(w);
}

/* What the person has to decide. */
static void write_confirm(struct jw *w, const struct agent_run *r)
{
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct agent_step *const s = &r->steps[i];
		const struct conf_tool *const t =
			r->feature != NULL ? agent_tool(r->feature, s->tool)
					   : NULL;
		if (!str_eq_c(s->status, "waiting"))
			continue;
		jw_open_object(w, "confirm");
		jw_int(w, "step", s->step);
		jw_str(w, "tool", s->tool);
		jw_c(w, "description", t != NULL ? t->description : "");
		jw_str(w, "arguments", s->content);
		jw_close(w);
		return;
	}
}

static void write_error(struct jw *w, const struct agent_run *r)
{
	if (r->error.p == NULL)
		return;
	jw_open_object(w, "error");
	jw_str(w, "code", r->error);
	jw_str(w, "detail", r->detail);
	jw_close(w);
}

/* What it cost, and what it may still take and cost. */
static void write_limits(struct jw *w, const struct agent_run *r)
{
	char usd[NUM_USD_BYTES];

	jw_c(w, "cost_usd", num_format_usd(r->cost_pico, usd));
	if (r->feature == NULL || !r->feature->agent)
		return;
	const int64_t used = r->nsteps > 0 ? r->steps[r->nsteps - 1].step : 0;
	const int64_t steps = r->feature->max_steps - used;
	const int64_t pico = r->feature->max_run_pico - r->cost_pico;
	jw_c(w, "left_usd", num_format_usd(pico > 0 ? pico : 0, usd));
	jw_int(w, "left_steps", steps > 0 ? steps : 0);
}

void agent_write(const struct agent_run *r, bool brief, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "run", r->id);
	jw_str(&w, "status", r->status);
	jw_str(&w, "feature", r->feature_name);
	jw_str(&w, "question", r->question);
	if (r->answer.p != NULL)
		jw_str(&w, "answer", r->answer);
	else
		jw_null(&w, "answer");
	write_error(&w, r);
	write_confirm(&w, r);
	jw_bool(&w, "stopping", r->stopping);
	jw_open_array(&w, "steps");
	for (size_t i = 0; i < r->nsteps; i++)
		write_step(&w, &r->steps[i], brief);
	jw_close(&w);
	write_limits(&w, r);
	jw_open_array(&w, "request_ids");
	for (size_t i = 0; i < r->nsteps; i++)
		if (r->steps[i].is_model)
			jw_str(&w, NULL, r->steps[i].request_id);
	jw_close(&w);
	jw_close(&w);
}

static void write_agent(struct jw *w, const struct conf_feature *f)
{
	char usd[NUM_USD_BYTES];

	jw_open_object(w, NULL);
	jw_c(w, "name", f->name);
	jw_c(w, "title", f->title);
	jw_int(w, "max_steps", f->max_steps);
	jw_c(w, "max_run_usd", num_format_usd(f->max_run_pico, usd));
	jw_open_array(w, "tools");
	for (size_t i = 0; i < f->ntools; i++) {
		const struct conf_tool *const t = f->tools[i];
		jw_open_object(w, NULL);
		jw_c(w, "name", t->name);
		jw_c(w, "description", t->description);
		jw_c(w, "effect",
		     t->effect == CONF_EFFECT_READ ? "read" : "side_effect");
		jw_close(w);
	}
	jw_close(w);
	jw_close(w);
}

void agent_write_agents(const struct agent_run *r, struct jw *w)
{
	const struct conf *const conf = r->app->conf;

	jw_open_array(w, "agents");
	for (size_t i = 0; i < conf->nfeatures; i++)
		if (conf->features[i].agent)
			write_agent(w, &conf->features[i]);
	jw_close(w);
}
