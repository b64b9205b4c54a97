/*
 * Adapter for Amazon Bedrock: ConverseStream, which all of its chat models
 * speak.  This file writes requests; bedrock_read.c reads answers.
 *
 * Requests are signed (AWS Signature Version 4) by libcurl in upstream.c, or
 * carry an API key of Bedrock when there is one.  The model stands in the
 * path, escaped: ids have a ":", ARNs a "/", too.
 */
#include "base/arena.h"
#include "conf/conf.h"
#include "conf/renew.h"
#include "llm/adapters.h"
#include "llm/bedrock_read.h"
#include "llm/classify.h"
#include "llm/claude.h"
#include "llm/document.h"
#include "llm/turns.h"
#include "llm/wire.h"
#include "json/json.h"

#include <string.h>

#define MAX_MODEL_BYTES    ((size_t)2048) /* of an ARN */
#define DEFAULT_MAX_TOKENS 4096
#define EMPTY_SCHEMA       "{\"type\":\"object\",\"properties\":{}}"

struct writer {
	struct jw w;
	struct arena *a;
	const struct llm_request *req;
	struct claude model;
	struct claude_thinking thinking;
	bool json_tool; /* the answer is the arguments of a tool */
};

/* System and messages ---------------------------------------------------- */

static void write_text(struct jw *w, struct str text)
{
	jw_open_object(w, NULL);
	jw_str(w, "text", text);
	jw_close(w);
}

/* media_type is one of wire_check_images(): "image/png" is format "png". */
static void write_image(struct jw *w, const struct llm_part *p)
{
	struct str before = STR_NONE;
	struct str format = STR_NONE;

	(void)str_cut(p->media_type, '/', &before, &format);
	jw_open_object(w, "image");
	jw_str(w, "format", format);
	jw_open_object(w, "source");
	jw_str(w, "bytes", p->data);
	jw_close(w);
	jw_close(w);
}

static void write_call(struct writer *out, const struct llm_part *p)
{
	jw_open_object(&out->w, "toolUse");
	jw_str(&out->w, "toolUseId", turns_tool_id(out->a, p->id));
	jw_str(&out->w, "name", p->name);
	jw_raw(&out->w, "input", turns_arguments(out->a, p->text));
	jw_close(&out->w);
}

/* A text of blanks is refused, an object that is empty is not. */
static void write_result(struct writer *out, const struct llm_part *p)
{
	struct jw *const w = &out->w;

	jw_open_object(w, "toolResult");
	jw_str(w, "toolUseId", turns_tool_id(out->a, p->id));
	jw_open_array(w, "content");
	jw_open_object(w, NULL);
	if (str_trim(p->text).n > 0)
		jw_str(w, "text", p->text);
	else
		jw_raw(w, "json", STR("{}"));
	jw_close(w);
	jw_close(w);
	if (p->is_error)
		jw_c(w, "status", "error");
	jw_close(w);
}

static void write_thought(struct jw *w, const struct llm_part *p)
{
	jw_open_object(w, "reasoningContent");
	if (p->kind == LLM_PART_THOUGHT) {
		jw_open_object(w, "reasoningText");
		jw_str(w, "text", p->text);
		jw_str(w, "signature", p->data);
		jw_close(w);
	} else {
		jw_str(w, "redactedContent", p->data);
	}
	jw_close(w);
}

static bool is_left_out(const struct writer *out, const struct llm_part *p)
{
	return (p->kind == LLM_PART_THOUGHT ||
		p->kind == LLM_PART_SEALED_THOUGHT) &&
	       !claude_thinks(&out->thinking);
}

static void write_block(void *arg, const struct llm_part *p)
{
	struct writer *const out = arg;

	if (is_left_out(out, p))
		return;
	jw_open_object(&out->w, NULL);
	switch (p->kind) {
	case LLM_PART_TEXT:
		jw_str(&out->w, "text", p->text);
		break;
	case LLM_PART_IMAGE:
		write_image(&out->w, p);
		break;
	/* its own block is for some models only, and wants a tidy name */
	case LLM_PART_DOCUMENT:
		jw_str(&out->w, "text", document_text(out->a, p));
		break;
	case LLM_PART_TOOL_CALL:
		write_call(out, p);
		break;
	case LLM_PART_TOOL_RESULT:
		write_result(out, p);
		break;
	case LLM_PART_THOUGHT:
	case LLM_PART_SEALED_THOUGHT:
		write_thought(&out->w, p);
		break;
	}
	jw_close(&out->w);
}

/* Tools ----------------------------------------------------------------- */

