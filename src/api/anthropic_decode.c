/*
 * Decoder of POST /v1/messages: Anthropic's Messages become a request in normal
 * form.
 */
#include "api/anthropic.h"

#include "api/decode.h"
#include "api/document.h"
#include "http/req.h"
#include "llm/document.h"

#define MIN_BUDGET_TOKENS 1024 /* as Anthropic wants it */

/* What becomes of each member of the body; see openai_decode.c. */
static const struct api_field fields[] = {
	{"model", API_KNOWN, NULL},
	{"messages", API_KNOWN, NULL},
	{"system", API_KNOWN, NULL},
	{"max_tokens", API_KNOWN, NULL},
	{"stop_sequences", API_KNOWN, NULL},
	{"stream", API_KNOWN, NULL},
	{"temperature", API_KNOWN, NULL},
	{"top_p", API_KNOWN, NULL},
	{"tools", API_KNOWN, NULL},
	{"tool_choice", API_KNOWN, NULL},
	{"metadata", API_KNOWN, NULL},
	{"output_config", API_KNOWN, NULL},
	{"output_format", API_KNOWN, NULL},
	/* about the price, which is the ordinary one */
	{"service_tier", API_DROP, NULL},
	{"speed", API_DROP, NULL},
	{"inference_geo", API_DROP, NULL},
	{"thinking", API_KNOWN, NULL},
	{"context_management", API_DROP, NULL},
	{"cache_control", API_DROP, NULL},
	{"betas", API_DROP, NULL},
	{"mcp_servers", API_REFUSE,
	 "is not supported: no server is called for a model"},
	{"container", API_REFUSE, "is not supported"},
};

static enum err refuse(struct call *c, const char *what)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST, "%s", what);
}

static enum err refuse_block(struct call *c, struct str type)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "a content block of type \"" STR_FMT
		       "\" is not supported here",
		       STR_ARG(str_utf8_prefix(type, 40)));
}

static bool is_type(struct json block, const char *type)
{
	return str_eq_c(json_str(json_get(block, "type")), type);
}

/* Content -------------------------------------------------------------- */

static enum err decode_image(struct call *c, struct llm_message *m,
			     struct json source)
{
	if (!is_type(source, "base64"))
		return refuse(c, "images are not fetched from elsewhere: send "
				 "a source of type base64");
	return api_image(c, m, json_str(json_get(source, "media_type")),
			 json_str(json_get(source, "data")));
}

/* Images in a list of blocks; the rest of it was read. */
static enum err decode_images(struct call *c, struct llm_message *m,
			      struct json blocks)
{
	for (size_t i = 0; i < json_count(blocks); i++) {
		const struct json block = json_at(blocks, i);
		if (is_type(block, "image"))
			ERR_TRY(decode_image(c, m, json_get(block, "source")));
	}
	return ERR_OK;
}

static struct json inner_content(struct json document)
{
	return json_get(json_get(document, "source"), "content");
}

static enum err decode_document(struct call *c, struct llm_message *m,
				struct json block)
{
	struct llm_part document;

	ERR_TRY(document_decode(c, block, &document));
	ERR_TRY(api_document(c, m, &document));
	return decode_images(c, m, inner_content(block));
}

/* A document that a tool gives is told as text. */
static enum err result_document(struct call *c, struct llm_message *m,
				struct json block, struct buf *text)
{
	struct llm_part document;

	ERR_TRY(document_decode(c, block, &document));
	buf_add_str(text, document_text(&c->req->arena, &document));
	return decode_images(c, m, inner_content(block));
}

static enum err decode_tool_use(struct call *c, struct llm_message *m,
				struct json block)
{
	struct llm_part *const p = api_part(m, LLM_PART_TOOL_CALL);
	const struct json input = json_get(block, "input");

	p->id = json_str(json_get(block, "id"));
	p->name = json_str(json_get(block, "name"));
	p->text =
		json_type(input) == JSON_OBJECT ? json_text(input) : STR("{}");
	if (p->id.n == 0 || p->name.n == 0)
		return refuse(c, "a block of type tool_use needs \"id\" and "
				 "\"name\"");
	return ERR_OK;
}

