/*
 * The loop's part of a call: a small state machine that starts attempts,
 * passes their events to the encoder, falls back along the route before the
 * first text, and settles.  Nothing here blocks.
 *
 *	NEW -> CALLING -> ANSWERING -> SETTLING -> ENDED
 *	          '-- no text, next of the route: CALLING again
 *
 * Every way out of CALLING and ANSWERING goes through settle(), so each
 * admitted call is settled exactly once.
 */
#include "llm/call.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/id.h"
#include "base/log.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/limits.h"

#include <assert.h>

/* Unsent bytes of one client; over HIGH the provider is paused long before. */
#define CLIENT_MAX_BYTES ((size_t)8 * 1024 * 1024)
/* A collected answer; a model's longest output is well below. */
#define ANSWER_MAX_BYTES        ((size_t)4 * 1024 * 1024)
#define ERROR_BODY_BYTES        ((size_t)16 * 1024)
#define REQUEST_ID_HEADER_BYTES 64

static void attempt_start(struct call *c);
static void attempt_failed(struct call *c, enum err err);

/* Output ------------------------------------------------------------- */

static void send_head(struct call *c)
{
	struct req *const req = c->req;

	if (req->head_sent)
		return;
	res_header(req, "X-Accel-Buffering", STR("no"));
	res_begin(req, 200, c->encoder->content_type, &c->client.out);
	c->encoder->begin(c, &c->client.out);
}

/*
 * A comment after every interval of silence.  Text only notes the time, so a
 * token costs no timer: the timer looks when it fires.
 */
static void on_heartbeat(struct loop_timer *t)
{
	struct call *const c = CONTAINER_OF(t, struct call, heartbeat);
	const int64_t every_ms = c->app->conf->server.heartbeat_ms;
	const int64_t now_ms = loop_now_ms(c->app->loop);
	const int64_t silent_ms = now_ms - c->last_sent_ms;

	if (silent_ms < every_ms) {
		loop_timer_set(c->app->loop, t, every_ms - silent_ms);
		return;
	}
	c->last_sent_ms = now_ms;
	loop_timer_set(c->app->loop, t, every_ms);
	send_head(c);
	buf_add_c(&c->client.out, ": heartbeat\n\n");
	client_flush(&c->client);
}

/* Send what the encoder wrote; hold the provider when the client is slow. */
static void push(struct call *c)
{
	client_flush(&c->client);
	if (c->client.gone || c->upstream == NULL || c->paused ||
	    client_waiting(&c->client) < CLIENT_HIGH_BYTES)
		return;
	c->paused = true;
	upstream_pause(c->upstream);
}

static void on_drained(struct client *client)
{
	struct call *const c = CONTAINER_OF(client, struct call, client);

	if (!c->paused)
		return;
	c->paused = false;
	if (c->upstream != NULL)
		upstream_resume(c->upstream);
}

/* The one place that text passes on its way to the client. */
static void add_text(struct call *c, struct str text)
{
	if (c->first_text_ms == 0)
		c->first_text_ms = clock_mono_ms();
	c->state = CALL_ANSWERING;
	c->ndeltas++;
	c->output_bytes += (int64_t)text.n;
	if (!c->encoder->stream) {
		buf_add_str(&c->answer, text);
		return;
	}
	send_head(c);
	c->encoder->delta(c, text, &c->client.out);
	c->last_sent_ms = loop_now_ms(c->app->loop);
}

/* A sentence beside the answer; a collected answer has no place for it. */
static void add_notice(struct call *c, struct str text)
{
	if (!c->encoder->stream)
		return;
	send_head(c);
	c->encoder->notice(c, text, &c->client.out);
	c->last_sent_ms = loop_now_ms(c->app->loop);
}

/* The end ------------------------------------------------------------ */

static void send_end(struct call *c)
{
	struct buf *const out = &c->client.out;

	if (c->encoder->stream) {
		send_head(c);
		c->encoder->end(c, out);
		return;
	}
	struct buf body;
	buf_init(&body, &c->req->arena, 2 * ANSWER_MAX_BYTES);
	c->encoder->answer(c, &body);
	res_headerf(c->req, "Content-Length", "%zu", body.n);
	res_begin(c->req, 200, c->encoder->content_type, out);
	buf_add_str(out, buf_str(&body));
}

static void send_error(struct call *c, enum err err)
{
	struct buf *const out = &c->client.out;
	struct buf body;

	if (c->req->head_sent) {
		c->encoder->error(c, err, out);
		return;
	}
	buf_init(&body, &c->req->arena, ERROR_BODY_BYTES);
	c->encoder->problem(c, err, &body);
	problem_headers(c->req, err);
	res_headerf(c->req, "Content-Length", "%zu", body.n);
	res_begin(c->req, err_entry(err)->status, c->encoder->problem_type,
		  out);
	buf_add_str(out, buf_str(&body));
}

