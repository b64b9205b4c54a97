/*
 * Reads the answers of OpenAI-compatible servers: a stream of chunk objects
 * that ends with [DONE], or one chat.completion object.
 *
 * Real servers repeat the role, leave fields out, send null for empty, give
 * every tool call the index 0, send usage in a chunk of its own or with the
 * last text, and forget [DONE]; all that is taken.
 */
#include "llm/openai_read.h"

#include "base/arena.h"
#include "base/container.h"
#include "base/num.h"
#include "llm/answer.h"
#include "llm/stream.h"
#include "llm/usual.h"
#include "json/json.h"

#include <string.h>

#define MAX_TOOLS         ((size_t)64)
#define MAX_TOOL_ID_BYTES ((size_t)256)

struct openai_tool {
	struct str id;
	int64_t wire_index;
	bool named;
};

struct openai_stream {
	struct answer answer;
	struct openai_tool *tools;
	size_t ntools;
};

/* What a provider counted; below 0 what it did not. */
struct counts {
	int64_t prompt;
	int64_t completion;
	int64_t total;
	int64_t cached;
	int64_t written;
	int64_t reasoning;
};

/*
 * prompt_tokens includes what came from and went into the cache.
 * completion_tokens includes reasoning at OpenAI; xAI and Google leave it out
 * there and count it in total_tokens only, so the total decides.
 *
 * Returns false when they do not say what was used.
 */
static bool count_usage(const struct counts *c, struct ledger_usage *u)
{
	const int64_t reasoning = num_max(c->reasoning, 0);
	int64_t completion = num_max(c->completion, 0);

	memset(u, 0, sizeof(*u));
	if (c->prompt < 0 || (c->completion < 0 && c->total < 0))
		return false;
	u->cache_read_tokens = num_min(num_max(c->cached, 0), c->prompt);
	u->cache_write_tokens = num_min(num_max(c->written, 0),
					c->prompt - u->cache_read_tokens);
	u->input_tokens =
		c->prompt - u->cache_read_tokens - u->cache_write_tokens;
	if (c->total > c->prompt + completion)
		completion = c->total - c->prompt;
	else if (reasoning > completion)
		completion += reasoning;
	u->output_tokens = completion;
	u->reasoning_tokens = num_min(reasoning, completion);
	return true;
}

bool openai_read_usage(struct json v, struct ledger_usage *u)
{
	const struct json in = json_get(v, "prompt_tokens_details");
	const struct json out = json_get(v, "completion_tokens_details");
	struct counts c = {-1, -1, -1, -1, -1, -1};

	(void)answer_tokens(v, "prompt_tokens", &c.prompt);
	(void)answer_tokens(v, "completion_tokens", &c.completion);
	(void)answer_tokens(v, "total_tokens", &c.total);
	if (!answer_tokens(in, "cached_tokens", &c.cached))
		(void)answer_tokens(v, "prompt_cache_hit_tokens", &c.cached);
	(void)answer_tokens(in, "cache_write_tokens", &c.written);
	(void)answer_tokens(out, "reasoning_tokens", &c.reasoning);
	return count_usage(&c, u);
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
		o->tools = ARENA_ARRAY(&o->answer.keep, MAX_TOOLS,
				       struct openai_tool);
	struct openai_tool *const t = &o->tools[o->ntools++];
	t->id = (struct str){str_dup(&o->answer.keep, id), id.n};
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
		stream_error(&o->answer.base, ERR_UPSTREAM,
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
	stream_tool(&o->answer.base, (size_t)(t - o->tools), id, name, text);
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
		stream_error(&o->answer.base, ERR_UPSTREAM,
			     "finish_reason \"error\"");
		return;
	}
	enum llm_finish finish =
		o->ntools > 0 ? LLM_FINISH_TOOL : LLM_FINISH_STOP;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_eq_c(reason, reasons[i].name))
			finish = reasons[i].finish;
	answer_stop(&o->answer, finish);
}

