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
#include "llm/usual.h"
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

/* What an event counted; below 0 what it did not. */
struct counts {
	int64_t input;
	int64_t read;
	int64_t written;
	int64_t written_5m;
	int64_t written_1h;
	int64_t output;
	int64_t thought;
};

static struct counts counts_of(struct json v)
{
	const struct json kinds = json_get(v, "cache_creation");
	struct counts c = {-1, -1, -1, -1, -1, -1, -1};

	(void)answer_tokens(v, "input_tokens", &c.input);
	(void)answer_tokens(v, "cache_read_input_tokens", &c.read);
	(void)answer_tokens(v, "cache_creation_input_tokens", &c.written);
	(void)answer_tokens(kinds, "ephemeral_5m_input_tokens", &c.written_5m);
	(void)answer_tokens(kinds, "ephemeral_1h_input_tokens", &c.written_1h);
	(void)answer_tokens(v, "output_tokens", &c.output);
	(void)answer_tokens(json_get(v, "output_tokens_details"),
			    "thinking_tokens", &c.thought);
	return c;
}

/*
 * What went in; each event may give some of it, and the latest counts.
 * input_tokens is without the cache.  cache_creation tells the two kinds of
 * writes apart; cache_creation_input_tokens is their sum, and may be repeated
 * alone.
 */
static void take_input(struct anthropic_stream *s, const struct counts *c)
{
	struct ledger_usage *const u = &s->usage;

	if (c->input >= 0) {
		u->input_tokens = c->input;
		s->has_input = true;
	}
	if (c->read >= 0)
		u->cache_read_tokens = c->read;
	if (c->written >= 0 &&
	    c->written != u->cache_write_tokens + u->cache_write_1h_tokens) {
		u->cache_write_tokens = c->written;
		u->cache_write_1h_tokens = 0;
	}
	if (c->written_1h >= 0) {
		u->cache_write_1h_tokens = c->written_1h;
		u->cache_write_tokens = 0;
	}
	if (c->written_5m >= 0)
		u->cache_write_tokens = c->written_5m;
}

static void take_usage(struct anthropic_stream *s, const struct counts *c)
{
	struct ledger_usage *const u = &s->usage;

	take_input(s, c);
	if (c->output >= 0)
		u->output_tokens = c->output;
	u->reasoning_tokens = num_min(num_max(c->thought, 0), u->output_tokens);
	if (c->output >= 0 && s->has_input)
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
	struct counts c;

	if (type.n == 0)
		type = name;
	if (str_eq_c(type, "message_start")) {
		stream_start(&a->base);
		c = counts_of(json_get(json_get(root, "message"), "usage"));
		take_input(s, &c);
	} else if (str_eq_c(type, "content_block_start")) {
		read_block(s, json_get(root, "content_block"),
			   json_i64(json_get(root, "index")));
	} else if (str_eq_c(type, "content_block_delta")) {
		read_delta(s, root);
	} else if (str_eq_c(type, "message_delta")) {
		read_stop(s, json_str(json_get(json_get(root, "delta"),
					       "stop_reason")));
		c = counts_of(json_get(root, "usage"));
		take_usage(s, &c);
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
	const struct counts c = counts_of(json_get(root, "usage"));
	take_usage(s, &c);
	return true;
}

/* Usual events -------------------------------------------------------- */

enum usual {
	U_TYPE,
	U_INDEX,
	U_MESSAGE,
	U_BLOCK,
	U_DELTA,
	U_USAGE,
	U_BLOCK_TYPE,
	U_BLOCK_TEXT,
	U_DELTA_TYPE,
	U_DELTA_TEXT,
	U_STOP,
	U_SEQUENCE,
	U_ID,
	U_KIND,
	U_ROLE,
	U_MODEL,
	U_CONTENT,
	U_NO_STOP,
	U_NO_SEQUENCE,
	U_MESSAGE_USAGE,
	/* of a usage; the two have the same members */
	U_COUNTS,
	U_COUNT_INPUT = 0,
	U_COUNT_OUTPUT,
	U_COUNT_READ,
	U_COUNT_WRITTEN,
	U_COUNT_KINDS,
	U_COUNT_5M,
	U_COUNT_1H,
	U_COUNT_TIER,
	U_COUNTS_EACH,
	U_COUNT = U_COUNTS + 2 * U_COUNTS_EACH
};

#define COUNTS(at, usage)                                                   \
	[(at) + U_COUNT_INPUT] = {"input_tokens", usage},                   \
		[(at) + U_COUNT_OUTPUT] = {"output_tokens", usage},         \
		[(at) + U_COUNT_READ] = {"cache_read_input_tokens", usage}, \
		[(at) + U_COUNT_WRITTEN] = {"cache_creation_input_tokens",  \
					    usage},                         \
		[(at) + U_COUNT_KINDS] = {"cache_creation", usage},         \
		[(at) + U_COUNT_5M] = {"ephemeral_5m_input_tokens",         \
				       (at) + U_COUNT_KINDS},               \
		[(at) + U_COUNT_1H] = {"ephemeral_1h_input_tokens",         \
				       (at) + U_COUNT_KINDS},               \
		[(at) + U_COUNT_TIER] = {"service_tier", usage}

static const struct usual_member usual[U_COUNT] = {
	[U_TYPE] = {"type", USUAL_TOP},
	[U_INDEX] = {"index", USUAL_TOP},
	[U_MESSAGE] = {"message", USUAL_TOP},
	[U_BLOCK] = {"content_block", USUAL_TOP},
	[U_DELTA] = {"delta", USUAL_TOP},
	[U_USAGE] = {"usage", USUAL_TOP},
	[U_BLOCK_TYPE] = {"type", U_BLOCK},
	[U_BLOCK_TEXT] = {"text", U_BLOCK},
	[U_DELTA_TYPE] = {"type", U_DELTA},
	[U_DELTA_TEXT] = {"text", U_DELTA},
	[U_STOP] = {"stop_reason", U_DELTA},
	[U_SEQUENCE] = {"stop_sequence", U_DELTA},
	[U_ID] = {"id", U_MESSAGE},
	[U_KIND] = {"type", U_MESSAGE},
	[U_ROLE] = {"role", U_MESSAGE},
	[U_MODEL] = {"model", U_MESSAGE},
	[U_CONTENT] = {"content", U_MESSAGE},
	[U_NO_STOP] = {"stop_reason", U_MESSAGE},
	[U_NO_SEQUENCE] = {"stop_sequence", U_MESSAGE},
	[U_MESSAGE_USAGE] = {"usage", U_MESSAGE},
	COUNTS(U_COUNTS, U_USAGE),
	COUNTS(U_COUNTS + U_COUNTS_EACH, U_MESSAGE_USAGE),
};

/* Is each of what may matter of its usual type? */
static bool is_usual(const struct usual_value v[U_COUNT])
{
	static const enum usual objects[] = {U_MESSAGE, U_BLOCK, U_DELTA,
					     U_USAGE, U_MESSAGE_USAGE};
	static const enum usual strings[] = {
		U_BLOCK_TYPE, U_BLOCK_TEXT, U_DELTA_TYPE, U_DELTA_TEXT, U_STOP};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (!usual_is(&v[objects[i]], JSON_OBJECT))
			return false;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!usual_is(&v[strings[i]], JSON_STRING))
			return false;
	for (int i = U_COUNTS; i < U_COUNT; i++) {
		const int what = (i - U_COUNTS) % U_COUNTS_EACH;
		if (what != U_COUNT_TIER &&
		    !usual_is(&v[i],
			      what == U_COUNT_KINDS ? JSON_OBJECT : JSON_INT))
			return false;
	}
	return v[U_TYPE].type == JSON_STRING;
}

