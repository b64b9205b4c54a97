/*
 * Reads the answers of OpenAI-compatible servers: a stream of chunk objects,
 * or one chat.completion object from servers that do not stream.  The first
 * byte that is not white space tells which; anything else is garbage.
 *
 *	UNKNOWN -> SSE	chunks, [DONE]
 *	        -> JSON	collected, read at the end
 *
 * Real servers repeat the role, leave fields out, send null for empty, give
 * every tool call the index 0, send usage in a chunk of its own or with the
 * last text, and forget [DONE]; all that is taken.  Text that is not JSON is
 * not: a proxy on the way has put it there, and the answer is worthless.
 */
#include "llm/openai_read.h"

#include "base/arena.h"
#include "base/container.h"
#include "llm/classify.h"
#include "llm/mould.h"
#include "llm/provider.h"
#include "llm/sse.h"
#include "llm/stream.h"
#include "json/json.h"

#include <string.h>

#define MAX_TOOLS         ((size_t)64)
#define MAX_TOOL_ID_BYTES ((size_t)256)
#define BODY_BYTES        ((size_t)2 * 1024 * 1024) /* of a JSON answer */
/* Ceilings of the two arenas; what fills them is bounded far below. */
#define KEEP_BYTES  ((size_t)16 * 1024 * 1024)
#define EVENT_BYTES ((size_t)64 * 1024 * 1024)

enum openai_mode { OPENAI_UNKNOWN, OPENAI_SSE, OPENAI_JSON };

struct openai_tool {
	struct str id;
	int64_t wire_index;
	bool named;
};

struct openai_stream {
	struct provider_stream base;
	enum openai_mode mode;
	struct arena keep;  /* what is cut off, tool ids */
	struct arena event; /* cleared after each event */
	struct sse sse;
	struct buf body; /* OPENAI_JSON */
	bool got_bytes;
	bool at_end;   /* what comes now may be cut short */
	bool finished; /* a finish_reason was seen */
	enum llm_finish finish;
	struct openai_tool *tools;
	size_t ntools;
	struct mould mould;
	struct str said; /* the latest text, while its event is read */
};

/* Usage --------------------------------------------------------------- */

#define MAX_TOKENS INT64_C(1000000000) /* above it is no count, but a fault */

static bool read_count(struct json v, const char *name, int64_t *out)
{
	const struct json member = json_get(v, name);
	const int64_t n = json_i64(member);

	if (json_type(member) != JSON_INT || n < 0 || n > MAX_TOKENS)
		return false;
	*out = n;
	return true;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * prompt_tokens includes what came from and went into the cache.
 * completion_tokens includes reasoning at OpenAI; xAI and Google leave it out
 * there and count it in total_tokens only, so the total decides.
 *
 * Returns false when v does not say what was used.
 */
static bool read_usage(struct json v, struct ledger_usage *u)
{
	const struct json in = json_get(v, "prompt_tokens_details");
	const struct json out = json_get(v, "completion_tokens_details");
	int64_t prompt = 0;
	int64_t completion = 0;
	int64_t total = 0;
	int64_t cached = 0;
	int64_t written = 0;
	int64_t reasoning = 0;

	memset(u, 0, sizeof(*u));
	if (!read_count(v, "prompt_tokens", &prompt))
		return false;
	const bool has_total = read_count(v, "total_tokens", &total);
	if (!read_count(v, "completion_tokens", &completion) && !has_total)
		return false;
	if (!read_count(in, "cached_tokens", &cached))
		(void)read_count(v, "prompt_cache_hit_tokens", &cached);
	(void)read_count(in, "cache_write_tokens", &written);
	(void)read_count(out, "reasoning_tokens", &reasoning);
	u->cache_read_tokens = smaller(cached, prompt);
	u->cache_write_tokens = smaller(written, prompt - u->cache_read_tokens);
	u->input_tokens = prompt - u->cache_read_tokens - u->cache_write_tokens;
	if (total > prompt + completion)
		completion = total - prompt;
	else if (reasoning > completion)
		completion += reasoning;
	u->output_tokens = completion;
	u->reasoning_tokens = smaller(reasoning, completion);
	return true;
}

/* Tool calls ---------------------------------------------------------- */

/*
 * Which call a piece belongs to: the one with its id, else the latest with
 * its index, else a new one.  NULL when there are too many.
 */
static struct openai_tool *find_tool(struct openai_stream *o, struct str id,
				     int64_t wire_index)
{
	for (size_t i = o->ntools; i > 0; i--) {
		struct openai_tool *const t = &o->tools[i - 1];
		if (id.n > 0 ? str_eq(t->id, id) : t->wire_index == wire_index)
			return t;
	}
	if (o->ntools == MAX_TOOLS || id.n > MAX_TOOL_ID_BYTES)
		return NULL;
	if (o->tools == NULL)
		o->tools = ARENA_ARRAY(&o->keep, MAX_TOOLS, struct openai_tool);
	struct openai_tool *const t = &o->tools[o->ntools++];
	t->id = (struct str){str_dup(&o->keep, id), id.n};
	t->wire_index = wire_index;
	return t;
}

static void read_tool(struct openai_stream *o, struct json piece, size_t i)
{
	const struct json function = json_get(piece, "function");
	const struct json index = json_get(piece, "index");
	const struct json arguments = json_get(function, "arguments");
	struct str id = json_str(json_get(piece, "id"));
	struct str name = json_str(json_get(function, "name"));
	struct str text = json_str(arguments);
	const size_t known = o->ntools;

	struct openai_tool *const t = find_tool(
		o, id,
		json_type(index) == JSON_INT ? json_i64(index) : (int64_t)i);
	if (t == NULL) {
		stream_error(&o->base, ERR_UPSTREAM,
			     "too many tool calls, or an id too long");
		return;
	}
	if (o->ntools == known)
		id = STR_NONE;
	if (t->named)
		name = STR_NONE;
	t->named = t->named || name.n > 0;
	if (json_type(arguments) == JSON_OBJECT)
		text = json_text(arguments);
	stream_tool(&o->base, (size_t)(t - o->tools), id, name, text);
}

static void read_tools(struct openai_stream *o, struct json tools)
{
	for (size_t i = 0; i < json_count(tools); i++)
		read_tool(o, json_at(tools, i), i);
}

/* Chunks -------------------------------------------------------------- */

static void read_finish(struct openai_stream *o, struct str reason)
{
	static const struct {
		const char *name;
		enum llm_finish finish;
	} reasons[] = {
		{"length", LLM_FINISH_LENGTH},
		{"max_tokens", LLM_FINISH_LENGTH},
		{"tool_calls", LLM_FINISH_TOOL},
		{"function_call", LLM_FINISH_TOOL},
		{"content_filter", LLM_FINISH_FILTER},
	};

	if (reason.n == 0)
		return;
	if (str_eq_c(reason, "error")) {
		stream_error(&o->base, ERR_UPSTREAM, "finish_reason \"error\"");
		return;
	}
	o->finished = true;
	o->finish = o->ntools > 0 ? LLM_FINISH_TOOL : LLM_FINISH_STOP;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_eq_c(reason, reasons[i].name))
			o->finish = reasons[i].finish;
}

