/*
 * Adapter for Anthropic's Messages API.  This file writes requests;
 * anthropic_read.c reads answers.
 */
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/answer.h"
#include "llm/anthropic_read.h"
#include "llm/classify.h"
#include "llm/wire.h"
#include "json/json.h"

/* The API must be told a limit; used when the caller has none. */
#define DEFAULT_MAX_TOKENS 4096

/* System texts stand apart from the messages, each as a block. */
static void write_system(struct jw *w, const struct llm_request *req)
{
	bool open = false;

	for (size_t i = 0; i < req->nmessages; i++) {
		const struct llm_message *const m = &req->messages[i];
		if (m->role != LLM_SYSTEM || m->text.n == 0)
			continue;
		if (!open)
			jw_open_array(w, "system");
		open = true;
		jw_open_object(w, NULL);
		jw_c(w, "type", "text");
		jw_str(w, "text", m->text);
		jw_close(w);
	}
	if (open)
		jw_close(w);
}

/* The API refuses empty texts, so they are left out. */
static void write_messages(struct jw *w, const struct llm_request *req)
{
	jw_open_array(w, "messages");
	for (size_t i = 0; i < req->nmessages; i++) {
		const struct llm_message *const m = &req->messages[i];
		if (m->role == LLM_SYSTEM || m->text.n == 0)
			continue;
		jw_open_object(w, NULL);
		jw_c(w, "role",
		     m->role == LLM_ASSISTANT ? "assistant" : "user");
		jw_str(w, "content", m->text);
		jw_close(w);
	}
	jw_close(w);
}

static void write_body(struct buf *out, const struct llm_request *req)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "model", req->model);
	jw_int(&w, "max_tokens",
	       req->max_output_tokens > 0 ? req->max_output_tokens
					  : DEFAULT_MAX_TOKENS);
	write_system(&w, req);
	write_messages(&w, req);
	jw_bool(&w, "stream", true);
	jw_close(&w);
}

/* base_url is given with or without the /v1 at its end. */
static const char *path_of(const struct conf_provider *conf)
{
	struct str base = str_from(conf->base_url);

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	const bool has_v1 =
		base.n >= 3 &&
		str_eq_c((struct str){base.p + base.n - 3, 3}, "/v1");
	return has_v1 ? "/messages" : "/v1/messages";
}

static enum err anthropic_encode(struct arena *a,
				 const struct conf_provider *conf,
				 const struct llm_request *req,
				 struct provider_request *out, struct errbuf *e)
{
	const bool itself = wire_is_host(conf, STR("api.anthropic.com"));

	out->nheaders = 0;
	ERR_TRY(wire_url(a, conf, path_of(conf), out, e));
	wire_header(out, "Content-Type: application/json");
	wire_header(out, "Accept: text/event-stream");
	wire_header(out, "anthropic-version: 2023-06-01");
	ERR_TRY(wire_key(a, conf, "x-api-key: ", itself, out, e));
	wire_body(a, req, out);
	write_body(&out->body, req);
	return wire_body_err(conf, out, e);
}

const struct provider_adapter provider_anthropic = {
	.name = "anthropic",
	.encode = anthropic_encode,
	.stream_new = anthropic_stream_new,
	.feed = answer_feed,
	.finish = answer_finish,
	.classify = provider_classify,
};
