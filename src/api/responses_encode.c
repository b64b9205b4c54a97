/*
 * Encoders of Responses: one object, or a stream of named, numbered events.
 *
 *	response.created  response.in_progress
 *	( output_item.added … deltas … output_item.done )*
 *	response.completed | response.incomplete | error response.failed
 *
 * The last events repeat the whole answer four times, so its text is kept
 * beside its way to the client, as the JSON that was written once.  An item of
 * text ends when a tool is called; tools end at the end, because providers may
 * write several at a time.
 */
#include "api/responses.h"

#include "api/encode.h"
#include "base/clock.h"
#include "http/problem.h"
#include "http/req.h"
#include "llm/call.h"

#define MAX_ITEMS      (2 * CALL_MAX_TOOLS + 1)
#define MAX_TEXT_BYTES ((size_t)8 * 1024 * 1024)
#define DELTA_BYTES    ((size_t)256)
#define NO_ITEM        SIZE_MAX

struct item {
	bool is_tool;
	bool done;
	size_t tool_index;
	struct str call_id; /* JSON */
	struct str name;
	struct buf quoted; /* text or arguments: JSON without its quotes */
};

struct state {
	int64_t sequence;
	size_t nitems;
	size_t text;      /* the open item of text … */
	struct buf delta; /* … and what its pieces have in common */
	size_t tool[CALL_MAX_TOOLS]; /* the item of each tool call */
	struct item items[MAX_ITEMS];
};

/* The whole object ---------------------------------------------------- */

static void add_usage(struct jw *w, const struct call *c)
{
	const struct ledger_usage *const u = &c->settle.usage;
	const int64_t input = api_input_tokens(u);

	jw_open_object(w, "usage");
	jw_int(w, "input_tokens", input);
	jw_open_object(w, "input_tokens_details");
	jw_int(w, "cached_tokens", u->cache_read_tokens);
	jw_close(w);
	jw_int(w, "output_tokens", u->output_tokens);
	jw_open_object(w, "output_tokens_details");
	jw_int(w, "reasoning_tokens", u->reasoning_tokens);
	jw_close(w);
	jw_int(w, "total_tokens", input + u->output_tokens);
	jw_close(w);
}

static void add_item_id(struct jw *w, const char *name, const struct call *c,
			const struct item *item, size_t index)
{
	struct buf id;

	buf_init(&id, &c->req->arena, API_ID_BYTES);
	buf_addf(&id, "%s_%s_%zu", item->is_tool ? "fc" : "msg", c->req->id,
		 index);
	jw_str(w, name, buf_str(&id));
}

static void add_quoted(struct jw *w, const char *name, struct str quoted)
{
	jw_raw(w, name, STR("\""));
	buf_add_str(w->out, quoted);
	buf_add_char(w->out, '"');
}

static void add_text_part(struct jw *w, const char *name, struct str quoted)
{
	jw_open_object(w, name);
	jw_c(w, "type", "output_text");
	add_quoted(w, "text", quoted);
	jw_open_array(w, "annotations");
	jw_close(w);
	jw_open_array(w, "logprobs");
	jw_close(w);
	jw_close(w);
}

/* begun: it is only announced, so it is empty. */
static void add_item(struct jw *w, const char *name, const struct call *c,
		     size_t index, bool begun)
{
	const struct state *const s = c->encoder_state;
	const struct item *const item = &s->items[index];

	jw_open_object(w, name);
	add_item_id(w, "id", c, item, index);
	jw_c(w, "status", begun ? "in_progress" : "completed");
	if (item->is_tool) {
		jw_c(w, "type", "function_call");
		jw_raw(w, "call_id", item->call_id);
		jw_str(w, "name", item->name);
		add_quoted(w, "arguments",
			   begun ? STR("") : buf_str(&item->quoted));
	} else {
		jw_c(w, "type", "message");
		jw_c(w, "role", "assistant");
		jw_open_array(w, "content");
		if (!begun)
			add_text_part(w, NULL, buf_str(&item->quoted));
		jw_close(w);
	}
	jw_close(w);
}

static const char *status_of(const struct call *c)
{
	return c->finish == LLM_FINISH_LENGTH || c->finish == LLM_FINISH_FILTER
		       ? "incomplete"
		       : "completed";
}

static void add_incomplete(struct jw *w, const struct call *c, bool ended)
{
	if (!ended || (c->finish != LLM_FINISH_LENGTH &&
		       c->finish != LLM_FINISH_FILTER)) {
		jw_null(w, "incomplete_details");
		return;
	}
	jw_open_object(w, "incomplete_details");
	jw_c(w, "reason",
	     c->finish == LLM_FINISH_LENGTH ? "max_output_tokens"
					    : "content_filter");
	jw_close(w);
}