/* Loop thread: the ledger has answered. */
static void on_settled(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, settled);
	const enum err err = c->settle.error;

	if (c->op.result != ERR_OK)
		log_msg(LOG_ERROR, "settle_failed", "%s: %s", c->req->id,
			c->op.err.detail);
	c->state = CALL_ENDED;
	loop_timer_cancel(c->app->loop, &c->heartbeat);
	if (!c->client.gone) {
		if (err == ERR_OK)
			send_end(c);
		else
			send_error(c, err);
	}
	call_log(c);
	client_close(&c->client);
}

/* Ledger thread. */
static void on_ledger(struct ledger_op *op)
{
	struct call *const c = CONTAINER_OF(op, struct call, op);

	c->settled.run = on_settled;
	loop_post(c->app->loop, &c->settled);
}

/*
 * Let go of the transfer.  complete: its answer was, so only the end of its
 * body is missing, and the connection can serve the next call.
 */
static void drop_transfer(struct call *c, bool complete)
{
	if (c->upstream == NULL)
		return;
	c->sent = upstream_request_sent(c->upstream);
	if (complete)
		upstream_detach(c->upstream);
	else
		upstream_cancel(c->upstream);
	c->upstream = NULL;
}

static void settle(struct call *c, enum ledger_outcome outcome, enum err err)
{
	if (c->state >= CALL_SETTLING)
		return;
	drop_transfer(c, outcome == LEDGER_DONE);
	loop_timer_cancel(c->app->loop, &c->backoff);
	call_charge(c, outcome, err);
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

	settle(c, LEDGER_CLIENT_GONE, ERR_CLOSED);
}

static void on_shutdown(struct client *client)
{
	struct call *const c = CONTAINER_OF(client, struct call, client);

	settle(c, c->ndeltas > 0 ? LEDGER_PARTIAL : LEDGER_FAILED,
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
		add_text(c, ev->text);
		break;
	case LLM_USAGE:
		c->settle.usage = ev->usage;
		c->usage_seen = true;
		break;
	case LLM_DONE:
		c->finish = ev->finish;
		settle(c, LEDGER_DONE, ERR_OK);
		break;
	case LLM_ERROR:
		(void)err_set(&c->req->err, ev->error, STR_FMT,
			      STR_ARG(ev->text));
		attempt_failed(c, ev->error);
		break;
	case LLM_NOTICE:
		add_notice(c, ev->text);
		break;
	case LLM_TOOL_DELTA:
		break; /* no request of ours offers tools */
	}
}

/* The transfer ------------------------------------------------------- */

static bool is_2xx(int status)
{
	return status >= 200 && status < 300;
}

static void on_head(struct upstream_sink *sink, int status)
{
	struct call *const c = CONTAINER_OF(sink, struct call, transfer);

	c->http_status = status;
}

static void on_body(struct upstream_sink *sink, struct str bytes)
{
	struct call *const c = CONTAINER_OF(sink, struct call, transfer);

	if (c->state >= CALL_SETTLING)
		return;
	if (!is_2xx(c->http_status)) {
		buf_add_str(&c->error_body, bytes);
		return;
	}
	c->adapter->feed(c->stream, bytes);
	if (c->state < CALL_SETTLING)
		push(c);
}

static void on_end(struct upstream_sink *sink, enum err err, const char *detail)
{
	struct call *const c = CONTAINER_OF(sink, struct call, transfer);
	struct errbuf *const e = &c->req->err;

	c->sent = upstream_request_sent(c->upstream);
	c->retry_after_ms = upstream_retry_after_ms(c->upstream);
	c->upstream = NULL;
	if (c->state >= CALL_SETTLING)
		return;
	/* some servers cut the connection behind a whole answer */
	if ((err == ERR_OK || err == ERR_UPSTREAM_CUT) &&
	    is_2xx(c->http_status)) {
		c->adapter->finish(c->stream);
		return;
	}
	if (err == ERR_OK)
		err = c->adapter->classify(&c->req->arena, c->http_status,
					   buf_str(&c->error_body), e);
	else
		(void)err_set(e, err, "%s", detail);
	attempt_failed(c, err);
}

/* Attempts ----------------------------------------------------------- */

/* The provider `extract`: one sentence, then let others have the loop. */
static void next_sentence(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);

	if (c->state >= CALL_SETTLING)
		return;
	if (c->sentence == c->nsentences) {
		c->finish = LLM_FINISH_STOP;
		settle(c, LEDGER_DONE, ERR_OK);
		return;
	}
	add_text(c, c->sentences[c->sentence++]);
	push(c);
	if (c->state < CALL_SETTLING)
		loop_post(c->app->loop, task);
}

static void fall_back(struct call *c, enum err err)
{
	call_log_failed(c, "fallback", err);
	err_clear(&c->req->err);
	c->step++;
	c->tries = 0;
	attempt_start(c);
}

