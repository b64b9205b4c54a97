/*
 * Adapter for Anthropic's Messages API.  This file writes requests;
 * anthropic_read.c reads answers.
 *
 * JSON by a schema is asked for with output_config.format: every model since
 * 4.5 takes it, and the latest refuse the older way, a tool that is forced.
 * That way is left for the models that know no other (claude.h).
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/answer.h"
#include "llm/anthropic_read.h"
#include "llm/classify.h"
#include "llm/claude.h"
#include "llm/document.h"
#include "llm/turns.h"
#include "llm/wire.h"
#include "json/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The API must be told a limit; used when the caller has none. */
#define DEFAULT_MAX_TOKENS 4096

struct writer {
	struct jw w;
	struct arena *a;
	const struct llm_request *req;
	struct claude model;
	struct claude_thinking thinking;
	bool json_tool; /* the answer is the arguments of a tool */
};

/* Messages -------------------------------------------------------------- */

static void write_text(struct jw *w, struct str text)
{
	jw_open_object(w, NULL);
	jw_c(w, "type", "text");
	jw_str(w, "text", text);
	jw_close(w);
}

static void write_image(struct writer *out, const struct llm_part *p)
{
	struct jw *const w = &out->w;

	jw_c(w, "type", "image");
	jw_open_object(w, "source");
	jw_c(w, "type", "base64");
	jw_str(w, "media_type", p->media_type);
	jw_str(w, "data", p->data);
	jw_close(w);
}

static void write_titled(struct writer *out, const struct llm_part *p)
{
	struct jw *const w = &out->w;

	jw_c(w, "type", "document");
	jw_open_object(w, "source");
	jw_c(w, "type", "text");
	jw_c(w, "media_type", "text/plain");
	jw_str(w, "data", p->text);
	jw_close(w);
	if (p->name.n > 0)
		jw_str(w, "title", p->name);
	if (p->data.n > 0)
		jw_str(w, "context", p->data);
}

static void write_call(struct writer *out, const struct llm_part *p)
{
	jw_c(&out->w, "type", "tool_use");
	jw_str(&out->w, "id", turns_tool_id(out->a, p->id));
	jw_str(&out->w, "name", p->name);
	jw_raw(&out->w, "input", turns_arguments(out->a, p->text));
}

static void write_result(struct writer *out, const struct llm_part *p)
{
	jw_c(&out->w, "type", "tool_result");
	jw_str(&out->w, "tool_use_id", turns_tool_id(out->a, p->id));
	if (p->text.n > 0)
		jw_str(&out->w, "content", p->text);
	if (p->is_error)
		jw_bool(&out->w, "is_error", true);
}

static void write_thought(struct jw *w, const struct llm_part *p)
{
	jw_open_object(w, NULL);
	if (p->kind == LLM_PART_THOUGHT) {
		jw_c(w, "type", "thinking");
		jw_str(w, "thinking", p->text);
		jw_str(w, "signature", p->data);
	} else {
		jw_c(w, "type", "redacted_thinking");
		jw_str(w, "data", p->data);
	}
	jw_close(w);
}

static void write_object(struct writer *out, const struct llm_part *p,
			 void (*write)(struct writer *out,
				       const struct llm_part *p))
{
	jw_open_object(&out->w, NULL);
	write(out, p);
	jw_close(&out->w);
}

/* Others that speak this API know no documents. */
static void write_document(struct writer *out, const struct llm_part *p)
{
	if (out->model.is_claude)
		write_object(out, p, write_titled);
	else
		write_text(&out->w, document_text(out->a, p));
}

static void write_block(void *arg, const struct llm_part *p)
{
	struct writer *const out = arg;

	switch (p->kind) {
	case LLM_PART_TEXT:
		write_text(&out->w, p->text);
		break;
	case LLM_PART_IMAGE:
		write_object(out, p, write_image);
		break;
	case LLM_PART_DOCUMENT:
		write_document(out, p);
		break;
	case LLM_PART_TOOL_CALL:
		write_object(out, p, write_call);
		break;
	case LLM_PART_TOOL_RESULT:
		write_object(out, p, write_result);
		break;
	case LLM_PART_THOUGHT:
	case LLM_PART_SEALED_THOUGHT:
		if (claude_thinks(&out->thinking))
			write_thought(&out->w, p);
		break;
	}
}

/* Tools and format ------------------------------------------------------ */

/* strict: the models that keep to a format also know strict tools. */
static void write_tool(struct writer *out, const struct llm_tool *t)
{
	struct jw *const w = &out->w;

	jw_open_object(w, NULL);
	jw_str(w, "name", t->name);
	if (t->description.n > 0)
		jw_str(w, "description", t->description);
	jw_raw(w, "input_schema",
	       t->schema.n > 0 ? t->schema
			       : STR("{\"type\":\"object\","
				     "\"properties\":{}}"));
	if (t->strict && out->model.format)
		jw_bool(w, "strict", true);
	jw_close(w);
}

static void write_called(void *arg, struct str name)
{
	write_tool(arg, &(struct llm_tool){.name = name});
}

