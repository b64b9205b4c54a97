/*
 * The dialect of Anthropic's Messages API: named events, a thought, the text
 * and each tool call as a block of its own, usage in the first event and the
 * last but one.
 */
#include "call.h"
#include "jscan.h"

#include <string.h>

static bool parse(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};

	c->stream = span_is(jscan_get(body, "stream"), "true");
	c->messages = jscan_count(jscan_get(body, "messages"));
	c->max_tokens = span_number(jscan_get(body, "max_tokens"));
	/* the API insists on it */
	return c->max_tokens > 0 && jscan_string(jscan_get(body, "model"),
						 c->model, sizeof(c->model));
}

static const char *finish_of(const struct call *c)
{
	return call_finish(c, "end_turn", "max_tokens", "tool_use");
}

/* input: what went in is said as well. */
static void add_usage(const struct call *c, struct text *out, bool input,
		      long output)
{
	const struct script *s = &c->script;
	const bool zero = s->usage == USAGE_ZERO;
	const long written = s->written + s->written_1h;

	text_addf(out, "\"usage\":{");
	if (input)
		text_addf(
			out,
			"\"input_tokens\":%ld,\"cache_read_input_tokens\":%ld,"
			"\"cache_creation_input_tokens\":%ld,"
			"\"cache_creation\":{"
			"\"ephemeral_5m_input_tokens\":%ld,"
			"\"ephemeral_1h_input_tokens\":%ld},",
			zero ? 0 : call_in_tokens(c) - s->cached - written,
			s->cached, written, s->written, s->written_1h);
	text_addf(out,
		  "\"output_tokens\":%ld,"
		  "\"output_tokens_details\":{\"thinking_tokens\":%ld}}",
		  zero ? 0 : output, s->reasoning);
}

static void add_event(struct text *out, const char *name)
{
	text_addf(out, "event: %s\ndata: {\"type\":\"%s\"", name, name);
}

static void end_event(struct text *out)
{
	text_addf(out, "}\n\n");
}

/* The block of the text. */
static long text_block(const struct call *c)
{
	return c->script.think[0] == '\0' ? 0 : 1;
}

static void add_delta(struct text *out, long index, const char *type,
		      const char *member, struct span piece)
{
	add_event(out, "content_block_delta");
	text_addf(out, ",\"index\":%ld,\"delta\":{\"type\":\"%s_delta\",",
		  index, type);
	text_addf(out, "\"%s\":", member);
	text_quote(out, piece.p, piece.n);
	text_addf(out, "}");
	end_event(out);
}

static void add_stop(struct text *out, long index)
{
	add_event(out, "content_block_stop");
	text_addf(out, ",\"index\":%ld", index);
	end_event(out);
}

static void add_thought(const struct call *c, struct text *out)
{
	const struct span signature = {CALL_SIGNATURE,
				       sizeof(CALL_SIGNATURE) - 1};
	struct span half[2];

	if (text_block(c) == 0)
		return;
	call_thought(c, half);
	add_event(out, "content_block_start");
	text_addf(out, ",\"index\":0,\"content_block\":{\"type\":\"thinking\","
		       "\"thinking\":\"\",\"signature\":\"\"}");
	end_event(out);
	add_delta(out, 0, "thinking", "thinking", half[0]);
	add_delta(out, 0, "thinking", "thinking", half[1]);
	add_delta(out, 0, "signature", "signature", signature);
	add_stop(out, 0);
}

static void add_start(struct call *c, struct text *out)
{
	add_event(out, "message_start");
	text_addf(out,
		  ",\"message\":{\"id\":\"msg_mock_%lu\",\"type\":\"message\","
		  "\"role\":\"assistant\",\"content\":[],\"model\":",
		  c->id);
	text_quote(out, c->model, strlen(c->model));
	text_addf(out, ",\"stop_reason\":null,\"stop_sequence\":null");
	if (c->script.usage != USAGE_NO) {
		text_addf(out, ",");
		add_usage(c, out, true, 1);
	}
	text_addf(out, "}");
	end_event(out);
	add_thought(c, out);
	add_event(out, "content_block_start");
	text_addf(out,
		  ",\"index\":%ld,\"content_block\":{\"type\":\"text\","
		  "\"text\":\"\"}",
		  text_block(c));
	end_event(out);
	add_event(out, "ping");
	end_event(out);
}

static void add_token(struct call *c, struct text *out)
{
	struct text token = {0};

	script_token(&c->script, c->sent_tokens, &token);
	add_delta(out, text_block(c), "text", "text",
		  (struct span){token.p, token.n});
	text_release(&token);
}

