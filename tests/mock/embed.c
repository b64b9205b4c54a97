/*
 * OpenAI's Embeddings API.  The vectors are made from a hash of each input, so
 * the same text has the same vector always, and each number is a multiple of
 * 1/1024, which a float holds exactly: both encodings can be compared.
 */
#include "call.h"
#include "jscan.h"
#include "openai.h"

#include <stdint.h>
#include <string.h>

#define EMBED_MAX_DIMS 4096

/* Texts, or lists of tokens; else it is one text or one list of tokens. */
static bool has_many(struct span input)
{
	const struct span first = jscan_item(input, 0);

	return first.n > 0 && (first.p[0] == '"' || first.p[0] == '[');
}

static bool parse(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const struct span input = jscan_get(body, "input");

	c->max_tokens = SCRIPT_UNSET;
	if (input.n == 0)
		return false;
	c->messages = has_many(input) ? jscan_count(input) : 1;
	return jscan_string(jscan_get(body, "model"), c->model,
			    sizeof(c->model));
}

static struct span input_of(const struct call *c, size_t i)
{
	const struct span input =
		jscan_get((struct span){c->body.p, c->body.n}, "input");

	return has_many(input) ? jscan_item(input, i) : input;
}

/* Number i of the vector of text, in 1/1024. */
static int component(struct span text, long i)
{
	uint32_t h = 2166136261u ^ (uint32_t)i;

	for (size_t k = 0; k < text.n; k++)
		h = (h ^ (unsigned char)text.p[k]) * 16777619u;
	h ^= h >> 15;
	return (int)(h * 2654435761u >> 21) - 1024;
}

static void add_base64(struct text *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		const unsigned b = i + 1 < n ? p[i + 1] : 0u;
		const unsigned d = i + 2 < n ? p[i + 2] : 0u;
		const unsigned v = (unsigned)p[i] << 16 | b << 8 | d;
		const char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
				      i + 1 < n ? digits[v >> 6 & 63] : '=',
				      i + 2 < n ? digits[v & 63] : '='};
		text_add(out, four, sizeof(four));
	}
}

static void add_vector(struct text *out, struct span text, long dims,
		       bool base64)
{
	static float v[EMBED_MAX_DIMS];

	for (long i = 0; i < dims; i++)
		v[i] = (float)component(text, i) / 1024.0f;
	if (base64) {
		text_addf(out, "\"");
		add_base64(out, (const unsigned char *)v,
			   (size_t)dims * sizeof(v[0]));
		text_addf(out, "\"");
		return;
	}
	for (long i = 0; i < dims; i++)
		text_addf(out, "%s%.10f", i == 0 ? "[" : ",", (double)v[i]);
	text_addf(out, "]");
}

static long dims_of(const struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const struct span asked = jscan_get(body, "dimensions");
	const long dims = asked.p != NULL ? span_number(asked) : c->script.dims;

	return dims < 1 ? 1 : dims > EMBED_MAX_DIMS ? EMBED_MAX_DIMS : dims;
}

static void whole(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const bool base64 =
		span_is(jscan_get(body, "encoding_format"), "\"base64\"");
	struct text *out = &c->pending;
	const long in = c->script.usage == USAGE_ZERO ? 0 : call_in_tokens(c);

	text_addf(out, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < c->messages; i++) {
		text_addf(out,
			  "%s{\"object\":\"embedding\",\"index\":%zu,"
			  "\"embedding\":",
			  i == 0 ? "" : ",", i);
		add_vector(out, input_of(c, i), dims_of(c), base64);
		text_addf(out, "}");
	}
	text_addf(out, "],\"model\":");
	text_quote(out, c->model, strlen(c->model));
	if (c->script.usage != USAGE_NO)
		text_addf(out,
			  ",\"usage\":{\"prompt_tokens\":%ld,"
			  "\"total_tokens\":%ld}",
			  in, in);
	text_addf(out, "}");
}

const struct dialect dialect_embeddings = {.path = "/v1/embeddings",
					   .limits = LIMITS_OPENAI,
					   .parse = parse,
					   .whole = whole,
					   .error = openai_error};
