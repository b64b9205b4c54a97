/*
 * What a call sends: head, pieces of text and tool calls, comments, the end or
 * an error, each through the encoder of its dialect.  A slow client holds the
 * provider, never others.
 */
#include "llm/call_loop.h"

#include "base/clock.h"
#include "base/container.h"
#include "base/log.h"
#include "base/num.h"
#include "http/problem.h"
#include "http/req.h"
#include "http/worker.h"
#include "llm/app.h"
#include "llm/content.h"
#include "llm/idempotency.h"
#include "llm/resume.h"

/* A collected answer; a model's longest output is well below. */
#define ANSWER_MAX_BYTES ((size_t)4 * 1024 * 1024)
/* An answer that is longer is not continued. */
#define SAID_MAX_BYTES ((size_t)256 * 1024)
/* In numbers they take two and a half times as much as in base64. */
#define VECTORS_MAX_BYTES ((size_t)3 * 1024 * 1024)
#define ERROR_BYTES       ((size_t)16 * 1024)

/* The client is sent what was written since. */
static void record(struct call *c, size_t from)
{
	const struct buf *const out = &c->client.out;

	idempotency_record(c, (struct str){out->p + from, out->n - from});
}

void call_send_head(struct call *c)
{
	struct req *const req = c->req;

	if (req->head_sent)
		return;
	res_header(req, "X-Accel-Buffering", STR("no"));
	/* before the first text it may still be another */
	if (c->state >= CALL_ANSWERING)
		res_header(req, "X-Slipway-Model-Route",
			   c->steps[c->step].model_route);
	res_begin(req, 200, c->encoder->content_type, &c->client.out);
	const size_t from = c->client.out.n;

	resume_mark(c);
	c->encoder->begin(c, &c->client.out);
	record(c, from);
	resume_keep(c);
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

	if (c->client.gone)
		return;
	if (silent_ms < every_ms) {
		loop_timer_set(c->app->loop, t, every_ms - silent_ms);
		return;
	}
	c->last_sent_ms = now_ms;
	loop_timer_set(c->app->loop, t, every_ms);
	call_send_head(c);
	buf_add_c(&c->client.out, c->encoder->heartbeat != NULL
					  ? c->encoder->heartbeat
					  : ": heartbeat\n\n");
	client_flush(&c->client);
}

/* Send what the encoder wrote; hold the provider when the client is slow. */
void call_push(struct call *c)
{
	client_flush(&c->client);
	if (c->client.gone || c->upstream == NULL || c->paused ||
	    client_waiting(&c->client) < CLIENT_HIGH_BYTES)
		return;
	c->paused = true;
	upstream_pause(c->upstream);
}

void call_on_drained(struct client *client)
{
	struct call *const c = CONTAINER_OF(client, struct call, client);

	if (!c->paused)
		return;
	c->paused = false;
	if (c->upstream != NULL)
		upstream_resume(c->upstream);
}

static void start_text(struct call *c)
{
	if (c->first_text_ms == 0)
		c->first_text_ms = clock_mono_ms();
	c->state = CALL_ANSWERING;
	c->text_sent = true;
	c->ndeltas++;
}

/* A collected answer has outgrown us; what was said is charged. */
static void too_long(struct call *c)
{
	call_attempt_failed(c, err_set(&c->req->err, ERR_UPSTREAM,
				       "the answer is over %zu bytes; use "
				       "streaming",
				       ANSWER_MAX_BYTES));
}

/* Nothing more leaves; what the provider said until now is charged. */
void call_stop_if(struct call *c, enum err err)
{
	if (err != ERR_OK)
		call_settle(c, LEDGER_BLOCKED, err);
}

void call_write(struct call *c, const struct llm_event *ev,
		void (*write)(const struct call *c, const struct llm_event *ev,
			      struct buf *out))
{
	call_send_head(c);
	const size_t from = c->client.out.n;

	write(c, ev, &c->client.out);
	record(c, from);
	c->last_sent_ms = loop_now_ms(c->app->loop);
}

