/*
 * Adapter for OpenAI-compatible Chat Completions: OpenAI itself, and all that
 * speak its dialect (vLLM, Ollama, LiteLLM, Groq, OpenRouter, …).  This file
 * writes requests; openai_read.c reads answers.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/answer.h"
#include "llm/classify.h"
#include "llm/document.h"
#include "llm/openai_read.h"
#include "llm/wire.h"
#include "json/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct writer {
	struct jw w;
	struct arena *a;
	const struct llm_request *req;
	bool itself; /* api.openai.com */
};

/* Messages -------------------------------------------------------------- */

static const char *const roles[] = {
	[LLM_SYSTEM] = "system",
	[LLM_USER] = "user",
	[LLM_ASSISTANT] = "assistant",
	[LLM_TOOL] = "tool",
};

static bool is_said(const struct llm_part *p)
{
	return p->kind == LLM_PART_TEXT || p->kind == LLM_PART_IMAGE ||
	       p->kind == LLM_PART_DOCUMENT;
}

/* Its files are PDFs: what is a text is told as one. */
static struct str text_of(struct writer *out, const struct llm_part *p)
{
	return p->kind == LLM_PART_DOCUMENT ? document_text(out->a, p)
					    : p->text;
}

static void write_text_part(struct jw *w, struct str text)
{
	jw_open_object(w, NULL);
	jw_c(w, "type", "text");
	jw_str(w, "text", text);
	jw_close(w);
}

static void write_image(struct writer *out, const struct llm_part *p)
{
	struct buf url;

	buf_init(&url, out->a, p->media_type.n + p->data.n + 32);
	buf_addf(&url, "data:" STR_FMT ";base64,", STR_ARG(p->media_type));
	buf_add_str(&url, p->data);
	jw_open_object(&out->w, NULL);
	jw_c(&out->w, "type", "image_url");
	jw_open_object(&out->w, "image_url");
	jw_str(&out->w, "url", buf_str(&url));
	jw_close(&out->w);
	jw_close(&out->w);
}

static void write_parts(struct writer *out, const struct llm_message *m)
{
	jw_open_array(&out->w, "content");
	if (m->text.n > 0)
		write_text_part(&out->w, m->text);
	for (size_t i = 0; i < m->nparts; i++) {
		if (m->parts[i].kind == LLM_PART_IMAGE)
			write_image(out, &m->parts[i]);
		else if (is_said(&m->parts[i]))
			write_text_part(&out->w, text_of(out, &m->parts[i]));
	}
	jw_close(&out->w);
}

/* One text is a string: some compatible servers know no parts. */
static void write_content(struct writer *out, const struct llm_message *m,
			  bool has_calls)
{
	const struct llm_part *only = NULL;
	size_t n = m->text.n > 0 ? 1 : 0;

	for (size_t i = 0; i < m->nparts; i++)
		if (is_said(&m->parts[i])) {
			only = &m->parts[i];
			n++;
		}
	const bool is_text = only == NULL || only->kind != LLM_PART_IMAGE;
	if (n == 0 && has_calls)
		jw_null(&out->w, "content");
	else if (n <= 1 && is_text)
		jw_str(&out->w, "content",
		       only != NULL ? text_of(out, only) : m->text);
	else
		write_parts(out, m);
}

static void write_calls(struct jw *w, const struct llm_message *m)
{
	jw_open_array(w, "tool_calls");
	for (size_t i = 0; i < m->nparts; i++) {
		const struct llm_part *const p = &m->parts[i];
		if (p->kind != LLM_PART_TOOL_CALL)
			continue;
		jw_open_object(w, NULL);
		jw_str(w, "id", p->id);
		jw_c(w, "type", "function");
		jw_open_object(w, "function");
		jw_str(w, "name", p->name);
		jw_str(w, "arguments", p->text);
		jw_close(w);
		jw_close(w);
	}
	jw_close(w);
}

static size_t count(const struct llm_message *m, enum llm_part_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nparts; i++)
		n += m->parts[i].kind == kind ? 1 : 0;
	return n;
}