static void write_tool(struct writer *out, const struct llm_tool *t)
{
	struct jw *const w = &out->w;

	jw_open_object(w, NULL);
	jw_open_object(w, "toolSpec");
	jw_str(w, "name", t->name);
	if (t->description.n > 0)
		jw_str(w, "description", t->description);
	jw_open_object(w, "inputSchema");
	jw_raw(w, "json", t->schema.n > 0 ? t->schema : STR(EMPTY_SCHEMA));
	jw_close(w);
	jw_close(w);
	jw_close(w);
}

static void write_called(void *arg, struct str name)
{
	write_tool(arg, &(struct llm_tool){.name = name});
}

static void write_choice(struct writer *out)
{
	const struct llm_request *const req = out->req;
	const bool named = req->tool_choice == LLM_TOOLS_NAMED;
	struct jw *const w = &out->w;

	if (!named && req->tool_choice != LLM_TOOLS_REQUIRED && !out->json_tool)
		return;
	jw_open_object(w, "toolChoice");
	if (named || (out->json_tool && req->ntools == 0)) {
		jw_open_object(w, "tool");
		jw_str(w, "name",
		       named ? req->tool_named : STR(CLAUDE_JSON_TOOL));
		jw_close(w);
	} else {
		jw_raw(w, "any", STR("{}"));
	}
	jw_close(w);
}

/*
 * There is no way to offer tools and forbid them, but a conversation with
 * calls in it is refused without tools.  So what is forbidden is named only
 * then, without its description.
 */
static void write_tools(struct writer *out)
{
	const struct llm_request *const req = out->req;
	const bool offer =
		req->ntools > 0 && req->tool_choice != LLM_TOOLS_NONE;

	if (!offer && !out->json_tool && !turns_have_tools(req))
		return;
	jw_open_object(&out->w, "toolConfig");
	jw_open_array(&out->w, "tools");
	for (size_t i = 0; offer && i < req->ntools; i++)
		write_tool(out, &req->tools[i]);
	if (!offer)
		turns_each_called(req, write_called, out);
	if (out->json_tool)
		write_tool(out, &(struct llm_tool){
					.name = STR(CLAUDE_JSON_TOOL),
					.description = STR("Give the answer."),
					.schema = req->schema});
	jw_close(&out->w);
	write_choice(out);
	jw_close(&out->w);
}

/* The rest -------------------------------------------------------------- */

static void write_inference(struct writer *out)
{
	const struct llm_request *const req = out->req;
	struct jw *const w = &out->w;

	jw_open_object(w, "inferenceConfig");
	jw_int(w, "maxTokens",
	       req->max_output_tokens > 0 ? req->max_output_tokens
					  : DEFAULT_MAX_TOKENS);
	claude_write_sampling(w, &out->model, req, "topP");
	if (req->nstop > 0) {
		jw_open_array(w, "stopSequences");
		for (size_t i = 0; i < req->nstop; i++)
			jw_str(w, NULL, req->stop[i]);
		jw_close(w);
	}
	jw_close(w);
}

/* The schema is a text here. */
static void write_format(struct writer *out)
{
	const struct llm_request *const req = out->req;
	struct jw *const w = &out->w;

	if (req->format != LLM_FORMAT_SCHEMA || out->json_tool)
		return;
	jw_open_object(w, "outputConfig");
	jw_open_object(w, "textFormat");
	jw_c(w, "type", "json_schema");
	jw_open_object(w, "structure");
	jw_open_object(w, "jsonSchema");
	jw_str(w, "schema", req->schema);
	jw_str(w, "name",
	       req->schema_name.n > 0 ? req->schema_name : STR("answer"));
	jw_close(w);
	jw_close(w);
	jw_close(w);
	jw_close(w);
}

/* Members of the model's own API. */
static void write_additional(struct writer *out)
{
	const struct claude_thinking *const t = &out->thinking;
	struct jw *const w = &out->w;

	if (!claude_thinks(t) && !t->off && t->effort == NULL)
		return;
	jw_open_object(w, "additionalModelRequestFields");
	claude_write_thinking(w, t);
	if (t->effort != NULL) {
		jw_open_object(w, "output_config");
		jw_c(w, "effort", t->effort);
		jw_close(w);
	}
	jw_close(w);
}

static void write_body(struct writer *out, struct buf *body)
{
	jw_init(&out->w, body);
	jw_open_object(&out->w, NULL);
	turns_write_system(&out->w, out->req, claude_rule(out->req),
			   write_text);
	turns_write(&out->w, out->req, write_block, out);
	write_inference(out);
	write_tools(out);
	write_format(out);
	write_additional(out);
	jw_close(&out->w);
}

/* Address and signature ---------------------------------------------------- */

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

/* RFC 3986, 2.3; keep: a byte that stays as well, or 0. */
static const char *escaped(struct arena *a, struct str s, char keep)
{
	static const char digits[] = "0123456789ABCDEF";
	struct buf b;

	buf_init(&b, a, 3 * s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		if (is_unreserved(s.p[i]) || (keep != 0 && s.p[i] == keep)) {
			buf_add_char(&b, s.p[i]);
		} else {
			buf_add_char(&b, '%');
			buf_add_char(&b, digits[c >> 4]);
			buf_add_char(&b, digits[c & 15]);
		}
	}
	return buf_c(&b);
}