static enum err result_block(struct call *c, struct llm_message *m,
			     struct json block, struct buf *text)
{
	if (is_type(block, "image"))
		return decode_image(c, m, json_get(block, "source"));
	if (is_type(block, "document"))
		return result_document(c, m, block, text);
	if (!is_type(block, "text"))
		return refuse(c, "a tool's answer must be text, images and "
				 "documents");
	buf_add_str(text, json_str(json_get(block, "text")));
	return ERR_OK;
}

/*
 * A tool's answer: a string, or blocks of text and documents, which become one,
 * and images, which stand beside the result.
 */
static enum err result_content(struct call *c, struct llm_message *m,
			       struct json content, struct str *out)
{
	struct buf text;

	*out = json_str(content);
	if (json_type(content) != JSON_ARRAY)
		return ERR_OK;
	buf_init(&text, &c->req->arena,
		 c->req->body.n + json_count(content) * DOCUMENT_FRAME_BYTES);
	for (size_t i = 0; i < json_count(content); i++)
		ERR_TRY(result_block(c, m, json_at(content, i), &text));
	*out = buf_str(&text);
	return buf_err(&text);
}

static enum err decode_result(struct call *c, struct llm_message *m,
			      struct json block)
{
	struct llm_part *const p = api_part(m, LLM_PART_TOOL_RESULT);

	p->id = json_str(json_get(block, "tool_use_id"));
	p->is_error = json_is_true(json_get(block, "is_error"));
	if (p->id.n == 0)
		return refuse(c, "a block of type tool_result needs "
				 "\"tool_use_id\"");
	return result_content(c, m, json_get(block, "content"), &p->text);
}

/* Parts that content can become, with the images in its documents. */
static size_t count_parts(struct json content)
{
	size_t n = json_count(content);

	for (size_t i = 0; i < json_count(content); i++)
		n += json_count(inner_content(json_at(content, i)));
	return n;
}

/* Parts that the results in content can become. */
static size_t count_results(struct json content)
{
	size_t n = 0;

	for (size_t i = 0; i < json_count(content); i++)
		n += 1 + count_parts(json_get(json_at(content, i), "content"));
	return n;
}

/* Without a signature nobody takes it back. */
static enum err decode_thought(struct call *c, struct llm_message *m,
			       struct json block)
{
	const bool sealed = is_type(block, "redacted_thinking");
	const struct str data =
		json_str(json_get(block, sealed ? "data" : "signature"));

	if (m->role != LLM_ASSISTANT || data.n == 0)
		return ERR_OK;
	return api_thought(c, m, json_str(json_get(block, "thinking")), data,
			   sealed);
}

static enum err decode_block(struct call *c, struct llm_message *m,
			     struct json block)
{
	if (is_type(block, "text"))
		return api_text(c, m, json_str(json_get(block, "text")));
	if (is_type(block, "image"))
		return decode_image(c, m, json_get(block, "source"));
	if (is_type(block, "document") && m->role == LLM_USER)
		return decode_document(c, m, block);
	if (is_type(block, "tool_use") && m->role == LLM_ASSISTANT)
		return decode_tool_use(c, m, block);
	if (is_type(block, "thinking") || is_type(block, "redacted_thinking"))
		return decode_thought(c, m, block);
	return refuse_block(c, json_str(json_get(block, "type")));
}

/*
 * Results of tools become a message of their own, before what else the user
 * says in the same one.
 */
static enum err decode_results(struct call *c, struct json content)
{
	struct llm_message *m = NULL;

	for (size_t i = 0; i < json_count(content); i++) {
		const struct json block = json_at(content, i);
		if (!is_type(block, "tool_result"))
			continue;
		if (m == NULL)
			m = api_message(c, LLM_TOOL, count_results(content));
		ERR_TRY(decode_result(c, m, block));
	}
	return ERR_OK;
}

static enum err decode_blocks(struct call *c, enum llm_role role,
			      struct json content)
{
	struct llm_message *m = NULL;

