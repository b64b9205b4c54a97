/*
 * Parts of a request's body that all compatible APIs have, whatever they call
 * them: model, messages, images, tools, schemas, and what is left.
 */
#include "api/decode.h"

#include "http/req.h"
#include "llm/app.h"
#include "json/schema.h"

#include <assert.h>
#include <string.h>

#define API_DEFAULT_OUTPUT  INT64_C(4096)
#define MIN_OUTPUT          16
#define MAX_EXTRAS          32
#define MAX_EXTRA_BYTES     ((size_t)64 * 1024)
#define MAX_TOOL_NAME_BYTES 128

/*
 * The feature of calls that name a provider/model themselves: it has no
 * prompt and no passages, and only the caller's own limits.
 */
static const struct conf_feature feature_api = {
	.name = "api",
	.prompt = "",
	.prompt_version = "none",
	.collection = "",
	.max_output_tokens = API_MAX_OUTPUT_TOKENS,
	.min_output_tokens = MIN_OUTPUT,
};

enum err api_open(struct req *req, void *app, struct call **out,
		  struct json *body)
{
	struct call *const c = ARENA_NEW(&req->arena, struct call);

	c->req = req;
	c->app = app;
	*out = c;
	ERR_TRY(call_identify(c));
	ERR_TRY(json_parse(&req->arena, req->body, body, &req->err));
	if (json_type(*body) != JSON_OBJECT)
		return err_set(&req->err, ERR_INVALID_REQUEST,
			       "the body must be a JSON object");
	return ERR_OK;
}

/* The model ------------------------------------------------------------ */

enum err api_model(struct call *c, struct json body)
{
	const struct conf *const conf = c->app->conf;
	struct str name = STR_NONE;
	struct str provider;
	struct str model;

	ERR_TRY(json_get_str(body, "model", &name, &c->req->err));
	if (name.n == 0)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"model\" is missing");
	c->model_asked = name;
	name = conf_alias(conf, name);
	if (conf_feature(conf, name) != NULL) {
		c->feature_name = name;
		return ERR_OK;
	}
	if (!str_cut(name, '/', &provider, &model) || model.n == 0 ||
	    conf_provider(conf, provider) == NULL)
		return err_set(&c->req->err, ERR_UNKNOWN_MODEL,
			       "there is no model \"" STR_FMT
			       "\"; GET /v1/models lists those that there are",
			       STR_ARG(str_utf8_prefix(name, 100)));
	c->model_named = name;
	c->feature = &feature_api;
	return ERR_OK;
}

enum err api_limit(struct call *c, struct json body, const char *const *names)
{
	for (; *names != NULL && c->max_output_tokens == 0; names++)
		ERR_TRY(json_get_i64(body, *names, 1, API_MAX_OUTPUT_TOKENS,
				     &c->max_output_tokens, &c->req->err));
	if (c->max_output_tokens == 0 && c->feature != NULL)
		c->max_output_tokens = API_DEFAULT_OUTPUT;
	return ERR_OK;
}

/* Messages ------------------------------------------------------------- */

enum err api_messages(struct call *c, size_t n, size_t room)
{
	const int64_t max = c->app->conf->server.max_messages;

	if ((int64_t)n > max)
		return err_set(&c->req->err, ERR_TOO_LARGE,
			       "there are more than %lld messages",
			       (long long)max);
	c->messages = ARENA_ARRAY(&c->req->arena, room, struct llm_message);
	c->nmessages = 0;
	return ERR_OK;
}

struct llm_message *api_message(struct call *c, enum llm_role role,
				size_t nparts)
{
	struct llm_message *const m = &c->messages[c->nmessages++];

	m->role = role;
	m->parts = ARENA_ARRAY(&c->req->arena, nparts, struct llm_part);
	return m;
}

struct llm_part *api_part(struct llm_message *m, enum llm_part_kind kind)
{
	m->parts[m->nparts].kind = kind;
	return &m->parts[m->nparts++];
}

static enum err check_length(struct call *c, struct str text)
{
	const int64_t max = c->app->conf->server.max_message_bytes;

	if ((int64_t)text.n <= max)
		return ERR_OK;
	return err_set(&c->req->err, ERR_TOO_LARGE,
		       "a message is longer than %lld bytes", (long long)max);
}