/* content: a string, or at Mistral an array of parts. */
static void read_content(struct openai_stream *o, struct json content)
{
	o->said = json_str(content);
	stream_delta(&o->base, o->said);
	if (json_type(content) != JSON_ARRAY)
		return;
	for (size_t i = 0; i < json_count(content); i++)
		stream_delta(&o->base,
			     json_str(json_get(json_at(content, i), "text")));
}

/* One choice: of a chunk with "delta", of a whole answer with "message". */
static void read_choice(struct openai_stream *o, struct json choice)
{
	struct json said = json_get(choice, "delta");

	if (json_i64(json_get(choice, "index")) != 0)
		return;
	if (json_type(said) != JSON_OBJECT)
		said = json_get(choice, "message");
	read_content(o, json_get(said, "content"));
	/* a refusal is what the person is told, so it is text */
	stream_delta(&o->base, json_str(json_get(said, "refusal")));
	read_tools(o, json_get(said, "tool_calls"));
	read_finish(o, json_str(json_get(choice, "finish_reason")));
}

static void fail_with(struct openai_stream *o, const struct provider_error *pe)
{
	stream_error(&o->base, provider_error_class(200, pe),
		     provider_error_text(&o->event, pe));
}

/*
 * A chunk or a whole answer.  Objects that are neither (a proxy's ping) are
 * skipped.  Returns false when it was neither, nor an error.
 */
static bool read_object(struct openai_stream *o, struct json root)
{
	const struct json choices = json_get(root, "choices");
	const struct json usage = json_get(root, "usage");
	struct provider_error pe;
	struct ledger_usage used;

	if (provider_error_find(root, false, &pe)) {
		fail_with(o, &pe);
		return true;
	}
	if (choices.node != NULL && json_type(choices) != JSON_ARRAY) {
		stream_error(&o->base, ERR_UPSTREAM,
			     "\"choices\" is not an array");
		return true;
	}
	if (choices.node == NULL && json_type(usage) != JSON_OBJECT)
		return false;
	stream_start(&o->base);
	for (size_t i = 0; i < json_count(choices); i++)
		read_choice(o, json_at(choices, i));
	if (read_usage(usage, &used))
		stream_usage(&o->base, &used);
	return true;
}

static void read_named_error(struct openai_stream *o, struct json root)
{
	struct provider_error pe;

	if (!provider_error_find(root, true, &pe))
		memset(&pe, 0, sizeof(pe));
	fail_with(o, &pe);
}

