/*
 * Reads the answers of the Messages API: a stream of typed events that ends
 * with message_stop, or one message object.
 *
 *	message_start  ping?
 *	(content_block_start content_block_delta* content_block_stop)*
 *	message_delta message_stop
 *
 * message_start says how much went in, but of what comes out only a
 * placeholder, so usage is emitted when message_delta has told the rest: an
 * answer that is cut before has no usage.  A thought is a block like a text and
 * ends with its signature.  Unknown events, blocks and deltas (citations) are
 * skipped.
 */
#include "llm/anthropic_read.h"

#include "base/arena.h"
#include "base/container.h"
#include "base/num.h"
#include "llm/answer.h"
#include "llm/claude.h"
#include "llm/stream.h"
#include "json/json.h"

#include <string.h>

#define MAX_TOOLS ((size_t)64)

struct anthropic_stream {
	struct answer answer;
	struct ledger_usage usage;
	bool has_input;       /* usage says what went in */
	int64_t *tool_blocks; /* the index of each tool call's block */
	size_t ntools;
	bool json_tool; /* a block of CLAUDE_JSON_TOOL was begun */
	int64_t json_block;
};

/*
 * What went in; each event may give some of it, and the latest counts.
 * input_tokens is without the cache.  cache_creation tells the two kinds of
 * writes apart; cache_creation_input_tokens is their sum, and may be repeated
 * alone.
 */
static void read_input(struct anthropic_stream *s, struct json v)
{
	const struct json kinds = json_get(v, "cache_creation");
	struct ledger_usage *const u = &s->usage;
	int64_t written = 0;

	if (answer_tokens(v, "input_tokens", &u->input_tokens))
		s->has_input = true;
	(void)answer_tokens(v, "cache_read_input_tokens",
			    &u->cache_read_tokens);
	if (answer_tokens(v, "cache_creation_input_tokens", &written) &&
	    written != u->cache_write_tokens + u->cache_write_1h_tokens) {
		u->cache_write_tokens = written;
		u->cache_write_1h_tokens = 0;
	}
	if (answer_tokens(kinds, "ephemeral_1h_input_tokens",
			  &u->cache_write_1h_tokens))
		u->cache_write_tokens = 0;
	(void)answer_tokens(kinds, "ephemeral_5m_input_tokens",
			    &u->cache_write_tokens);
}

static void read_usage(struct anthropic_stream *s, struct json v)
{
	struct ledger_usage *const u = &s->usage;
	int64_t thought = 0;

	read_input(s, v);
	(void)answer_tokens(json_get(v, "output_tokens_details"),
			    "thinking_tokens", &thought);
	const bool told = answer_tokens(v, "output_tokens", &u->output_tokens);
	u->reasoning_tokens = num_min(thought, u->output_tokens);
	if (told && s->has_input)
		stream_usage(&s->answer.base, &s->usage);
}

static void read_stop(struct anthropic_stream *s, struct str reason)
{
	static const struct {
		const char *name;
		enum llm_finish finish;
	} reasons[] = {
		{"max_tokens", LLM_FINISH_LENGTH},
		{"model_context_window_exceeded", LLM_FINISH_LENGTH},
		{"tool_use", LLM_FINISH_TOOL},
		{"refusal", LLM_FINISH_FILTER},
	};
	enum llm_finish finish = LLM_FINISH_STOP;

	if (reason.n == 0)
		return;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_eq_c(reason, reasons[i].name))
			finish = reasons[i].finish;
	/* the call was the answer */
	if (finish == LLM_FINISH_TOOL && s->json_tool && s->ntools == 0)
		finish = LLM_FINISH_STOP;
	answer_stop(&s->answer, finish);
}

/* The answer as the arguments of a tool: text to the client. */
static void begin_json(struct anthropic_stream *s, struct json block,
		       int64_t index)
{
	const struct json input = json_get(block, "input");

	s->json_tool = true;
	s->json_block = index;
	if (json_count(input) > 0)
		stream_delta(&s->answer.base, json_text(input));
}

/* A tool call begins.  Some servers give its whole input here. */
static void read_tool(struct anthropic_stream *s, struct json block,
		      int64_t index)
{
	const struct json input = json_get(block, "input");
	struct str arguments = STR_NONE;

	if (s->ntools == MAX_TOOLS) {
		stream_error(&s->answer.base, ERR_UPSTREAM,
			     "too many tool calls");
		return;
	}
	if (s->tool_blocks == NULL)
		s->tool_blocks =
			ARENA_ARRAY(&s->answer.keep, MAX_TOOLS, int64_t);
	s->tool_blocks[s->ntools] = index;
	if (json_count(input) > 0)
		arguments = json_text(input);
	stream_tool(&s->answer.base, s->ntools++,
		    json_str(json_get(block, "id")),
		    json_str(json_get(block, "name")), arguments);
}