static void on_backoff(struct loop_timer *t)
{
	attempt_start(CONTAINER_OF(t, struct call, backoff));
}

/*
 * Wait and ask the same model again, when that may help, costs nothing and
 * the retry budget allows it.
 */
static bool retry_later(struct call *c, enum err err)
{
	uint64_t random = 0;

	if (!retry_is_useful(err) || c->accepted || c->usage_seen)
		return false;
	id_random(&random, sizeof(random));
	const int64_t delay_ms =
		retry_delay_ms(c->tries, c->retry_after_ms, random);
	if (delay_ms < 0 || !retry_budget_take(&c->app->retry))
		return false;
	call_log_failed(c, "retry", err);
	call_note_attempt(c, err);
	c->attempting = false; /* it cost nothing, whatever comes now */
	err_clear(&c->req->err);
	loop_timer_set(c->app->loop, &c->backoff, delay_ms);
	return true;
}

static void attempt_failed(struct call *c, enum err err)
{
	if (c->state >= CALL_SETTLING)
		return;
	drop_transfer(c, false);
	if (c->state == CALL_ANSWERING)
		settle(c, LEDGER_PARTIAL, err);
	else if (retry_later(c, err))
		return;
	else if (call_give_up_attempt(c, err))
		fall_back(c, err);
	else
		settle(c, LEDGER_FAILED, err);
}

/* Our id in the provider's log, so that both can speak of the same call. */
static void add_request_id(struct call *c)
{
	struct buf header;

	assert(c->wire.nheaders < PROVIDER_MAX_HEADERS);
	buf_init(&header, &c->req->arena, REQUEST_ID_HEADER_BYTES);
	buf_addf(&header, "X-Client-Request-Id: %s", c->req->id);
	c->wire.headers[c->wire.nheaders++] = buf_c(&header);
}

static void attempt_start(struct call *c)
{
	const struct call_step *const step = &c->steps[c->step];
	struct errbuf *const e = &c->req->err;
	struct arena *const a = &c->req->arena;

	c->state = CALL_CALLING;
	c->attempting = true;
	c->tries++;
	c->retry_after_ms = -1;
	c->accepted = false;
	c->sent = false;
	c->http_status = 0;
	c->attempt_ms = clock_mono_ms();
	if (step->provider->kind == CONF_PROVIDER_EXTRACT) {
		c->task.run = next_sentence;
		loop_post(c->app->loop, &c->task);
		return;
	}
	c->adapter = provider_adapter(step->provider);
	if (c->adapter == NULL) {
		attempt_failed(c, err_set(e, ERR_CONFIG,
					  "[provider %s] kind is not built in",
					  step->provider->name));
		return;
	}
	c->llm.model = step->model;
	const enum err err =
		c->adapter->encode(a, step->provider, &c->llm, &c->wire, e);
	if (err != ERR_OK) {
		attempt_failed(c, err);
		return;
	}
	add_request_id(c);
	buf_init(&c->error_body, a, ERROR_BODY_BYTES);
	c->stream = c->adapter->stream_new(a, &c->sink);
	c->upstream = upstream_post(c->app->upstream, a, step->provider,
				    &c->wire, &c->transfer, e);
	if (c->upstream == NULL)
		attempt_failed(c, e->code != ERR_OK ? e->code : ERR_UPSTREAM);
}

/* Not admitted: an answer, and nothing to settle. */
static void refuse(struct call *c, enum err err)
{
	c->state = CALL_ENDED;
	send_error(c, err);
	call_log_refusal(c, err);
	client_close(&c->client);
}

static enum err verdict(struct call *c)
{
	if (c->op.err.code != ERR_OK)
		(void)err_set(&c->req->err, c->op.err.code, "%s",
			      c->op.err.detail);
	return limits_apply(c->req, &c->admission);
}

static void begin(struct call *c)
{
	c->heartbeat.fire = on_heartbeat;
	c->backoff.fire = on_backoff;
	c->transfer = (struct upstream_sink){on_head, on_body, on_end};
	c->sink.emit = on_event;
	buf_init(&c->answer, &c->req->arena, ANSWER_MAX_BYTES);
	c->last_sent_ms = loop_now_ms(c->app->loop);
	if (c->encoder->stream)
		loop_timer_set(c->app->loop, &c->heartbeat,
			       c->app->conf->server.heartbeat_ms);
	retry_budget_earn(&c->app->retry);
	call_assemble(c);
	attempt_start(c);
}

void call_start(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);
	const enum err err = verdict(c);

	c->client.on_gone = on_gone;
	c->client.on_drained = on_drained;
	c->client.on_shutdown = on_shutdown;
	client_open(&c->client, c->req, CLIENT_MAX_BYTES);
	if (err != ERR_OK)
		refuse(c, err);
	else if (c->early != ERR_OK)
		settle(c, LEDGER_FAILED, c->early);
	else
		begin(c);
}
