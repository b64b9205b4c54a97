/*
 * The loop's part of a call: a small state machine.  attempt.c asks the
 * providers, output.c writes to the client; here is what they have in common:
 * events, beginning and end.  Nothing blocks.
 *
 *	NEW -> CALLING -> ANSWERING -> SETTLING -> ENDED
 *	          '-- no text, next of the route: CALLING again
 *
 * Every way out of CALLING and ANSWERING goes through call_settle(), so each
 * admitted call is settled exactly once.
 */
#include "llm/call_loop.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/id.h"
#include "base/log.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/circuit.h"
#include "llm/content.h"
#include "llm/idempotency.h"
#include "llm/limits.h"
#include "llm/moderation.h"
#include "llm/resume.h"
#include "llm/shadow.h"
#include "llm/words.h"

#include <assert.h>

/* Unsent bytes of one client; over HIGH the provider is paused long before. */
#define CLIENT_MAX_BYTES ((size_t)8 * 1024 * 1024)

/* The end ------------------------------------------------------------ */

/* Loop thread: the ledger has answered. */
static void on_settled(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, settled);
	const enum err err = c->settle.error;

	if (c->op.result != ERR_OK)
		log_request(LOG_ERROR, "settle_failed", c->req->id, "%s",
			    c->op.err.detail);
	c->state = CALL_ENDED;
	loop_timer_cancel(c->app->loop, &c->heartbeat);
	if (!c->client.gone || c->resume != NULL) {
		if (err == ERR_OK || c->canned)
			call_send_end(c);
		else
			call_send_error(c, err);
	}
	call_log(c);
	if (err == ERR_OK && !c->degraded)
		shadow_maybe(c);
	if (c->encoder->ended != NULL)
		c->encoder->ended(c, err);
	if (c->resume != NULL)
		resume_end(c);
	else
		client_close(&c->client);
}

/* Ledger thread. */
static void on_ledger(struct ledger_op *op)
{
	struct call *const c = CONTAINER_OF(op, struct call, op);

	c->settled.run = on_settled;
	loop_post(c->app->loop, &c->settled);
}

/* What the client is sent in all, should the request come again. */
static void keep_answer(struct call *c, enum err err)
{
	const bool ok = err == ERR_OK || c->canned;

	if (c->idem == NULL || c->client.gone)
		return;
	if (ok && c->encoder->stream)
		call_send_head(c);
	idempotency_finish(c, ok, err);
}

void call_settle(struct call *c, enum ledger_outcome outcome, enum err err)
{
	enum err held = ERR_OK;

	if (c->state >= CALL_SETTLING)
		return;
	if (outcome == LEDGER_DONE || outcome == LEDGER_PARTIAL)
		held = guarded_flush(c);
	if (c->state >= CALL_SETTLING)
		return; /* what was held made the answer too long */
	if (held != ERR_OK) {
		outcome = LEDGER_BLOCKED;
		err = held;
	}
	call_drop_transfer(c, outcome == LEDGER_DONE);
	moderation_drop(c);
	loop_timer_cancel(c->app->loop, &c->backoff);
	call_charge(c, outcome, err);
	content_finish(c);
	keep_answer(c, err);
	c->state = CALL_SETTLING;
	c->op.kind = LEDGER_SETTLE;
	c->op.settle = &c->settle;
	c->op.done = on_ledger;
	err_clear(&c->op.err);
	ledger_submit(c->app->ledger, &c->op);
}

static void on_gone(struct client *client)
{
	struct call *const c = CONTAINER_OF(client, struct call, client);

	if (c->state < CALL_SETTLING && resume_goes_on(c))
		return;
	call_settle(c, LEDGER_CLIENT_GONE, ERR_CLOSED);
}

static void on_shutdown(struct client *client)
{
	struct call *const c = CONTAINER_OF(client, struct call, client);

	call_settle(c, c->text_sent ? LEDGER_PARTIAL : LEDGER_FAILED,
		    ERR_DRAINING);
}

/* Events of the provider --------------------------------------------- */

static void on_event(struct llm_sink *sink, const struct llm_event *ev)
{
	struct call *const c = CONTAINER_OF(sink, struct call, sink);

	if (c->state >= CALL_SETTLING)
		return;
	switch (ev->kind) {
	case LLM_START:
		c->accepted = true;
		break;
	case LLM_DELTA:
		call_add_text(c, ev->text);
		break;
	case LLM_USAGE:
		c->settle.usage = ev->usage;
		c->usage_seen = true;
		c->usage_pieces = call_pieces(c);
		break;
	case LLM_DONE:
		c->finish = ev->finish;
		circuit_note(c->app->circuits, c->steps[c->step].circuit,
			     ERR_OK);
		call_finish(c);
		break;
	case LLM_ERROR:
		c->unread = ev->unread;
		(void)err_set(&c->req->err, ev->error, STR_FMT,
			      STR_ARG(ev->text));
		words_clean(c);
		call_attempt_failed(c, ev->error);
		break;
	case LLM_NOTICE:
		call_add_notice(c, ev->text);
		break;
	case LLM_VECTOR:
		call_add_vector(c, ev);
		break;
	case LLM_TOOL_DELTA:
		call_add_tool(c, ev);
		break;
	case LLM_THOUGHT:
		call_add_thought(c, ev);
		break;
	}
}

/* The answer of a call that was settled before. */
static void replay(struct call *c)
{
	c->state = CALL_ENDED;
	idempotency_replay(c);
	client_close(&c->client);
}

/* Not admitted: an answer, and nothing to settle. */
static void refuse(struct call *c, enum err err)
{
	c->state = CALL_ENDED;
	if (!c->client.gone)
		call_send_error(c, err);
	call_log_refusal(c, err);
	if (c->encoder->ended != NULL)
		c->encoder->ended(c, err);
	client_close(&c->client);
}

static enum err verdict(struct call *c)
{
	if (c->op.err.code != ERR_OK)
		(void)err_set(&c->req->err, c->op.err.code, "%s",
			      c->op.err.detail);
	if (c->encoder->limits != NULL)
		c->encoder->limits(c->req, &c->admission);
	return limits_apply(c->req, &c->admission);
}

void call_cancel(struct call *c)
{
	call_settle(c, LEDGER_CLIENT_GONE, ERR_CLOSED);
}

static enum err may_begin(struct call *c)
{
	if (c->early != ERR_OK || c->encoder->may_begin == NULL)
		return c->early;
	return c->encoder->may_begin(c);
}

static void begin(struct call *c)
{
	moderation_take(c);
	if (c->guard.refused != ERR_OK) {
		call_settle(c, LEDGER_BLOCKED, c->guard.refused);
		return;
	}
	c->sink.emit = on_event;
	call_attempts_init(c);
	retry_budget_earn(&c->app->retry);
	call_assemble(c);
	call_attempt_start(c);
}

static void start(struct call *c)
{
	const enum err err = may_begin(c);

	if (err != ERR_OK) {
		call_settle(c, LEDGER_FAILED, err);
		return;
	}
	call_output_init(c);
	if (!moderation_wait(c, begin))
		begin(c);
}

void call_start(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);
	const enum err err = verdict(c);

	c->client.on_gone = on_gone;
	c->client.on_drained = call_on_drained;
	c->client.on_shutdown = on_shutdown;
	client_open(&c->client, c->req, CLIENT_MAX_BYTES);
	if (err != ERR_OK)
		refuse(c, err);
	else if (idempotency_has_reply(c))
		replay(c);
	else if (c->guard.refused != ERR_OK)
		call_settle(c, LEDGER_BLOCKED, c->guard.refused);
	else
		start(c);
}