static void write_message(struct writer *out, const struct llm_message *m)
{
	const bool has_calls = count(m, LLM_PART_TOOL_CALL) > 0;

	jw_open_object(&out->w, NULL);
	jw_c(&out->w, "role", roles[m->role]);
	write_content(out, m, has_calls);
	if (has_calls)
		write_calls(&out->w, m);
	jw_close(&out->w);
}

/* A message for each result; there is no word for one that is an error. */
static void write_results(struct writer *out, const struct llm_message *m)
{
	for (size_t i = 0; i < m->nparts; i++) {
		const struct llm_part *const p = &m->parts[i];
		if (p->kind != LLM_PART_TOOL_RESULT)
			continue;
		jw_open_object(&out->w, NULL);
		jw_c(&out->w, "role", "tool");
		jw_str(&out->w, "tool_call_id", p->id);
		jw_str(&out->w, "content", p->text);
		jw_close(&out->w);
	}
}

/* What stands beside the results (an image, a word) is said by the user. */
static void write_beside(struct writer *out, const struct llm_message *tool)
{
	struct llm_message m = *tool;

	m.role = LLM_USER;
	if (m.text.n > 0 || count(&m, LLM_PART_TOOL_RESULT) < m.nparts)
		write_message(out, &m);
}

/* Nothing may stand between a call and the last of its results. */
static void write_messages(struct writer *out)
{
	const struct llm_message *const all = out->req->messages;
	const size_t n = out->req->nmessages;
	size_t end = 0;

	jw_open_array(&out->w, "messages");
	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && all[end].role == LLM_TOOL; end++)
			write_results(out, &all[end]);
		for (size_t k = i; k < end; k++)
			write_beside(out, &all[k]);
		if (end == i)
			write_message(out, &all[end++]);
	}
	jw_close(&out->w);
}

/* Tools and format ------------------------------------------------------ */

static void write_tool(struct jw *w, const struct llm_tool *t)
{
	jw_open_object(w, NULL);
	jw_c(w, "type", "function");
	jw_open_object(w, "function");
	jw_str(w, "name", t->name);
	if (t->description.n > 0)
		jw_str(w, "description", t->description);
	if (t->schema.n > 0)
		jw_raw(w, "parameters", t->schema);
	if (t->strict)
		jw_bool(w, "strict", true);
	jw_close(w);
	jw_close(w);
}

static void write_choice(struct jw *w, const struct llm_request *req)
{
	switch (req->tool_choice) {
	case LLM_TOOLS_AUTO:
		break;
	case LLM_TOOLS_NONE:
		jw_c(w, "tool_choice", "none");
		break;
	case LLM_TOOLS_REQUIRED:
		jw_c(w, "tool_choice", "required");
		break;
	case LLM_TOOLS_NAMED:
		jw_open_object(w, "tool_choice");
		jw_c(w, "type", "function");
		jw_open_object(w, "function");
		jw_str(w, "name", req->tool_named);
		jw_close(w);
		jw_close(w);
		break;
	}
}

static void write_tools(struct jw *w, const struct llm_request *req)
{
	if (req->ntools == 0)
		return;
	jw_open_array(w, "tools");
	for (size_t i = 0; i < req->ntools; i++)
		write_tool(w, &req->tools[i]);
	jw_close(w);
	write_choice(w, req);
	if (req->one_tool_at_a_time)
		jw_bool(w, "parallel_tool_calls", false);
}

static void write_format(struct jw *w, const struct llm_request *req)
{
	if (req->format == LLM_FORMAT_TEXT)
		return;
	jw_open_object(w, "response_format");
	if (req->format == LLM_FORMAT_JSON) {
		jw_c(w, "type", "json_object");
	} else {
		jw_c(w, "type", "json_schema");
		jw_open_object(w, "json_schema");
		jw_str(w, "name",
		       req->schema_name.n > 0 ? req->schema_name
					      : STR("answer"));
		jw_raw(w, "schema", req->schema);
		if (req->schema_strict)
			jw_bool(w, "strict", true);
		jw_close(w);
	}
	jw_close(w);
}

/* The rest -------------------------------------------------------------- */