/* What was asked for, as far as clients look at it. */
static void add_request(struct jw *w, const struct call *c)
{
	jw_null(w, "instructions");
	jw_null(w, "max_output_tokens");
	jw_null(w, "previous_response_id");
	jw_bool(w, "parallel_tool_calls", !c->llm.one_tool_at_a_time);
	jw_bool(w, "store", false);
	jw_null(w, "temperature");
	jw_null(w, "top_p");
	jw_c(w, "tool_choice", "auto");
	jw_open_array(w, "tools");
	jw_close(w);
	jw_open_object(w, "metadata");
	jw_close(w);
}

/* ended: with output and usage; err: why it failed, or ERR_OK. */
static void add_response(struct jw *w, const char *name, const struct call *c,
			 bool ended, enum err err)
{
	const struct state *const s = c->encoder_state;

	jw_open_object(w, name);
	jw_c(w, "id", c->req->id);
	jw_c(w, "object", "response");
	jw_int(w, "created_at", clock_wall_ms() / 1000);
	jw_str(w, "model", c->model_asked);
	jw_c(w, "status",
	     err != ERR_OK ? "failed"
	     : ended       ? status_of(c)
			   : "in_progress");
	if (err == ERR_OK)
		jw_null(w, "error");
	else
		problem_openai_member(w, c->req, err);
	add_incomplete(w, c, ended && err == ERR_OK);
	add_request(w, c);
	jw_open_array(w, "output");
	for (size_t i = 0; i < s->nitems && ended; i++)
		add_item(w, NULL, c, i, false);
	jw_close(w);
	if (ended)
		add_usage(w, c);
	else
		jw_null(w, "usage");
	jw_close(w);
}

/* Items --------------------------------------------------------------- */

static struct item *item_new(const struct call *c, bool is_tool)
{
	struct state *const s = c->encoder_state;
	struct item *const item = &s->items[s->nitems++];

	item->is_tool = is_tool;
	buf_init(&item->quoted, &c->req->arena, MAX_TEXT_BYTES);
	return item;
}

/* A piece of item goes to out as JSON, and is kept as it stands there. */
static void add_piece(struct item *item, struct str text, struct buf *out)
{
	const size_t from = out->n + 1;

	json_quote(out, text);
	if (buf_err(out) == ERR_OK)
		buf_add(&item->quoted, out->p + from, out->n - 1 - from);
}

static void item_name(const struct call *c, struct item *item, size_t index,
		      struct str id, struct str name)
{
	struct buf call_id;

	buf_init(&call_id, &c->req->arena, id.n * 6 + API_ID_BYTES);
	api_add_tool_id(&call_id, c, "call", id, index);
	item->call_id = buf_str(&call_id);
	item->name = (struct str){str_dup(&c->req->arena, name), name.n};
	item->tool_index = index;
}

static void keep(const struct call *c, struct item *item, struct str text)
{
	struct buf unused;

	buf_init(&unused, &c->req->arena, MAX_TEXT_BYTES);
	add_piece(item, text, &unused);
}

static void json_answer(const struct call *c, struct buf *out)
{
	struct jw w;

	if (c->answer.n > 0 || c->ntools == 0)
		keep(c, item_new(c, false), buf_str(&c->answer));
	for (size_t i = 0; i < c->ntools; i++) {
		struct item *const item = item_new(c, true);
		item_name(c, item, i, c->tools[i].id, c->tools[i].name);
		keep(c, item, buf_str(&c->tools[i].arguments));
	}
	jw_init(&w, out);
	add_response(&w, NULL, c, true, ERR_OK);
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	problem_json(c->req, err, out);
}

/* Events -------------------------------------------------------------- */

static void event_open(struct jw *w, const struct call *c, struct buf *out,
		       const char *type)
{
	struct state *const s = c->encoder_state;

	buf_addf(out, "event: %s\ndata: ", type);
	jw_init(w, out);
	jw_open_object(w, NULL);
	jw_c(w, "type", type);
	jw_int(w, "sequence_number", s->sequence++);
}

static void event_close(struct jw *w, struct buf *out)
{
	jw_close(w);
	buf_add_c(out, "\n\n");
}

/* An event about an item: where it is, and what about it. */
static void item_event(struct jw *w, const struct call *c, struct buf *out,
		       const char *type, size_t index)
{
	const struct state *const s = c->encoder_state;

	event_open(w, c, out, type);
	add_item_id(w, "item_id", c, &s->items[index], index);
	jw_int(w, "output_index", (int64_t)index);
	if (!s->items[index].is_tool)
		jw_int(w, "content_index", 0);
}

static void item_added(const struct call *c, size_t index, struct buf *out)
{
	const struct state *const s = c->encoder_state;
	struct jw w;

	event_open(&w, c, out, "response.output_item.added");
	jw_int(&w, "output_index", (int64_t)index);
	add_item(&w, "item", c, index, true);
	event_close(&w, out);
	if (s->items[index].is_tool)
		return;
	item_event(&w, c, out, "response.content_part.added", index);
	add_text_part(&w, "part", STR(""));
	event_close(&w, out);
}

