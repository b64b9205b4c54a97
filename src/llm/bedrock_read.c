/*
 * Reads the answers of Bedrock's ConverseStream: messages of a binary event
 * stream, each with a JSON object.
 *
 *	messageStart
 *	(contentBlockStart? contentBlockDelta* contentBlockStop)*
 *	messageStop metadata
 *
 * messageStop says why it ended and metadata what was used, so DONE waits for
 * both, or for the end of the body.  An exception in the stream is a message
 * of another type.  Unknown events, blocks and deltas (citations, the padding
 * "p") are skipped.
 */
#include "llm/bedrock_read.h"

#include "base/arena.h"
#include "base/container.h"
#include "llm/answer.h"
#include "llm/classify.h"
#include "llm/claude.h"
#include "llm/eventstream.h"
#include "llm/stream.h"
#include "json/json.h"

#include <string.h>

#define MAX_TOOLS ((size_t)64)
/* A message is bounded by its ceiling; its JSON takes a multiple of it. */
#define KEEP_BYTES  ((size_t)8 * 1024 * 1024)
#define EVENT_BYTES ((size_t)64 * 1024 * 1024)

struct bedrock_stream {
	struct provider_stream base;
	struct arena keep;  /* until the end: what is cut off */
	struct arena event; /* cleared after each message */
	struct eventstream events;
	int64_t tool_blocks[MAX_TOOLS]; /* the index of each call's block */
	size_t ntools;
	bool json_tool; /* a block of CLAUDE_JSON_TOOL was begun */
	int64_t json_block;
	bool got_bytes;
	bool finished; /* it said why it stopped */
	bool used;     /* and what was used */
	enum llm_finish finish;
};

/* Errors ---------------------------------------------------------------- */

static enum err class_of(struct str type)
{
	static const struct {
		const char *name;
		enum err err;
	} types[] = {
		{"throttlingException", ERR_UPSTREAM_RATE},
		{"serviceQuotaExceededException", ERR_UPSTREAM_QUOTA},
		{"modelTimeoutException", ERR_UPSTREAM_TIMEOUT},
		{"accessDeniedException", ERR_UPSTREAM_AUTH},
		{"validationException", ERR_UPSTREAM_REJECTED},
		{"resourceNotFoundException", ERR_UPSTREAM_REJECTED},
	};

	/* also internalServer-, serviceUnavailable-, modelStreamError- */
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eq_nocase(type, str_from(types[i].name)))
			return types[i].err;
	return ERR_UPSTREAM;
}

static void read_exception(struct bedrock_stream *s, struct str type,
			   struct str message)
{
	const struct provider_error pe = {.message = message, .type = type};

	stream_error(&s->base, class_of(type),
		     provider_error_text(&s->event, &pe));
}

/* Blocks ---------------------------------------------------------------- */

static void begin_block(struct bedrock_stream *s, struct json root)
{
	const int64_t index = json_i64(json_get(root, "contentBlockIndex"));
	const struct json tool = json_get(json_get(root, "start"), "toolUse");
	const struct str name = json_str(json_get(tool, "name"));

	if (json_type(tool) != JSON_OBJECT)
		return;
	if (str_eq_c(name, CLAUDE_JSON_TOOL)) {
		s->json_tool = true;
		s->json_block = index;
		return;
	}
	if (s->ntools == MAX_TOOLS) {
		stream_error(&s->base, ERR_UPSTREAM, "too many tool calls");
		return;
	}
	s->tool_blocks[s->ntools] = index;
	stream_tool(&s->base, s->ntools++,
		    json_str(json_get(tool, "toolUseId")), name, STR_NONE);
}

static void read_input(struct bedrock_stream *s, int64_t index,
		       struct str piece)
{
	if (s->json_tool && index == s->json_block) {
		stream_delta(&s->base, piece);
		return;
	}
	for (size_t i = s->ntools; i > 0; i--)
		if (s->tool_blocks[i - 1] == index) {
			stream_tool(&s->base, i - 1, STR_NONE, STR_NONE, piece);
			return;
		}
}

static void read_thought(struct bedrock_stream *s, size_t index,
			 struct json thought)
{
	if (json_type(thought) != JSON_OBJECT)
		return;
	stream_thought(&s->base, index, json_str(json_get(thought, "text")),
		       json_str(json_get(thought, "signature")), false);
	stream_thought(&s->base, index, STR_NONE,
		       json_str(json_get(thought, "redactedContent")), true);
}

static void read_delta(struct bedrock_stream *s, struct json root)
{
	const struct json delta = json_get(root, "delta");
	const int64_t index = json_i64(json_get(root, "contentBlockIndex"));

	stream_delta(&s->base, json_str(json_get(delta, "text")));
	read_thought(s, (size_t)index, json_get(delta, "reasoningContent"));
	read_input(s, index,
		   json_str(json_get(json_get(delta, "toolUse"), "input")));
}

/* The end --------------------------------------------------------------- */