/* OpenAI's own: do they reason and so refuse sampling, or do they not? */
static bool is_model(struct str model, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(model, str_from(prefixes[i])))
			return true;
	return false;
}

static bool takes_sampling(const struct writer *out)
{
	static const char *const not_these[] = {"o1", "o3", "o4", "gpt-5-"};

	return !out->itself ||
	       !(str_eq_c(out->req->model, "gpt-5") ||
		 is_model(out->req->model, not_these, COUNT(not_these)));
}

static bool takes_effort(const struct writer *out)
{
	static const char *const not_these[] = {"gpt-3", "gpt-4", "chatgpt-"};

	return !out->itself ||
	       !is_model(out->req->model, not_these, COUNT(not_these));
}

static void write_numbers(struct writer *out)
{
	const struct llm_request *const req = out->req;
	const struct str effort = llm_request_effort(req);
	struct jw *const w = &out->w;

	if (takes_sampling(out) && req->temperature.n > 0)
		jw_raw(w, "temperature", req->temperature);
	if (takes_sampling(out) && req->top_p.n > 0)
		jw_raw(w, "top_p", req->top_p);
	if (req->seed.n > 0)
		jw_raw(w, "seed", req->seed);
	if (takes_effort(out) && effort.n > 0)
		jw_str(w, "reasoning_effort", effort);
	if (req->end_user.n > 0)
		jw_str(w, "user", req->end_user);
	if (req->nstop == 0)
		return;
	jw_open_array(w, "stop");
	for (size_t i = 0; i < req->nstop; i++)
		jw_str(w, NULL, req->stop[i]);
	jw_close(w);
}

/*
 * What may be passed on as it is: none of these makes a call cost more than
 * was reserved for it, as `n`, `service_tier` or another model would.
 */
static const char *const extras[] = {
	"frequency_penalty",
	"presence_penalty",
	"logit_bias",
	"logprobs",
	"top_logprobs",
	"verbosity",
	"metadata",
	"store",
	"safety_identifier",
	"prompt_cache_key",
	/* of compatible servers */
	"top_k",
	"min_p",
	"top_a",
	"repetition_penalty",
	"length_penalty",
	"min_tokens",
	"stop_token_ids",
	"bad_words",
	"guided_json",
	"guided_regex",
	"guided_choice",
	"guided_grammar",
	"structured_outputs",
	"chat_template_kwargs",
	"safe_prompt",
};

static void write_body(struct writer *out, struct buf *body)
{
	const struct llm_request *const req = out->req;
	struct jw *const w = &out->w;

	jw_init(w, body);
	jw_open_object(w, NULL);
	jw_str(w, "model", req->model);
	write_messages(out);
	if (req->max_output_tokens > 0)
		jw_int(w, out->itself ? "max_completion_tokens" : "max_tokens",
		       req->max_output_tokens);
	write_tools(w, req);
	write_format(w, req);
	write_numbers(out);
	if (req->extras_of == LLM_DIALECT_OPENAI)
		wire_extras(w, req, extras, COUNT(extras));
	jw_bool(w, "stream", true);
	jw_open_object(w, "stream_options");
	jw_bool(w, "include_usage", true);
	jw_close(w);
	jw_close(w);
}

/*
 * OpenAI itself, with its regional hosts, always wants a key, and its newer
 * models refuse max_tokens; of the compatible servers many know only that.
 */
static enum err openai_encode(struct arena *a, const struct conf_provider *conf,
			      const struct llm_request *req,
			      struct provider_request *out, struct errbuf *e)
{
	struct writer writer = {
		.a = a,
		.req = req,
		.itself = wire_is_host(conf, STR("api.openai.com")),
	};

	out->nheaders = 0;
	ERR_TRY(wire_url(a, conf, "/chat/completions", out, e));
	wire_header(out, "Content-Type: application/json");
	wire_header(out, "Accept: text/event-stream");
	ERR_TRY(wire_key(a, conf, "Authorization: Bearer ", writer.itself, out,
			 e));
	wire_body(a, req, out);
	write_body(&writer, &out->body);
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
