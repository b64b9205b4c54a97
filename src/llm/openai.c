/*
 * Adapter for OpenAI-compatible Chat Completions: OpenAI itself, and all that
 * speak its dialect (vLLM, Ollama, LiteLLM, Groq, OpenRouter, …).  This file
 * writes requests; openai_read.c reads answers.
 */
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/answer.h"
#include "llm/classify.h"
#include "llm/openai_read.h"
#include "llm/wire.h"
#include "json/json.h"

static const char *const roles[] = {
	[LLM_SYSTEM] = "system",
	[LLM_USER] = "user",
	[LLM_ASSISTANT] = "assistant",
	[LLM_TOOL] = "tool",
};

static void write_messages(struct jw *w, const struct llm_request *req)
{
	jw_open_array(w, "messages");
	for (size_t i = 0; i < req->nmessages; i++) {
		jw_open_object(w, NULL);
		jw_c(w, "role", roles[req->messages[i].role]);
		jw_str(w, "content", req->messages[i].text);
		jw_close(w);
	}
	jw_close(w);
}

static void write_body(struct buf *out, const char *limit_name,
		       const struct llm_request *req)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "model", req->model);
	write_messages(&w, req);
	if (req->max_output_tokens > 0)
		jw_int(&w, limit_name, req->max_output_tokens);
	jw_bool(&w, "stream", true);
	jw_open_object(&w, "stream_options");
	jw_bool(&w, "include_usage", true);
	jw_close(&w);
	jw_close(&w);
}

/*
 * OpenAI itself, with its regional hosts, always wants a key, and its newer
 * models refuse max_tokens; of the compatible servers many know only that.
 */
static enum err openai_encode(struct arena *a, const struct conf_provider *conf,
			      const struct llm_request *req,
			      struct provider_request *out, struct errbuf *e)
{
	const bool itself = wire_is_host(conf, STR("api.openai.com"));

	out->nheaders = 0;
	ERR_TRY(wire_url(a, conf, "/chat/completions", out, e));
	wire_header(out, "Content-Type: application/json");
	wire_header(out, "Accept: text/event-stream");
	ERR_TRY(wire_key(a, conf, "Authorization: Bearer ", itself, out, e));
	wire_body(a, req, out);
	write_body(&out->body, itself ? "max_completion_tokens" : "max_tokens",
		   req);
	return wire_body_err(conf, out, e);
}

const struct provider_adapter provider_openai = {
	.name = "openai",
	.encode = openai_encode,
	.stream_new = openai_stream_new,
	.feed = answer_feed,
	.finish = answer_finish,
	.classify = provider_classify,
};
