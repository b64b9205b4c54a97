/*
 * Encoders of Anthropic's Messages: one object, or a stream of named events.
 *
 *	message_start  (block_start block_delta* )*  block_stop*
 *	message_delta  message_stop
 *
 * A block of text or of a thought ends when the next block begins; blocks of
 * tools stay open to the end, because providers may write several at a time.
 * Whoever did not ask for thinking gets no thoughts.
 */
#include "api/anthropic.h"

#include "api/encode.h"
#include "base/clock.h"
#include "http/req.h"
#include "llm/call.h"

#include <inttypes.h>

#define NO_BLOCK    SIZE_MAX
#define DELTA_BYTES ((size_t)256)

struct state {
	size_t nblocks;
	size_t open;                 /* the block of text or of a thought … */
	bool open_is_text;           /* … that is open */
	size_t thought;              /* which thought it is */
	size_t tool[CALL_MAX_TOOLS]; /* block of each tool call */
	struct buf delta; /* what the pieces of the open block have in common */
};

static const char *stop_reason(enum llm_finish f)
{
	switch (f) {
	case LLM_FINISH_LENGTH:
		return "max_tokens";
	case LLM_FINISH_TOOL:
		return "tool_use";
	case LLM_FINISH_FILTER:
		return "refusal";
	case LLM_FINISH_STOP:
		break;
	}
	return "end_turn";
}

static void add_usage(struct jw *w, const struct call *c)
{
	const struct ledger_usage *const u = &c->settle.usage;

	jw_open_object(w, "usage");
	jw_int(w, "input_tokens", u->input_tokens);
	jw_int(w, "cache_creation_input_tokens",
	       u->cache_write_tokens + u->cache_write_1h_tokens);
	jw_int(w, "cache_read_input_tokens", u->cache_read_tokens);
	jw_int(w, "output_tokens", u->output_tokens);
	if (u->reasoning_tokens > 0) {
		jw_open_object(w, "output_tokens_details");
		jw_int(w, "thinking_tokens", u->reasoning_tokens);
		jw_close(w);
	}
	jw_close(w);
}

/* Errors --------------------------------------------------------------- */

static const char *error_type(enum err err)
{
	switch (err_entry(err)->status) {
	case 401:
		return "authentication_error";
	case 403:
		return "permission_error";
	case 404:
		return "not_found_error";
	case 413:
		return "request_too_large";
	case 429:
		return "rate_limit_error";
	case 503:
		return "overloaded_error";
	case 504:
		return "timeout_error";
	default:
		break;
	}
	return err_entry(err)->status < 500 ? "invalid_request_error"
					    : "api_error";
}

static void write_problem(struct req *req, enum err err, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "type", "error");
	jw_open_object(&w, "error");
	jw_c(&w, "type", error_type(err));
	jw_c(&w, "message", problem_sentence(req, err));
	jw_c(&w, "code", err_entry(err)->code);
	jw_close(&w);
	jw_c(&w, "request_id", req->id);
	jw_close(&w);
}

const struct problem_shape anthropic_problem = {
	.content_type = "application/json",
	.write = write_problem,
};

bool anthropic_is_client(const struct req *req)
{
	return req_env(req, "HTTP_ANTHROPIC_VERSION").n > 0;
}

const struct problem_shape anthropic_problem_if_read = {
	.content_type = "application/json",
	.write = write_problem,
	.fits = anthropic_is_client,
};

static void problem(const struct call *c, enum err err, struct buf *out)
{
	write_problem(c->req, err, out);
}

void anthropic_limits(struct req *req, const struct ledger_admission *a)
{
	char when[CLOCK_TEXT_BYTES];

	if (a->limit_rpm <= 0)
		return;
	res_headerf(req, "anthropic-ratelimit-requests-limit", "%" PRId64,
		    a->limit_rpm);
	res_headerf(req, "anthropic-ratelimit-requests-remaining", "%" PRId64,
		    a->remaining_rpm);
	res_headerf(req, "anthropic-ratelimit-requests-reset", "%s",
		    clock_format(clock_wall_ms() + a->reset_rpm_ms, when));
}

/* Not streamed -------------------------------------------------------- */

/* What a model wrote as arguments need not be JSON, but our answer must. */
static void add_input(struct jw *w, struct str arguments)
{
	struct errbuf quiet = {.code = ERR_OK};
	struct arena scratch;
	struct json root;

	arena_init(&scratch, (size_t)64 * 1024);
	const enum err err = json_parse(&scratch, arguments, &root, &quiet);
	if (err == ERR_OK && json_type(root) == JSON_OBJECT) {
		jw_raw(w, "input", arguments);
	} else {
		jw_open_object(w, "input");
		if (arguments.n > 0)
			jw_str(w, "arguments", arguments);
		jw_close(w);
	}
	arena_release(&scratch);
}