/* A chunk, parsed; when it said a piece of text only, the next is compared. */
static void read_chunk(struct openai_stream *o, struct str data,
		       struct json root)
{
	const size_t events = o->base.nevents;
	const bool started = o->base.started;

	o->said = STR_NONE;
	(void)read_object(o, root);
	if (started && o->base.nevents == events + 1 && !o->finished)
		mould_learn(&o->mould, data, o->said);
}

static void parse_event(struct openai_stream *o, struct str name,
			struct str data)
{
	struct errbuf e = {.code = ERR_OK};
	struct json root;

	const enum err err = json_parse(&o->event, data, &root, &e);
	if (err == ERR_OK && str_eq_c(name, "error"))
		read_named_error(o, root);
	else if (err == ERR_OK && json_type(root) == JSON_OBJECT)
		read_chunk(o, data, root);
	else if (!o->at_end)
		stream_error(&o->base, ERR_UPSTREAM,
			     e.code != ERR_OK ? e.detail : "not a JSON object");
	arena_clear(&o->event);
}

static void read_event(void *arg, struct str name, struct str data)
{
	struct openai_stream *const o = arg;
	struct str text = STR_NONE;

	data = str_trim(data);
	if (o->base.ended || data.n == 0)
		return;
	if (name.n == 0 && mould_match(&o->mould, data, &text))
		stream_delta(&o->base, text);
	else if (str_starts(data, STR("[DONE]")))
		stream_done(&o->base, o->finish);
	else
		parse_event(o, name, data);
}

/* The stream ---------------------------------------------------------- */

static void release(void *arg)
{
	struct openai_stream *const o = arg;

	arena_release(&o->event);
	arena_release(&o->keep);
}

struct provider_stream *openai_stream_new(struct arena *a,
					  struct llm_sink *sink)
{
	struct openai_stream *const o = ARENA_NEW(a, struct openai_stream);

	o->base.sink = sink;
	o->finish = LLM_FINISH_STOP;
	arena_init(&o->keep, KEEP_BYTES);
	arena_init(&o->event, EVENT_BYTES);
	sse_init(&o->sse, &o->keep, read_event, o);
	buf_init(&o->body, &o->keep, BODY_BYTES);
	mould_init(&o->mould, &o->keep);
	arena_defer(a, release, o);
	return &o->base;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\xEF' ||
	       c == '\xBB' || c == '\xBF';
}

/* Find out what this body is, by its first byte that is not blank. */
static struct str choose_mode(struct openai_stream *o, struct str bytes)
{
	while (bytes.n > 0 && is_blank(bytes.p[0]))
		bytes = (struct str){bytes.p + 1, bytes.n - 1};
	if (bytes.n == 0)
		return bytes;
	if (bytes.p[0] == '{' || bytes.p[0] == '[')
		o->mode = OPENAI_JSON;
	else
		o->mode = OPENAI_SSE;
	if (bytes.p[0] == '<')
		stream_error(&o->base, ERR_UPSTREAM,
			     "garbage: a page instead of an event stream");
	return bytes;
}

void openai_feed(struct provider_stream *s, struct str bytes)
{
	struct openai_stream *const o =
		CONTAINER_OF(s, struct openai_stream, base);
	enum err err = ERR_OK;

	o->got_bytes = o->got_bytes || bytes.n > 0;
	if (o->mode == OPENAI_UNKNOWN)
		bytes = choose_mode(o, bytes);
	if (s->ended || bytes.n == 0)
		return;
	if (o->mode == OPENAI_JSON) {
		buf_add_str(&o->body, bytes);
		err = buf_err(&o->body);
	} else {
		err = sse_feed(&o->sse, bytes);
	}
	if (err != ERR_OK)
		stream_error(s, ERR_UPSTREAM, "a frame over the ceiling");
}

static void finish_json(struct openai_stream *o)
{
	struct errbuf e = {.code = ERR_OK};
	struct json root;

	if (json_parse(&o->event, buf_str(&o->body), &root, &e) != ERR_OK)
		stream_error(&o->base, ERR_UPSTREAM, e.detail);
	else if (!read_object(o, root))
		stream_error(&o->base, ERR_UPSTREAM,
			     "garbage: JSON, but not an answer");
	else if (o->base.started)
		stream_done(&o->base, o->finish);
	arena_clear(&o->event);
}

void openai_finish(struct provider_stream *s)
{
	struct openai_stream *const o =
		CONTAINER_OF(s, struct openai_stream, base);

	o->at_end = true;
	if (o->mode == OPENAI_JSON && !s->ended)
		finish_json(o);
	else
		sse_finish(&o->sse);
	if (o->finished)
		stream_done(s, o->finish);
	else if (o->got_bytes && o->sse.nfields == 0)
		stream_error(s, ERR_UPSTREAM, "garbage: not an event stream");
	else
		stream_error(s, ERR_UPSTREAM_CUT,
			     o->got_bytes ? "the stream ended before its end"
					  : "an empty answer");
}
