/*
 * The dialect of Bedrock's ConverseStream: the model in the path, a signature
 * or an API key, and a binary event stream of JSON objects.
 */
#include "call.h"
#include "jscan.h"
#include "sigv4.h"

#include <stdint.h>
#include <string.h>

#define PREFIX "/model/"
#define SUFFIX "/converse-stream"

static bool parse(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const struct span inference = jscan_get(body, "inferenceConfig");
	const size_t ends = sizeof(PREFIX) - 1 + sizeof(SUFFIX) - 1;

	c->stream = true;
	c->include_usage = true;
	c->messages = jscan_count(jscan_get(body, "messages"));
	c->max_tokens = span_number(jscan_get(inference, "maxTokens"));
	span_copy((struct span){c->path + sizeof(PREFIX) - 1,
				strlen(c->path) - ends},
		  c->model, sizeof(c->model));
	return c->messages > 0;
}

/* The event stream ------------------------------------------------------ */

static uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t crc = 0xFFFFFFFFu;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

static void add_number(struct text *out, uint32_t v)
{
	const char four[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8),
			      (char)v};

	text_add(out, four, sizeof(four));
}

static void add_header(struct text *out, const char *name, const char *value)
{
	const size_t n = strlen(value);
	const char length = (char)strlen(name);
	const char type_length[3] = {7, (char)(n >> 8), (char)n};

	text_add(out, &length, 1);
	text_add(out, name, strlen(name));
	text_add(out, type_length, sizeof(type_length));
	text_add(out, value, n);
}

static void add_message(struct text *out, const char *kind, const char *type,
			const struct text *payload)
{
	struct text headers = {0};
	const size_t start = out->n;

	add_header(&headers,
		   strcmp(kind, "event") == 0 ? ":event-type"
					      : ":exception-type",
		   type);
	add_header(&headers, ":content-type", "application/json");
	add_header(&headers, ":message-type", kind);
	add_number(out, (uint32_t)(16 + headers.n + payload->n));
	add_number(out, (uint32_t)headers.n);
	add_number(out, crc32_of(out->p + start, 8));
	text_add(out, headers.p, headers.n);
	text_add(out, payload->p, payload->n);
	add_number(out, crc32_of(out->p + start, out->n - start));
	text_release(&headers);
}

/* Frames ---------------------------------------------------------------- */

static void add_delta(struct text *out, long index, const char *before,
		      struct span piece, const char *after)
{
	struct text json = {0};

	text_addf(&json, "{\"contentBlockIndex\":%ld,\"delta\":{%s", index,
		  before);
	text_quote(&json, piece.p, piece.n);
	text_addf(&json, "%s},\"p\":\"abcdefgh\"}", after);
	add_message(out, "event", "contentBlockDelta", &json);
	text_release(&json);
}

/* The block of the text; the thought is before it. */
static long text_block(const struct call *c)
{
	return c->script.think[0] == '\0' ? 0 : 1;
}

static void add_thought(const struct call *c, struct text *out)
{
	const struct span signature = {CALL_SIGNATURE,
				       sizeof(CALL_SIGNATURE) - 1};
	struct span half[2];

	call_thought(c, half);
	for (size_t i = 0; i < 2; i++)
		add_delta(out, 0, "\"reasoningContent\":{\"text\":", half[i],
			  "}");
	add_delta(out, 0, "\"reasoningContent\":{\"signature\":", signature,
		  "}");
}

static void add_token(struct call *c, struct text *out)
{
	struct text token = {0};

	script_token(&c->script, c->sent_tokens, &token);
	add_delta(out, text_block(c),
		  "\"text\":", (struct span){token.p, token.n}, "");
	text_release(&token);
}

static void add_json(struct text *out, const char *type, struct text *json)
{
	add_message(out, "event", type, json);
	text_release(json);
}

static void add_stop(struct text *out, long index)
{
	struct text json = {0};

	text_addf(&json, "{\"contentBlockIndex\":%ld,\"p\":\"abc\"}", index);
	add_json(out, "contentBlockStop", &json);
}