static void add_tool(struct jw *w, const struct call *c, size_t i)
{
	const struct call_tool *const t = &c->tools[i];
	struct buf id;

	buf_init(&id, &c->req->arena, t->id.n * 6 + API_ID_BYTES);
	api_add_tool_id(&id, c, "toolu", t->id, i);
	jw_open_object(w, NULL);
	jw_c(w, "type", "tool_use");
	jw_raw(w, "id", buf_str(&id));
	jw_str(w, "name", t->name);
	add_input(w, buf_str(&t->arguments));
	jw_close(w);
}

static void add_thought(struct jw *w, const struct call_thought *t)
{
	jw_open_object(w, NULL);
	if (t->sealed) {
		jw_c(w, "type", "redacted_thinking");
		jw_str(w, "data", t->signature);
	} else {
		jw_c(w, "type", "thinking");
		jw_str(w, "thinking", buf_str(&t->text));
		jw_str(w, "signature", t->signature);
	}
	jw_close(w);
}

static void add_head(struct jw *w, const struct call *c)
{
	jw_c(w, "id", c->req->id);
	jw_c(w, "type", "message");
	jw_c(w, "role", "assistant");
	jw_str(w, "model", c->model_asked);
}

static void json_answer(const struct call *c, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	add_head(&w, c);
	jw_open_array(&w, "content");
	for (size_t i = 0; i < c->nthoughts; i++)
		add_thought(&w, &c->thoughts[i]);
	if (c->answer.n > 0 || c->ntools == 0) {
		jw_open_object(&w, NULL);
		jw_c(&w, "type", "text");
		jw_str(&w, "text", buf_str(&c->answer));
		jw_close(&w);
	}
	for (size_t i = 0; i < c->ntools; i++)
		add_tool(&w, c, i);
	jw_close(&w);
	jw_c(&w, "stop_reason", stop_reason(c->finish));
	jw_null(&w, "stop_sequence");
	add_usage(&w, c);
	jw_close(&w);
}

/* Streamed ------------------------------------------------------------ */

static void event_open(struct jw *w, struct buf *out, const char *type)
{
	buf_addf(out, "event: %s\ndata: ", type);
	jw_init(w, out);
	jw_open_object(w, NULL);
	jw_c(w, "type", type);
}

static void event_close(struct jw *w, struct buf *out)
{
	jw_close(w);
	buf_add_c(out, "\n\n");
}

static void stream_begin(const struct call *c, struct buf *out)
{
	struct jw w;

	event_open(&w, out, "message_start");
	jw_open_object(&w, "message");
	add_head(&w, c);
	jw_open_array(&w, "content");
	jw_close(&w);
	jw_null(&w, "stop_reason");
	jw_null(&w, "stop_sequence");
	/* what is known comes with message_delta */
	add_usage(&w, c);
	jw_close(&w);
	event_close(&w, out);
}

static void block_stop(size_t block, struct buf *out)
{
	buf_addf(out,
		 "event: content_block_stop\ndata: {\"type\":"
		 "\"content_block_stop\",\"index\":%zu}\n\n",
		 block);
}

/* End the block of text or of a thought. */
static void open_stop(struct state *s, struct buf *out)
{
	if (s->open != NO_BLOCK)
		block_stop(s->open, out);
	s->open = NO_BLOCK;
	s->open_is_text = false;
}

/* block: how it begins; JSON. */
static void block_start(struct state *s, const char *block, struct buf *out)
{
	open_stop(s, out);
	s->open = s->nblocks++;
	s->thought = NO_BLOCK;
	buf_addf(out,
		 "event: content_block_start\ndata: {\"type\":"
		 "\"content_block_start\",\"index\":%zu,\"content_block\":{"
		 "\"type\":%s",
		 s->open, block);
}

static void delta_open(size_t block, struct buf *out)
{
	buf_add_str(out, STR("event: content_block_delta\ndata: {\"type\":"
			     "\"content_block_delta\",\"index\":"));
	buf_add_i64(out, (int64_t)block);
	buf_add_str(out, STR(",\"delta\":{\"type\":"));
}

static void text_start(struct state *s, struct buf *out)
{
	block_start(s, "\"text\",\"text\":\"\"}}\n\n", out);
	s->open_is_text = true;
	buf_reset(&s->delta);
	delta_open(s->open, &s->delta);
	buf_add_c(&s->delta, "\"text_delta\",\"text\":");
}

