/*
 * OpenAI's Moderations API: one result for each text.  Whether a text is bad is
 * the script's to say.
 */
#include "call.h"
#include "jscan.h"
#include "openai.h"

#include <string.h>

static bool parse(struct call *c)
{
	const struct span body = {c->body.p, c->body.n};
	const struct span input = jscan_get(body, "input");

	c->max_tokens = SCRIPT_UNSET;
	if (input.n == 0)
		return false;
	c->messages = input.p[0] == '[' ? jscan_count(input) : 1;
	return jscan_string(jscan_get(body, "model"), c->model,
			    sizeof(c->model));
}

/* flag=N: the Nth text is bad. */
static void whole(struct call *c)
{
	struct text *out = &c->pending;

	text_addf(out, "{\"id\":\"modr-%lu\",\"model\":", c->id);
	text_quote(out, c->model, strlen(c->model));
	text_addf(out, ",\"results\":[");
	for (size_t i = 0; i < c->messages; i++) {
		const char *bad =
			(long)i + 1 == c->script.flag ? "true" : "false";
		text_addf(out,
			  "%s{\"flagged\":%s,\"categories\":{\"violence\":%s},"
			  "\"category_scores\":{\"violence\":0.5}}",
			  i == 0 ? "" : ",", bad, bad);
	}
	text_addf(out, "]");
	if (c->script.usage == USAGE_YES && c->script.in != SCRIPT_UNSET)
		text_addf(out,
			  ",\"usage\":{\"prompt_tokens\":%ld,"
			  "\"total_tokens\":%ld}",
			  c->script.in, c->script.in);
	text_addf(out, "}");
}

const struct dialect dialect_moderations = {.path = "/v1/moderations",
					    .limits = LIMITS_OPENAI,
					    .parse = parse,
					    .whole = whole,
					    .error = openai_error};