static void item_done(const struct call *c, size_t index, struct buf *out)
{
	struct state *const s = c->encoder_state;
	struct item *const item = &s->items[index];
	const struct str text = buf_str(&item->quoted);
	struct jw w;

	item->done = true;
	if (item->is_tool) {
		item_event(&w, c, out, "response.function_call_arguments.done",
			   index);
		jw_str(&w, "name", item->name);
		add_quoted(&w, "arguments", text);
	} else {
		item_event(&w, c, out, "response.output_text.done", index);
		add_quoted(&w, "text", text);
		jw_open_array(&w, "logprobs");
		jw_close(&w);
		event_close(&w, out);
		item_event(&w, c, out, "response.content_part.done", index);
		add_text_part(&w, "part", text);
	}
	event_close(&w, out);
	event_open(&w, c, out, "response.output_item.done");
	jw_int(&w, "output_index", (int64_t)index);
	add_item(&w, "item", c, index, false);
	event_close(&w, out);
}

static void stream_begin(const struct call *c, struct buf *out)
{
	static const char *const types[] = {"response.created",
					    "response.in_progress"};
	struct jw w;

	for (size_t i = 0; i < 2; i++) {
		event_open(&w, c, out, types[i]);
		add_response(&w, "response", c, false, ERR_OK);
		event_close(&w, out);
	}
}

static void stream_delta(const struct call *c, struct str text, struct buf *out)
{
	struct state *const s = c->encoder_state;

	if (s->text == NO_ITEM) {
		if (s->nitems == MAX_ITEMS)
			return;
		s->text = s->nitems;
		(void)item_new(c, false);
		item_added(c, s->text, out);
		buf_reset(&s->delta);
		buf_addf(&s->delta,
			 ",\"item_id\":\"msg_%s_%zu\",\"output_index\":%zu,"
			 "\"content_index\":0,\"logprobs\":[],\"delta\":",
			 c->req->id, s->text, s->text);
	}
	buf_add_str(out, STR("event: response.output_text.delta\ndata: {"
			     "\"type\":\"response.output_text.delta\","
			     "\"sequence_number\":"));
	buf_add_i64(out, s->sequence++);
	buf_add_str(out, buf_str(&s->delta));
	add_piece(&s->items[s->text], text, out);
	buf_add_str(out, STR("}\n\n"));
}

static void text_done(const struct call *c, struct buf *out)
{
	struct state *const s = c->encoder_state;

	if (s->text != NO_ITEM)
		item_done(c, s->text, out);
	s->text = NO_ITEM;
}

static void stream_tool(const struct call *c, const struct llm_event *ev,
			struct buf *out)
{
	struct state *const s = c->encoder_state;
	struct jw w;

	if (ev->tool_index >= CALL_MAX_TOOLS)
		return;
	size_t *const index = &s->tool[ev->tool_index];
	if (*index == NO_ITEM) {
		if (s->nitems == MAX_ITEMS)
			return;
		text_done(c, out);
		*index = s->nitems;
		item_name(c, item_new(c, true), ev->tool_index, ev->tool_id,
			  ev->tool_name);
		item_added(c, *index, out);
	}
	if (ev->text.n == 0)
		return;
	item_event(&w, c, out, "response.function_call_arguments.delta",
		   *index);
	jw_raw(&w, "delta", STR(""));
	add_piece(&s->items[*index], ev->text, out);
	event_close(&w, out);
}

static void stream_end(const struct call *c, struct buf *out)
{
	const struct state *const s = c->encoder_state;
	const bool whole = status_of(c)[0] == 'c';
	struct jw w;

	text_done(c, out);
	for (size_t i = 0; i < s->nitems; i++)
		if (!s->items[i].done)
			item_done(c, i, out);
	api_add_trailer(out, c);
	event_open(&w, c, out,
		   whole ? "response.completed" : "response.incomplete");
	add_response(&w, "response", c, true, ERR_OK);
	event_close(&w, out);
}

static void stream_error(const struct call *c, enum err err, struct buf *out)
{
	struct jw w;

	event_open(&w, c, out, "error");
	jw_c(&w, "code", err_entry(err)->code);
	jw_c(&w, "message", problem_sentence(c->req, err));
	jw_null(&w, "param");
	problem_openai_member(&w, c->req, err);
	event_close(&w, out);
	event_open(&w, c, out, "response.failed");
	add_response(&w, "response", c, true, err);
	event_close(&w, out);
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

void responses_encode_with(struct call *c, bool stream)
{
	struct state *const s = ARENA_NEW(&c->req->arena, struct state);

	s->text = NO_ITEM;
	buf_init(&s->delta, &c->req->arena, DELTA_BYTES);
	for (size_t i = 0; i < CALL_MAX_TOOLS; i++)
		s->tool[i] = NO_ITEM;
	c->encoder_state = s;
	c->encoder = stream ? &encoder_stream : &encoder_json;
}