void call_add_text(struct call *c, struct str text)
{
	start_text(c);
	c->output_bytes += (int64_t)text.n;
	/* as the provider said it: another one may have to go on */
	if (c->feature->continue_on_fallback)
		buf_add_str(&c->said, text);
	call_stop_if(c, guarded_feed(c, GUARDED_TEXT, text));
}

void call_emit_text(struct call *c, struct str text)
{
	if (c->state >= CALL_SETTLING)
		return;
	content_said(c, text);
	if (call_keeps_answer(c)) {
		buf_add_str(&c->answer, text);
		if (buf_err(&c->answer) != ERR_OK) {
			too_long(c);
			return;
		}
	}
	if (!c->encoder->stream)
		return;
	call_send_head(c);
	const size_t from = c->client.out.n;

	resume_mark(c);
	c->encoder->delta(c, text, &c->client.out);
	record(c, from);
	resume_keep(c);
	c->last_sent_ms = loop_now_ms(c->app->loop);
}

/* The tool call with this index, which may be new; NULL: one too many. */
static struct call_tool *tool_at(struct call *c, size_t index)
{
	if (index >= CALL_MAX_TOOLS)
		return NULL;
	if (c->tools == NULL)
		c->tools = ARENA_ARRAY(&c->req->arena, CALL_MAX_TOOLS,
				       struct call_tool);
	while (c->ntools <= index)
		buf_init(&c->tools[c->ntools++].arguments, &c->req->arena,
			 ANSWER_MAX_BYTES);
	return &c->tools[index];
}

static void collect_tool(struct call *c, const struct llm_event *ev)
{
	struct call_tool *const t = tool_at(c, ev->tool_index);
	struct arena *const a = &c->req->arena;

	if (t == NULL) {
		call_attempt_failed(c, err_set(&c->req->err, ERR_UPSTREAM,
					       "over %d tool calls",
					       CALL_MAX_TOOLS));
		return;
	}
	if (ev->tool_id.n > 0)
		t->id = (struct str){str_dup(a, ev->tool_id), ev->tool_id.n};
	if (ev->tool_name.n > 0)
		t->name = (struct str){str_dup(a, ev->tool_name),
				       ev->tool_name.n};
	buf_add_str(&t->arguments, ev->text);
	if (buf_err(&t->arguments) != ERR_OK)
		too_long(c);
}

static void emit_tool(struct call *c, const struct llm_event *ev)
{
	if (c->state >= CALL_SETTLING)
		return;
	content_called(c, ev);
	if (!c->encoder->stream) {
		collect_tool(c, ev);
		return;
	}
	if (c->encoder->tool_delta != NULL)
		call_write(c, ev, c->encoder->tool_delta);
}

void call_add_tool(struct call *c, const struct llm_event *ev)
{
	struct llm_event head = *ev;

	start_text(c);
	c->output_bytes += (int64_t)(ev->text.n + ev->tool_name.n);
	head.text = STR_NONE;
	/* what was held belongs before a call that begins */
	if (ev->tool_id.n > 0 || ev->tool_name.n > 0) {
		const enum err err = guarded_flush(c);
		call_stop_if(c, err);
		if (err == ERR_OK)
			emit_tool(c, &head);
	}
	if (ev->text.n > 0 && c->state < CALL_SETTLING)
		call_stop_if(c, guarded_feed(c, ev->tool_index, ev->text));
}

void call_emit_tool(struct call *c, size_t index, struct str arguments)
{
	const struct llm_event ev = {
		.kind = LLM_TOOL_DELTA,
		.tool_index = index,
		.text = arguments,
	};

	emit_tool(c, &ev);
}

