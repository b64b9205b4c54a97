/*
 * The dialect of OpenAI's Chat Completions, as its API reference describes it:
 * chunks with choices[0].delta, a last chunk with usage and no choices when
 * stream_options.include_usage asks for it, then [DONE].
 */
#include "openai.h"
#include "call.h"
#include "jscan.h"

#include <string.h>

static bool parse(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const struct span options = jscan_get(body, "stream_options");
	struct span max = jscan_get(body, "max_completion_tokens");

	if (!jscan_string(jscan_get(body, "model"), c->model, sizeof(c->model)))
		return false;
	c->stream = span_is(jscan_get(body, "stream"), "true");
	c->include_usage = span_is(jscan_get(options, "include_usage"), "true");
	c->messages = jscan_count(jscan_get(body, "messages"));
	if (max.p == NULL)
		max = jscan_get(body, "max_tokens");
	c->max_tokens = span_number(max);
	return true;
}

static const char *finish_of(const struct call *c)
{
	return call_finish(c, "stop", "length", "tool_calls");
}

static void add_usage(const struct call *c, struct text *out)
{
	const bool zero = c->script.usage == USAGE_ZERO;
	const long in = zero ? 0 : call_in_tokens(c);
	const bool none = zero || c->script.usage == USAGE_EARLY;
	const long answer = none ? 0 : call_out_tokens(c);

	text_addf(out,
		  "\"usage\":{\"prompt_tokens\":%ld,\"completion_tokens\":%ld,"
		  "\"total_tokens\":%ld,"
		  "\"prompt_tokens_details\":{\"cached_tokens\":%ld},"
		  "\"completion_tokens_details\":{\"reasoning_tokens\":%ld}}",
		  in, answer, in + answer, c->script.cached,
		  c->script.reasoning);
}

static void add_head(const struct call *c, struct text *out, const char *object)
{
	text_addf(out, "{\"id\":\"chatcmpl-mock-%lu\",\"object\":\"%s\",",
		  c->id, object);
	text_addf(out, "\"created\":1700000000,\"model\":");
	text_quote(out, c->model, strlen(c->model));
	text_addf(out, ",\"system_fingerprint\":\"fp_mock\",");
}

/* As compatible servers tell of it; OpenAI itself does not. */
static void add_thought(struct call *c)
{
	struct text *out = &c->pending;
	struct span half[2];

	call_thought(c, half);
	for (size_t i = 0; i < 2; i++) {
		text_addf(out, "data: ");
		add_head(c, out, "chat.completion.chunk");
		text_addf(out, "\"choices\":[{\"index\":0,\"delta\":{"
			       "\"reasoning_content\":");
		text_quote(out, half[i].p, half[i].n);
		text_addf(out, "},\"finish_reason\":null}]%s}\n\n",
			  c->include_usage ? ",\"usage\":null" : "");
	}
}

static void add_delta(struct call *c, bool first, const char *finish)
{
	struct text *out = &c->pending;
	struct text token = {0};

	text_addf(out, "data: ");
	add_head(c, out, "chat.completion.chunk");
	text_addf(out, "\"choices\":[{\"index\":0,\"delta\":{");
	if (first)
		text_addf(out, "\"role\":\"assistant\",\"content\":\"\"");
	else if (finish == NULL) {
		script_token(&c->script, c->sent_tokens, &token);
		text_addf(out, "\"content\":");
		text_quote(out, token.p, token.n);
	}
	text_addf(out, "},\"logprobs\":null,\"finish_reason\":");
	if (finish == NULL)
		text_addf(out, "null}]");
	else
		text_addf(out, "\"%s\"}]", finish);
	text_addf(out, "%s}\n\n", c->include_usage ? ",\"usage\":null" : "");
	text_release(&token);
}