static const char *choice_of(const struct writer *out)
{
	const struct llm_request *const req = out->req;

	if (req->ntools == 0 && !out->json_tool)
		return "none";
	switch (req->tool_choice) {
	case LLM_TOOLS_REQUIRED:
		return "any";
	case LLM_TOOLS_NAMED:
		return "tool";
	case LLM_TOOLS_NONE:
		return out->json_tool ? "tool" : "none";
	case LLM_TOOLS_AUTO:
		break;
	}
	if (out->json_tool)
		return req->ntools > 0 ? "any" : "tool";
	return "auto";
}

static void write_choice(struct writer *out)
{
	const struct llm_request *const req = out->req;
	const struct str choice = str_from(choice_of(out));
	const bool one = req->one_tool_at_a_time && !str_eq_c(choice, "none");

	if (str_eq_c(choice, "auto") && !one)
		return;
	jw_open_object(&out->w, "tool_choice");
	jw_str(&out->w, "type", choice);
	if (str_eq_c(choice, "tool"))
		jw_str(&out->w, "name",
		       req->tool_choice == LLM_TOOLS_NAMED
			       ? req->tool_named
			       : STR(CLAUDE_JSON_TOOL));
	if (one)
		jw_bool(&out->w, "disable_parallel_tool_use", true);
	jw_close(&out->w);
}

/*
 * A conversation with calls in it is refused without their tools, so those
 * that are not offered any more are named and forbidden.
 */
static void write_tools(struct writer *out)
{
	const struct llm_request *const req = out->req;

	if (req->ntools == 0 && !out->json_tool && !turns_have_tools(req))
		return;
	jw_open_array(&out->w, "tools");
	for (size_t i = 0; i < req->ntools; i++)
		write_tool(out, &req->tools[i]);
	if (req->ntools == 0)
		turns_each_called(req, write_called, out);
	if (out->json_tool)
		write_tool(out, &(struct llm_tool){
					.name = STR(CLAUDE_JSON_TOOL),
					.description = STR("Give the answer."),
					.schema = req->schema});
	jw_close(&out->w);
	write_choice(out);
}

static void write_output_config(struct writer *out)
{
	const struct claude_thinking *const t = &out->thinking;
	struct jw *const w = &out->w;
	const bool format =
		out->req->format == LLM_FORMAT_SCHEMA && !out->json_tool;

	if (!format && t->effort == NULL)
		return;
	jw_open_object(w, "output_config");
	if (t->effort != NULL)
		jw_c(w, "effort", t->effort);
	if (format) {
		jw_open_object(w, "format");
		jw_c(w, "type", "json_schema");
		jw_raw(w, "schema", out->req->schema);
		jw_close(w);
	}
	jw_close(w);
}

/* The rest -------------------------------------------------------------- */

/* A sequence of blanks only is refused. */
static void write_stop(struct jw *w, const struct llm_request *req)
{
	bool open = false;

	for (size_t i = 0; i < req->nstop; i++) {
		if (str_trim(req->stop[i]).n == 0)
			continue;
		if (!open)
			jw_open_array(w, "stop_sequences");
		open = true;
		jw_str(w, NULL, req->stop[i]);
	}
	if (open)
		jw_close(w);
}

static void write_end_user(struct jw *w, const struct llm_request *req)
{
	if (req->end_user.n == 0)
		return;
	jw_open_object(w, "metadata");
	jw_str(w, "user_id", req->end_user);
	jw_close(w);
}

/*
 * What may be passed on as it is.  Not `service_tier`, `inference_geo` and the
 * like: they change what a call costs.
 */
static const char *const extras[] = {"top_k"};

static void write_body(struct writer *out, struct buf *body)
{
	const struct llm_request *const req = out->req;
	struct jw *const w = &out->w;

	jw_init(w, body);
	jw_open_object(w, NULL);
	jw_str(w, "model", req->model);
	jw_int(w, "max_tokens",
	       req->max_output_tokens > 0 ? req->max_output_tokens
					  : DEFAULT_MAX_TOKENS);
	/* system texts stand apart from the messages, each as a block */
	turns_write_system(w, req, claude_rule(req), write_text);
	turns_write(w, req, write_block, out);
	write_tools(out);
	claude_write_thinking(w, &out->thinking);
	write_output_config(out);
	claude_write_sampling(w, &out->model, req, "top_p");
	write_stop(w, req);
	write_end_user(w, req);
	if (req->extras_of == LLM_DIALECT_ANTHROPIC && out->model.sampling)
		wire_extras(w, req, extras, COUNT(extras));
	jw_bool(w, "stream", true);
	jw_close(w);
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
	struct writer writer = {
		.a = a, .req = req, .model = claude_of(req->model)};

	/* of the others that speak this API many know its budget */
	writer.model.thinks_if_asked = !writer.model.is_claude;
	writer.thinking = claude_thinking_of(&writer.model, req);
	writer.json_tool =
		req->format == LLM_FORMAT_SCHEMA && !writer.model.format;
	out->nheaders = 0;
	ERR_TRY(wire_check_images(conf, req, e));
	ERR_TRY(wire_url(a, conf, path_of(conf), out, e));
	wire_header(out, "Content-Type: application/json");
	wire_header(out, "Accept: text/event-stream");
	wire_header(out, "anthropic-version: 2023-06-01");
	ERR_TRY(wire_key(a, conf, "x-api-key: ", itself, out, e));
	wire_body(a, req, out);
	write_body(&writer, &out->body);
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
