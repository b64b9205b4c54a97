/*
 * Slipway's own dialect: decoder of /chat and /chat/stream, and the two
 * encoders, JSON and SSE.
 */
#include "llm/slipway.h"

#include "base/num.h"
#include "http/problem.h"
#include "llm/app.h"
#include "llm/call.h"
#include "llm/follow.h"
#include "llm/resume.h"
#include "json/json.h"

#include <string.h>

#define MAX_OUTPUT_TOKENS INT64_C(1000000)

/* Decoding ----------------------------------------------------------- */

static enum err check_text(struct call *c, const char *where, struct str text)
{
	const struct conf_server *const s = &c->app->conf->server;

	if (str_trim(text).n == 0)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"%s\" is empty", where);
	if ((int64_t)text.n > s->max_message_bytes)
		return err_set(&c->req->err, ERR_TOO_LARGE,
			       "\"%s\" is longer than %lld bytes", where,
			       (long long)s->max_message_bytes);
	return ERR_OK;
}

static enum err decode_role(struct req *req, struct json m, enum llm_role *role)
{
	struct str name = STR("user");

	ERR_TRY(json_get_str(m, "role", &name, &req->err));
	if (str_eq_c(name, "user"))
		*role = LLM_USER;
	else if (str_eq_c(name, "assistant"))
		*role = LLM_ASSISTANT;
	else
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "\"role\" must be \"user\" or \"assistant\"");
	return ERR_OK;
}

enum err slipway_messages(struct call *c, struct json list, size_t room)
{
	const size_t n = json_count(list);
	const int64_t max = c->app->conf->server.max_messages;

	if (json_type(list) != JSON_ARRAY || n == 0)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"messages\" must be a list of "
			       "{\"role\", \"content\"}");
	if ((int64_t)(n + room) > max)
		return err_set(&c->req->err, ERR_TOO_LARGE,
			       "\"messages\" has more than %lld entries",
			       (long long)max);
	c->messages = ARENA_ARRAY(&c->req->arena, n + room, struct llm_message);
	c->nmessages = n;
	for (size_t i = 0; i < n; i++) {
		const struct json m = json_at(list, i);
		struct llm_message *const out = &c->messages[i];
		if (json_type(m) != JSON_OBJECT)
			return err_set(&c->req->err, ERR_INVALID_REQUEST,
				       "\"messages\"[%zu] must be an object",
				       i);
		ERR_TRY(decode_role(c->req, m, &out->role));
		ERR_TRY(json_get_str(m, "content", &out->text, &c->req->err));
		ERR_TRY(check_text(c, "content", out->text));
	}
	return ERR_OK;
}

static enum err decode_messages(struct call *c, struct json list)
{
	ERR_TRY(slipway_messages(c, list, 0));
	if (c->messages[c->nmessages - 1].role != LLM_USER)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "the last of \"messages\" must have the role "
			       "\"user\"");
	return ERR_OK;
}

static enum err decode_message(struct call *c, struct json body)
{
	const struct json list = json_get(body, "messages");
	struct str text = STR_NONE;

	ERR_TRY(json_get_str(body, "message", &text, &c->req->err));
	if (json_type(list) != JSON_NULL && text.p != NULL)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "give \"message\" or \"messages\", not both");
	if (json_type(list) != JSON_NULL)
		return decode_messages(c, list);
	if (text.p == NULL)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"message\" is missing");
	ERR_TRY(check_text(c, "message", text));
	c->messages = ARENA_NEW(&c->req->arena, struct llm_message);
	c->messages[0] = (struct llm_message){.role = LLM_USER, .text = text};
	c->nmessages = 1;
	return ERR_OK;
}

/*
 * Decode req->body into a new call in req's arena.  stream: what to do when
 * the body does not say.
 */
static enum err decode(struct req *req, void *app, bool stream,
		       struct call **out)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);
	struct errbuf *const e = &req->err;
	struct json body;

	c->req = req;
	c->app = app;
	ERR_TRY(call_identify(c));
	ERR_TRY(json_parse(&req->arena, req->body, &body, e));
	if (json_type(body) != JSON_OBJECT)
		return err_set(e, ERR_INVALID_REQUEST,
			       "the body must be a JSON object");
	ERR_TRY(decode_message(c, body));
	ERR_TRY(json_get_str(body, "feature", &c->feature_name, e));
	ERR_TRY(json_get_str(body, "model", &c->model_named, e));
	ERR_TRY(json_get_i64(body, "max_output_tokens", 1, MAX_OUTPUT_TOKENS,
			     &c->max_output_tokens, e));
	ERR_TRY(json_get_bool(body, "stream", &stream, e));
	ERR_TRY(json_get_bool(body, "resume", &c->wants_resume, e));
	slipway_encode_with(c, stream);
	*out = c;
	return ERR_OK;
}

static enum err handle(struct req *req, void *state, bool stream)
{
	struct call *c = NULL;

	ERR_TRY(decode(req, state, stream, &c));
	return call_run(c);
}

enum err slipway_chat(struct req *req, void *state)
{
	return handle(req, state, false);
}

enum err slipway_chat_stream(struct req *req, void *state)
{
	if (str_eq_c(req->method, "GET"))
		return follow_stream(req, state);
	if (str_eq_c(req->method, "DELETE"))
		return follow_stop(req, state);
	return handle(req, state, true);
}

