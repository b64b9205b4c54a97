/*
 * Adapter for OpenAI-compatible Chat Completions: OpenAI itself, and all that
 * speak its dialect (vLLM, Ollama, LiteLLM, Groq, OpenRouter, …).  This file
 * writes requests; openai_read.c reads answers.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/classify.h"
#include "llm/openai_read.h"
#include "llm/provider.h"
#include "json/json.h"

#include <string.h>

#define MAX_BODY_BYTES ((size_t)8 * 1024 * 1024)
/* First guess at what JSON adds, so that most bodies never grow. */
#define BODY_EXTRA_BYTES    ((size_t)512)
#define MESSAGE_EXTRA_BYTES ((size_t)64)

static const char *const roles[] = {
	[LLM_SYSTEM] = "system",
	[LLM_USER] = "user",
	[LLM_ASSISTANT] = "assistant",
	[LLM_TOOL] = "tool",
};

/* The host of an absolute URL, without its port. */
static struct str url_host(const char *url)
{
	const char *const scheme = strstr(url, "://");
	struct str host = str_from(scheme != NULL ? scheme + 3 : url);
	struct str rest = STR_NONE;

	(void)str_cut(host, '/', &host, &rest);
	(void)str_cut(host, ':', &host, &rest);
	return host;
}

/*
 * OpenAI itself, with its regional hosts.  Its newer models refuse max_tokens
 * and it always wants a key; of the compatible servers many know only
 * max_tokens and need none.
 */
static bool is_openai_itself(const char *base_url)
{
	const struct str suffix = STR("api.openai.com");
	const struct str host = url_host(base_url);

	if (host.n < suffix.n)
		return false;
	const size_t before = host.n - suffix.n;
	return str_eq_nocase((struct str){host.p + before, suffix.n}, suffix) &&
	       (before == 0 || host.p[before - 1] == '.');
}

/* The URL of the call: base_url as it stands, then the path. */
static enum err set_url(struct arena *a, const struct conf_provider *conf,
			struct provider_request *out, struct errbuf *e)
{
	struct str base = str_from(conf->base_url);
	struct buf url;

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0)
		return err_set(e, ERR_CONFIG,
			       "[provider %s] base_url is not set: give the "
			       "address up to and including /v1",
			       conf->name);
	buf_init(&url, a, base.n + sizeof("/chat/completions"));
	buf_add_str(&url, base);
	buf_add_c(&url, "/chat/completions");
	out->url = buf_c(&url);
	return ERR_OK;
}

/* A key goes into a header line, so it must be one printable word. */
static bool is_header_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static enum err set_headers(struct arena *a, const struct conf_provider *conf,
			    struct provider_request *out, struct errbuf *e)
{
	const struct str key = {conf->api_key.secret_p, conf->api_key.secret_n};
	const char *const source = conf->api_key_source != NULL
					   ? conf->api_key_source
					   : "api_key_file or api_key_env";
	struct buf auth;

	out->nheaders = 0;
	out->headers[out->nheaders++] = "Content-Type: application/json";
	out->headers[out->nheaders++] = "Accept: text/event-stream";
	if (conf_provider_key_missing(conf) ||
	    (key.p == NULL && is_openai_itself(conf->base_url)))
		return err_set(e, ERR_CONFIG,
			       "[provider %s] has no API key: set %s",
			       conf->name, source);
	if (key.p == NULL)
		return ERR_OK;
	if (!is_header_word(key))
		return err_set(e, ERR_CONFIG,
			       "[provider %s] the API key from %s is empty or "
			       "holds blanks or control bytes",
			       conf->name, source);
	buf_init(&auth, a, key.n + sizeof("Authorization: Bearer "));
	buf_add_c(&auth, "Authorization: Bearer ");
	buf_add_str(&auth, key);
	out->headers[out->nheaders++] = buf_c(&auth);
	return ERR_OK;
}

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

static size_t body_guess(const struct llm_request *req)
{
	size_t n = BODY_EXTRA_BYTES + req->model.n;

	for (size_t i = 0; i < req->nmessages; i++) {
		const size_t text = req->messages[i].text.n;
		n += text + text / 8 + MESSAGE_EXTRA_BYTES;
	}
	return n;
}

static enum err openai_encode(struct arena *a, const struct conf_provider *conf,
			      const struct llm_request *req,
			      struct provider_request *out, struct errbuf *e)
{
	ERR_TRY(set_url(a, conf, out, e));
	ERR_TRY(set_headers(a, conf, out, e));
	buf_init(&out->body, a, MAX_BODY_BYTES);
	if (buf_room(&out->body, body_guess(req)) != NULL)
		write_body(&out->body,
			   is_openai_itself(conf->base_url)
				   ? "max_completion_tokens"
				   : "max_tokens",
			   req);
	if (buf_err(&out->body) != ERR_OK)
		return err_set(e, ERR_TOO_LARGE,
			       "the request to provider %s is over %zu bytes",
			       conf->name, MAX_BODY_BYTES);
	return ERR_OK;
}

const struct provider_adapter provider_openai = {
	.name = "openai",
	.encode = openai_encode,
	.stream_new = openai_stream_new,
	.feed = openai_feed,
	.finish = openai_finish,
	.classify = provider_classify,
};