	if (role == LLM_USER)
		ERR_TRY(decode_results(c, content));
	for (size_t i = 0; i < json_count(content); i++) {
		const struct json block = json_at(content, i);
		if (role == LLM_USER && is_type(block, "tool_result"))
			continue;
		if (m == NULL)
			m = api_message(c, role, count_parts(content));
		ERR_TRY(decode_block(c, m, block));
	}
	return ERR_OK;
}

static enum err decode_message(struct call *c, struct json m)
{
	const struct json content = json_get(m, "content");
	enum llm_role role = LLM_USER;
	struct str name = json_str(json_get(m, "role"));

	if (str_eq_c(name, "assistant"))
		role = LLM_ASSISTANT;
	else if (str_eq_c(name, "system"))
		role = LLM_SYSTEM;
	else if (!str_eq_c(name, "user"))
		return refuse(c, "\"role\" must be user or assistant");
	if (json_type(content) == JSON_STRING)
		return api_text(c, api_message(c, role, 0), json_str(content));
	if (json_type(content) == JSON_ARRAY)
		return decode_blocks(c, role, content);
	return refuse(c, "\"content\" must be a string or a list of blocks");
}

static enum err decode_system(struct call *c, struct json system)
{
	if (json_type(system) == JSON_NULL)
		return ERR_OK;
	if (json_type(system) == JSON_STRING)
		return api_text(c, api_message(c, LLM_SYSTEM, 0),
				json_str(system));
	for (size_t i = 0; i < json_count(system); i++)
		if (!is_type(json_at(system, i), "text"))
			return refuse(c, "\"system\" must be a string or a "
					 "list of blocks of text");
	return decode_blocks(c, LLM_SYSTEM, system);
}

static enum err decode_messages(struct call *c, struct json body)
{
	const struct json list = json_get(body, "messages");
	const size_t n = json_count(list);

	if (json_type(list) != JSON_ARRAY || n == 0)
		return refuse(c, "\"messages\" must be a list of {\"role\", "
				 "\"content\"}");
	ERR_TRY(api_messages(c, n, 2 * n + 1));
	ERR_TRY(decode_system(c, json_get(body, "system")));
	for (size_t i = 0; i < n; i++)
		ERR_TRY(decode_message(c, json_at(list, i)));
	return api_messages_end(c, false);
}

/* Tools and settings --------------------------------------------------- */

static enum err decode_tools(struct call *c, struct json list)
{
	struct llm_tool *tools = NULL;

	ERR_TRY(api_tools(c, json_count(list), &tools));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json tool = json_at(list, i);
		if (json_has(tool, "type") && !is_type(tool, "custom"))
			return refuse(c, "tools that run at a provider are not "
					 "supported: \"type\" must be custom");
		tools[i].name = json_str(json_get(tool, "name"));
		tools[i].description = json_str(json_get(tool, "description"));
		tools[i].strict = json_is_true(json_get(tool, "strict"));
		ERR_TRY(api_tool(c, &tools[i], json_get(tool, "input_schema")));
	}
	return ERR_OK;
}

static enum err decode_tool_choice(struct call *c, struct json choice)
{
	static const struct {
		const char *name;
		enum llm_tool_choice choice;
	} types[] = {
		{"auto", LLM_TOOLS_AUTO},
		{"any", LLM_TOOLS_REQUIRED},
		{"tool", LLM_TOOLS_NAMED},
		{"none", LLM_TOOLS_NONE},
	};
	struct errbuf *const e = &c->req->err;

	if (json_type(choice) == JSON_NULL)
		return ERR_OK;
	ERR_TRY(json_get_bool(choice, "disable_parallel_tool_use",
			      &c->llm.one_tool_at_a_time, e));
	ERR_TRY(json_get_str(choice, "name", &c->llm.tool_named, e));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_type(choice, types[i].name)) {
			c->llm.tool_choice = types[i].choice;
			return c->llm.tool_choice == LLM_TOOLS_NAMED &&
					       c->llm.tool_named.n == 0
				       ? refuse(c, "\"tool_choice\" of type "
						   "tool needs \"name\"")
				       : ERR_OK;
		}
	return refuse(c, "\"tool_choice\" must be of type auto, any, tool or "
			 "none");
}