/* Numbers are nothing for the guard. */
void call_add_vector(struct call *c, const struct llm_event *ev)
{
	start_text(c);
	if (ev->tool_index != c->nvectors) {
		call_attempt_failed(c, err_set(&c->req->err, ERR_UPSTREAM,
					       "vectors are missing"));
		return;
	}
	if (c->nvectors++ > 0)
		buf_add_char(&c->answer, ',');
	buf_add_str(&c->answer, ev->text);
	if (c->answer.n > VECTORS_MAX_BYTES)
		call_attempt_failed(c, err_set(&c->req->err, ERR_UPSTREAM,
					       "the vectors are over %zu "
					       "bytes; send fewer inputs",
					       VECTORS_MAX_BYTES));
}

/* A collected answer has no place for it. */
void call_add_notice(struct call *c, struct str text)
{
	if (!c->encoder->stream || c->encoder->notice == NULL)
		return;
	call_send_head(c);
	const size_t from = c->client.out.n;

	resume_mark(c);
	c->encoder->notice(c, text, &c->client.out);
	record(c, from);
	resume_keep(c);
	c->last_sent_ms = loop_now_ms(c->app->loop);
}

/*
 * The end of a stream; some dialects say the whole text in it again.  Where
 * that is more than may wait for a client, it ends with an error.
 */
static void stream_end(struct call *c, struct buf *out)
{
	const size_t from = out->n;

	c->encoder->end(c, out);
	if (!out->full)
		return;
	log_request(LOG_ERROR, "answer_too_large", c->req->id,
		    "the end of the stream is more than the %zu bytes that "
		    "may wait for a client",
		    out->max);
	buf_cut(out, from);
	c->encoder->error(c, ERR_INTERNAL, out);
}

void call_send_end(struct call *c)
{
	struct buf *const out = &c->client.out;

	if (c->encoder->stream) {
		call_send_head(c);
		const struct str end = idempotency_end(c);
		resume_mark(c);
		if (end.n > 0)
			buf_add_str(out, end);
		else
			stream_end(c, out);
		resume_keep(c);
		return;
	}
	struct buf body;
	char usd[NUM_USD_BYTES];
	buf_init(&body, &c->req->arena, 2 * ANSWER_MAX_BYTES);
	/* the bytes that are kept: another time it may say another second */
	if (idempotency_kept(c).n > 0)
		buf_add_str(&body, idempotency_kept(c));
	else
		c->encoder->answer(c, &body);
	res_header(c->req, "X-Slipway-Cost-Usd",
		   str_from(num_format_usd(c->settle.cost_pico, usd)));
	res_header(c->req, "X-Slipway-Model-Route",
		   str_from(c->settle.model_route));
	res_headerf(c->req, "Content-Length", "%zu", body.n);
	res_begin(c->req, 200, c->encoder->content_type, out);
	buf_add_str(out, buf_str(&body));
}

void call_send_error(struct call *c, enum err err)
{
	struct buf *const out = &c->client.out;
	struct buf body;
	int status = err_entry(err)->status;

	/* who comes back for the stream finds an event */
	if (c->resume != NULL && c->client.gone)
		call_send_head(c);
	if (c->req->head_sent) {
		resume_mark(c);
		c->encoder->error(c, err, out);
		resume_keep(c);
		return;
	}
	buf_init(&body, &c->req->arena, ERROR_BYTES);
	c->encoder->problem(c, err, &body);
	problem_headers(c->req, err);
	res_headerf(c->req, "Content-Length", "%zu", body.n);
	if (c->encoder->problem_status != NULL)
		status = c->encoder->problem_status(err);
	res_begin(c->req, status, c->encoder->problem_type, out);
	buf_add_str(out, buf_str(&body));
}

void call_output_init(struct call *c)
{
	const struct conf_server *const s = &c->app->conf->server;

	c->heartbeat.fire = on_heartbeat;
	buf_init(&c->answer, &c->req->arena, ANSWER_MAX_BYTES);
	buf_init(&c->said, &c->req->arena, SAID_MAX_BYTES);
	c->last_sent_ms = loop_now_ms(c->app->loop);
	resume_init(c);
	if (c->encoder->stream)
		loop_timer_set(c->app->loop, &c->heartbeat, s->heartbeat_ms);
}
