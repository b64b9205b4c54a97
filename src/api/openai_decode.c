/*
 * Decoder of POST /v1/chat/completions: OpenAI's Chat Completions become a
 * request in normal form.
 */
#include "api/openai.h"

#include "api/decode.h"
#include "http/req.h"

/*
 * The one list of what becomes of each member of the body.  A member that is
 * not in it goes on to providers of the OpenAI kind; so whatever costs more, or
 * lets the caller choose where the request goes, must be in it.
 */
static const struct api_field fields[] = {
	{"model", API_KNOWN, NULL},
	{"messages", API_KNOWN, NULL},
	{"max_tokens", API_KNOWN, NULL},
	{"max_completion_tokens", API_KNOWN, NULL},
	{"n", API_KNOWN, NULL},
	{"stream", API_KNOWN, NULL},
	{"stream_options", API_KNOWN, NULL},
	{"stop", API_KNOWN, NULL},
	{"temperature", API_KNOWN, NULL},
	{"top_p", API_KNOWN, NULL},
	{"seed", API_KNOWN, NULL},
	{"reasoning_effort", API_KNOWN, NULL},
	{"user", API_KNOWN, NULL},
	{"safety_identifier", API_KNOWN, NULL},
	{"tools", API_KNOWN, NULL},
	{"tool_choice", API_KNOWN, NULL},
	{"parallel_tool_calls", API_KNOWN, NULL},
	{"response_format", API_KNOWN, NULL},
	{"modalities", API_KNOWN, NULL},
	/* about storing at the provider, which is never asked for */
	{"metadata", API_DROP, NULL},
	{"store", API_DROP, NULL},
	/* about the price, which is the ordinary one */
	{"service_tier", API_DROP, NULL},
	{"prediction", API_DROP, NULL},
	{"prompt_cache_retention", API_DROP, NULL},
	{"background", API_DROP, NULL},
	{"logprobs", API_KNOWN, NULL},
	{"top_logprobs", API_DROP, NULL}, /* nothing without the above */
	/* about where the request goes (LiteLLM, OpenRouter) */
	{"api_key", API_DROP, NULL},
	{"api_base", API_DROP, NULL},
	{"base_url", API_DROP, NULL},
	{"custom_llm_provider", API_DROP, NULL},
	{"extra_headers", API_DROP, NULL},
	{"extra_body", API_DROP, NULL},
	{"extra_query", API_DROP, NULL},
	{"fallbacks", API_DROP, NULL},
	{"context_window_fallback_dict", API_DROP, NULL},
	{"model_list", API_DROP, NULL},
	{"models", API_DROP, NULL},
	{"route", API_DROP, NULL},
	{"provider", API_DROP, NULL},
	{"transforms", API_DROP, NULL},
	{"num_retries", API_DROP, NULL},
	{"max_retries", API_DROP, NULL},
	{"timeout", API_DROP, NULL},
	{"mock_response", API_DROP, NULL},
	{"usage", API_DROP, NULL},
	{"best_of", API_REFUSE, "is not supported: one answer is given"},
	{"audio", API_REFUSE, "is not supported: answers are text"},
	{"web_search_options", API_REFUSE,
	 "is not supported: nothing is searched for on the web"},
	{"plugins", API_REFUSE, "is not supported"},
	{"mcp_servers", API_REFUSE, "is not supported"},
	{"functions", API_REFUSE, "is not supported: use \"tools\""},
	{"function_call", API_REFUSE, "is not supported: use \"tool_choice\""},
};

/* Content -------------------------------------------------------------- */

static enum err refuse(struct call *c, const char *what)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST, "%s", what);
}

static enum err decode_part(struct call *c, struct llm_message *m,
			    struct json part)
{
	const struct str type = json_str(json_get(part, "type"));

	if (str_eq_c(type, "text") || str_eq_c(type, "input_text") ||
	    str_eq_c(type, "output_text"))
		return api_text(c, m, json_str(json_get(part, "text")));
	if (str_eq_c(type, "refusal"))
		return api_text(c, m, json_str(json_get(part, "refusal")));
	if (str_eq_c(type, "image_url") || str_eq_c(type, "input_image")) {
		const struct json image = json_get(part, "image_url");
		if (m->role == LLM_SYSTEM)
			return refuse(c, "an image must be the user's, not "
					 "the system's");
		return api_image_url(
			c, m,
			json_type(image) == JSON_STRING
				? json_str(image)
				: json_str(json_get(image, "url")));
	}
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "a content part of type \"" STR_FMT
		       "\" is not supported: use text or image_url",
		       STR_ARG(str_utf8_prefix(type, 40)));
}