static enum err decode_format(struct call *c, struct json body)
{
	struct json format = json_get(body, "output_format");

	if (json_type(format) == JSON_NULL)
		format = json_get(json_get(body, "output_config"), "format");
	if (json_type(format) == JSON_NULL)
		return ERR_OK;
	if (!is_type(format, "json_schema"))
		return refuse(c, "the type of the answer's format must be "
				 "json_schema");
	return api_schema(c, STR_NONE, json_get(format, "schema"));
}

static enum err decode_budget(struct call *c, struct json thinking)
{
	int64_t *const tokens = &c->llm.thinking_tokens;

	ERR_TRY(json_get_i64(thinking, "budget_tokens", MIN_BUDGET_TOKENS,
			     API_MAX_OUTPUT_TOKENS, tokens, &c->req->err));
	if (*tokens == 0)
		return refuse(c, "\"thinking\" of type enabled needs "
				 "\"budget_tokens\"");
	if (c->max_output_tokens > 0 && *tokens >= c->max_output_tokens)
		return refuse(c, "\"budget_tokens\" must be less than "
				 "\"max_tokens\", of which they are a part");
	return ERR_OK;
}

/* Behind api_limit(). */
static enum err decode_thinking(struct call *c, struct json thinking)
{
	static const struct {
		const char *name;
		enum llm_thinking thinking;
	} types[] = {
		{"enabled", LLM_THINKING_BUDGET},
		{"adaptive", LLM_THINKING_ADAPTIVE},
		{"disabled", LLM_THINKING_OFF},
	};
	struct llm_request *const r = &c->llm;

	r->thinking = LLM_THINKING_UNASKED;
	if (json_type(thinking) == JSON_NULL)
		return ERR_OK;
	ERR_TRY(json_get_str(thinking, "display", &r->thinking_display,
			     &c->req->err));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_type(thinking, types[i].name)) {
			r->thinking = types[i].thinking;
			return r->thinking == LLM_THINKING_BUDGET
				       ? decode_budget(c, thinking)
				       : ERR_OK;
		}
	return refuse(c, "\"thinking\" must be of type enabled, adaptive or "
			 "disabled");
}

static enum err decode_settings(struct call *c, struct json body)
{
	static const char *const limits[] = {"max_tokens", NULL};
	const struct json config = json_get(body, "output_config");
	struct errbuf *const e = &c->req->err;

	ERR_TRY(api_limit(c, body, limits));
	ERR_TRY(decode_thinking(c, json_get(body, "thinking")));
	ERR_TRY(api_number(c, body, "temperature", &c->llm.temperature));
	ERR_TRY(api_number(c, body, "top_p", &c->llm.top_p));
	ERR_TRY(api_stop(c, body, "stop_sequences"));
	ERR_TRY(json_get_str(config, "effort", &c->llm.reasoning_effort, e));
	ERR_TRY(json_get_str(json_get(body, "metadata"), "user_id",
			     &c->llm.end_user, e));
	ERR_TRY(decode_tools(c, json_get(body, "tools")));
	ERR_TRY(decode_tool_choice(c, json_get(body, "tool_choice")));
	return decode_format(c, body);
}

enum err anthropic_decode(struct req *req, void *app, struct call **out)
{
	struct call *c = NULL;
	struct json body;
	bool stream = false;

	ERR_TRY(api_open(req, app, &c, &body));
	ERR_TRY(api_model(c, body));
	ERR_TRY(api_fields(c, body, fields, sizeof(fields) / sizeof(fields[0]),
			   LLM_DIALECT_ANTHROPIC));
	ERR_TRY(decode_messages(c, body));
	ERR_TRY(decode_settings(c, body));
	ERR_TRY(json_get_bool(body, "stream", &stream, &req->err));
	anthropic_encode_with(c, stream);
	*out = c;
	return ERR_OK;
}

enum err anthropic_messages(struct req *req, void *state)
{
	struct call *c = NULL;

	ERR_TRY(anthropic_decode(req, state, &c));
	return call_run(c);
}
