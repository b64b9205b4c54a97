/*
 * Answers that need no provider: quotes of the documents (`extract`, also as
 * the last tier) and the canned one.
 */
#include "llm/last_tier.h"

#include "base/container.h"
#include "http/req.h"
#include "llm/app.h"
#include "llm/call_loop.h"

#include <stdio.h>

#define CANNED_BYTES ((size_t)8 * 1024)

static const char canned[] =
	"No AI model can be reached right now, so this is not an answer to "
	"your question. Please try again in a few minutes.";

static const char quoted[] =
	"No AI model can be reached right now. These are passages of the "
	"documents that fit your question.";

static const struct conf_provider provider_static = {
	.name = "static",
	.kind = CONF_PROVIDER_STATIC,
};

static bool has_documents(const struct call *c)
{
	return c->feature->passages > 0 && !c->feature->last_tier_static;
}

static bool ends_in_extract(const struct call *c)
{
	return c->steps[c->nsteps - 1].provider->kind == CONF_PROVIDER_EXTRACT;
}

void last_tier_add(struct call *c)
{
	struct call_step *const step = &c->steps[c->nsteps];

	if (!c->feature->last_tier || !c->encoder->last_tier ||
	    ends_in_extract(c))
		return;
	step->provider = has_documents(c)
				 ? conf_provider(c->app->conf, STR("extract"))
				 : &provider_static;
	step->model_route = str_from(step->provider->name);
	step->last_tier = true;
	c->nsteps++;
}

bool last_tier_is(const struct call *c, size_t step)
{
	return step < c->nsteps && c->steps[step].last_tier;
}

bool last_tier_helps(enum err err)
{
	return err == ERR_UPSTREAM || err == ERR_UPSTREAM_TIMEOUT ||
	       err == ERR_UPSTREAM_RATE || err == ERR_UPSTREAM_QUOTA ||
	       err == ERR_UPSTREAM_AUTH || err == ERR_UPSTREAM_CUT ||
	       err == ERR_NOT_ASKED;
}

void last_tier_split(struct call *c)
{
	docs_extract(&c->req->arena, call_question(c), c->passages,
		     c->npassages, &c->sentences, &c->nsentences);
}

/* One sentence, then let others have the loop. */
static void next_sentence(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);

	if (c->state >= CALL_SETTLING)
		return;
	if (c->sentence == c->nsentences) {
		c->finish = LLM_FINISH_STOP;
		call_finish(c);
		return;
	}
	call_add_text(c, c->sentences[c->sentence++]);
	call_push(c);
	if (c->state < CALL_SETTLING)
		loop_post(c->app->loop, task);
}

static void start_extract(struct call *c)
{
	if (last_tier_is(c, c->step))
		call_add_notice(c, str_from(quoted));
	if (c->sentences == NULL)
		last_tier_split(c);
	c->task.run = next_sentence;
	loop_post(c->app->loop, &c->task);
}

/*
 * The person gets an answer, but the books say that the call failed, and why.
 */
static void start_static(struct call *c)
{
	const char *const own = c->feature->canned;
	const char *const public_url = c->app->conf->server.public_url;
	struct buf text;

	buf_init(&text, &c->req->arena, CANNED_BYTES);
	buf_addf(&text, "%s\n\nIncident: %s. Status: %s/status/",
		 own[0] != '\0' ? own : canned, c->req->id, public_url);
	c->canned = true;
	c->finish = LLM_FINISH_STOP;
	call_add_text(c, buf_str(&text));
	call_settle(c, LEDGER_FAILED, c->cause);
}

void last_tier_start(struct call *c)
{
	c->degraded = last_tier_is(c, c->step);
	if (c->steps[c->step].provider->kind == CONF_PROVIDER_STATIC)
		start_static(c);
	else
		start_extract(c);
}