/* content: a string, or at Mistral an array of parts. */
static void read_content(struct openai_stream *o, struct json content)
{
	answer_say(&o->answer, json_str(content));
	if (json_type(content) != JSON_ARRAY)
		return;
	for (size_t i = 0; i < json_count(content); i++)
		stream_delta(&o->answer.base,
			     json_str(json_get(json_at(content, i), "text")));
}

/*
 * What compatible servers tell of the model's thoughts: DeepSeek, vLLM and xAI
 * as reasoning_content, OpenRouter, Groq and Ollama as reasoning, some as both.
 */
static void read_thought(struct openai_stream *o, struct json said)
{
	struct json thought = json_get(said, "reasoning_content");

	if (json_type(thought) != JSON_STRING)
		thought = json_get(said, "reasoning");
	stream_thought(&o->answer.base, 0, json_str(thought), STR_NONE, false);
}

/* One choice: of a chunk with "delta", of a whole answer with "message". */
static void read_choice(struct openai_stream *o, struct json choice)
{
	struct json said = json_get(choice, "delta");

	if (json_i64(json_get(choice, "index")) != 0)
		return;
	if (json_type(said) != JSON_OBJECT)
		said = json_get(choice, "message");
	read_thought(o, said);
	read_content(o, json_get(said, "content"));
	/* a refusal is what the person is told, so it is text */
	stream_delta(&o->answer.base, json_str(json_get(said, "refusal")));
	read_tools(o, json_get(said, "tool_calls"));
	read_finish(o, json_str(json_get(choice, "finish_reason")));
}

/* A chunk or a whole answer; false when it is neither (a proxy's ping). */
static bool read_object(struct answer *a, struct json root)
{
	struct openai_stream *const o =
		CONTAINER_OF(a, struct openai_stream, answer);
	const struct json choices = json_get(root, "choices");
	const struct json usage = json_get(root, "usage");
	struct ledger_usage used;

	if (choices.node != NULL && json_type(choices) != JSON_ARRAY) {
		stream_error(&a->base, ERR_UPSTREAM,
			     "\"choices\" is not an array");
		return true;
	}
	if (choices.node == NULL && json_type(usage) != JSON_OBJECT)
		return false;
	stream_start(&a->base);
	for (size_t i = 0; i < json_count(choices); i++)
		read_choice(o, json_at(choices, i));
	if (openai_read_usage(usage, &used))
		stream_usage(&a->base, &used);
	return true;
}

static void read_chunk(struct answer *a, struct str name, struct json root)
{
	(void)name;
	(void)read_object(a, root);
}

/* Usual chunks -------------------------------------------------------- */

enum usual {
	U_CHOICES,
	U_USAGE,
	U_OBJECT,
	U_ID,
	U_CREATED,
	U_MODEL,
	U_TIER,
	U_FINGERPRINT,
	U_OBFUSCATION,
	U_INDEX,
	U_DELTA,
	U_FINISH,
	U_LOGPROBS,
	U_CONTENT,
	U_ROLE,
	U_REFUSAL,
	U_PROMPT,
	U_COMPLETION,
	U_TOTAL,
	U_IN,
	U_OUT,
	U_CACHED,
	U_WRITTEN,
	U_AUDIO_IN,
	U_REASONING,
	U_AUDIO_OUT,
	U_ACCEPTED,
	U_REJECTED,
	U_COUNT
};

