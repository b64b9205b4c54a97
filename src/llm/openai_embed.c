/*
 * Adapter for the embeddings of OpenAI-compatible servers: one request, one
 * JSON object.
 */
#include "base/arena.h"
#include "base/container.h"
#include "conf/conf.h"
#include "llm/adapters.h"
#include "llm/answer.h"
#include "llm/classify.h"
#include "llm/openai_read.h"
#include "llm/stream.h"
#include "llm/wire.h"
#include "json/json.h"

/* Of the answer: about 500 vectors of 1536 numbers in base64. */
#define BODY_BYTES ((size_t)4 * 1024 * 1024)

struct embed_stream {
	struct answer answer;
};

static void write_body(struct buf *out, const struct llm_request *req,
		       bool base64)
{
	struct jw w;

	jw_init(&w, out);
	jw_open_object(&w, NULL);
	jw_str(&w, "model", req->model);
	jw_open_array(&w, "input");
	for (size_t i = 0; i < req->ninputs; i++)
		jw_raw(&w, NULL, req->inputs[i]);
	jw_close(&w);
	jw_c(&w, "encoding_format", base64 ? "base64" : "float");
	if (req->dimensions.n > 0)
		jw_raw(&w, "dimensions", req->dimensions);
	if (req->end_user.n > 0)
		jw_str(&w, "user", req->end_user);
	jw_close(&w);
}

/* OpenAI itself is asked for base64, which is a third of the bytes. */
static enum err embed_encode(struct arena *a, const struct conf_provider *conf,
			     const struct llm_request *req,
			     struct provider_request *out, struct errbuf *e)
{
	const bool itself = wire_is_host(conf, STR("api.openai.com"));

	out->nheaders = 0;
	ERR_TRY(wire_url(a, conf, "/embeddings", out, e));
	wire_header(out, "Content-Type: application/json");
	ERR_TRY(wire_key(a, conf, "Authorization: Bearer ", itself, out, e));
	wire_body(a, req, out);
	write_body(&out->body, req, itself || req->base64);
	return wire_body_err(conf, out, e);
}

static bool read_whole(struct answer *a, struct json root)
{
	const struct json data = json_get(root, "data");
	struct ledger_usage used;

	if (json_type(data) != JSON_ARRAY)
		return false;
	stream_start(&a->base);
	for (size_t i = 0; i < json_count(data); i++) {
		const struct json one = json_at(data, i);
		stream_vector(&a->base,
			      (size_t)json_i64(json_get(one, "index")),
			      json_text(json_get(one, "embedding")));
	}
	if (openai_read_usage(json_get(root, "usage"), &used))
		stream_usage(&a->base, &used);
	return true;
}

/* There is no stream of embeddings. */
static void read_event(struct answer *a, struct str name, struct json root)
{
	(void)name;
	(void)root;
	stream_error(&a->base, ERR_UPSTREAM, "a stream instead of vectors");
}

static const struct answer_dialect dialect = {
	.text_name = "",
	.text_event = "",
	.event = read_event,
	.whole = read_whole,
};

static struct provider_stream *embed_stream_new(struct arena *a,
						struct llm_sink *sink)
{
	struct embed_stream *const s = ARENA_NEW(a, struct embed_stream);

	answer_init(&s->answer, a, sink, &dialect);
	buf_init(&s->answer.body, &s->answer.keep, BODY_BYTES);
	return &s->answer.base;
}

const struct provider_adapter provider_openai_embed = {
	.name = "openai",
	.encode = embed_encode,
	.stream_new = embed_stream_new,
	.feed = answer_feed,
	.finish = answer_finish,
	.classify = provider_classify,
};