/* A piece of the tool call that is next: of its arguments, n bytes from p. */
static void add_tool_piece(struct call *c, bool first, const char *p, size_t n)
{
	const struct script_tool *t = call_tool(c);
	struct text *out = &c->pending;

	text_addf(out, "data: ");
	add_head(c, out, "chat.completion.chunk");
	text_addf(out,
		  "\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":["
		  "{\"index\":%ld,",
		  c->sent_tools);
	if (first)
		text_addf(out,
			  "\"id\":\"call_mock_%lu_%ld\",\"type\":"
			  "\"function\",\"function\":{\"name\":\"%s\",",
			  c->id, c->sent_tools, t->name);
	else
		text_addf(out, "\"function\":{");
	text_addf(out, "\"arguments\":");
	text_quote(out, p, n);
	text_addf(out, "}}]},\"logprobs\":null,\"finish_reason\":null}]%s}\n\n",
		  c->include_usage ? ",\"usage\":null" : "");
}

static void add_tool(struct call *c)
{
	const char *arguments = call_tool(c)->arguments;
	const size_t n = strlen(arguments);
	const size_t half = text_boundary(arguments, n / 2);

	add_tool_piece(c, true, arguments, 0);
	add_tool_piece(c, false, arguments, half);
	add_tool_piece(c, false, arguments + half, n - half);
}

static void add_usage_chunk(struct call *c)
{
	struct text *out = &c->pending;

	text_addf(out, "data: ");
	add_head(c, out, "chat.completion.chunk");
	text_addf(out, "\"choices\":[],");
	add_usage(c, out);
	text_addf(out, "}\n\n");
}

static void frame(struct call *c, enum frame f)
{
	struct text *out = &c->pending;

	switch (f) {
	case FRAME_START:
		add_delta(c, true, NULL);
		if (c->script.usage == USAGE_EARLY)
			add_usage_chunk(c);
		if (c->script.think[0] != '\0')
			add_thought(c);
		break;
	case FRAME_TOKEN:
		add_delta(c, false, NULL);
		break;
	case FRAME_TOOL:
		add_tool(c);
		break;
	case FRAME_FINISH:
		add_delta(c, false, finish_of(c));
		break;
	case FRAME_USAGE:
		add_usage_chunk(c);
		break;
	case FRAME_END:
		text_addf(out, "data: [DONE]\n\n");
		break;
	case FRAME_ERROR:
		text_addf(out, "data: {\"error\":{\"message\":");
		call_quote_error(c,
				 "The server had an error while processing "
				 "your request.",
				 out);
		text_addf(out, ",\"type\":\"server_error\",\"param\":null,"
			       "\"code\":null}}\n\n");
		break;
	case FRAME_GARBAGE:
		text_addf(out, "data: {\"choices\":[{\"delta\":{\"con\n\n");
		break;
	case FRAME_OFF:
	default:
		text_addf(out, "data: {\"choices\":\"seven\"}\n\n");
		break;
	}
}

static void add_tools(struct call *c, struct text *out)
{
	const long n = c->limited ? 0 : (long)c->script.ntools;

	for (c->sent_tools = 0; c->sent_tools < n; c->sent_tools++) {
		const struct script_tool *t = call_tool(c);
		text_addf(out, "%s{\"id\":\"call_mock_%lu_%ld\",",
			  c->sent_tools == 0 ? ",\"tool_calls\":[" : ",", c->id,
			  c->sent_tools);
		text_addf(out,
			  "\"type\":\"function\",\"function\":{\"name\":"
			  "\"%s\",\"arguments\":",
			  t->name);
		text_quote(out, t->arguments, strlen(t->arguments));
		text_addf(out, "}}");
	}
	if (n > 0)
		text_addf(out, "]");
}

static void whole(struct call *c)
{
	struct text *out = &c->pending;
	struct text answer = {0};

	for (long i = 0; i < c->ntokens; i++)
		script_token(&c->script, i, &answer);
	add_head(c, out, "chat.completion");
	text_addf(out, "\"choices\":[{\"index\":0,\"message\":{"
		       "\"role\":\"assistant\",\"content\":");
	if (answer.n > 0)
		text_quote(out, answer.p, answer.n);
	else
		text_addf(out, "null");
	add_tools(c, out);
	text_addf(out,
		  ",\"refusal\":null},\"logprobs\":null,"
		  "\"finish_reason\":\"%s\"}]",
		  finish_of(c));
	if (c->script.usage != USAGE_NO) {
		text_addf(out, ",");
		add_usage(c, out);
	}
	text_addf(out, "}");
	text_release(&answer);
}

struct reply {
	const char *message;
	const char *type;
	const char *code; /* NULL: JSON null */
};

static const struct reply replies[] = {
	[BODY_AUTO] = {"The server had an error.", "server_error", NULL},
	[BODY_QUOTA] = {"You exceeded your current quota, please check your "
			"plan and billing details.",
			"insufficient_quota", "insufficient_quota"},
	[BODY_RATE] = {"Rate limit reached for requests.", "requests",
		       "rate_limit_exceeded"},
	[BODY_AUTH] = {"Incorrect API key provided: sk-mo**********0000.",
		       "invalid_request_error", "invalid_api_key"},
	[BODY_INVALID] = {"This model's maximum context length is 16385 "
			  "tokens.",
			  "invalid_request_error", "context_length_exceeded"},
	[BODY_SERVER] = {"The server had an error while processing your "
			 "request.",
			 "server_error", NULL},
};

void openai_error(const struct call *c, struct text *out)
{
	const enum script_body body = script_error_body(&c->script);

	if (body == BODY_EMPTY)
		return;
	if (body == BODY_HTML) {
		text_addf(out, "<html><body>%ld</body></html>\n",
			  c->script.status);
		return;
	}
	const struct reply *r = &replies[body];
	text_addf(out, "{\"error\":{\"message\":");
	call_quote_error(c, r->message, out);
	text_addf(out, ",\"type\":\"%s\",", r->type);
	if (r->code == NULL)
		text_addf(out, "\"param\":null,\"code\":null}}");
	else
		text_addf(out, "\"param\":null,\"code\":\"%s\"}}", r->code);
}

const struct dialect dialect_openai = {.path = "/v1/chat/completions",
				       .limits = LIMITS_OPENAI,
				       .parse = parse,
				       .frame = frame,
				       .whole = whole,
				       .error = openai_error};