enum err openai_content(struct call *c, struct llm_message *m,
			struct json content)
{
	switch (json_type(content)) {
	case JSON_NULL:
		return ERR_OK;
	case JSON_STRING:
		return api_text(c, m, json_str(content));
	case JSON_ARRAY:
		break;
	case JSON_BOOL:
	case JSON_INT:
	case JSON_REAL:
	case JSON_OBJECT:
		return refuse(c, "\"content\" must be a string or a list of "
				 "parts");
	}
	for (size_t i = 0; i < json_count(content); i++)
		ERR_TRY(decode_part(c, m, json_at(content, i)));
	return ERR_OK;
}

/* Messages ------------------------------------------------------------- */

static enum err decode_calls(struct call *c, struct llm_message *m,
			     struct json calls)
{
	for (size_t i = 0; i < json_count(calls); i++) {
		const struct json call = json_at(calls, i);
		const struct json function = json_get(call, "function");
		struct llm_part *const p = api_part(m, LLM_PART_TOOL_CALL);
		p->id = json_str(json_get(call, "id"));
		p->name = json_str(json_get(function, "name"));
		p->text = json_str(json_get(function, "arguments"));
		if (p->id.n == 0 || p->name.n == 0)
			return refuse(c, "each of \"tool_calls\" needs \"id\" "
					 "and \"function\" with \"name\" and "
					 "\"arguments\"");
		if (p->text.n == 0)
			p->text = STR("{}");
	}
	return ERR_OK;
}

enum err openai_tool_result(struct call *c, struct str id, struct json content)
{
	struct llm_message *const m =
		api_message(c, LLM_TOOL, json_count(content) + 1);
	struct llm_part *const p = api_part(m, LLM_PART_TOOL_RESULT);
	struct llm_message words = {.role = LLM_TOOL};
	struct buf text;

	if (id.n == 0)
		return refuse(c, "a tool's answer needs the id of the call");
	words.parts = ARENA_ARRAY(&c->req->arena, json_count(content) + 1,
				  struct llm_part);
	ERR_TRY(openai_content(c, &words, content));
	buf_init(&text, &c->req->arena, c->req->body.n + 1);
	buf_add_str(&text, words.text);
	for (size_t i = 0; i < words.nparts; i++) {
		if (words.parts[i].kind == LLM_PART_TEXT)
			buf_add_str(&text, words.parts[i].text);
		else
			*api_part(m, LLM_PART_IMAGE) = words.parts[i];
	}
	p->id = id;
	p->text = buf_str(&text);
	return ERR_OK;
}

enum err openai_role(struct call *c, struct str name, enum llm_role *role)
{
	static const struct {
		const char *name;
		enum llm_role role;
	} roles[] = {
		{"user", LLM_USER},     {"assistant", LLM_ASSISTANT},
		{"system", LLM_SYSTEM}, {"developer", LLM_SYSTEM},
		{"tool", LLM_TOOL},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (str_eq_c(name, roles[i].name)) {
			*role = roles[i].role;
			return ERR_OK;
		}
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "\"role\" must be system, developer, user, assistant "
		       "or tool, not \"" STR_FMT "\"",
		       STR_ARG(str_utf8_prefix(name, 40)));
}

static enum err decode_message(struct call *c, struct json m)
{
	const struct json content = json_get(m, "content");
	const struct json calls = json_get(m, "tool_calls");
	enum llm_role role = LLM_USER;

	ERR_TRY(openai_role(c, json_str(json_get(m, "role")), &role));
	if (role == LLM_TOOL)
		return openai_tool_result(
			c, json_str(json_get(m, "tool_call_id")), content);
	struct llm_message *const out =
		api_message(c, role, json_count(content) + json_count(calls));
	ERR_TRY(openai_content(c, out, content));
	if (role == LLM_ASSISTANT)
		return decode_calls(c, out, calls);
	return ERR_OK;
}

static enum err decode_messages(struct call *c, struct json body)
{
	const struct json list = json_get(body, "messages");

	if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
		return refuse(c, "\"messages\" must be a list of {\"role\", "
				 "\"content\"}");
	ERR_TRY(api_messages(c, json_count(list), json_count(list)));
	for (size_t i = 0; i < json_count(list); i++)
		ERR_TRY(decode_message(c, json_at(list, i)));
	return api_messages_end(c, true);
}

/* Tools ---------------------------------------------------------------- */

enum err openai_tool_choice(struct call *c, struct json choice)
{
	static const char *const words[] = {
		[LLM_TOOLS_AUTO] = "auto",
		[LLM_TOOLS_NONE] = "none",
		[LLM_TOOLS_REQUIRED] = "required",
	};
	struct json function = json_get(choice, "function");

	if (json_type(choice) == JSON_NULL)
		return ERR_OK;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_c(json_str(choice), words[i])) {
			c->llm.tool_choice = (enum llm_tool_choice)i;
			return ERR_OK;
		}
	/* in the Responses API the name is not in a "function" of its own */
	if (json_type(function) != JSON_OBJECT)
		function = choice;
	c->llm.tool_choice = LLM_TOOLS_NAMED;
	c->llm.tool_named = json_str(json_get(function, "name"));
	if (c->llm.tool_named.n == 0)
		return refuse(c, "\"tool_choice\" must be auto, none, "
				 "required or the name of a function");
	return ERR_OK;
}