enum err api_thought(struct call *c, struct llm_message *m, struct str text,
		     struct str data, bool sealed)
{
	ERR_TRY(check_length(c, text));
	struct llm_part *const p = api_part(m, sealed ? LLM_PART_SEALED_THOUGHT
						      : LLM_PART_THOUGHT);
	if (!sealed)
		p->text = text;
	p->data = data;
	return ERR_OK;
}

enum err api_text(struct call *c, struct llm_message *m, struct str text)
{
	ERR_TRY(check_length(c, text));
	if (m->text.n == 0 && m->nparts == 0)
		m->text = text;
	else if (text.n > 0)
		api_part(m, LLM_PART_TEXT)->text = text;
	return ERR_OK;
}

static bool is_base64(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool digit = (c >= 'A' && c <= 'Z') ||
				   (c >= 'a' && c <= 'z') ||
				   (c >= '0' && c <= '9') || c == '+' ||
				   c == '/' || c == '=';
		if (!digit)
			return false;
	}
	return s.n > 0;
}

enum err api_image(struct call *c, struct llm_message *m, struct str media_type,
		   struct str data)
{
	static const char *const types[] = {"image/png", "image/jpeg",
					    "image/gif", "image/webp"};
	bool known = false;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		known = known || str_eq_c(media_type, types[i]);
	if (!known)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "an image must be image/png, image/jpeg, "
			       "image/gif or image/webp");
	if (!is_base64(data))
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "the data of an image must be base64");
	struct llm_part *const part = api_part(m, LLM_PART_IMAGE);
	part->media_type = media_type;
	part->data = data;
	return ERR_OK;
}

enum err api_image_url(struct call *c, struct llm_message *m, struct str url)
{
	struct str head;
	struct str data;
	struct str type;
	struct str encoding;

	if (!str_starts(url, STR("data:")))
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "images are not fetched from elsewhere: send "
			       "them as data:image/png;base64,...");
	(void)str_cut((struct str){url.p + 5, url.n - 5}, ',', &head, &data);
	(void)str_cut(head, ';', &type, &encoding);
	if (!str_eq_c(encoding, "base64"))
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "the data of an image must be base64");
	return api_image(c, m, type, data);
}

enum err api_document(struct call *c, struct llm_message *m,
		      const struct llm_part *document)
{
	ERR_TRY(check_length(c, document->text));
	ERR_TRY(check_length(c, document->name));
	ERR_TRY(check_length(c, document->data));
	*api_part(m, LLM_PART_DOCUMENT) = *document;
	return ERR_OK;
}

enum err api_messages_end(struct call *c, bool system_asks)
{
	for (size_t i = 0; i < c->nmessages; i++)
		if (c->messages[i].role != LLM_SYSTEM)
			return ERR_OK;
	if (system_asks &&
	    llm_system_asks(c->messages, c->nmessages) < c->nmessages)
		return ERR_OK;
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       system_asks ? "no message has a text"
				   : "there is no message by the user");
}

/* Settings of the answer ----------------------------------------------- */

enum err api_number(struct call *c, struct json body, const char *name,
		    struct str *out)
{
	const struct json v = json_get(body, name);
	const enum json_type type = json_type(v);

	if (type == JSON_NULL)
		return ERR_OK;
	if (type != JSON_INT && type != JSON_REAL)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"%s\" must be a number", name);
	*out = json_text(v);
	return ERR_OK;
}

enum err api_stop(struct call *c, struct json body, const char *name)
{
	const struct json v = json_get(body, name);
	const bool list = json_type(v) == JSON_ARRAY;
	const size_t n = list ? json_count(v) : 1;

	if (json_type(v) == JSON_NULL || n == 0)
		return ERR_OK;
	if (n > API_MAX_STOP)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"%s\" has more than %d strings", name,
			       API_MAX_STOP);
	struct str *const stop = ARENA_ARRAY(&c->req->arena, n, struct str);
	for (size_t i = 0; i < n; i++) {
		stop[i] = json_str(list ? json_at(v, i) : v);
		if (stop[i].n == 0)
			return err_set(&c->req->err, ERR_INVALID_REQUEST,
				       "\"%s\" must be a string or a list of "
				       "strings",
				       name);
	}
	c->llm.stop = stop;
	c->llm.nstop = n;
	return ERR_OK;
}