static void add_tool(struct call *c, struct text *out)
{
	const struct script_tool *t = call_tool(c);
	const size_t n = strlen(t->arguments);
	const size_t half = text_boundary(t->arguments, n / 2);
	const long index = text_block(c) + c->sent_tools + 1;
	struct text json = {0};

	add_stop(out, index - 1);
	text_addf(&json,
		  "{\"contentBlockIndex\":%ld,\"start\":{\"toolUse\":{"
		  "\"name\":\"%s\",\"toolUseId\":\"tooluse_mock_%lu_%ld\"}}}",
		  index, t->name, c->id, index);
	add_json(out, "contentBlockStart", &json);
	add_delta(out, index,
		  "\"toolUse\":{\"input\":", (struct span){t->arguments, half},
		  "}");
	add_delta(out, index, "\"toolUse\":{\"input\":",
		  (struct span){t->arguments + half, n - half}, "}");
}

static void add_finish(struct call *c, struct text *out)
{
	struct text json = {0};

	add_stop(out, text_block(c) + c->sent_tools);
	text_addf(&json, "{\"stopReason\":\"%s\"}",
		  call_finish(c, "end_turn", "max_tokens", "tool_use"));
	add_json(out, "messageStop", &json);
}

static void add_usage(struct call *c, struct text *out)
{
	const struct script *s = &c->script;
	const bool zero = s->usage == USAGE_ZERO;
	const long written = s->written + s->written_1h;
	const long in = zero ? 0 : call_in_tokens(c) - s->cached - written;
	const long answer = zero ? 0 : call_out_tokens(c);
	struct text json = {0};

	text_addf(&json,
		  "{\"metrics\":{\"latencyMs\":7},\"usage\":{"
		  "\"inputTokens\":%ld,\"outputTokens\":%ld,"
		  "\"totalTokens\":%ld,\"cacheReadInputTokens\":%ld,"
		  "\"cacheWriteInputTokens\":%ld,\"cacheDetails\":["
		  "{\"ttl\":\"5m\",\"inputTokens\":%ld},"
		  "{\"ttl\":\"1h\",\"inputTokens\":%ld}]}}",
		  in, answer, in + answer + s->cached + written, s->cached,
		  written, s->written, s->written_1h);
	add_json(out, "metadata", &json);
}

static void add_trouble(struct text *out, enum frame f)
{
	struct text json = {0};

	if (f == FRAME_ERROR) {
		text_addf(&json, "{\"message\":\"The system encountered an "
				 "unexpected error. Try again.\"}");
		add_message(out, "exception", "internalServerException", &json);
	} else {
		text_addf(&json, "\"seven\"");
		add_message(out, "event", "contentBlockDelta", &json);
	}
	/* a byte is not what it was when the sum was made */
	if (f == FRAME_GARBAGE)
		out->p[out->n - 8] ^= 1;
	text_release(&json);
}

static void frame(struct call *c, enum frame f)
{
	struct text *out = &c->pending;
	struct text json = {0};

	switch (f) {
	case FRAME_START:
		text_addf(&json, "{\"role\":\"assistant\",\"p\":\"abcd\"}");
		add_json(out, "messageStart", &json);
		if (text_block(c) > 0) {
			add_thought(c, out);
			add_stop(out, 0);
		}
		break;
	case FRAME_TOKEN:
		add_token(c, out);
		break;
	case FRAME_TOOL:
		add_tool(c, out);
		break;
	case FRAME_FINISH:
		add_finish(c, out);
		break;
	case FRAME_USAGE:
		add_usage(c, out);
		break;
	case FRAME_ERROR:
	case FRAME_GARBAGE:
	case FRAME_OFF:
		add_trouble(out, f);
		break;
	case FRAME_END: /* the end of the body is the end */
	default:
		break;
	}
}

/* Never called: every answer is a stream. */
static void whole(struct call *c)
{
	(void)c;
}

static const char *const replies[] = {
	[BODY_QUOTA] = "Too many tokens per day, please wait before trying "
		       "again.",
	[BODY_RATE] = "Too many requests, please wait before trying again.",
	[BODY_AUTH] = "The request signature we calculated does not match the "
		      "signature you provided.",
	[BODY_INVALID] = "Input is too long for requested model.",
	[BODY_SERVER] = "Internal server error",
};

static void error(const struct call *c, struct text *out)
{
	const enum script_body body = script_error_body(&c->script);

	if (body == BODY_HTML)
		text_addf(out, "<html><body>%ld</body></html>\n",
			  c->script.status);
	else if (body != BODY_EMPTY)
		text_addf(out, "{\"message\":\"%s\"}", replies[body]);
}

const struct dialect dialect_bedrock = {
	.path = PREFIX,
	.suffix = SUFFIX,
	.stream_type = "application/vnd.amazon.eventstream",
	.permits = sigv4_permits,
	.parse = parse,
	.frame = frame,
	.whole = whole,
	.error = error};