static void read_block(struct anthropic_stream *s, struct json block,
		       int64_t index)
{
	const struct str type = json_str(json_get(block, "type"));

	if (str_eq_c(type, "text"))
		answer_say(&s->answer, json_str(json_get(block, "text")));
	else if (str_eq_c(type, "thinking"))
		stream_thought(&s->answer.base, (size_t)index,
			       json_str(json_get(block, "thinking")),
			       json_str(json_get(block, "signature")), false);
	else if (str_eq_c(type, "redacted_thinking"))
		stream_thought(&s->answer.base, (size_t)index, STR_NONE,
			       json_str(json_get(block, "data")), true);
	else if (str_eq_c(type, "tool_use") &&
		 str_eq_c(json_str(json_get(block, "name")), CLAUDE_JSON_TOOL))
		begin_json(s, block, index);
	else if (str_eq_c(type, "tool_use"))
		read_tool(s, block, index);
}

static void read_arguments(struct anthropic_stream *s, int64_t index,
			   struct str piece)
{
	if (s->json_tool && index == s->json_block) {
		stream_delta(&s->answer.base, piece);
		return;
	}
	for (size_t i = s->ntools; i > 0; i--)
		if (s->tool_blocks[i - 1] == index) {
			stream_tool(&s->answer.base, i - 1, STR_NONE, STR_NONE,
				    piece);
			return;
		}
}

static void read_delta(struct anthropic_stream *s, struct json root)
{
	const struct json delta = json_get(root, "delta");
	const struct str type = json_str(json_get(delta, "type"));
	const int64_t index = json_i64(json_get(root, "index"));

	if (str_eq_c(type, "text_delta"))
		answer_say(&s->answer, json_str(json_get(delta, "text")));
	else if (str_eq_c(type, "thinking_delta"))
		stream_thought(&s->answer.base, (size_t)index,
			       json_str(json_get(delta, "thinking")), STR_NONE,
			       false);
	else if (str_eq_c(type, "signature_delta"))
		stream_thought(&s->answer.base, (size_t)index, STR_NONE,
			       json_str(json_get(delta, "signature")), false);
	else if (str_eq_c(type, "input_json_delta"))
		read_arguments(s, index,
			       json_str(json_get(delta, "partial_json")));
}

static void read_event(struct answer *a, struct str name, struct json root)
{
	struct anthropic_stream *const s =
		CONTAINER_OF(a, struct anthropic_stream, answer);
	struct str type = json_str(json_get(root, "type"));

	if (type.n == 0)
		type = name;
	if (str_eq_c(type, "message_start")) {
		stream_start(&a->base);
		read_input(s, json_get(json_get(root, "message"), "usage"));
	} else if (str_eq_c(type, "content_block_start")) {
		read_block(s, json_get(root, "content_block"),
			   json_i64(json_get(root, "index")));
	} else if (str_eq_c(type, "content_block_delta")) {
		read_delta(s, root);
	} else if (str_eq_c(type, "message_delta")) {
		read_stop(s, json_str(json_get(json_get(root, "delta"),
					       "stop_reason")));
		read_usage(s, json_get(root, "usage"));
	} else if (str_eq_c(type, "message_stop")) {
		stream_done(&a->base, a->finish);
	}
}

static bool read_message(struct answer *a, struct json root)
{
	struct anthropic_stream *const s =
		CONTAINER_OF(a, struct anthropic_stream, answer);
	const struct json content = json_get(root, "content");

	if (json_type(content) != JSON_ARRAY)
		return false;
	stream_start(&a->base);
	for (size_t i = 0; i < json_count(content); i++)
		read_block(s, json_at(content, i), (int64_t)i);
	read_stop(s, json_str(json_get(root, "stop_reason")));
	read_usage(s, json_get(root, "usage"));
	return true;
}

static const struct answer_dialect dialect = {
	.text_name = "text",
	.text_event = "content_block_delta",
	.end_data = NULL,
	.event = read_event,
	.whole = read_message,
};

struct provider_stream *anthropic_stream_new(struct arena *a,
					     struct llm_sink *sink)
{
	struct anthropic_stream *const s =
		ARENA_NEW(a, struct anthropic_stream);

	answer_init(&s->answer, a, sink, &dialect);
	return &s->answer.base;
}