enum err api_tools(struct call *c, size_t n, struct llm_tool **out)
{
	if (n > API_MAX_TOOLS)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "there are more than %d tools", API_MAX_TOOLS);
	*out = ARENA_ARRAY(&c->req->arena, n, struct llm_tool);
	c->llm.tools = *out;
	return ERR_OK;
}

static bool is_tool_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		const bool letter = (c >= 'a' && c <= 'z') ||
				    (c >= 'A' && c <= 'Z') ||
				    (c >= '0' && c <= '9');
		if (!letter && c != '_' && c != '-' && c != '.')
			return false;
	}
	return s.n > 0 && s.n <= MAX_TOOL_NAME_BYTES;
}

enum err api_tool(struct call *c, struct llm_tool *tool, struct json schema)
{
	const enum json_type type = json_type(schema);

	if (!is_tool_name(tool->name))
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "a tool needs a name of 1 to %d letters, "
			       "digits, '_', '-' or '.'",
			       MAX_TOOL_NAME_BYTES);
	if (type != JSON_NULL && type != JSON_OBJECT)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "the parameters of tool \"" STR_FMT
			       "\" must be a JSON schema",
			       STR_ARG(tool->name));
	if (type == JSON_OBJECT)
		tool->schema = json_text(schema);
	c->llm.ntools++;
	return ERR_OK;
}

enum err api_schema(struct call *c, struct str name, struct json schema)
{
	if (json_type(schema) != JSON_OBJECT)
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "the JSON schema of the answer is missing");
	ERR_TRY(json_schema_check(schema, &c->req->err));
	c->llm.format = LLM_FORMAT_SCHEMA;
	c->llm.schema_name = name.n > 0 ? name : STR("answer");
	c->llm.schema = json_text(schema);
	c->schema = schema;
	return ERR_OK;
}

/* Members that are not for us ------------------------------------------- */

struct fields {
	struct call *c;
	const struct api_field *fields;
	size_t n;
	struct llm_extra *extras;
	size_t bytes;
};

/* Said, but with the value that means "no". */
static bool is_off(struct json v)
{
	return json_type(v) == JSON_NULL ||
	       (json_type(v) == JSON_BOOL && !json_is_true(v)) ||
	       (json_type(v) == JSON_ARRAY && json_count(v) == 0);
}

/* Within reason: what is beyond it is passed over, for nobody knows it. */
static void keep_extra(struct fields *f, struct str name, struct json v)
{
	struct llm_request *const r = &f->c->llm;
	const struct str text = json_text(v);

	if (r->nextras == MAX_EXTRAS ||
	    name.n + text.n > MAX_EXTRA_BYTES - f->bytes)
		return;
	f->bytes += name.n + text.n;
	f->extras[r->nextras++] = (struct llm_extra){name, text};
}

static enum err take_field(void *arg, struct str name, struct json v)
{
	struct fields *const f = arg;

	for (size_t i = 0; i < f->n; i++) {
		const struct api_field *const field = &f->fields[i];
		if (!str_eq_c(name, field->name))
			continue;
		if (field->fate != API_REFUSE || is_off(v))
			return ERR_OK;
		return err_set(&f->c->req->err, ERR_INVALID_REQUEST,
			       "\"%s\" %s", field->name, field->why);
	}
	if (json_type(v) != JSON_NULL)
		keep_extra(f, name, v);
	return ERR_OK;
}

enum err api_fields(struct call *c, struct json body,
		    const struct api_field *fields, size_t n,
		    enum llm_dialect dialect)
{
	struct fields f = {.c = c, .fields = fields, .n = n};

	f.extras = ARENA_ARRAY(&c->req->arena, MAX_EXTRAS, struct llm_extra);
	c->llm.extras = f.extras;
	c->llm.extras_of = dialect;
	return json_each(body, take_field, &f);
}

int64_t api_bound_tokens(struct call *c)
{
	const struct conf *const conf = c->app->conf;
	const struct conf_feature *f = c->feature;
	int64_t image_tokens = 0;

	if (f == NULL)
		f = conf_feature(conf, c->feature_name);
	for (size_t i = 0; i < conf->nproviders; i++)
		if (conf->providers[i].image_tokens > image_tokens)
			image_tokens = conf->providers[i].image_tokens;
	c->llm.messages = c->messages;
	c->llm.nmessages = c->nmessages;
	return (int64_t)strlen(f->prompt) +
	       llm_request_bound_tokens(&c->llm, image_tokens);
}