static void read_stop(struct bedrock_stream *s, struct str reason)
{
	static const struct {
		const char *name;
		enum llm_finish finish;
	} reasons[] = {
		{"max_tokens", LLM_FINISH_LENGTH},
		{"model_context_window_exceeded", LLM_FINISH_LENGTH},
		{"tool_use", LLM_FINISH_TOOL},
		{"guardrail_intervened", LLM_FINISH_FILTER},
		{"content_filtered", LLM_FINISH_FILTER},
		{"refusal", LLM_FINISH_FILTER},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_eq_c(reason, reasons[i].name))
			s->finish = reasons[i].finish;
	/* the call was the answer */
	if (s->finish == LLM_FINISH_TOOL && s->json_tool && s->ntools == 0)
		s->finish = LLM_FINISH_STOP;
	s->finished = true;
}

/*
 * inputTokens is without the cache.  cacheDetails tells the two kinds of
 * writes apart, of which cacheWriteInputTokens is the sum.
 */
static void read_usage(struct bedrock_stream *s, struct json v)
{
	const struct json details = json_get(v, "cacheDetails");
	struct ledger_usage u = {.input_tokens = 0};
	int64_t hour = 0;

	if (!answer_tokens(v, "inputTokens", &u.input_tokens) ||
	    !answer_tokens(v, "outputTokens", &u.output_tokens))
		return;
	(void)answer_tokens(v, "cacheReadInputTokens", &u.cache_read_tokens);
	(void)answer_tokens(v, "cacheWriteInputTokens", &u.cache_write_tokens);
	for (size_t i = 0; i < json_count(details); i++) {
		const struct json one = json_at(details, i);
		int64_t n = 0;
		if (str_eq_c(json_str(json_get(one, "ttl")), "1h") &&
		    answer_tokens(one, "inputTokens", &n))
			hour += n;
	}
	if (hour > u.cache_write_tokens)
		hour = u.cache_write_tokens;
	u.cache_write_1h_tokens = hour;
	u.cache_write_tokens -= hour;
	stream_usage(&s->base, &u);
	s->used = true;
}

static void read_event(struct bedrock_stream *s, struct str type,
		       struct json root)
{
	if (str_eq_c(type, "messageStart"))
		stream_start(&s->base);
	else if (str_eq_c(type, "contentBlockStart"))
		begin_block(s, root);
	else if (str_eq_c(type, "contentBlockDelta"))
		read_delta(s, root);
	else if (str_eq_c(type, "messageStop"))
		read_stop(s, json_str(json_get(root, "stopReason")));
	else if (str_eq_c(type, "metadata"))
		read_usage(s, json_get(root, "usage"));
	if (s->finished && s->used)
		stream_done(&s->base, s->finish);
}

static void read_message(void *arg, const struct eventstream_message *m)
{
	struct bedrock_stream *const s = arg;
	struct errbuf e = {.code = ERR_OK};
	struct json root = {NULL};

	if (s->base.ended)
		return;
	if (str_eq_c(m->message_type, "error")) {
		read_exception(s, m->error_code, m->error_message);
		return;
	}
	const enum err err = json_parse(&s->event, m->payload, &root, &e);
	if (str_eq_c(m->message_type, "exception"))
		read_exception(s, m->exception_type,
			       json_str(json_get(root, "message")));
	else if (err != ERR_OK || json_type(root) != JSON_OBJECT)
		stream_error(&s->base, ERR_UPSTREAM,
			     err != ERR_OK ? e.detail : "not a JSON object");
	else
		read_event(s, m->event_type, root);
	arena_clear(&s->event);
}

/* The interface --------------------------------------------------------- */

static void release(void *arg)
{
	struct bedrock_stream *const s = arg;

	arena_release(&s->event);
	arena_release(&s->keep);
}

struct provider_stream *bedrock_stream_new(struct arena *a,
					   struct llm_sink *sink)
{
	struct bedrock_stream *const s = ARENA_NEW(a, struct bedrock_stream);

	s->base.sink = sink;
	s->finish = LLM_FINISH_STOP;
	arena_init(&s->keep, KEEP_BYTES);
	arena_init(&s->event, EVENT_BYTES);
	eventstream_init(&s->events, &s->keep, read_message, s);
	arena_defer(a, release, s);
	return &s->base;
}

void bedrock_feed(struct provider_stream *stream, struct str bytes)
{
	struct bedrock_stream *const s =
		CONTAINER_OF(stream, struct bedrock_stream, base);
	const char *why = NULL;

	s->got_bytes = s->got_bytes || bytes.n > 0;
	if (stream->ended ||
	    eventstream_feed(&s->events, bytes, &why) == ERR_OK)
		return;
	stream_error(stream, ERR_UPSTREAM,
		     s->events.nmessages > 0
			     ? why
			     : "garbage: not a binary event stream");
}

void bedrock_finish(struct provider_stream *stream)
{
	struct bedrock_stream *const s =
		CONTAINER_OF(stream, struct bedrock_stream, base);

	if (s->finished)
		stream_done(stream, s->finish);
	else
		stream_error(stream, ERR_UPSTREAM_CUT,
			     s->got_bytes ? "the stream ended before its end"
					  : "an empty answer");
}
