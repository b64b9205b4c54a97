/*
 * Decoder and encoder of OpenAI's Embeddings.
 */
#include "api/embeddings.h"

#include "api/decode.h"
#include "api/encode.h"
#include "api/vector.h"
#include "http/problem.h"
#include "http/req.h"
#include "llm/app.h"

#define MAX_INPUTS     2048
#define MAX_DIMENSIONS 65536

static enum err refuse(struct call *c)
{
	return err_set(&c->req->err, ERR_INVALID_REQUEST,
		       "\"input\" must be a text, a list of up to %d texts, "
		       "or tokens",
		       MAX_INPUTS);
}

static bool is_tokens(struct json v)
{
	return json_type(v) == JSON_ARRAY && json_count(v) > 0 &&
	       json_type(json_at(v, 0)) == JSON_INT;
}

static enum err take_input(struct call *c, struct str *out, struct json v)
{
	const int64_t max = c->app->conf->server.max_message_bytes;
	const bool is_text = json_type(v) == JSON_STRING && json_str(v).n > 0;

	if (!is_text && !is_tokens(v))
		return refuse(c);
	*out = json_text(v);
	if ((int64_t)out->n > max)
		return err_set(&c->req->err, ERR_TOO_LARGE,
			       "an input is longer than %lld bytes",
			       (long long)max);
	return ERR_OK;
}

static enum err decode_input(struct call *c, struct json input)
{
	const bool list = json_type(input) == JSON_ARRAY && !is_tokens(input);
	const size_t n = list ? json_count(input) : 1;

	if (n == 0 || n > MAX_INPUTS)
		return refuse(c);
	struct str *const inputs = ARENA_ARRAY(&c->req->arena, n, struct str);
	for (size_t i = 0; i < n; i++)
		ERR_TRY(take_input(c, &inputs[i],
				   list ? json_at(input, i) : input));
	c->llm.inputs = inputs;
	c->llm.ninputs = n;
	return ERR_OK;
}

static enum err decode_format(struct call *c, struct json body)
{
	struct str format = STR("float");

	ERR_TRY(json_get_str(body, "encoding_format", &format, &c->req->err));
	c->llm.base64 = str_eq_c(format, "base64");
	if (!c->llm.base64 && !str_eq_c(format, "float"))
		return err_set(&c->req->err, ERR_INVALID_REQUEST,
			       "\"encoding_format\" must be float or base64");
	return ERR_OK;
}

/* c->answer is the vectors in order, with commas between. */
static void write_data(struct buf *out, const struct call *c)
{
	struct errbuf e = {.code = ERR_OK};
	struct buf text;
	struct json list;

	buf_init(&text, &c->req->arena, c->answer.n + 3);
	buf_add_char(&text, '[');
	buf_add_str(&text, buf_str(&c->answer));
	buf_add_char(&text, ']');
	if (json_parse(&c->req->arena, buf_str(&text), &list, &e) != ERR_OK)
		return;
	for (size_t i = 0; i < json_count(list); i++) {
		buf_addf(out,
			 "%s{\"object\":\"embedding\",\"index\":%zu,"
			 "\"embedding\":",
			 i > 0 ? "," : "", i);
		vector_write(out, json_at(list, i), c->llm.base64);
		buf_add_char(out, '}');
	}
}

static void answer(const struct call *c, struct buf *out)
{
	const int64_t tokens = api_input_tokens(&c->settle.usage);
	struct jw w;

	buf_add_c(out, "{\"object\":\"list\",\"data\":[");
	write_data(out, c);
	buf_add_c(out, "],\"model\":");
	json_quote(out, c->model_asked);
	buf_add_c(out, ",\"usage\":");
	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_int(&w, "prompt_tokens", tokens);
	jw_int(&w, "total_tokens", tokens);
	jw_close(&w);
	buf_add_char(out, '}');
}

static void problem(const struct call *c, enum err err, struct buf *out)
{
	problem_json(c->req, err, out);
}

static const struct encoder encoder = {
	.content_type = "application/json",
	.problem_type = PROBLEM_TYPE,
	.answer = answer,
	.problem = problem,
};

enum err embeddings_create(struct req *req, void *state)
{
	struct call *c = NULL;
	struct json body;
	int64_t dimensions = 0;

	ERR_TRY(api_open(req, state, &c, &body));
	ERR_TRY(api_model(c, body));
	ERR_TRY(decode_input(c, json_get(body, "input")));
	ERR_TRY(decode_format(c, body));
	ERR_TRY(json_get_i64(body, "dimensions", 1, MAX_DIMENSIONS, &dimensions,
			     &req->err));
	ERR_TRY(api_number(c, body, "dimensions", &c->llm.dimensions));
	ERR_TRY(json_get_str(body, "user", &c->llm.end_user, &req->err));
	c->max_output_tokens = 1; /* there is no output; the least there is */
	c->encoder = &encoder;
	return call_run(c);
}