static const struct usual_member usual[U_COUNT] = {
	[U_CHOICES] = {"choices", USUAL_TOP},
	[U_USAGE] = {"usage", USUAL_TOP},
	[U_OBJECT] = {"object", USUAL_TOP},
	[U_ID] = {"id", USUAL_TOP},
	[U_CREATED] = {"created", USUAL_TOP},
	[U_MODEL] = {"model", USUAL_TOP},
	[U_TIER] = {"service_tier", USUAL_TOP},
	[U_FINGERPRINT] = {"system_fingerprint", USUAL_TOP},
	[U_OBFUSCATION] = {"obfuscation", USUAL_TOP},
	[U_INDEX] = {"index", U_CHOICES},
	[U_DELTA] = {"delta", U_CHOICES},
	[U_FINISH] = {"finish_reason", U_CHOICES},
	[U_LOGPROBS] = {"logprobs", U_CHOICES},
	[U_CONTENT] = {"content", U_DELTA},
	[U_ROLE] = {"role", U_DELTA},
	[U_REFUSAL] = {"refusal", U_DELTA},
	[U_PROMPT] = {"prompt_tokens", U_USAGE},
	[U_COMPLETION] = {"completion_tokens", U_USAGE},
	[U_TOTAL] = {"total_tokens", U_USAGE},
	[U_IN] = {"prompt_tokens_details", U_USAGE},
	[U_OUT] = {"completion_tokens_details", U_USAGE},
	[U_CACHED] = {"cached_tokens", U_IN},
	[U_WRITTEN] = {"cache_write_tokens", U_IN},
	[U_AUDIO_IN] = {"audio_tokens", U_IN},
	[U_REASONING] = {"reasoning_tokens", U_OUT},
	[U_AUDIO_OUT] = {"audio_tokens", U_OUT},
	[U_ACCEPTED] = {"accepted_prediction_tokens", U_OUT},
	[U_REJECTED] = {"rejected_prediction_tokens", U_OUT},
};

/* Is each of what matters here of its usual type? */
static bool is_usual(const struct usual_value v[U_COUNT])
{
	const bool none = v[U_CHOICES].empty;

	if (v[U_CHOICES].type != JSON_ARRAY ||
	    !usual_is(&v[U_USAGE], JSON_OBJECT) ||
	    str_eq_c(v[U_OBJECT].text, "error"))
		return false;
	if (!none &&
	    (v[U_DELTA].type != JSON_OBJECT ||
	     !usual_is(&v[U_INDEX], JSON_INT) ||
	     (v[U_INDEX].type == JSON_INT && !str_eq_c(v[U_INDEX].text, "0"))))
		return false;
	for (int i = U_PROMPT; i < U_COUNT; i++)
		if (v[i].type != (i == U_IN || i == U_OUT ? JSON_OBJECT
							  : JSON_INT) &&
		    v[i].type != JSON_NULL)
			return false;
	return usual_is(&v[U_FINISH], JSON_STRING) &&
	       usual_is(&v[U_CONTENT], JSON_STRING) &&
	       usual_is(&v[U_REFUSAL], JSON_STRING);
}

static bool read_usual(struct answer *a, struct str name, struct str data)
{
	struct openai_stream *const o =
		CONTAINER_OF(a, struct openai_stream, answer);
	struct usual_value v[U_COUNT] = {0};
	struct ledger_usage used;

	if (name.n > 0 || !usual_read(data, usual, U_COUNT, v) || !is_usual(v))
		return false;
	stream_start(&a->base);
	answer_say(a, v[U_CONTENT].text);
	stream_delta(&a->base, v[U_REFUSAL].text);
	read_finish(o, v[U_FINISH].text);
	const struct counts c = {
		.prompt = answer_count(v[U_PROMPT].text),
		.completion = answer_count(v[U_COMPLETION].text),
		.total = answer_count(v[U_TOTAL].text),
		.cached = answer_count(v[U_CACHED].text),
		.written = answer_count(v[U_WRITTEN].text),
		.reasoning = answer_count(v[U_REASONING].text),
	};
	if (count_usage(&c, &used))
		stream_usage(&a->base, &used);
	return true;
}

static const struct answer_dialect dialect = {
	.text_name = "content",
	.text_event = "",
	.end_data = "[DONE]",
	.usual = read_usual,
	.event = read_chunk,
	.whole = read_object,
};

struct provider_stream *openai_stream_new(struct arena *a,
					  struct llm_sink *sink)
{
	struct openai_stream *const o = ARENA_NEW(a, struct openai_stream);

	answer_init(&o->answer, a, sink, &dialect);
	return &o->answer.base;
}
