/*
 * Encoders of Chat Completions: one object, or a stream of chunks that ends
 * with [DONE].  All that the chunks of a stream have in common is written once,
 * so a token costs its own bytes and two copies.
 */
#include "api/openai.h"

#include "api/encode.h"
#include "base/clock.h"
#include "http/problem.h"
#include "http/req.h"
#include "llm/call.h"

#include <inttypes.h>

#define HEAD_BYTES ((size_t)1024)

struct state {
	bool usage;
	struct buf head; /* of every chunk, up to its "choices" */
};

static int64_t created_s(const struct call *c)
{
	(void)c;
	return clock_wall_ms() / 1000;
}

static const char *finish_name(enum llm_finish f)
{
	switch (f) {
	case LLM_FINISH_LENGTH:
		return "length";
	case LLM_FINISH_TOOL:
		return "tool_calls";
	case LLM_FINISH_FILTER:
		return "content_filter";
	case LLM_FINISH_STOP:
		break;
	}
	return "stop";
}

static void add_usage(struct jw *w, const char *name, const struct call *c)
{
	const struct ledger_usage *const u = &c->settle.usage;
	const int64_t input = api_input_tokens(u);

	jw_open_object(w, name);
	jw_int(w, "prompt_tokens", input);
	jw_int(w, "completion_tokens", u->output_tokens);
	jw_int(w, "total_tokens", input + u->output_tokens);
	jw_open_object(w, "prompt_tokens_details");
	jw_int(w, "cached_tokens", u->cache_read_tokens);
	jw_close(w);
	jw_open_object(w, "completion_tokens_details");
	jw_int(w, "reasoning_tokens", u->reasoning_tokens);
	jw_close(w);
	jw_close(w);
}

/* Not streamed -------------------------------------------------------- */

static void add_tools(struct jw *w, const struct call *c)
{
	jw_open_array(w, "tool_calls");
	for (size_t i = 0; i < c->ntools; i++) {
		const struct call_tool *const t = &c->tools[i];
		struct buf id;
		buf_init(&id, &c->req->arena, t->id.n * 6 + API_ID_BYTES);
		api_add_tool_id(&id, c, "call", t->id, i);
		jw_open_object(w, NULL);
		jw_raw(w, "id", buf_str(&id));
		jw_c(w, "type", "function");
		jw_open_object(w, "function");
		jw_str(w, "name", t->name);
		jw_str(w, "arguments", buf_str(&t->arguments));
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

static void add_message(struct jw *w, const struct call *c)
{
	jw_open_object(w, "message");
	jw_c(w, "role", "assistant");
	if (c->answer.n > 0 || c->ntools == 0)
		jw_str(w, "content", buf_str(&c->answer));
	else
		jw_null(w, "content");
	jw_null(w, "refusal");
	if (c->ntools > 0)
		add_tools(w, c);
	jw_close(w);
}

static void json_answer(const struct call *c, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_c(&w, "id", c->req->id);
	jw_c(&w, "object", "chat.completion");
	jw_int(&w, "created", created_s(c));
	jw_str(&w, "model", c->model_asked);
	jw_open_array(&w, "choices");
	jw_open_object(&w, NULL);
	jw_int(&w, "index", 0);
	add_message(&w, c);
	jw_null(&w, "logprobs");
	jw_c(&w, "finish_reason", finish_name(c->finish));
	jw_close(&w);
	jw_close(&w);
	add_usage(&w, "usage", c);
	jw_close(&w);
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	problem_json(c->req, err, out);
}

/* Streamed ------------------------------------------------------------ */

static void chunk_open(const struct call *c, struct buf *out)
{
	const struct state *const s = c->encoder_state;

	buf_add_str(out, buf_str(&s->head));
}

static void stream_begin(const struct call *c, struct buf *out)
{
	struct state *const s = c->encoder_state;
	struct jw w;

	buf_add_c(&s->head, "data: ");
	jw_init(&w, &s->head);
	jw_open_object(&w, NULL);
	jw_c(&w, "id", c->req->id);
	jw_c(&w, "object", "chat.completion.chunk");
	jw_int(&w, "created", created_s(c));
	jw_str(&w, "model", c->model_asked);
	chunk_open(c, out);
	buf_add_c(out, ",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
		       "\"assistant\",\"content\":\"\"},\"finish_reason\":"
		       "null}]}\n\n");
}

static void stream_delta(const struct call *c, struct str text, struct buf *out)
{
	chunk_open(c, out);
	buf_add_str(out, STR(",\"choices\":[{\"index\":0,\"delta\":{"
			     "\"content\":"));
	json_quote(out, text);
	buf_add_str(out, STR("},\"finish_reason\":null}]}\n\n"));
}

static void stream_tool(const struct call *c, const struct llm_event *ev,
			struct buf *out)
{
	chunk_open(c, out);
	buf_addf(out,
		 ",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{"
		 "\"index\":%zu,",
		 ev->tool_index);
	if (ev->tool_name.n > 0) {
		buf_add_c(out, "\"id\":");
		api_add_tool_id(out, c, "call", ev->tool_id, ev->tool_index);
		buf_add_c(out, ",\"type\":\"function\",\"function\":{"
			       "\"name\":");
		json_quote(out, ev->tool_name);
		buf_add_c(out, ",\"arguments\":");
	} else {
		buf_add_c(out, "\"function\":{\"arguments\":");
	}
	json_quote(out, ev->text);
	buf_add_c(out, "}}]},\"finish_reason\":null}]}\n\n");
}

static void stream_end(const struct call *c, struct buf *out)
{
	const struct state *const s = c->encoder_state;
	struct jw w;

	chunk_open(c, out);
	buf_addf(out,
		 ",\"choices\":[{\"index\":0,\"delta\":{},"
		 "\"finish_reason\":\"%s\"}]}\n\n",
		 finish_name(c->finish));
	if (s->usage) {
		chunk_open(c, out);
		buf_add_c(out, ",\"choices\":[],\"usage\":");
		jw_init(&w, out);
		add_usage(&w, NULL, c);
		buf_add_c(out, "}\n\n");
	}
	api_add_trailer(out, c);
	buf_add_c(out, "data: [DONE]\n\n");
}

static void stream_error(const struct call *c, enum err err, struct buf *out)
{
	struct jw w;

	buf_add_c(out, "data: ");
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	problem_openai_member(&w, c->req, err);
	jw_c(&w, "request_id", c->req->id);
	jw_close(&w);
	buf_add_c(out, "\n\n");
}

static const struct encoder encoder_json = {
	.content_type = "application/json",
	.problem_type = PROBLEM_TYPE,
	.answer = json_answer,
	.problem = problem,
};

static const struct encoder encoder_stream = {
	.content_type = "text/event-stream",
	.problem_type = PROBLEM_TYPE,
	.stream = true,
	.begin = stream_begin,
	.delta = stream_delta,
	.tool_delta = stream_tool,
	.end = stream_end,
	.error = stream_error,
	.problem = problem,
};

void openai_encode_with(struct call *c, bool stream, bool usage)
{
	struct state *const s = ARENA_NEW(&c->req->arena, struct state);

	s->usage = usage;
	buf_init(&s->head, &c->req->arena, HEAD_BYTES + 6 * c->model_asked.n);
	c->encoder_state = s;
	c->encoder = stream ? &encoder_stream : &encoder_json;
}
