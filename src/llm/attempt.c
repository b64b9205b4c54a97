/*
 * The attempts of a call: each place of the route is asked, again where that
 * may help, until one answers or none is left.  Before the first text a
 * failure is nobody's business but the log's.
 */
#include "llm/call_loop.h"

#include "auth/key.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/id.h"
#include "conf/renew.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/circuit.h"
#include "llm/last_tier.h"
#include "llm/quota.h"
#include "llm/words.h"

#include <assert.h>
#include <string.h>

#define ERROR_BODY_BYTES        ((size_t)16 * 1024)
#define REQUEST_ID_HEADER_BYTES 64
#define TRACE_HEADER_BYTES      80

static const char continue_request[] = CALL_CONTINUE_REQUEST;

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

static struct str header_of(const void *upstream, const char *name)
{
	return upstream_header(upstream, name);
}

static void on_head(struct upstream_sink *sink, int status)
{
	struct call *const c = CONTAINER_OF(sink, struct call, transfer);

	struct upstream_quota quota;

	c->http_status = status;
	if (quota_read(header_of, c->upstream, clock_wall_ms(), &quota))
		circuit_note_quota(c->app->circuits, c->steps[c->step].circuit,
				   &quota);
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
	if (err == ERR_OK) {
		err = c->adapter->classify(&c->req->arena, c->http_status,
					   buf_str(&c->error_body), e);
		words_clean(c);
	} else {
		(void)err_set(e, err, "%s", detail);
	}
	call_attempt_failed(c, err);
}

/* An answer that broke off goes on: the next model is told what was said. */
static void continue_answer(struct call *c)
{
	struct arena *const a = &c->req->arena;
	const size_t n = c->llm.nmessages;
	struct llm_message *const all =
		ARENA_ARRAY(a, n + 2, struct llm_message);

	if (!c->text_sent)
		return;
	memcpy(all, c->llm.messages, n * sizeof(*all));
	all[n] = (struct llm_message){
		.role = LLM_ASSISTANT,
		.text = {str_dup(a, buf_str(&c->said)), c->said.n},
	};
	all[n + 1] = (struct llm_message){
		.role = LLM_USER,
		.text = str_from(continue_request),
	};
	c->llm.messages = all;
	c->llm.nmessages = n + 2;
	call_add_notice(c, STR("The answer broke off; another model continues "
			       "it."));
}

static void fall_back(struct call *c, enum err err)
{
	call_log_failed(c, "fallback", err);
	err_clear(&c->req->err);
	c->cause = err;
	c->step++;
	c->tries = 0;
	continue_answer(c);
	call_attempt_start(c);
}

/*
 * Is there a next place of the route that may be asked after this failure, as
 * far as the client is concerned?
 */
static bool may_fall_back(const struct call *c, enum err err)
{
	const bool last = last_tier_is(c, c->step + 1);

	if (c->step + 1 >= c->nsteps)
		return false;
	if (c->text_sent)
		return !last && call_may_continue(c);
	return !last || last_tier_helps(err);
}

static void on_backoff(struct loop_timer *t)
{
	call_attempt_start(CONTAINER_OF(t, struct call, backoff));
}

void call_attempt_later(struct call *c, int64_t delay_ms)
{
	c->tries--; /* this one was none */
	c->attempting = false;
	loop_timer_set(c->app->loop, &c->backoff, delay_ms);
}

/*
 * Was it refused for keys that are not the provider's any more?  Temporary
 * ones end, and others stand in their files by then.
 */
static bool keys_were_old(const struct call *c, enum err err)
{
	const struct conf_provider *const p = c->steps[c->step].provider;

	return err == ERR_UPSTREAM_AUTH && c->wire.sigv4 != NULL &&
	       c->tries < RETRY_MAX_ATTEMPTS &&
	       conf_aws_keys(p, true).version != c->wire.keys_version;
}

/*
 * Wait and ask the same model again, when that may help, costs nothing and
 * the retry budget allows it; with other keys there is nothing to wait for.
 */
static bool retry_later(struct call *c, bool old_keys, enum err err)
{
	uint64_t random = 0;
	int64_t delay_ms = 0;

	if (!(retry_is_useful(err) || old_keys) || c->accepted || c->unread ||
	    c->usage_seen)
		return false;
	id_random(&random, sizeof(random));
	if (!old_keys)
		delay_ms = retry_delay_ms(c->tries, c->retry_after_ms, random);
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
	const bool old_keys = keys_were_old(c, err);
	if (!old_keys)
		circuit_note(c->app->circuits, c->steps[c->step].circuit, err);
	if (retry_later(c, old_keys, err))
		return;
	if (may_fall_back(c, err) && call_give_up_attempt(c, err))
		fall_back(c, err);
	else
		call_settle(c, c->text_sent ? LEDGER_PARTIAL : LEDGER_FAILED,
			    err);
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

/*
 * With [traces] forward: the provider may continue the trace.  The span is the
 * one that slipway.traces_next() gives this attempt.
 */
static void add_traceparent(struct call *c)
{
	char hex[AUTH_HEX_BYTES];
	struct buf text;

	if (!c->app->conf->traces.forward ||
	    c->wire.nheaders == PROVIDER_MAX_HEADERS)
		return;
	buf_init(&text, &c->req->arena, TRACE_HEADER_BYTES);
	buf_addf(&text, "%s/%zu", c->req->id, c->settle.nattempts + 1);
	auth_sha256_hex(buf_str(&text), hex);
	buf_init(&text, &c->req->arena, TRACE_HEADER_BYTES);
	buf_addf(&text, "traceparent: 00-%s-%.16s-01", c->req->trace_id, hex);
	c->wire.headers[c->wire.nheaders++] = buf_c(&text);
}

void call_attempt_send(struct call *c)
{
	const struct call_step *const step = &c->steps[c->step];
	struct errbuf *const e = &c->req->err;
	struct arena *const a = &c->req->arena;

	c->adapter = c->llm.ninputs > 0 ? provider_embedder(step->provider)
					: provider_adapter(step->provider);
	if (c->adapter == NULL) {
		call_attempt_failed(
			c, err_set(e, ERR_UPSTREAM_REJECTED,
				   "[provider %s] is of a kind that has no "
				   "embeddings",
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
	add_traceparent(c);
	buf_init(&c->error_body, a, ERROR_BODY_BYTES);
	c->stream = c->adapter->stream_new(a, &c->sink);
	c->upstream = upstream_post(c->app->upstream, a, step->provider,
				    &c->wire, &c->transfer, e);
	if (c->upstream == NULL)
		call_attempt_failed(c,
				    e->code != ERR_OK ? e->code : ERR_UPSTREAM);
}

static bool is_built_in(const struct conf_provider *p)
{
	return p->kind == CONF_PROVIDER_EXTRACT ||
	       p->kind == CONF_PROVIDER_STATIC;
}

void call_attempt_start(struct call *c)
{
	c->state = CALL_CALLING;
	c->attempting = true;
	c->tries++;
	c->retry_after_ms = -1;
	c->accepted = false;
	c->unread = false;
	c->paused = false; /* the one that was is gone */
	c->sent = false;
	c->http_status = 0;
	c->ndeltas = 0;
	c->output_bytes = 0;
	call_thoughts_reset(c);
	c->attempt_ms = clock_mono_ms();
	if (is_built_in(c->steps[c->step].provider) && c->llm.ninputs == 0)
		last_tier_start(c);
	else
		call_outgoing(c);
}

void call_attempts_init(struct call *c)
{
	c->backoff.fire = on_backoff;
	c->transfer = (struct upstream_sink){on_head, on_body, on_end};
}