static struct counts usual_counts(const struct usual_value *v)
{
	return (struct counts){
		.input = answer_count(v[U_COUNT_INPUT].text),
		.read = answer_count(v[U_COUNT_READ].text),
		.written = answer_count(v[U_COUNT_WRITTEN].text),
		.written_5m = answer_count(v[U_COUNT_5M].text),
		.written_1h = answer_count(v[U_COUNT_1H].text),
		.output = answer_count(v[U_COUNT_OUTPUT].text),
		.thought = -1,
	};
}

static bool read_usual(struct answer *a, struct str name, struct str data)
{
	struct anthropic_stream *const s =
		CONTAINER_OF(a, struct anthropic_stream, answer);
	struct usual_value v[U_COUNT] = {0};
	struct counts c;

	if (!usual_read(data, usual, U_COUNT, v) || !is_usual(v) ||
	    !str_eq(name, v[U_TYPE].text))
		return false;
	if (str_eq_c(name, "message_start")) {
		c = usual_counts(v + U_COUNTS + U_COUNTS_EACH);
		stream_start(&a->base);
		take_input(s, &c);
	} else if (str_eq_c(name, "content_block_start") &&
		   str_eq_c(v[U_BLOCK_TYPE].text, "text")) {
		answer_say(a, v[U_BLOCK_TEXT].text);
	} else if (str_eq_c(name, "content_block_delta") &&
		   str_eq_c(v[U_DELTA_TYPE].text, "text_delta")) {
		answer_say(a, v[U_DELTA_TEXT].text);
	} else if (str_eq_c(name, "message_delta")) {
		c = usual_counts(v + U_COUNTS);
		read_stop(s, v[U_STOP].text);
		take_usage(s, &c);
	} else if (str_eq_c(name, "message_stop")) {
		stream_done(&a->base, a->finish);
	} else {
		return str_eq_c(name, "ping") ||
		       str_eq_c(name, "content_block_stop");
	}
	return true;
}

static const struct answer_dialect dialect = {
	.text_name = "text",
	.text_event = "content_block_delta",
	.end_data = NULL,
	.usual = read_usual,
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