static void add_tool(struct call *c, struct text *out)
{
	const struct script_tool *t = call_tool(c);
	const size_t n = strlen(t->arguments);
	const size_t half = text_boundary(t->arguments, n / 2);
	const long index = text_block(c) + c->sent_tools + 1;

	add_stop(out, index - 1);
	add_event(out, "content_block_start");
	text_addf(out,
		  ",\"index\":%ld,\"content_block\":{\"type\":\"tool_use\","
		  "\"id\":\"toolu_mock_%lu_%ld\",\"name\":\"%s\",\"input\":{}}",
		  index, c->id, index, t->name);
	end_event(out);
	add_delta(out, index, "input_json", "partial_json",
		  (struct span){t->arguments, half});
	add_delta(out, index, "input_json", "partial_json",
		  (struct span){t->arguments + half, n - half});
}

static void add_finish(struct call *c, struct text *out)
{
	add_stop(out, text_block(c) + c->sent_tools);
	add_event(out, "message_delta");
	text_addf(out,
		  ",\"delta\":{\"stop_reason\":\"%s\",\"stop_sequence\":null}",
		  finish_of(c));
	if (c->script.usage != USAGE_NO) {
		text_addf(out, ",");
		add_usage(c, out, false, call_out_tokens(c));
	}
	end_event(out);
}

static void frame(struct call *c, enum frame f)
{
	struct text *out = &c->pending;

	switch (f) {
	case FRAME_START:
		add_start(c, out);
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
	case FRAME_END:
		add_event(out, "message_stop");
		end_event(out);
		break;
	case FRAME_ERROR:
		add_event(out, "error");
		text_addf(out, ",\"error\":{\"type\":\"overloaded_error\","
			       "\"message\":\"Overloaded\"}");
		end_event(out);
		break;
	case FRAME_GARBAGE:
		text_addf(out, "event: content_block_delta\n"
			       "data: {\"type\":\"content_block_de\n\n");
		break;
	case FRAME_OFF:
		text_addf(out, "event: content_block_delta\n"
			       "data: \"seven\"\n\n");
		break;
	case FRAME_USAGE: /* it is in the finish */
	default:
		break;
	}
}

static void whole(struct call *c)
{
	const long ntools = c->limited ? 0 : (long)c->script.ntools;
	struct text *out = &c->pending;
	struct text answer = {0};

	for (long i = 0; i < c->ntokens; i++)
		script_token(&c->script, i, &answer);
	text_addf(out,
		  "{\"id\":\"msg_mock_%lu\",\"type\":\"message\","
		  "\"role\":\"assistant\",\"content\":["
		  "{\"type\":\"text\",\"text\":",
		  c->id);
	text_quote(out, answer.p, answer.n);
	text_addf(out, "}");
	for (; c->sent_tools < ntools; c->sent_tools++)
		text_addf(out,
			  ",{\"type\":\"tool_use\",\"id\":\"toolu_mock_%ld\","
			  "\"name\":\"%s\",\"input\":%s}",
			  c->sent_tools, call_tool(c)->name,
			  call_tool(c)->arguments);
	text_addf(out, "],\"stop_reason\":\"%s\"", finish_of(c));
	if (c->script.usage != USAGE_NO) {
		text_addf(out, ",");
		add_usage(c, out, true, call_out_tokens(c));
	}
	text_addf(out, "}");
	text_release(&answer);
}

static const struct {
	const char *type;
	const char *message;
} replies[] = {
	[BODY_QUOTA] = {"invalid_request_error",
			"Your credit balance is too low to access the "
			"Anthropic API."},
	[BODY_RATE] = {"rate_limit_error",
		       "This request would exceed your rate limit."},
	[BODY_AUTH] = {"authentication_error", "invalid x-api-key"},
	[BODY_INVALID] = {"invalid_request_error", "prompt is too long"},
	[BODY_SERVER] = {"api_error", "Internal server error"},
};

static void error(const struct call *c, struct text *out)
{
	const enum script_body body = script_error_body(&c->script);

	if (body == BODY_EMPTY)
		return;
	if (body == BODY_HTML) {
		text_addf(out, "<html><body>%ld</body></html>\n",
			  c->script.status);
		return;
	}
	text_addf(out,
		  "{\"type\":\"error\",\"error\":{\"type\":\"%s\","
		  "\"message\":",
		  c->script.status == 529 ? "overloaded_error"
					  : replies[body].type);
	call_quote_error(c, replies[body].message, out);
	text_addf(out, "},\"request_id\":\"req_mock_%lu\"}", c->id);
}

const struct dialect dialect_anthropic = {.path = "/v1/messages",
					  .limits = LIMITS_ANTHROPIC,
					  .parse = parse,
					  .frame = frame,
					  .whole = whole,
					  .error = error};