static void stream_delta(const struct call *c, struct str text, struct buf *out)
{
	struct state *const s = c->encoder_state;

	if (!s->open_is_text)
		text_start(s, out);
	buf_add_str(out, buf_str(&s->delta));
	json_quote(out, text);
	buf_add_str(out, STR("}}\n\n"));
}

static void thought_delta(struct state *s, const char *type, struct str piece,
			  struct buf *out)
{
	if (piece.n == 0)
		return;
	delta_open(s->open, out);
	buf_add_c(out, type);
	json_quote(out, piece);
	buf_add_str(out, STR("}}\n\n"));
}

static void stream_thought(const struct call *c, const struct llm_event *ev,
			   struct buf *out)
{
	struct state *const s = c->encoder_state;

	if (ev->sealed) {
		block_start(s, "\"redacted_thinking\",\"data\":", out);
		json_quote(out, ev->signature);
		buf_add_str(out, STR("}}\n\n"));
		open_stop(s, out);
		return;
	}
	if (s->open == NO_BLOCK || s->thought != ev->tool_index)
		block_start(s,
			    "\"thinking\",\"thinking\":\"\","
			    "\"signature\":\"\"}}\n\n",
			    out);
	s->thought = ev->tool_index;
	thought_delta(s, "\"thinking_delta\",\"thinking\":", ev->text, out);
	thought_delta(s, "\"signature_delta\",\"signature\":", ev->signature,
		      out);
}

static void tool_start(const struct call *c, const struct llm_event *ev,
		       struct buf *out)
{
	struct state *const s = c->encoder_state;

	open_stop(s, out);
	s->tool[ev->tool_index] = s->nblocks++;
	buf_addf(out,
		 "event: content_block_start\ndata: {\"type\":"
		 "\"content_block_start\",\"index\":%zu,\"content_block\":{"
		 "\"type\":\"tool_use\",\"id\":",
		 s->tool[ev->tool_index]);
	api_add_tool_id(out, c, "toolu", ev->tool_id, ev->tool_index);
	buf_add_c(out, ",\"name\":");
	json_quote(out, ev->tool_name);
	buf_add_c(out, ",\"input\":{}}}\n\n");
}

static void stream_tool(const struct call *c, const struct llm_event *ev,
			struct buf *out)
{
	struct state *const s = c->encoder_state;

	if (ev->tool_index >= CALL_MAX_TOOLS)
		return;
	if (s->tool[ev->tool_index] == NO_BLOCK)
		tool_start(c, ev, out);
	if (ev->text.n == 0)
		return;
	delta_open(s->tool[ev->tool_index], out);
	buf_add_str(out, STR("\"input_json_delta\",\"partial_json\":"));
	json_quote(out, ev->text);
	buf_add_str(out, STR("}}\n\n"));
}

static void stream_end(const struct call *c, struct buf *out)
{
	struct state *const s = c->encoder_state;
	struct jw w;

	open_stop(s, out);
	for (size_t i = 0; i < CALL_MAX_TOOLS; i++)
		if (s->tool[i] != NO_BLOCK)
			block_stop(s->tool[i], out);
	event_open(&w, out, "message_delta");
	jw_open_object(&w, "delta");
	jw_c(&w, "stop_reason", stop_reason(c->finish));
	jw_null(&w, "stop_sequence");
	jw_close(&w);
	add_usage(&w, c);
	event_close(&w, out);
	api_add_trailer(out, c);
	event_open(&w, out, "message_stop");
	event_close(&w, out);
}

static void stream_error(const struct call *c, enum err err, struct buf *out)
{
	buf_add_c(out, "event: error\ndata: ");
	write_problem(c->req, err, out);
	buf_add_c(out, "\n\n");
}

static const struct encoder encoder_json = {
	.content_type = "application/json",
	.problem_type = "application/json",
	.answer = json_answer,
	.problem = problem,
	.limits = anthropic_limits,
};

static const struct encoder encoder_stream = {
	.content_type = "text/event-stream",
	.problem_type = "application/json",
	.stream = true,
	.begin = stream_begin,
	.delta = stream_delta,
	.tool_delta = stream_tool,
	.thought = stream_thought,
	.end = stream_end,
	.error = stream_error,
	.problem = problem,
	.heartbeat = "event: ping\ndata: {\"type\":\"ping\"}\n\n",
	.limits = anthropic_limits,
};

void anthropic_encode_with(struct call *c, bool stream)
{
	struct state *const s = ARENA_NEW(&c->req->arena, struct state);

	s->open = NO_BLOCK;
	buf_init(&s->delta, &c->req->arena, DELTA_BYTES);
	for (size_t i = 0; i < CALL_MAX_TOOLS; i++)
		s->tool[i] = NO_BLOCK;
	c->encoder_state = s;
	c->encoder = stream ? &encoder_stream : &encoder_json;
}
