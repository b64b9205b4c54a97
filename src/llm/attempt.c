/*
 * The attempts of a call: each place of the route is asked, again where that
 * may help, until one answers or none is left.  Before the first text a
 * failure is nobody's business but the log's.
 */
#include "llm/call_loop.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/id.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"

#include <assert.h>

#define ERROR_BODY_BYTES        ((size_t)16 * 1024)
#define REQUEST_ID_HEADER_BYTES 64

void call_drop_transfer(struct call *c, bool complete)
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
		call_push(c);
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
	call_attempt_failed(c, err);
}

/* The provider `extract`: one sentence, then let others have the loop. */
static void next_sentence(struct loop_task *task)
{
	struct call *const c = CONTAINER_OF(task, struct call, task);

	if (c->state >= CALL_SETTLING)
		return;
	if (c->sentence == c->nsentences) {
		c->finish = LLM_FINISH_STOP;
		call_settle(c, LEDGER_DONE, ERR_OK);
		return;
	}
	call_add_text(c, c->sentences[c->sentence++]);
	call_push(c);
	if (c->state < CALL_SETTLING)
		loop_post(c->app->loop, task);
}

static void fall_back(struct call *c, enum err err)
{
	call_log_failed(c, "fallback", err);
	err_clear(&c->req->err);
	c->step++;
	c->tries = 0;
	call_attempt_start(c);
}

static void on_backoff(struct loop_timer *t)
{
	call_attempt_start(CONTAINER_OF(t, struct call, backoff));
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

void call_attempt_failed(struct call *c, enum err err)
{
	if (c->state >= CALL_SETTLING)
		return;
	call_drop_transfer(c, false);
	if (c->state == CALL_ANSWERING)
		call_settle(c, LEDGER_PARTIAL, err);
	else if (retry_later(c, err))
		return;
	else if (call_give_up_attempt(c, err))
		fall_back(c, err);
	else
		call_settle(c, LEDGER_FAILED, err);
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

void call_attempt_start(struct call *c)
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
		call_attempt_failed(
			c, err_set(e, ERR_CONFIG,
				   "[provider %s] kind is not built in",
				   step->provider->name));
		return;
	}
	c->llm.model = step->model;
	const enum err err =
		c->adapter->encode(a, step->provider, &c->llm, &c->wire, e);
	if (err != ERR_OK) {
		call_attempt_failed(c, err);
		return;
	}
	add_request_id(c);
	buf_init(&c->error_body, a, ERROR_BODY_BYTES);
	c->stream = c->adapter->stream_new(a, &c->sink);
	c->upstream = upstream_post(c->app->upstream, a, step->provider,
				    &c->wire, &c->transfer, e);
	if (c->upstream == NULL)
		call_attempt_failed(c,
				    e->code != ERR_OK ? e->code : ERR_UPSTREAM);
}

void call_attempts_init(struct call *c)
{
	c->backoff.fire = on_backoff;
	c->transfer = (struct upstream_sink){on_head, on_body, on_end};
}