enum err openai_tools(struct call *c, struct json list)
{
	struct llm_tool *tools = NULL;

	ERR_TRY(api_tools(c, json_count(list), &tools));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json tool = json_at(list, i);
		struct json f = json_get(tool, "function");
		if (!str_eq_c(json_str(json_get(tool, "type")), "function"))
			return refuse(c, "each of \"tools\" must have the "
					 "type \"function\"; tools that run "
					 "at a provider are not supported");
		if (json_type(f) != JSON_OBJECT)
			f = tool;
		tools[i].name = json_str(json_get(f, "name"));
		tools[i].description = json_str(json_get(f, "description"));
		tools[i].strict = json_is_true(json_get(f, "strict"));
		ERR_TRY(api_tool(c, &tools[i], json_get(f, "parameters")));
	}
	return ERR_OK;
}

/* The rest ------------------------------------------------------------- */

enum err openai_format(struct call *c, struct json format, struct json schema)
{
	const struct str type = json_str(json_get(format, "type"));

	if (json_type(format) == JSON_NULL || str_eq_c(type, "text"))
		return ERR_OK;
	if (str_eq_c(type, "json_object")) {
		c->llm.format = LLM_FORMAT_JSON;
		return ERR_OK;
	}
	c->llm.schema_strict = json_is_true(json_get(schema, "strict"));
	if (str_eq_c(type, "json_schema"))
		return api_schema(c, json_str(json_get(schema, "name")),
				  json_get(schema, "schema"));
	return refuse(c, "the type of the answer's format must be text, "
			 "json_object or json_schema");
}

/* Text is what every model answers; the list must not ask for more. */
static enum err check_modalities(struct call *c, struct json body)
{
	const struct json list = json_get(body, "modalities");

	for (size_t i = 0; i < json_count(list); i++)
		if (!str_eq_c(json_str(json_at(list, i)), "text"))
			return refuse(c, "\"modalities\" is not supported: "
					 "answers are text");
	return ERR_OK;
}

static enum err decode_settings(struct call *c, struct json body)
{
	static const char *const limits[] = {"max_completion_tokens",
					     "max_tokens", NULL};
	struct errbuf *const e = &c->req->err;
	int64_t n = 1;
	bool parallel = true;
	bool logprobs = false;

	ERR_TRY(api_limit(c, body, limits));
	ERR_TRY(json_get_i64(body, "n", 1, INT64_MAX, &n, e));
	if (n > 1)
		return refuse(c, "\"n\" must be 1: one answer is given");
	ERR_TRY(json_get_bool(body, "logprobs", &logprobs, e));
	if (logprobs)
		return refuse(c, "\"logprobs\" is not supported: answers "
				 "have none");
	ERR_TRY(check_modalities(c, body));
	ERR_TRY(api_number(c, body, "temperature", &c->llm.temperature));
	ERR_TRY(api_number(c, body, "top_p", &c->llm.top_p));
	ERR_TRY(api_number(c, body, "seed", &c->llm.seed));
	ERR_TRY(api_stop(c, body, "stop"));
	ERR_TRY(json_get_str(body, "reasoning_effort", &c->llm.reasoning_effort,
			     e));
	ERR_TRY(json_get_str(body, "user", &c->llm.end_user, e));
	ERR_TRY(json_get_str(body, "safety_identifier", &c->llm.end_user, e));
	ERR_TRY(json_get_bool(body, "parallel_tool_calls", &parallel, e));
	c->llm.one_tool_at_a_time = !parallel;
	ERR_TRY(openai_tools(c, json_get(body, "tools")));
	ERR_TRY(openai_tool_choice(c, json_get(body, "tool_choice")));
	const struct json format = json_get(body, "response_format");
	return openai_format(c, format, json_get(format, "json_schema"));
}

static enum err decode(struct req *req, void *app, struct call **out)
{
	struct call *c = NULL;
	struct json body;
	bool stream = false;
	bool usage = false;

	ERR_TRY(api_open(req, app, &c, &body));
	ERR_TRY(api_model(c, body));
	ERR_TRY(api_fields(c, body, fields, sizeof(fields) / sizeof(fields[0]),
			   LLM_DIALECT_OPENAI));
	ERR_TRY(decode_messages(c, body));
	ERR_TRY(decode_settings(c, body));
	ERR_TRY(json_get_bool(body, "stream", &stream, &req->err));
	ERR_TRY(json_get_bool(json_get(body, "stream_options"), "include_usage",
			      &usage, &req->err));
	openai_encode_with(c, stream, usage);
	*out = c;
	return ERR_OK;
}

enum err openai_chat(struct req *req, void *state)
{
	struct call *c = NULL;

	ERR_TRY(decode(req, state, &c));
	return call_run(c);
}
