/*
 * Decoder of POST /v1/responses: items become messages in normal form.
 */
#include "api/responses.h"

#include "api/decode.h"
#include "api/openai.h"
#include "http/req.h"

/*
 * What becomes of each member of the body; see openai_decode.c.  No provider
 * is asked in this dialect, so what is not in the list goes nowhere.
 */
static const struct api_field fields[] = {
	{"previous_response_id", API_REFUSE,
	 "is not supported: nothing is stored; send the earlier items as "
	 "\"input\""},
	{"conversation", API_REFUSE,
	 "is not supported: nothing is stored; send the earlier items as "
	 "\"input\""},
	{"store", API_REFUSE, "must be false: nothing is stored"},
	{"background", API_REFUSE, "must be false: an answer is given at once"},
	{"prompt", API_REFUSE,
	 "is not supported: use \"instructions\" and \"input\""},
};

static enum err refuse(struct call *c, const char *what)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST, "%s", what);
}

static struct str type_of(struct json item)
{
	return json_str(json_get(item, "type"));
}

static bool is_call(struct json item)
{
	return str_eq_c(type_of(item), "function_call");
}

/* How many calls of tools stand in a row from item i on. */
static size_t count_calls(struct json list, size_t i)
{
	size_t n = 0;

	while (i + n < json_count(list) && is_call(json_at(list, i + n)))
		n++;
	return n;
}

static enum err decode_call(struct call *c, struct llm_message *m,
			    struct json item)
{
	struct llm_part *const p = api_part(m, LLM_PART_TOOL_CALL);

	p->id = json_str(json_get(item, "call_id"));
	p->name = json_str(json_get(item, "name"));
	p->text = json_str(json_get(item, "arguments"));
	if (p->text.n == 0)
		p->text = STR("{}");
	if (p->id.n == 0 || p->name.n == 0)
		return refuse(c, "an item of type function_call needs "
				 "\"call_id\" and \"name\"");
	return ERR_OK;
}

/* Calls in a row belong to one message; *i goes to the last of them. */
static enum err decode_calls(struct call *c, struct llm_message *m,
			     struct json list, size_t *i)
{
	const size_t n = count_calls(list, *i);

	if (m == NULL)
		m = api_message(c, LLM_ASSISTANT, n);
	for (size_t k = 0; k < n; k++)
		ERR_TRY(decode_call(c, m, json_at(list, *i + k)));
	*i += n - 1;
	return ERR_OK;
}

/* What the assistant says may go on with calls of tools. */
static enum err decode_message(struct call *c, struct json list, size_t *i)
{
	const struct json item = json_at(list, *i);
	const struct json content = json_get(item, "content");
	const size_t ncalls = count_calls(list, *i + 1);
	enum llm_role role = LLM_USER;

	ERR_TRY(openai_role(c, json_str(json_get(item, "role")), &role));
	if (role == LLM_TOOL)
		return refuse(c, "a tool's answer is an item of type "
				 "function_call_output");
	struct llm_message *const m =
		api_message(c, role, json_count(content) + ncalls);
	ERR_TRY(openai_content(c, m, content));
	if (role != LLM_ASSISTANT || ncalls == 0)
		return ERR_OK;
	*i += 1;
	return decode_calls(c, m, list, i);
}

static enum err decode_item(struct call *c, struct json list, size_t *i)
{
	const struct json item = json_at(list, *i);
	const struct str type = type_of(item);

	if (is_call(item))
		return decode_calls(c, NULL, list, i);
	if (str_eq_c(type, "function_call_output"))
		return openai_tool_result(c,
					  json_str(json_get(item, "call_id")),
					  json_get(item, "output"));
	/* thoughts belong to a provider and are not kept */
	if (str_eq_c(type, "reasoning"))
		return ERR_OK;
	if (str_eq_c(type, "item_reference"))
		return refuse(c, "nothing is stored, so no item can be "
				 "referred to: tell your client \"store\": "
				 "false, and it sends the items themselves");
	if (type.n == 0 || str_eq_c(type, "message"))
		return decode_message(c, list, i);
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "an item of type \"" STR_FMT "\" is not supported",
		       STR_ARG(str_utf8_prefix(type, 40)));
}

static enum err decode_input(struct call *c, struct json body)
{
	const struct json input = json_get(body, "input");
	const struct json instructions = json_get(body, "instructions");
	const size_t n = json_count(input);

	ERR_TRY(api_messages(c, n, n + 2));
	if (json_type(instructions) == JSON_STRING)
		ERR_TRY(api_text(c, api_message(c, LLM_SYSTEM, 0),
				 json_str(instructions)));
	if (json_type(input) == JSON_STRING)
		return api_text(c, api_message(c, LLM_USER, 0),
				json_str(input));
	if (json_type(input) != JSON_ARRAY || n == 0)
		return refuse(c, "\"input\" must be a string or a list of "
				 "items");
	for (size_t i = 0; i < n; i++)
		ERR_TRY(decode_item(c, input, &i));
	return api_messages_end(c, true);
}

static enum err decode_settings(struct call *c, struct json body)
{
	static const char *const limits[] = {"max_output_tokens", NULL};
	const struct json format = json_get(json_get(body, "text"), "format");
	struct errbuf *const e = &c->req->err;
	bool parallel = true;

	ERR_TRY(api_limit(c, body, limits));
	ERR_TRY(api_number(c, body, "temperature", &c->llm.temperature));
	ERR_TRY(api_number(c, body, "top_p", &c->llm.top_p));
	ERR_TRY(json_get_str(json_get(body, "reasoning"), "effort",
			     &c->llm.reasoning_effort, e));
	ERR_TRY(json_get_str(body, "user", &c->llm.end_user, e));
	ERR_TRY(json_get_str(body, "safety_identifier", &c->llm.end_user, e));
	ERR_TRY(json_get_bool(body, "parallel_tool_calls", &parallel, e));
	c->llm.one_tool_at_a_time = !parallel;
	ERR_TRY(openai_tools(c, json_get(body, "tools")));
	ERR_TRY(openai_tool_choice(c, json_get(body, "tool_choice")));
	return openai_format(c, format, format);
}

enum err responses_create(struct req *req, void *state)
{
	struct call *c = NULL;
	struct json body;
	bool stream = false;

	ERR_TRY(api_open(req, state, &c, &body));
	ERR_TRY(api_model(c, body));
	ERR_TRY(api_fields(c, body, fields, sizeof(fields) / sizeof(fields[0]),
			   LLM_DIALECT_NONE));
	c->llm.nextras = 0;
	ERR_TRY(decode_input(c, body));
	ERR_TRY(decode_settings(c, body));
	ERR_TRY(json_get_bool(body, "stream", &stream, &req->err));
	responses_encode_with(c, stream);
	return call_run(c);
}