static enum err write_url(struct arena *a, const struct conf_provider *conf,
			  struct str model, struct provider_request *out,
			  struct errbuf *e)
{
	struct buf path;

	if (model.n == 0 || model.n > MAX_MODEL_BYTES || model.p[0] == '.')
		return err_set(e, ERR_UPSTREAM_REJECTED,
			       "provider %s: no such model", conf->name);
	buf_init(&path, a, 3 * model.n + 64);
	buf_addf(&path, "/model/%s/converse-stream", escaped(a, model, 0));
	return wire_url(a, conf, buf_c(&path), out, e);
}

/* Split out->url in what is signed and what is asked for; see upstream.c. */
static void split_url(struct arena *a, struct provider_request *out)
{
	const char *const scheme = strstr(out->url, "://");
	const char *const host = scheme != NULL ? scheme + 3 : out->url;
	const char *const path = strchr(host, '/');
	struct buf url;

	if (path == NULL)
		return;
	const char *const twice = escaped(a, str_from(path), '/');
	buf_init(&url, a, strlen(out->url) + strlen(twice) + 1);
	buf_add(&url, out->url, (size_t)(path - out->url));
	buf_add_c(&url, twice);
	out->target = path;
	out->url = buf_c(&url);
}

static enum err sign(struct arena *a, const struct conf_provider *conf,
		     struct provider_request *out, struct errbuf *e)
{
	const struct conf_aws_keys keys = conf_aws_keys(conf, false);
	struct buf b;

	if (keys.access_key.secret_p == NULL ||
	    keys.secret_key.secret_p == NULL)
		return err_set(e, ERR_CONFIG,
			       "provider %s has no keys: set access_key_file "
			       "and secret_key_file",
			       conf->name);
	buf_init(&b, a, strlen(conf->region) + 32);
	buf_addf(&b, "aws:amz:%s:bedrock", conf->region);
	out->sigv4 = buf_c(&b);
	split_url(a, out);
	out->access_key = arena_strndup(a, keys.access_key.secret_p,
					keys.access_key.secret_n);
	out->secret_key = arena_strndup(a, keys.secret_key.secret_p,
					keys.secret_key.secret_n);
	out->keys_version = keys.version;
	if (keys.session_token.secret_p == NULL)
		return ERR_OK;
	if (wire_secret(a, "X-Amz-Security-Token: ", &keys.session_token,
			out) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "the session token of provider %s is not one word",
		       conf->name);
}

static enum err authorize(struct arena *a, const struct conf_provider *conf,
			  struct provider_request *out, struct errbuf *e)
{
	if (conf->api_key.secret_p != NULL || conf->api_key_wanted)
		return wire_key(a, conf, "Authorization: Bearer ", true, out,
				e);
	return sign(a, conf, out, e);
}

/*
 * A schema is kept to by Claude since 4.5 and by the open models; Amazon's own
 * and older Claudes must be forced with a tool.
 */
static bool needs_json_tool(const struct writer *out)
{
	static const char nova[] = "amazon.nova";
	const struct str model = out->req->model;
	bool is_nova = false;

	if (out->req->format != LLM_FORMAT_SCHEMA)
		return false;
	for (size_t i = 0; i + sizeof(nova) - 1 <= model.n; i++)
		is_nova = is_nova ||
			  memcmp(model.p + i, nova, sizeof(nova) - 1) == 0;
	return is_nova || (out->model.is_claude && !out->model.format);
}

static enum err bedrock_encode(struct arena *a,
			       const struct conf_provider *conf,
			       const struct llm_request *req,
			       struct provider_request *out, struct errbuf *e)
{
	struct writer writer = {
		.a = a, .req = req, .model = claude_of(req->model)};

	writer.thinking = claude_thinking_of(&writer.model, req);
	writer.json_tool = needs_json_tool(&writer);
	out->nheaders = 0;
	ERR_TRY(wire_check_images(conf, req, e));
	ERR_TRY(write_url(a, conf, req->model, out, e));
	wire_header(out, "Content-Type: application/json");
	wire_header(out, "Accept: application/vnd.amazon.eventstream");
	ERR_TRY(authorize(a, conf, out, e));
	wire_body(a, req, out);
	write_body(&writer, &out->body);
	return wire_body_err(conf, out, e);
}

const struct provider_adapter provider_bedrock = {
	.name = "bedrock",
	.encode = bedrock_encode,
	.stream_new = bedrock_stream_new,
	.feed = bedrock_feed,
	.finish = bedrock_finish,
	.classify = provider_classify,
};