/* Encoding ----------------------------------------------------------- */

static const char *finish_name(enum llm_finish f)
{
	switch (f) {
	case LLM_FINISH_LENGTH:
		return "length";
	case LLM_FINISH_TOOL:
		return "tool";
	case LLM_FINISH_FILTER:
		return "filter";
	case LLM_FINISH_STOP:
		break;
	}
	return "stop";
}

static void write_citations(struct jw *w, const struct call *c)
{
	jw_open_array(w, "citations");
	for (size_t i = 0; i < c->npassages; i++) {
		const struct docs_passage *const p = &c->passages[i];
		jw_open_object(w, NULL);
		jw_int(w, "n", (int64_t)i + 1);
		jw_str(w, "title", p->title);
		jw_str(w, "section", p->section);
		jw_str(w, "url", p->url);
		jw_str(w, "text", p->text);
		jw_close(w);
	}
	jw_close(w);
}

static void write_tokens(struct jw *w, const struct call *c)
{
	const struct ledger_usage *const u = &c->settle.usage;

	jw_int(w, "input_tokens",
	       u->input_tokens + u->cache_read_tokens + u->cache_write_tokens +
		       u->cache_write_1h_tokens);
	jw_int(w, "cached_tokens", u->cache_read_tokens);
	jw_int(w, "output_tokens", u->output_tokens);
	jw_int(w, "reasoning_tokens", u->reasoning_tokens);
}

static void write_cost(struct jw *w, const struct call *c)
{
	char usd[NUM_USD_BYTES];

	jw_c(w, "cost_usd", num_format_usd(c->settle.cost_pico, usd));
	jw_c(w, "basis", ledger_basis_name(c->settle.basis));
}

static void write_route(struct jw *w, const struct call *c)
{
	jw_c(w, "model_route", c->settle.model_route);
	jw_c(w, "finish_reason", finish_name(c->finish));
	jw_int(w, "fallback_tier", c->settle.fallback_tier);
	if (!c->degraded)
		return;
	jw_bool(w, "degraded", true);
	jw_c(w, "incident_id", c->req->id);
	jw_c(w, "status_url", "/status/");
	if (c->feature->passages > 0)
		jw_c(w, "search_url", "/docs/search");
}

static void json_answer(const struct call *c, struct buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "answer", buf_str(&c->answer));
	jw_c(&w, "request_id", c->req->id);
	jw_c(&w, "feature", c->feature->name);
	write_route(&w, c);
	write_citations(&w, c);
	jw_open_object(&w, "usage");
	write_tokens(&w, c);
	jw_close(&w);
	write_cost(&w, c);
	jw_close(&w);
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	problem_json(c->req, err, out);
}

static void frame_open(const struct call *c, struct jw *w, struct buf *out,
		       const char *event)
{
	resume_frame_id(c, out);
	buf_addf(out, "event: %s\ndata: ", event);
	jw_init(w, out);
	jw_open_object(w, NULL);
}

static void frame_close(struct jw *w, struct buf *out)
{
	jw_close(w);
	buf_add_c(out, "\n\n");
}

static void sse_begin(const struct call *c, struct buf *out)
{
	struct jw w;

	frame_open(c, &w, out, "start");
	jw_c(&w, "request_id", c->req->id);
	jw_c(&w, "feature", c->feature->name);
	frame_close(&w, out);
}

static void sse_delta(const struct call *c, struct str text, struct buf *out)
{
	resume_frame_id(c, out);
	buf_add_str(out, STR("data: {\"token\":"));
	json_quote(out, text);
	buf_add_str(out, STR("}\n\n"));
}

static void sse_notice(const struct call *c, struct str text, struct buf *out)
{
	struct jw w;

	frame_open(c, &w, out, "notice");
	jw_str(&w, "message", text);
	frame_close(&w, out);
}

static void sse_end(const struct call *c, struct buf *out)
{
	struct jw w;

	if (c->npassages > 0) {
		frame_open(c, &w, out, "citations");
		write_citations(&w, c);
		frame_close(&w, out);
	}
	frame_open(c, &w, out, "usage");
	write_tokens(&w, c);
	write_cost(&w, c);
	frame_close(&w, out);
	frame_open(c, &w, out, "done");
	jw_c(&w, "request_id", c->req->id);
	write_route(&w, c);
	frame_close(&w, out);
}

static void sse_error(const struct call *c, enum err err, struct buf *out)
{
	resume_frame_id(c, out);
	buf_add_c(out, "event: error\ndata: ");
	problem_json(c->req, err, out);
	buf_add_c(out, "\n\n");
}

static const struct encoder encoder_json = {
	.content_type = "application/json",
	.problem_type = PROBLEM_TYPE,
	.last_tier = true,
	.answer = json_answer,
	.problem = problem,
};

static const struct encoder encoder_sse = {
	.content_type = "text/event-stream",
	.problem_type = PROBLEM_TYPE,
	.stream = true,
	.last_tier = true,
	.begin = sse_begin,
	.delta = sse_delta,
	.notice = sse_notice,
	.end = sse_end,
	.error = sse_error,
	.problem = problem,
};

void slipway_encode_with(struct call *c, bool stream)
{
	c->encoder = stream ? &encoder_sse : &encoder_json;
}
